# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json
from datetime import datetime, time, timezone

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date, format_datetime

from ..report.version_report_builder import VersionReportBuilder, VersionReportOptions

#: What can be told of a day on which nothing was kept: commitments of then can't.
KNOWN_MEASURES = (
    *("planned", "original", "to_date", "actual", "variance", "variance_percent"),
    *("burn", "burn_rate", "projection"),
    *("compare", "compare_difference", "compare_percent"),
)
#: How many versions the report offers.
SHOWN_VERSIONS = 12
DEFAULT_KNOWN = ("planned", "to_date", "actual", "variance", "burn")


class SopBudgetVersion(models.Model):
    _inherit = "sop.budget.version"

    def _get_category_ids(self):
        """Every category of the content; to be called past the rights of the reader."""
        self.ensure_one()
        return frozenset(map(int, json.loads(self.payload)["categories"]))

    def action_open_report(self):
        """Plan against actual as this version kept it."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "sop_budget.sop_budget_report_action"
        )
        options = {"budget_id": self.budget_id.id, "as_version": self.id}
        return {**action, "params": {"options": options}, "context": {}}


class SopBudget(models.Model):
    """Reports of the past.

    ``as_version`` (of a version): all figures as they were kept. ``as_known_on`` (a day): the
    plan of the last version kept by then, with the journal items that were posted by then, as
    far as the history of the entries tells. What was posted then and is unposted or deleted
    now can't be known, and neither can the commitments of a day on which nothing was kept.
    """

    _inherit = "sop.budget"

    # === OPTIONS === #

    def _prepare_report_options(self, options):
        version_id, known_on = options.get("as_version"), options.get("as_known_on")
        if not version_id and not known_on:
            return super()._prepare_report_options(options)
        version, day, until = self._find_past(version_id, known_on)
        prepared = super()._prepare_report_options(
            {**options, "as_of": options.get("as_of") or fields.Date.to_string(day)}
        )
        measures = prepared.measures
        if until:
            measures = tuple(key for key in measures if key in KNOWN_MEASURES)
            measures = measures or DEFAULT_KNOWN
        elif prepared.compare == "last_year":
            raise UserError(
                self.env._("A version keeps its own dates only: it has no last year.")
            )
        return VersionReportOptions(
            **{
                **vars(prepared),
                "measures": measures,
                "version_id": version.id,
                "known_on": day if until else None,
                "known_until": until,
            }
        )

    def _find_past(self, version_id, known_on):
        """Version, its day, and the moment up to which the books count (None: as kept)."""
        Version = self.env["sop.budget.version"]
        if version_id:
            version = Version.browse(self._to_report_id(version_id)).exists()
            version.check_access("read")
            if version.budget_id != self:
                raise UserError(
                    self.env._("This version does not belong to the budget shown.")
                )
            day = fields.Datetime.context_timestamp(self, version.date).date()
            return version, day, None
        day = self._to_report_date(known_on)
        # The end of that day where the reader is, in UTC as the dates of records are
        until = self.env.tz.localize(datetime.combine(day, time.max))
        until = until.astimezone(timezone.utc).replace(tzinfo=None)
        version = Version.search(
            [("budget_id", "=", self.id), ("date", "<=", until)],
            order="number desc",
            limit=1,
        )
        if not version:
            raise UserError(
                self.env._(
                    "No version of “%(budget)s” was kept by %(date)s: its plan of then is not "
                    "known.",
                    budget=self.name,
                    date=format_date(self.env, day),
                )
            )
        return version, day, until

    def _export_report_options(self, options):
        exported = super()._export_report_options(options)
        if isinstance(options, VersionReportOptions):
            past = bool(options.known_until)
            exported["as_version"] = False if past else options.version_id
            exported["as_known_on"] = (
                fields.Date.to_string(options.known_on) if past else False
            )
        return exported

    def _get_report_choices(self, options):
        choices = super()._get_report_choices(options)
        choices["versions"] = self._get_version_choices()
        if isinstance(options, VersionReportOptions):
            if options.known_until:
                choices["measures"] = [
                    choice
                    for choice in choices["measures"]
                    if choice["key"] in KNOWN_MEASURES
                ]
            else:
                choices["compares"] = [
                    choice
                    for choice in choices["compares"]
                    if choice["key"] != "last_year"
                ]
        return choices

    def _get_version_choices(self):
        """The last versions, newest first; all of them are in their list."""
        versions = self.env["sop.budget.version"].search(
            [("budget_id", "=", self.id)], order="number desc", limit=SHOWN_VERSIONS
        )
        return [
            {
                "key": version.id,
                "number": version.number,
                "name": version.display_name,
                "date": format_datetime(self.env, version.date),
            }
            for version in versions
        ]

    # === THE REPORT === #

    def _get_report_builder(self, options):
        if isinstance(options, VersionReportOptions):
            return VersionReportBuilder(self, options)
        return super()._get_report_builder(options)

    def _prepare_report(self, builder):
        report = super()._prepare_report(builder)
        options = builder.options
        if isinstance(options, VersionReportOptions):
            report["past"] = self._prepare_past_name(builder)
            if options.known_until:
                # Cards speak of what is available, which is not known
                report["summary"] = False
        return report

    def _prepare_past_name(self, builder):
        options = builder.options
        if options.known_until:
            return self.env._(
                "As known on %(date)s", date=format_date(self.env, options.known_on)
            )
        return self.env._("Version %(version)s", version=builder.version.display_name)

    def _prepare_report_notes(self, builder):
        notes = super()._prepare_report_notes(builder)
        options = builder.options
        if not isinstance(options, VersionReportOptions):
            return notes
        version = builder.version
        date = format_date(self.env, version.date)
        if options.known_until:
            note = self.env._(
                "Plan of version %(version)s (%(date)s). Actual: journal items posted by that day, "
                "as far as the history of the entries tells; what was unposted or deleted since is "
                "not in it. What was reserved and committed on that day is not known.",
                version=version.display_name,
                date=date,
            )
        else:
            note = self.env._(
                "All figures as version %(version)s kept them on %(date)s, by whole months. See "
                "“Drift Since” on the version for what the books changed afterwards.",
                version=version.display_name,
                date=date,
            )
        return [note, *notes]

    @api.model
    @api.readonly
    def explain(self, options):
        options = self._check_report_options(options)
        if options.get("as_version") or options.get("as_known_on"):
            raise UserError(
                self.env._(
                    "This is a figure of the past: its documents may have changed since. Open the "
                    "version and see “Drift Since” and “Items Since”, or go back to the report "
                    "of today."
                )
            )
        return super().explain(options)
