# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models
from odoo.tools import SQL

from .ledger_units import BigInteger

# What of a journal item the cube is made of.
ITEM_COLUMNS = (
    "parent_state",
    "company_id",
    "account_id",
    "date",
    "debit",
    "credit",
    "balance",
    "analytic_distribution",
)

ITEM_FUNCTION = """
CREATE OR REPLACE FUNCTION sop_ledger_mark_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        IF OLD.parent_state = 'posted' AND OLD.account_id IS NOT NULL AND OLD.date IS NOT NULL
           AND OLD.company_id IS NOT NULL THEN
            INSERT INTO sop_ledger_dirty (company_id, account_id, month, txid)
                 VALUES (OLD.company_id, OLD.account_id,
                         date_trunc('month', OLD.date::timestamp)::date, txid_current())
            ON CONFLICT DO NOTHING;
        END IF;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        IF NEW.parent_state = 'posted' AND NEW.account_id IS NOT NULL AND NEW.date IS NOT NULL
           AND NEW.company_id IS NOT NULL THEN
            INSERT INTO sop_ledger_dirty (company_id, account_id, month, txid)
                 VALUES (NEW.company_id, NEW.account_id,
                         date_trunc('month', NEW.date::timestamp)::date, txid_current())
            ON CONFLICT DO NOTHING;
        END IF;
    END IF;
    RETURN NULL;
END $$
"""

# An analytic account that goes, or moves to another plan, changes what the accounts beside it
# in the same distributions get by a cent. The cube itself says where it was used.
ANALYTIC_FUNCTION = """
CREATE OR REPLACE FUNCTION sop_ledger_mark_analytic() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sop_ledger_dirty (company_id, account_id, month, txid)
         SELECT share.company_id, share.account_id, make_date(share.year, month, 1),
                txid_current()
           FROM sop_ledger_share share, generate_series(1, 12) AS month
          WHERE share.analytic_account_id = OLD.id
    ON CONFLICT DO NOTHING;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$
"""

TRIGGERS = {
    "account_move_line": (
        "sop_ledger_item_insert",
        "sop_ledger_item_update",
        "sop_ledger_item_delete",
    ),
    "account_analytic_account": (
        "sop_ledger_analytic_update",
        "sop_ledger_analytic_delete",
    ),
}


class SopLedgerDirty(models.Model):
    """Which months of which accounts the cube does not know yet.

    A row trigger appends here what a transaction changes in posted items, once for each
    account and month. Nobody waits for anybody: rows of different transactions never
    conflict, and only the fold job deletes rows, those that it saw in its own snapshot.
    A row means: read this month of this account from the journal items.

    Plain numbers instead of foreign keys, which would be checked at every posting.
    """

    _name = "sop.ledger.dirty"
    _description = "Ledger Cube: Months to Fold"
    _log_access = False
    _order = "id"

    company_id = fields.Integer(required=True)
    account_id = fields.Integer(required=True)
    month = fields.Date(required=True)
    txid = BigInteger("Transaction", required=True)

    _place_uniq = models.UniqueIndex("(company_id, month, account_id, txid)")

    def init(self):
        self._create_triggers()

    def _create_triggers(self):
        cr = self.env.cr
        cr.execute(ITEM_FUNCTION)
        cr.execute(ANALYTIC_FUNCTION)
        self._drop_triggers(functions=False)
        changed = SQL(" OR ").join(
            SQL(
                "OLD.%(column)s IS DISTINCT FROM NEW.%(column)s",
                column=SQL.identifier(name),
            )
            for name in ITEM_COLUMNS
        )
        columns = SQL(", ").join(map(SQL.identifier, ITEM_COLUMNS))
        for statement in (
            SQL(
                """CREATE TRIGGER sop_ledger_item_insert AFTER INSERT ON account_move_line
                   FOR EACH ROW WHEN (NEW.parent_state = 'posted')
                   EXECUTE FUNCTION sop_ledger_mark_item()"""
            ),
            SQL(
                """CREATE TRIGGER sop_ledger_item_update AFTER UPDATE OF %(columns)s
                   ON account_move_line FOR EACH ROW
                   WHEN ((OLD.parent_state = 'posted' OR NEW.parent_state = 'posted')
                         AND (%(changed)s))
                   EXECUTE FUNCTION sop_ledger_mark_item()""",
                columns=columns,
                changed=changed,
            ),
            SQL(
                """CREATE TRIGGER sop_ledger_item_delete AFTER DELETE ON account_move_line
                   FOR EACH ROW WHEN (OLD.parent_state = 'posted')
                   EXECUTE FUNCTION sop_ledger_mark_item()"""
            ),
            SQL(
                """CREATE TRIGGER sop_ledger_analytic_update
                   BEFORE UPDATE OF root_plan_id ON account_analytic_account FOR EACH ROW
                   WHEN (OLD.root_plan_id IS DISTINCT FROM NEW.root_plan_id)
                   EXECUTE FUNCTION sop_ledger_mark_analytic()"""
            ),
            SQL(
                """CREATE TRIGGER sop_ledger_analytic_delete
                   BEFORE DELETE ON account_analytic_account FOR EACH ROW
                   EXECUTE FUNCTION sop_ledger_mark_analytic()"""
            ),
        ):
            cr.execute(statement)

    def _drop_triggers(self, functions=True):
        """What PostgreSQL would keep, and run into, after the tables are gone."""
        for table, names in TRIGGERS.items():
            for name in names:
                self.env.cr.execute(
                    SQL(
                        "DROP TRIGGER IF EXISTS %s ON %s",
                        SQL.identifier(name),
                        SQL.identifier(table),
                    )
                )
        if functions:
            self.env.cr.execute(
                "DROP FUNCTION IF EXISTS sop_ledger_mark_item, sop_ledger_mark_analytic"
            )

    def _mark(self, cells):
        """Have months read from the journal items until they are folded again.

        :param SQL cells: sub-select ``company_id, account_id, month``
        :return: how many months were not marked by this transaction already
        """
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO sop_ledger_dirty (company_id, account_id, month, txid)
                     SELECT cell.company_id, cell.account_id, cell.month, txid_current()
                       FROM (%s) cell
                ON CONFLICT DO NOTHING
                """,
                cells,
            )
        )
        return self.env.cr.rowcount
