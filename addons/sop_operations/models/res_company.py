# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain


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
