# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models

from ..engine import export

#: Changes that the chatter of an operation keeps and its history tells.
TOLD = ("health", "user_id", "date_start", "date_end", "code", "parent_id")


class SopOperation(models.Model):
    """What became of operations, as a table: who, when, from what to what."""

    _inherit = "sop.operation"

    def action_download_timeline(self):
        return self._download("timeline")

    def action_download_history(self):
        return self._download("history")

    def _download(self, what):
        numbers = ",".join(map(str, self.ids))
        return {
            "type": "ir.actions.act_url",
            "url": f"/sop_operations/operations/{what}?operation_ids={numbers}",
            "target": "download",
        }

    def _get_history_csv(self):
        """States, health, dates, people, decisions and measurements, the oldest first.

        What the reader may read of it; a few queries for any number of operations.
        """
        head = [
            self.env._("Date"),
            self.env._("Operation"),
            self.env._("What"),
            self.env._("Before"),
            self.env._("After"),
            self.env._("Note"),
            self.env._("Who"),
        ]
        rows = [
            *self._get_history_of_chatter(),
            *self._get_history_of_updates(),
            *self._get_history_of_kpis(),
            *self._get_history_of_experiments(),
        ]
        names = {operation.id: operation.display_name for operation in self}
        rows.sort(key=lambda row: (row[0], row[1]))
        return export.to_csv(
            head, ((day, names[id_], *rest) for day, id_, *rest in rows)
        )

    def _get_history_of_chatter(self):
        """What Odoo tracked; the reader of an operation reads its chatter."""
        fields_of = {
            self.env["ir.model.fields"]._get(self._name, name).id: name for name in TOLD
        }
        # sudo: for readers of the operation, who see it in the chatter
        values = (
            self.env["mail.tracking.value"]
            .sudo()
            .search(
                [
                    ("mail_message_id.model", "=", self._name),
                    ("mail_message_id.res_id", "in", self.ids),
                    ("field_id", "in", list(fields_of)),
                ]
            )
        )
        for value in values:
            name = fields_of[value.field_id.id]
            kind = "datetime" if self._fields[name].type == "date" else "char"
            old, new = (value[f"{side}_value_{kind}"] for side in ("old", "new"))
            if kind == "datetime":
                old, new = (day and day.date().isoformat() for day in (old, new))
            message = value.mail_message_id
            yield (
                fields.Datetime.context_timestamp(self, message.date).strftime(
                    "%Y-%m-%d"
                ),
                message.res_id,
                self._fields[name].get_description(self.env)["string"],
                old,
                new,
                None,
                message.author_id.name,
            )

    def _get_history_of_updates(self):
        updates = self.env["sop.operation.update"].search(
            [
                ("operation_id", "in", self.ids),
                ("type", "in", ["status", "decision", "milestone"]),
            ]
        )
        types = dict(updates._fields["type"]._description_selection(self.env))
        states = dict(self._fields["state"]._description_selection(self.env))
        for update in updates:
            yield (
                update.date.isoformat(),
                update.operation_id.id,
                types[update.type],
                states.get(update.state_from),
                states.get(update.state_to),
                None if update.state_to else update.name,
                # sudo: who wrote what the reader may read
                update.sudo().user_id.name,
            )

    def _get_history_of_kpis(self):
        values = self.env["sop.kpi.value"].search([("operation_id", "in", self.ids)])
        states = dict(values._fields["state"]._description_selection(self.env))
        for value in values:
            note = value.note or ""
            if value.state != "current":
                note = " ".join(filter(None, (f"({states[value.state]})", note)))
            yield (
                value.date.isoformat(),
                value.operation_id.id,
                value.kpi_id.name,
                value.old_value if value.has_old_value else None,
                value.value,
                note,
                # sudo: who measured what the reader may read
                value.sudo().user_id.name,
            )

    def _get_history_of_experiments(self):
        experiments = self.env["sop.experiment"].search(
            [("operation_id", "in", self.ids), ("decided_on", "!=", False)]
        )
        labels = dict(experiments._fields["decision"]._description_selection(self.env))
        for experiment in experiments:
            yield (
                fields.Datetime.context_timestamp(self, experiment.decided_on).strftime(
                    "%Y-%m-%d"
                ),
                experiment.operation_id.id,
                experiment.display_name,
                None,
                labels.get(experiment.decision),
                experiment.decision_reason,
                # sudo: who decided what the reader may read
                experiment.sudo().decided_by_id.name,
            )
