# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models
from odoo.tools import format_date, html2plaintext

from ..engine import export
from ..engine import markdown as engine


class SopOperationUpdate(models.Model):
    """Updates as files: notes as Markdown, the timeline as PDF and as a table."""

    _inherit = "sop.operation.update"

    def action_download_markdown(self):
        numbers = ",".join(map(str, self.ids))
        return {
            "type": "ir.actions.act_url",
            "url": f"/sop_operations/updates/markdown?update_ids={numbers}",
            "target": "download",
        }

    def action_download_csv(self):
        numbers = ",".join(map(str, self.ids))
        return {
            "type": "ir.actions.act_url",
            "url": f"/sop_operations/updates/csv?update_ids={numbers}",
            "target": "download",
        }

    def _get_csv(self):
        """The updates as a table, in their order."""
        types = dict(self._fields["type"]._description_selection(self.env))
        states = dict(self._fields["blocker_state"]._description_selection(self.env))
        head = [
            self.env._("Date"),
            self.env._("Operation"),
            self.env._("Type"),
            self.env._("Title"),
            self.env._("Text"),
            self.env._("Author"),
            self.env._("Blocker"),
            self.env._("Resolution"),
        ]
        rows = [
            (
                update.date.isoformat(),
                # sudo: who may read an update may read where it belongs and who wrote it
                update.sudo().operation_id.display_name,
                types[update.type],
                update.name,
                html2plaintext(update.body or "").strip(),
                update.sudo().user_id.name,
                states.get(update.blocker_state),
                update.resolution,
            )
            for update in self
        ]
        return export.to_csv(head, rows)

    def _get_markdown(self):
        """The updates below each other, with their action items."""
        return "\n\n---\n\n".join(update._get_notes() for update in self) + "\n"

    def _get_notes(self):
        self.ensure_one()
        types = dict(self._fields["type"]._description_selection(self.env))
        facts = [
            (self.env._("Date"), format_date(self.env, self.date)),
            (self.env._("Type"), types[self.type]),
            # sudo: who may read an update may read where it belongs and who wrote it
            (self.env._("Operation"), self.sudo().operation_id.display_name),
            (self.env._("Author"), self.sudo().user_id.name),
        ]
        parts = [
            f"# {engine.escape(self.name)}",
            "\n".join(f"- {key}: {engine.escape(text)}" for key, text in facts if text),
            engine.to_markdown(self.body or ""),
        ]
        if self.action_ids:
            parts += [f"## {self.env._('Action items')}", self._get_action_list()]
        return "\n\n".join(filter(None, parts))

    def _get_action_list(self):
        return "\n".join(
            self.env._(
                "- [%(mark)s] %(what)s (%(who)s, until %(day)s)",
                mark="x" if item.is_done else " ",
                what=engine.escape(item.name),
                who=engine.escape(item.sudo().user_id.name),
                day=format_date(self.env, item.date_due),
            )
            for item in self.action_ids
        )

    def _get_days(self):
        """``[(day in words, updates)]``, the newest day first."""
        days = self.sorted(lambda u: (u.date, u.id), reverse=True).grouped("date")
        return [
            (format_date(self.env, day, date_format="EEEE d MMMM y"), updates)
            for day, updates in days.items()
        ]
