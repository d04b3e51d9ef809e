# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..engine import alignment

#: Criterion of alignment → field that holds its weight
WEIGHT_FIELDS = {name: f"sop_alignment_{name}" for name in alignment.WEIGHTS}


class ResCompany(models.Model):
    _inherit = "res.company"

    sop_funding_check = fields.Selection(
        [("none", "Do nothing"), ("warn", "Warn"), ("stop", "Stop")],
        string="More Allocated than Planned",
        required=True,
        default="warn",
    )
    sop_operations_expected = fields.Boolean(
        "Every Category Has an Operation",
        help="Contradictions list the categories of spending of approved budgets that no operation "
        "is linked to.",
    )
    sop_purpose_by = fields.Selection(
        [
            ("none", "Don't show"),
            ("account", "By accounts of the books"),
            ("plan", "By accounts of an analytic plan"),
        ],
        string="Spending by Purpose",
        required=True,
        default="none",
        help="Readers of an operation see what it spent for each purpose.",
    )
    sop_purpose_plan_id = fields.Many2one(
        "account.analytic.plan",
        "Plan of Purposes",
        domain=[("parent_id", "=", False)],
        ondelete="restrict",
        help="Its accounts are the purposes, such as marketing, venue, prizes.",
    )
    sop_profit_tax = fields.Float(
        "Tax on Profit (%)",
        digits=(5, 2),
        help="What NOPAT and ROIC take off the operating result. 0: profit isn't taxed.",
    )

    _sop_profit_tax_share = models.Constraint(
        "CHECK(sop_profit_tax BETWEEN 0 AND 100)",
        "Tax on profit is a percentage from 0 to 100.",
    )

    @api.constrains("sop_purpose_by", "sop_purpose_plan_id")
    def _check_sop_purposes(self):
        for company in self:
            plan = company.sop_purpose_plan_id
            if company.sop_purpose_by == "plan" and not plan:
                raise ValidationError(
                    self.env._(
                        "Choose the analytic plan whose accounts are the purposes, or let "
                        "purposes be accounts of the books."
                    )
                )
            # sudo: whichever operations there are, seen or not
            if plan.parent_id or self.env["sop.operation"].sudo().with_context(
                active_test=False
            ).search_count(
                [
                    ("analytic_account_id.root_plan_id", "in", plan.ids),
                    ("company_id", "=", company.id),
                ],
                limit=1,
            ):
                raise ValidationError(
                    self.env._(
                        "“%(plan)s” can't be the plan of purposes: choose one that stands "
                        "alone, without accounts of operations.",
                        plan=plan.display_name,
                    )
                )

    def write(self, vals):
        # EXTENDS base: needs find their purpose by its name
        result = super().write(vals)
        if {"sop_purpose_by", "sop_purpose_plan_id"} & vals.keys():
            # sudo: whoever may change the setting, needs follow it
            needs = (
                self.env["sop.operation.need"]
                .sudo()
                .search([("company_id", "in", self.ids)])
            )
            for name in ("purpose_analytic_id", "purpose_account_id"):
                self.env.add_to_compute(needs._fields[name], needs)
        return result

    sop_alignment_indicators = fields.Integer(
        "KPIs with a target", required=True, default=alignment.WEIGHTS["indicators"]
    )
    sop_alignment_sdg = fields.Integer(
        "Sustainable Development Goal", required=True, default=alignment.WEIGHTS["sdg"]
    )
    sop_alignment_pillar = fields.Integer(
        "Governance pillar", required=True, default=alignment.WEIGHTS["pillar"]
    )
    sop_alignment_group = fields.Integer(
        "Places for target groups", required=True, default=alignment.WEIGHTS["group"]
    )
    sop_alignment_policy = fields.Integer(
        "Policy", required=True, default=alignment.WEIGHTS["policy"]
    )

    @api.constrains(*WEIGHT_FIELDS.values())
    def _check_sop_alignment_weights(self):
        for company in self:
            try:
                alignment.check_weights(company._get_sop_alignment_weights())
            except alignment.WeightsError as error:
                raise ValidationError(
                    self.env._(
                        "The weights of the alignment of %(company)s must be zero or more and "
                        "must make 100 together, not %(total)s.",
                        company=company.name,
                        total=f"{error.total:g}",
                    )
                ) from error

    def _get_sop_alignment_weights(self):
        """Criterion → weight; together they make 100."""
        self.ensure_one()
        return {name: self[field] for name, field in WEIGHT_FIELDS.items()}

    @api.model
    def _get_sop_before_domain(self, name, ahead=timedelta()):
        """Domain of records whose day lies before today, as it is in their own company.

        :param name: field of the day; the model has a ``company_id``
        :param ahead: how much later than today it may lie
        """
        companies = defaultdict(list)
        for company_id, today in self._get_sop_todays().items():
            companies[today].append(company_id)
        return Domain.OR(
            Domain("company_id", "in", ids) & Domain(name, "<", today + ahead)
            for today, ids in companies.items()
        )
