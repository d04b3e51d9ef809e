# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models
from odoo.tools import SQL

from .ledger_sql import CALENDAR_MONTHS, month_column
from .ledger_units import BigInteger


class SopLedgerShare(models.Model):
    """What analytic accounts get of the posted items of an account: twelve months a row.

    A year in one row: the number of rows then hardly grows with the ledger, since an account
    and an analytic account that meet at all usually meet in several months.

    Plain numbers instead of foreign keys: what belongs to an analytic account that is gone
    is found by no budget, and so falls back to the remainder by itself.
    """

    _name = "sop.ledger.share"
    _description = "Ledger Cube: Shares of Analytic Accounts"
    _log_access = False
    _order = "company_id, year, account_id, analytic_account_id"

    company_id = fields.Integer(required=True)
    year = fields.Integer(required=True, aggregator=None)
    account_id = fields.Integer(required=True)
    analytic_account_id = fields.Integer(required=True)
    m01 = BigInteger("January")
    m02 = BigInteger("February")
    m03 = BigInteger("March")
    m04 = BigInteger("April")
    m05 = BigInteger("May")
    m06 = BigInteger("June")
    m07 = BigInteger("July")
    m08 = BigInteger("August")
    m09 = BigInteger("September")
    m10 = BigInteger("October")
    m11 = BigInteger("November")
    m12 = BigInteger("December")

    _place_uniq = models.UniqueIndex(
        "(company_id, year, account_id, analytic_account_id)"
    )
    _analytic_idx = models.Index("(analytic_account_id, company_id, year)")

    def init(self):
        # The sum that PostgreSQL has for 64 bits keeps 128 of them, for each month of each row
        self.env.cr.execute(
            """CREATE OR REPLACE AGGREGATE sop_sum_units (int8) (
                   SFUNC = int8pl, STYPE = int8, COMBINEFUNC = int8pl, INITCOND = '0',
                   PARALLEL = SAFE
               )"""
        )
        # An account that got nothing in a month got 0, whoever writes the row
        for month in CALENDAR_MONTHS:
            self.env.cr.execute(
                SQL(
                    """ALTER TABLE sop_ledger_share ALTER COLUMN %(column)s SET DEFAULT 0,
                                                    ALTER COLUMN %(column)s SET NOT NULL""",
                    column=month_column(month),
                )
            )

    def _drop_sum(self):
        self.env.cr.execute("DROP AGGREGATE IF EXISTS sop_sum_units (int8)")
