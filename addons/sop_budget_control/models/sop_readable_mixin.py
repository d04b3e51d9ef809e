# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.fields import Domain


class SopReadableMixin(models.AbstractModel):
    """Lets the record rules of one model ask whether a record of another one may be read.

    Conditions inside record rules are searched without rules; this one applies them.
    """

    _name = "sop.readable.mixin"
    _description = "Readable Record"

    is_readable = fields.Boolean(
        compute="_compute_is_readable", search="_search_is_readable"
    )

    @api.depends_context("uid")
    def _compute_is_readable(self):
        readable = self.sudo(False)._filtered_access("read")
        for record in self:
            record.is_readable = record in readable

    @api.model
    def _search_is_readable(self, operator, value):
        if operator != "in":
            return NotImplemented
        records = self.sudo(False).with_context(active_test=False)
        domain = Domain("id", "in", records._search(Domain.TRUE))
        return Domain.OR(domain if wanted else ~domain for wanted in value)
