# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Buttons, who is waited for and the trail, in the form of every document that is approved."""

from lxml.builder import E

from odoo import api, models


class SopApprovalMixin(models.AbstractModel):
    _inherit = "sop.approval.mixin"

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type == "form" and not arch.xpath("//button[@name='action_approve']"):
            self._add_decision_buttons(arch)
            self._add_trail(arch)
        return arch, view

    def _get_view_cache_key(self, view_id=None, view_type="form", **options):
        # The labels are in the language of the reader
        key = super()._get_view_cache_key(view_id, view_type, **options)
        return (*key, self.env.lang)

    @api.model
    def _add_decision_buttons(self, arch):
        header = next(arch.iter("header"), None)
        if header is None:
            return
        buttons = (
            ("action_approve", self.env._("Approve"), "btn-primary"),
            ("action_return", self.env._("Request Changes"), "btn-secondary"),
            ("action_reject", self.env._("Reject"), "btn-secondary"),
        )
        for place, (name, label, style) in enumerate(buttons):
            button = E.button(
                {"class": style},
                name=name,
                type="object",
                string=label,
                invisible="not can_decide",
            )
            header.insert(place, button)
        arch.insert(0, E.field(name="can_decide", invisible="1"))
        arch.insert(0, E.field(name="approval_state", invisible="1"))
        header.addnext(
            E.div(
                {"class": "alert alert-info mb-0 d-flex flex-wrap gap-2"},
                E.span(self.env._("Waits for")),
                E.field(
                    {"class": "w-auto mb-0"},
                    name="current_approver_ids",
                    widget="many2many_avatar_user",
                    readonly="1",
                ),
                E.field(
                    {"class": "w-auto mb-0"},
                    name="approval_due",
                    widget="remaining_days",
                    readonly="1",
                    invisible="not approval_due",
                ),
                role="status",
                invisible="approval_state != 'in_review'",
            )
        )

    @api.model
    def _add_trail(self, arch):
        columns = [
            E.field(name="date"),
            E.field(name="decision"),
            E.field(name="user_id", widget="many2one_avatar_user"),
            E.field(name="on_behalf_of_id", widget="many2one_avatar_user"),
            E.field(name="step_name", optional="show"),
            E.field(name="state_from", optional="show"),
            E.field(name="state_to", optional="show"),
            E.field(name="terms", optional="show"),
            E.field(name="comment"),
            E.field(name="version", optional="hide"),
            E.field(name="channel", optional="hide"),
        ]
        trail = E.field(
            E.list(
                {
                    "create": "0",
                    "edit": "0",
                    "delete": "0",
                    "decoration-success": "decision == 'approved'",
                    "decoration-muted": "decision == 'moved'",
                    "decoration-danger": "decision in ('rejected', 'returned')",
                },
                *columns,
            ),
            name="decision_ids",
            readonly="1",
            nolabel="1",
        )
        label = self.env._("Approval")
        notebook = next(arch.iter("notebook"), None)
        if notebook is not None:
            page = E.page(trail, name="approval", string=label)
            page.set("invisible", "approval_state == 'none'")
            notebook.append(page)
            return
        sheet = next(arch.iter("sheet"), None)
        if sheet is not None:
            sheet.append(
                E.group(
                    {"class": "o_sop_trail"},
                    trail,
                    string=label,
                    col="1",
                    invisible="approval_state == 'none'",
                )
            )
