# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What Odoo would know by itself, had the demo company used it for a year.

When a document was entered and who changed what can't be written through Odoo; process metrics
read both. Here, and only for demo data, creation days are set and changes are logged as the
chatter logs them.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from odoo.fields import Command
from odoo.tools import SQL

from odoo.addons.sop_budget.demo.programme import Programme

#: Entries are posted so many days after they were entered, in turn
POSTED_AFTER = (1, 2, 1, 4)
#: Orders that the programme has already were asked for so many days before, in turn
ASKED_BEFORE = (5, 3, 8, 2, 4)
#: Who leads the sales teams
SELLERS = {"Tickets": "events_lead", "Sponsors": "business_development"}


class Past(Programme):
    def __init__(self, env):
        super().__init__(env)
        self.messages = []

    def ago(self, days: float) -> date:
        return self.today - timedelta(days=days)

    def product_of(self, name: str, kind: str, account: str, **vals):
        """What is bought or sold for the conference. It lies in the balance sheet until the
        conference is held, so it is in no budget of this year."""
        return self.env["product.product"].create(
            {
                "name": name,
                "type": kind,
                "purchase_method": "purchase",
                "property_account_expense_id": self.account(account).id,
                "property_account_income_id": self.account(account).id,
                "supplier_taxes_id": [Command.clear()],
                "taxes_id": [Command.clear()],
                "company_id": self.company.id,
                **vals,
            }
        )

    # === WHAT WAS WHEN === #

    def track(self, record, name: str, old, new, at: datetime) -> None:
        """Have the chatter say that a field was changed; see ``write_messages``."""
        values = self.env["mail.tracking.value"]._create_tracking_values(
            old, new, name, record.fields_get([name])[name], record
        )
        self.messages.append(
            {
                "model": record._name,
                "res_id": record.id,
                "date": at,
                "message_type": "notification",
                "subtype_id": self.env.ref("mail.mt_note").id,
                "author_id": self.budget.user_id.partner_id.id,
                "tracking_value_ids": [Command.create(values)],
            }
        )

    def write_messages(self) -> None:
        self.env["mail.message"].create(self.messages)
        self.messages = []

    def backdate(self, dated: dict) -> None:
        """``{record: {column: value}}`` of columns that Odoo sets itself."""
        self.env.flush_all()
        for record, columns in dated.items():
            pairs = SQL(", ").join(
                SQL("%s = %s", SQL.identifier(name), value)
                for name, value in columns.items()
            )
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET %s WHERE id = %s",
                    SQL.identifier(record._table),
                    pairs,
                    record.id,
                )
            )
        self.env.invalidate_all()

    def date_entries(self) -> None:
        """Entries of the company were entered and posted when they happened, not all today."""
        logged = self.env["mail.message"].search(
            [
                ("model", "=", "account.move"),
                ("tracking_value_ids.field_id.name", "=", "state"),
            ]
        )
        entries = self.env["account.move"].search(
            [
                ("company_id", "=", self.company.id),
                ("posted_before", "=", True),
                ("id", "not in", logged.mapped("res_id")),
            ],
            order="id",
        )
        dated = {}
        for number, entry in enumerate(entries):
            posted = self.noon(
                entry.date + timedelta(days=POSTED_AFTER[number % len(POSTED_AFTER)])
            )
            posted = min(posted, self.noon(self.today))
            dated[entry] = {"create_date": self.noon(entry.date) - timedelta(hours=3)}
            self.track(entry, "state", "draft", "posted", posted)
        self.backdate(dated)
        self.write_messages()

    def date_orders(self, model: str, ordered: str) -> None:
        """Orders that the programme has already were asked for before their own day."""
        orders = self.env[model].search(
            [("company_id", "=", self.company.id)], order="id"
        )
        self.backdate(
            {
                order: {
                    "create_date": order.date_order
                    - timedelta(days=ASKED_BEFORE[number % len(ASKED_BEFORE)]),
                    **({ordered: order.date_order} if order[ordered] else {}),
                }
                for number, order in enumerate(orders)
            }
        )

    # === FOR DEMO DATA OF OTHER ADD-ONS === #

    def move_goods(self, picking, at) -> None:
        """With Inventory: all of a receipt or delivery, at a moment of the past."""
        picking.move_ids.picked = True
        for move in picking.move_ids:
            move.quantity = move.product_uom_qty
        picking._action_done()
        self.backdate(
            {
                picking: {"date_done": at},
                **{move: {"date": at} for move in picking.move_ids},
            }
        )

    def team(self, name: str):
        """A sales team with its person: found, or made by whatever is installed first."""
        team = self.env["crm.team"].search(
            [("name", "=", name), ("company_id", "=", self.company.id)], limit=1
        )
        user = self.env.ref(f"sop_budget.user_demo_{SELLERS[name]}")
        return team or team.create(
            {"name": name, "company_id": self.company.id, "user_id": user.id}
        )
