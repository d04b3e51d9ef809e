# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from contextlib import contextmanager
from decimal import ROUND_HALF_UP, Decimal
from itertools import count
from unittest.mock import patch

from odoo.fields import Command
from odoo.sql_db import Cursor
from odoo.tools import SQL

from .common import SopBudgetCommon


class CommitmentCommon(SopBudgetCommon):
    """Orders and their bills as documents, and an oracle that adds them up another way.

    Written for purchases; an add-on with another kind of order overrides the class attributes
    and the ``_get_*`` methods and inherits the scenarios with them.
    """

    order_model = "purchase.order"
    quantity_field = "product_qty"
    bill_type = "in_invoice"
    credit_type = "in_refund"
    tax_use = "purchase"
    numbers = count(1)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_currency = cls.setup_other_currency(
            "EUR", rates=[("2024-01-01", 0.8), ("2025-06-01", 0.5)]
        )
        cls.partner = cls.partner_a
        cls.item = cls._create_product(name="Item", lst_price=100, standard_price=100)
        cls.item.with_company(cls.company).write(
            {
                "property_account_expense_id": cls.expense_2.id,
                "property_account_income_id": cls.revenue.id,
            }
        )

    # === DOCUMENTS === #

    @classmethod
    def _get_order_vals(cls, vals):
        return {
            "partner_id": cls.partner.id,
            "company_id": cls.company.id,
            "currency_id": cls.currency.id,
            "date_order": "2025-03-05 10:00:00",
            **vals,
        }

    @classmethod
    def _get_line_vals(cls, price=100.0, quantity=10.0, taxes=None, **vals):
        """``taxes``: a recordset; none by default."""
        if vals.get("display_type"):
            return {"name": "Text", cls.quantity_field: 0, **vals}
        return {
            "product_id": cls.item.id,
            "price_unit": price,
            cls.quantity_field: quantity,
            "tax_ids": [Command.set(taxes.ids if taxes else [])],
            **cls._get_expected_vals(),
            **vals,
        }

    @classmethod
    def _get_expected_vals(cls, moment="2025-04-10 12:00:00"):
        return {"date_planned": moment}

    @classmethod
    def make_order(cls, *lines, confirm=True, **vals):
        order = cls.env[cls.order_model].create(
            cls._get_order_vals(
                {
                    "order_line": [
                        Command.create(cls._get_line_vals(**line))
                        for line in lines or ({},)
                    ],
                    **vals,
                }
            )
        )
        if confirm:
            cls.confirm(order)
        return order

    @classmethod
    def confirm(cls, order):
        order.button_confirm()

    @classmethod
    def cancel(cls, order):
        order.button_cancel()

    @classmethod
    def redraft(cls, order):
        order.button_draft()

    @classmethod
    def _get_bill_link(cls, line):
        return {"purchase_line_id": line.id}

    @classmethod
    def make_bill(
        cls,
        line,
        quantity,
        *,
        credit=False,
        post=True,
        price=None,
        uom=None,
        date=None,
        **vals,
    ):
        """A bill (or credit note) for ``quantity`` of one order line."""
        order = line.order_id
        date = date or "2025-04-20"
        price = line.price_unit if price is None else price
        # Odoo refuses to post a bill below zero, so something else is billed with it.
        extra = {
            "name": "Else",
            "price_unit": -price * quantity * 2,
            "tax_ids": [Command.clear()],
        }
        bill = (
            cls.env["account.move"]
            .with_company(order.company_id)
            .create(
                {
                    "move_type": cls.credit_type if credit else cls.bill_type,
                    "partner_id": order.partner_id.id,
                    "currency_id": order.currency_id.id,
                    "invoice_date": date,
                    "date": date,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "product_id": line.product_id.id,
                                "quantity": quantity,
                                "product_uom_id": (uom or line.product_uom_id).id,
                                "price_unit": price,
                                "discount": line.discount,
                                "tax_ids": [Command.set(line.tax_ids.ids)],
                                "analytic_distribution": line.analytic_distribution,
                                **cls._get_bill_link(line),
                            }
                        ),
                        *([Command.create(extra)] if price * quantity < 0 else []),
                    ],
                    **vals,
                }
            )
        )
        if post:
            bill.action_post()
        return bill

    def make_tax(
        self, amount, *, recoverable=100, kind="percent", included=False, **vals
    ):
        """A tax of which ``recoverable`` percent go to the tax account, the rest to the cost."""
        account = self.company_data["default_account_tax_purchase"]
        parts = [Command.create({"repartition_type": "base"})]
        for share, owner in ((recoverable, account.id), (100 - recoverable, False)):
            if share:
                parts.append(
                    Command.create(
                        {
                            "repartition_type": "tax",
                            "factor_percent": share,
                            "account_id": owner,
                        }
                    )
                )
        return self.env["account.tax"].create(
            {
                "name": f"{kind} {amount} {recoverable} {included} {next(self.numbers)}",
                "amount": amount,
                "amount_type": kind,
                "type_tax_use": self.tax_use,
                "company_id": self.company.id,
                "country_id": self.company.account_fiscal_country_id.id,
                "price_include_override": "tax_included"
                if included
                else "tax_excluded",
                "invoice_repartition_line_ids": parts,
                "refund_repartition_line_ids": parts,
                **vals,
            }
        )

    # === WHAT HAS TO COME OUT === #

    @contextmanager
    def capture_queries(self):
        """The texts of all queries that are run in the block."""
        queries = []
        execute = Cursor.execute

        def record(cursor, query, params=None, log_exceptions=True):
            queries.append(query.code if isinstance(query, SQL) else query)
            return execute(cursor, query, params, log_exceptions)

        with patch.object(Cursor, "execute", record):
            yield queries

    def assertOpen(self, line, amount, stage=None, message=None):
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(
            (round(line.sop_open_amount, 6), line.sop_stage),
            (amount, stage or ("open" if amount else "none")),
            message,
        )

    @classmethod
    def _get_oracle_bills(cls):
        """SELECT of order line, move type, quantity and unit factor of all posted bill lines."""
        return SQL(
            """
            SELECT bill_line.purchase_line_id, bill_line.move_type, bill_line.quantity::text,
                   unit.factor::text
              FROM (SELECT l.*, m.move_type FROM account_move_line l
                      JOIN account_move m ON m.id = l.move_id
                     WHERE m.state = 'posted') AS bill_line
         LEFT JOIN uom_uom unit ON unit.id = bill_line.product_uom_id
             WHERE bill_line.purchase_line_id IS NOT NULL
            """
        )

    def get_oracle(self, lines, tax_factor=1):
        """Open amount per line id, added up from the documents with decimals.

        Knows lines with plain taxes only; ``tax_factor`` is what non-recoverable ones add.
        """
        self.env.flush_all()
        billed = {}
        for line_id, kind, quantity, factor in self.env.execute_query(
            self._get_oracle_bills()
        ):
            sign = {self.bill_type: 1, self.credit_type: -1}[kind]
            billed.setdefault(line_id, []).append(
                sign * Decimal(quantity) * Decimal(factor or 1)
            )
        result = {}
        for line in lines:
            order = line.order_id
            factor = Decimal(str(line.product_uom_id.factor or 1))
            ordered = Decimal(str(line[self.quantity_field]))
            taken = sum(billed.get(line.id, [])) / factor
            rest = ordered - taken
            if line.is_downpayment:
                rest = -taken
            elif ordered > 0:
                rest = max(Decimal(0), min(rest, ordered))
            else:
                rest = min(Decimal(0), max(rest, ordered))
            if line.display_type or line.sop_released or order.state == "cancel":
                rest = Decimal(0)
            price = (
                Decimal(str(line.price_unit))
                * (100 - Decimal(str(line.discount or 0)))
                / 100
            )
            cent = Decimal("0.01")
            total = (price * rest * Decimal(str(tax_factor))).quantize(
                cent, ROUND_HALF_UP
            )
            rate = Decimal(str(order.currency_rate))
            result[line.id] = float((total / rate).quantize(cent, ROUND_HALF_UP))
        return result

    def assertMatchesOracle(self, lines, message=None):
        expected = self.get_oracle(lines)
        self.env.invalidate_all()
        self.assertEqual(
            {line.id: round(line.sop_open_amount, 6) for line in lines},
            expected,
            message,
        )
        for line in lines:
            stage = "none"
            if expected[line.id]:
                stage = (
                    "draft"
                    if line.order_id.state in ("draft", "sent", "to approve")
                    else "open"
                )
            self.assertEqual(line.sop_stage, stage, message)
