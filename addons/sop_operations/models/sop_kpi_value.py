# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..engine.kpi import LIMIT

#: What somebody who measures may say; the system writes the rest.
OPEN_FIELDS = {
    "kpi_id",
    "date",
    "value",
    "note",
    "evidence_url",
    "attachment_ids",
    "replaces_id",
}


class SopKpiValue(models.Model):
    """One measurement of an indicator; never changed, only replaced by a later one."""

    _name = "sop.kpi.value"
    _description = "Measurement"
    _order = "date desc, id desc"
    _rec_name = "kpi_id"
    _check_company_auto = True

    kpi_id = fields.Many2one(
        "sop.kpi", "KPI", required=True, index=True, ondelete="restrict"
    )
    operation_id = fields.Many2one(
        related="kpi_id.operation_id", store=True, index=True, precompute=True
    )
    company_id = fields.Many2one(
        related="kpi_id.company_id", store=True, index=True, precompute=True
    )
    date = fields.Date(required=True, default=fields.Date.context_today, index=True)
    value = fields.Float(
        required=True, digits=False, aggregator="avg", string="Measured Value"
    )
    old_value = fields.Float(
        "Value Before", digits=False, readonly=True, aggregator=None
    )
    has_old_value = fields.Boolean(readonly=True)
    note = fields.Text("Why", help="What happened, or why the figure was corrected.")
    evidence_url = fields.Char("Evidence", help="Link to a proof: https://…")
    attachment_ids = fields.Many2many("ir.attachment", string="Files")
    user_id = fields.Many2one("res.users", "Measured By", readonly=True)
    origin = fields.Selection(
        [("manual", "Typed In"), ("automatic", "Read by the System")],
        default="manual",
        required=True,
        readonly=True,
    )
    state = fields.Selection(
        [("current", "Counts"), ("superseded", "Replaced")],
        default="current",
        required=True,
        readonly=True,
        index=True,
    )
    replaces_id = fields.Many2one("sop.kpi.value", "Corrects", index="btree_not_null")
    replaced_by_id = fields.Many2one(
        "sop.kpi.value", "Replaced By", readonly=True, index="btree_not_null"
    )

    _one_per_day = models.UniqueIndex(
        "(kpi_id, date) WHERE state = 'current'",
        "This KPI was measured for the same day at the same moment: try again.",
    )

    # === Constraints === #

    @api.constrains("date", "value", "evidence_url")
    def _check_measurement(self):
        todays = self.env["res.company"]._get_sop_todays()
        for record in self:
            # A day of grace: it may be tomorrow where the user is.
            if record.date > todays[record.company_id.id] + timedelta(1):
                raise ValidationError(
                    self.env._(
                        "“%(kpi)s” can't be measured on %(day)s, which lies in the future.",
                        kpi=record.kpi_id.name,
                        day=record.date,
                    )
                )
            # In this form it refuses what is no number, too
            if not abs(record.value) <= LIMIT:
                raise ValidationError(
                    self.env._(
                        "The value of “%(kpi)s” must be a number from −%(limit)s to "
                        "%(limit)s: measure it in a larger unit.",
                        kpi=record.kpi_id.name,
                        limit=f"{LIMIT:,.0f}",
                    )
                )
            if record.kpi_id.kind == "boolean" and record.value not in (0.0, 1.0):
                raise ValidationError(
                    self.env._(
                        "“%(kpi)s” is yes or no: its value must be 1 or 0.",
                        kpi=record.kpi_id.name,
                    )
                )
            record._check_evidence_url()

    def _check_evidence_url(self):
        if not self.evidence_url:
            return
        try:
            parts = urlsplit(self.evidence_url)
        except ValueError:
            parts = None
        if not parts or parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValidationError(
                self.env._(
                    "The evidence “%(link)s” isn't a link: it must start with https://.",
                    link=self.evidence_url,
                )
            )

    @api.constrains("replaces_id")
    def _check_replaces(self):
        for record in self:
            if record.replaces_id and record.replaces_id.kpi_id != record.kpi_id:
                raise ValidationError(
                    self.env._("A correction belongs to the KPI that it corrects.")
                )

    # === Append-only === #

    @api.model_create_multi
    def create(self, vals_list):
        kpis = self.env["sop.kpi"].browse([vals.get("kpi_id") for vals in vals_list])
        if not self.env.su:
            for vals in vals_list:
                self._check_only_open(vals)
            self._check_attachments(vals_list)
            kpis._check_may_measure()
        prepared = [
            self._prepare_vals(vals, kpi)
            for vals, kpi in zip(vals_list, kpis, strict=True)
        ]
        replaced = self._supersede(prepared)
        # sudo: checked above, and bound to the KPI; files become those of the measurement
        records = super(SopKpiValue, self.sudo()).create(prepared)
        for record, old in zip(records, replaced, strict=True):
            old.replaced_by_id = record
            if record.attachment_ids:
                record.attachment_ids.write(
                    {"res_model": self._name, "res_id": record.id}
                )
        return records.sudo(self.env.su)

    def _check_only_open(self, vals):
        for name in vals.keys() - OPEN_FIELDS:
            field = self._fields.get(name)
            raise UserError(
                self.env._(
                    "“%(field)s” is kept by the system and can't be written.",
                    field=field.string if field else name,
                )
            )

    def _prepare_vals(self, vals, kpi):
        """The values of a measurement with those that the system keeps.

        They are all named, so that no default of the context takes their place.
        """
        result = {
            "origin": "manual",
            "note": False,
            "evidence_url": False,
            "attachment_ids": False,
            "replaces_id": False,
            "date": fields.Date.context_today(self),
            "user_id": self.env.uid,
            **vals,
            "state": "current",
            "replaced_by_id": False,
            "old_value": kpi.value,
            "has_old_value": kpi.has_value and kpi.aggregation == "latest",
        }
        result["date"] = fields.Date.to_date(result["date"])
        return result

    def _supersede(self, prepared):
        """What counts for the same days, and what is corrected, counts no longer.

        :return: the measurements that each of the prepared ones replaces
        """
        days = {(vals["kpi_id"], vals["date"]) for vals in prepared}
        if len(days) < len(prepared):
            raise UserError(
                self.env._(
                    "A KPI has one measurement a day: two are given for one day."
                )
            )
        corrected = {vals["replaces_id"] for vals in prepared if vals["replaces_id"]}
        # sudo: nobody writes measurements, the system marks what was replaced
        found = self.sudo().search_fetch(
            [
                ("kpi_id", "in", list({kpi_id for kpi_id, _day in days})),
                ("state", "=", "current"),
                "|",
                ("date", "in", list({day for _kpi_id, day in days})),
                ("id", "in", list(corrected)),
            ],
            ["kpi_id", "date", "value"],
        )
        if corrected - set(found.ids):
            raise UserError(
                self.env._("What you correct was replaced already: correct the newest.")
            )
        by_day = {(record.kpi_id.id, record.date): record for record in found}
        result = []
        for vals in prepared:
            old = by_day.get((vals["kpi_id"], vals["date"]), found.browse())
            old |= found.browse(vals["replaces_id"] or [])
            if old:
                vals["replaces_id"] = vals["replaces_id"] or old.id
                vals["has_old_value"], vals["old_value"] = True, old[-1].value
            result.append(old)
        replaced = found.browse({record.id for old in result for record in old})
        replaced.write({"state": "superseded"})
        replaced.flush_recordset(["state"])
        return result

    def _check_attachments(self, vals_list):
        """Only files that the user has uploaded for this; others stay where they are."""
        commands = [
            command
            for vals in vals_list
            for command in vals.get("attachment_ids") or []
        ]
        wanted = set()
        for command in commands:
            if command[0] == fields.Command.SET:
                wanted |= set(command[2])
            elif command[0] == fields.Command.LINK:
                wanted.add(command[1])
            else:
                raise UserError(self.env._("Upload the files of a measurement first."))
        attachments = self.env["ir.attachment"].browse(wanted)
        attachments.check_access("write")
        if any(
            file.create_uid != self.env.user
            or (file.res_id and file.res_model != "sop.kpi.check.in")
            for file in attachments
        ):
            raise AccessError(
                self.env._("Only files that you have just uploaded can be evidence.")
            )

    def write(self, vals):
        self._check_system("write")
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        self._check_system("unlink")

    def _check_system(self, _operation):
        if not self.env.su:
            raise UserError(
                self.env._(
                    "Measurements are history: they can't be changed or deleted. "
                    "Enter a correction instead."
                )
            )
