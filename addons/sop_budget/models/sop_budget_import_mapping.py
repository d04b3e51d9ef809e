# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models


class SopBudgetImportMapping(models.Model):
    """What the columns of a file held when a file of this shape was last imported.

    Found again by a fingerprint of the header that leaves out years and months, so that
    next year's file is recognised. Only ever a proposal: the wizard shows it.
    """

    _name = "sop.budget.import.mapping"
    _description = "Remembered Columns of a Budget Import"
    _order = "write_date desc, id desc"

    name = fields.Char("File", required=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    fingerprint = fields.Char(required=True)
    columns = fields.Json(help="Role and month number by header.")
    hierarchy = fields.Char()
    decimal_sign = fields.Char()
    kind = fields.Char()
    scale = fields.Char()

    _fingerprint_uniq = models.Constraint(
        "unique (company_id, fingerprint)",
        "The columns of such a file are remembered already.",
    )

    @api.model
    def _find(self, company, fingerprint):
        return self.search(
            [("company_id", "=", company.id), ("fingerprint", "=", fingerprint)],
            limit=1,
        )

    @api.model
    def _remember(self, company, fingerprint, vals):
        """Keep the choices made for a file, in place of earlier ones."""
        mapping = self._find(company, fingerprint)
        if mapping:
            mapping.write(vals)
            return mapping
        return self.create(
            {**vals, "company_id": company.id, "fingerprint": fingerprint}
        )
