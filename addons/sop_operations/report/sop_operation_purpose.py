# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.sop_budget.engine.money import from_units

from .worked_out import worked_out_sql

# Column of the row and its type in the database
COLUMNS = {
    "id": "bigint",
    "operation_id": "int",
    "company_id": "int",
    "currency_id": "int",
    "user_id": "int",
    "purpose": "int",
    "name": "text",
    "sequence": "int",
    "kind": "text",
    "planned": "numeric",
    "spent": "numeric",
    "has_spent": "bool",
    "remaining": "numeric",
}
#: Rows of one operation are numbered from its id times this.
STEP = 1 << 26


class SopOperationPurpose(models.Model):
    """What operations need and spend, by purpose: one row for each purpose of an operation.

    Worked out for the reader when it is read. What was spent adds up to the spending of the
    operation; needs without an account in the books have rows, and no spending.
    """

    _name = "sop.operation.purpose"
    _description = "Spending by Purpose"
    _auto = False
    _order = "operation_id, sequence, id"

    operation_id = fields.Many2one("sop.operation", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    user_id = fields.Many2one("res.users", "In Charge", readonly=True)
    purpose = fields.Integer(
        "Account of the Purpose", readonly=True, export_string_translation=False
    )
    name = fields.Char("Purpose", readonly=True)
    sequence = fields.Integer(readonly=True, aggregator=None)
    kind = fields.Selection(
        [
            ("need", "A need"),
            ("other", "No need names it"),
            ("untagged", "Not tagged with a purpose"),
        ],
        "Comes From",
        readonly=True,
    )
    planned = fields.Monetary(
        readonly=True, help="What the needs of the operation say."
    )
    spent = fields.Monetary(
        readonly=True,
        help="Posted expenses and investments of the operation for this purpose. What lies in "
        "a category that is hidden from you is left out.",
    )
    has_spent = fields.Boolean(
        "Spending Known",
        readonly=True,
        help="The operation has an analytic account, and the purpose an account in the books.",
    )
    remaining = fields.Monetary("Left", readonly=True, help="Planned less spent.")

    @property
    def _table_query(self):
        return worked_out_sql(self, COLUMNS)

    @api.model
    def _get_rows(self):
        """A dict of :data:`COLUMNS` for each row that the present user may read."""
        asked = self.env.context.get("sop_purpose_operation_ids")
        if isinstance(asked, list) and all(isinstance(id_, int) for id_ in asked):
            domain = [("id", "in", asked)]
        else:
            domain = [("state", "!=", "cancelled")]
        operations = self.env["sop.operation"].search(domain)
        units = operations._get_purpose_units()
        needs = operations.need_ids.grouped("operation_id")
        names = self._get_names(units)
        rows = []
        for operation in operations:
            parts = units.get(operation.id)
            own = needs.get(operation, operation.need_ids.browse())
            rows += self._get_rows_of(operation, own, parts, names)
        return rows

    def _get_rows_of(self, operation, needs, parts, names):
        rest = dict(parts or {})
        groups = needs.grouped(lambda need: need._get_purpose() or -need.id)
        rows = [
            self._get_row(
                operation, key, group[0].name, number, "need", parts, group, rest
            )
            for number, (key, group) in enumerate(groups.items())
        ]
        nobody = needs.browse()
        for key in sorted(rest, key=lambda key: (not key, key)):
            if rest.get(key):
                rows.append(
                    self._get_row(
                        operation,
                        key,
                        names[operation.company_id][key],
                        len(rows),
                        "other" if key else "untagged",
                        parts,
                        nobody,
                        rest,
                    )
                )
        return rows

    def _get_row(self, operation, key, name, number, kind, parts, needs, rest):
        digits = operation.currency_id.decimal_places
        known = parts is not None and key >= 0
        spent = from_units(rest.pop(key, 0), digits) if known else None
        planned = sum(needs.mapped("amount"))
        # Accounts have even numbers, needs without one odd ones
        place = key * 2 if key >= 0 else -key * 2 + 1
        return {
            "id": operation.id * STEP + place,
            "operation_id": operation.id,
            "company_id": operation.company_id.id,
            "currency_id": operation.currency_id.id,
            "user_id": operation.user_id.id or None,
            "purpose": max(key, 0),
            "name": name,
            "sequence": number,
            "kind": kind,
            "planned": planned,
            "spent": spent,
            "has_spent": known,
            "remaining": operation.currency_id.round(planned - spent)
            if known
            else None,
        }

    @api.model
    def _get_names(self, units):
        """``{company: {purpose: name}}``"""
        result = {}
        # sudo: all internal users may read the names of accounts; companies were looked at
        operations = self.env["sop.operation"].browse(units).sudo()
        for company, group in operations.grouped("company_id").items():
            ids = sorted({key for o in group for key in units[o.id] if key})
            by_plan = company.sop_purpose_by == "plan"
            model = "account.analytic.account" if by_plan else "account.account"
            accounts = company.env[model].with_company(company).browse(ids)
            names = {account.id: account.display_name for account in accounts}
            result[company] = {0: self.env._("Without a purpose"), **names}
        return result

    def action_open_items(self):
        """The journal items behind the row, for those who may read them."""
        self.ensure_one()
        items = self.env["account.move.line"]
        if not items.has_access("read"):
            raise UserError(
                self.env._(
                    "The journal items behind this figure are for people with accounting rights."
                )
            )
        if not self.has_spent:
            raise UserError(
                self.env._(
                    "What was spent for “%(purpose)s” isn't known: the operation needs an "
                    "analytic account, and the need an account in the books.",
                    purpose=self.name,
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "account.move.line",
            "view_mode": "list,pivot,graph,form",
            "domain": [
                ("id", "in", self.operation_id._get_purpose_items(self.purpose))
            ],
            "context": {"create": False},
        }
