# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class SopFilesMixin(models.AbstractModel):
    """Files that are added on the form and belong to the record."""

    _name = "sop.files.mixin"
    _description = "Record with Files"

    attachment_ids = fields.Many2many("ir.attachment", string="Files", copy=False)

    def _adopt_files(self):
        """Whoever may read the record may read the files that were uploaded on its form.

        Only the uploader's own ones that belong to nothing yet: a file of another record
        keeps the rights of that record.
        """
        free = (False, self._name)
        for record in self:
            # sudo: a fresh upload belongs to its uploader alone, who gives it away here
            files = record.sudo().attachment_ids.filtered(
                lambda file: (
                    not file.res_id
                    and file.create_uid == self.env.user
                    and file.res_model in free
                )
            )
            files.write({"res_model": record._name, "res_id": record.id})
