# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.sop_budget.engine.money import from_units

#: Field of a need that says its purpose in the books, by the setting of the company.
PURPOSE_FIELDS = {"plan": "purpose_analytic_id", "account": "purpose_account_id"}


class SopOperationNeed(models.Model):
    """What an operation needs money for, before anybody gave it some."""

    _name = "sop.operation.need"
    _inherit = "sop.operation.staying.mixin"
    _description = "Need of an Operation"
    _order = "operation_id, sequence, id"
    _check_company_auto = True

    operation_id = fields.Many2one(
        "sop.operation", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="operation_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    sequence = fields.Integer(default=10)
    name = fields.Char(
        "Purpose", required=True, help="Such as prizes, venue, marketing."
    )
    amount = fields.Monetary("Needed", required=True)
    note = fields.Char()
    purpose_analytic_id = fields.Many2one(
        "account.analytic.account",
        "In the Books",
        compute="_compute_purpose",
        store=True,
        readonly=False,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        domain="[('root_plan_id', '=', purpose_plan_id)]",
        help="The account of the plan of purposes that bills for it carry. The one of the "
        "same name, unless you choose another.",
    )
    purpose_account_id = fields.Many2one(
        "account.account",
        "Account",
        compute="_compute_purpose",
        store=True,
        readonly=False,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        help="The account that bills for it are booked on. The one of the same name, unless "
        "you choose another.",
    )
    purpose_by = fields.Selection(related="operation_id.purpose_by")
    purpose_plan_id = fields.Many2one(related="company_id.sop_purpose_plan_id")
    spent = fields.Monetary(
        compute="_compute_spent",
        help="What the operation spent for this purpose. Where several needs have the same "
        "purpose, the first of them shows it.",
    )
    has_spent = fields.Boolean(compute="_compute_spent")

    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "The needed amount can't be negative."
    )

    @api.depends("name", "company_id")
    def _compute_purpose(self):
        """Only where none is chosen yet: a need that is renamed keeps its purpose."""
        for company, needs in self.grouped("company_id").items():
            # sudo: a setting that everybody may know
            by = company.sudo().sop_purpose_by
            found = self._find_purposes(company) if by in PURPOSE_FIELDS else {}
            for need in needs:
                for key, name in PURPOSE_FIELDS.items():
                    kept = need[name] or need._origin[name]
                    if key == by and not need._get_purpose():
                        kept = found.get((need.name or "").strip().casefold())
                    need[name] = kept

    @api.model
    def _find_purposes(self, company):
        """``{name in small letters: account}`` that may be the purpose of a need."""
        # sudo: all who plan may tie a need to what the company chose as its purposes
        company = company.sudo()
        if company.sop_purpose_by == "plan":
            accounts = company.env["account.analytic.account"].search(
                [
                    ("root_plan_id", "=", company.sop_purpose_plan_id.id),
                    ("company_id", "in", [company.id, False]),
                ]
            )
        else:
            accounts = (
                company.env["account.account"]
                .with_company(company)
                .search(
                    [
                        ("company_ids", "in", company.ids),
                        (
                            "account_type",
                            "in",
                            self.env["sop.ledger.month"]._get_spending_types(),
                        ),
                    ]
                )
            )
        # The first of the name
        return {a.name.strip().casefold(): a.id for a in reversed(accounts)}

    @api.constrains("purpose_analytic_id")
    def _check_purpose(self):
        for need in self:
            # sudo: where the account lies, whoever may read it
            account = need.sudo().purpose_analytic_id
            if account and account.root_plan_id != need.sudo().purpose_plan_id:
                raise ValidationError(
                    self.env._(
                        "“%(account)s” is no purpose: choose an account of the plan of "
                        "purposes for “%(need)s”.",
                        account=account.name,
                        need=need.name,
                    )
                )

    @api.depends_context("uid")
    @api.depends(
        "operation_id.analytic_account_id", "purpose_analytic_id", "purpose_account_id"
    )
    def _compute_spent(self):
        operations = self.operation_id._origin
        units = operations._get_purpose_units()
        first = operations.need_ids._get_first_of_purpose()
        for need in self:
            own = need._origin
            parts = units.get(need.operation_id._origin.id)
            purpose = own._get_purpose()
            need.has_spent = bool(purpose and parts is not None and own in first)
            need.spent = from_units(
                parts.get(purpose, 0) if need.has_spent else 0,
                need.currency_id.decimal_places or 0,
            )

    def _get_purpose(self) -> int:
        """Id of the account that is its purpose; 0: none."""
        # sudo: the id tells nothing that the reader of the need may not know
        need = self.sudo()
        name = PURPOSE_FIELDS.get(need.company_id.sop_purpose_by)
        if not name:
            return 0
        account = need[name]
        if name == "purpose_analytic_id" and (
            account.root_plan_id != need.purpose_plan_id
        ):
            # The company has chosen another plan since
            return 0
        return account.id or 0

    def _get_first_of_purpose(self):
        """The needs that show what was spent: one for each purpose of an operation."""
        first = {}
        for need in self.sorted(lambda n: (n.sequence, n.id)):
            purpose = need._get_purpose()
            first.setdefault((need.operation_id, purpose or -need.id), need)
        return self.browse(need.id for need in first.values())
