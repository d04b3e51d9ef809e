# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError


class SopApprovalDecide(models.TransientModel):
    """Asks for the reason of a refusal; who may decide is checked when it is confirmed."""

    _name = "sop.approval.decide"
    _description = "Reject or Request Changes"

    res_model = fields.Char(required=True)
    document_refs = fields.Json(required=True)
    decision = fields.Selection(
        [("rejected", "Reject"), ("returned", "Request changes")], required=True
    )
    reason = fields.Text(required=True)

    @api.model
    def _open(self, documents, decision):
        title = {
            "rejected": self.env._("Reject"),
            "returned": self.env._("Request Changes"),
        }[decision]
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": self._name,
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_res_model": documents._name,
                "default_document_refs": documents.ids,
                "default_decision": decision,
            },
        }

    def action_confirm(self):
        for wizard in self:
            if wizard.res_model not in self.env["sop.approval"]._get_document_models():
                raise UserError(self.env._("Such documents are not approved here."))
            documents = self.env[wizard.res_model].browse(
                int(ref) for ref in wizard.document_refs or ()
            )
            documents.exists()._decide(wizard.decision, wizard.reason)
        return {"type": "ir.actions.act_window_close"}
