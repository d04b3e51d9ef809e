# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date


class SopBudgetTermMixin(models.AbstractModel):
    """A right that counts from one day to another. The model has a stored ``company_id``."""

    _name = "sop.budget.term.mixin"
    _description = "Right for a Time"

    date_from = fields.Date("From", help="First day of the right. Empty: at once.")
    date_until = fields.Date("Until", help="Last day of the right. Empty: for good.")
    in_force = fields.Boolean(
        compute="_compute_in_force",
        search="_search_in_force",
        compute_sudo=True,
        string="In Force Today",
        help="Whether it counts today, by the timezone of the company's working hours.",
    )

    _dates_order = models.Constraint(
        "CHECK (date_from <= date_until)", "A right must begin before it ends."
    )

    @api.depends("date_from", "date_until", "company_id")
    def _compute_in_force(self):
        todays = self.env["res.company"]._get_sop_todays()
        for right in self:
            today = todays.get(right.company_id.id) or fields.Date.today()
            right.in_force = (not right.date_from or right.date_from <= today) and (
                not right.date_until or right.date_until >= today
            )

    @api.model
    def _search_in_force(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = Domain.custom(
            to_sql=lambda model, alias, _query: model._in_force_sql(alias)
        )
        return Domain.OR(domain if wanted else ~domain for wanted in value)

    def _in_force_sql(self, alias):
        """The condition that a right counts today, by the day at its company."""
        companies = {}
        for company_id, today in self.env["res.company"]._get_sop_todays().items():
            companies.setdefault(today, []).append(company_id)
        company, start, end = (
            self._column(alias, name)
            for name in ("company_id", "date_from", "date_until")
        )
        days = []
        for today, ids in companies.items():
            day = SQL(
                "(%s > %s) IS NOT TRUE AND (%s < %s) IS NOT TRUE",
                start,
                today,
                end,
                today,
            )
            # It is the same day everywhere, save for some hours around midnight
            if len(companies) > 1:
                day = SQL("%s IN %s AND %s", company, tuple(ids), day)
            days.append(day)
        return SQL("(%s)", SQL(" OR ").join(days))

    def _column(self, alias, name):
        return SQL.identifier(alias, name, to_flush=self._fields[name])

    def _describe_term(self):
        """Such as ``["from 01/01/2025", "until 06/30/2025"]``; empty for good."""
        self.ensure_one()
        words = []
        if self.date_from:
            day = format_date(self.env, self.date_from)
            words.append(self.env._("from %(day)s", day=day))
        if self.date_until:
            day = format_date(self.env, self.date_until)
            words.append(self.env._("until %(day)s", day=day))
        return words
