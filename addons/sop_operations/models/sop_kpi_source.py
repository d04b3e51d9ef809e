# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

#: Decide what the system reads, and so need the rights of who reads it.
SOURCE_FIELDS = {
    "operation_id",
    "frequency",
    "date_start",
    "date_end",
    "source",
    "source_window",
    "source_formula",
    "source_shared",
    "source_model",
    "source_domain",
    "source_measure",
    "source_field",
    "source_date_field",
    "ledger_prefixes",
    "ledger_account_ids",
    "ledger_analytic_id",
    "ledger_sign",
    "source_budget_id",
    "source_category_id",
    "budget_measure",
    "process_metric_id",
    "process_figure",
    "process_team",
}


class _System:
    """What only this module holds: no request can put it into a context."""


SYSTEM = _System()


class SopKpi(models.Model):
    """Where the figures of a KPI come from.

    What isn't typed in is read with the rights of **who set the source last**, never with more:
    nobody can have others' rights read for them. Other add-ons add a source by
    ``selection_add`` and :meth:`_get_source_readers`.
    """

    _inherit = "sop.kpi"

    source = fields.Selection(
        [
            ("manual", "Typed in"),
            ("formula", "Formula over other figures"),
            ("records", "Records of Odoo"),
            ("ledger", "Books"),
            ("budget", "Figures of a budget"),
            ("process", "Process metric"),
        ],
        default="manual",
        required=True,
        tracking=True,
    )
    source_user_id = fields.Many2one(
        "res.users",
        "Read With the Rights of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        tracking=True,
        help="Who set the source last. What they may not read isn't read either.",
    )
    source_window = fields.Selection(
        [
            ("span", "Since the start"),
            ("period", "In each period"),
            ("all", "At any time"),
        ],
        "What Counts",
        default="span",
        required=True,
        help="The days whose records count: since the KPI started, or only those of the "
        "running day, week, month or quarter.",
    )
    # It may name what is hidden from some: shown as `error_text`
    error = fields.Text(
        readonly=True,
        copy=False,
        groups="base.group_system",
        help="Why the last reading gave no figure.",
    )
    has_error = fields.Boolean(
        "Broken", compute="_compute_has_error", store=True, index=True
    )
    last_run = fields.Datetime("Last Read", readonly=True, copy=False)

    @api.depends("error")
    def _compute_has_error(self):
        for kpi in self:
            kpi.has_error = bool(kpi.error)

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {"source_user_id", "error", "last_run"}

    @api.model
    def _get_source_fields(self):
        """Fields that decide what is read. To be extended by super()."""
        return SOURCE_FIELDS

    @api.model
    def _get_source_readers(self):
        """``{source: method}``; the method takes jobs and gives a value for each.

        A value is a number, None for no data or a
        :class:`~.sop_kpi_roll_up.Failure`. To be extended by super().
        """
        return {
            "formula": self._read_formulas,
            "records": self._read_records,
            "ledger": self._read_ledger,
            "budget": self._read_budgets,
            "process": self._read_processes,
        }

    # === Whose rights === #

    @api.model_create_multi
    def create(self, vals_list):
        prepared, kept_list = [], []
        for vals in vals_list:
            given = self.env.su and vals.get("source_user_id")
            self._check_not_derived(vals)
            vals, kept = self._split_kept(vals)
            kept_list.append(kept)
            # All named, so that no default of a context takes their place
            prepared.append(
                {
                    **vals,
                    "source_user_id": given or self._get_source_setter(vals),
                    "last_run": False,
                    "refreshed_on": False,
                }
            )
        # The source is checked once all of it is there
        later = self.with_context(sop_kpi_system=SYSTEM, sop_kpi_unchecked=SYSTEM)
        kpis = super(SopKpi, later).create(prepared)
        for kpi, kept in zip(kpis, kept_list, strict=True):
            if kept:
                # sudo: closed fields, of a KPI that the user has just made
                kpi.sudo().write(kept)
        kpis = kpis.with_context(sop_kpi_system=False, sop_kpi_unchecked=False)
        kpis._check_source()
        kpis._log_shared()
        return kpis

    def _get_source_setter(self, vals):
        automatic = vals.get("source", "manual") != "manual"
        return self.env.uid if automatic and self.env.uid != SUPERUSER_ID else False

    def write(self, vals):
        open_vals, kept = self._split_kept(vals)
        touched = self._get_source_fields() & {*open_vals, *kept}
        if not touched:
            return super().write(vals)
        later = self.with_context(sop_kpi_unchecked=SYSTEM)
        result = super(SopKpi, later).write(open_vals)
        if kept:
            self.check_access("write")
            # sudo: closed fields, of a KPI that the user may write
            super(SopKpi, later.sudo()).write(kept)
        if not self.env.su:
            for kpi in self:
                setter = kpi._get_source_setter({"source": kpi.source})
                if kpi.source_user_id.id != setter:
                    kpi.with_context(
                        sop_kpi_system=SYSTEM, sop_kpi_unchecked=SYSTEM
                    ).source_user_id = setter
        self._check_source()
        if kept or "source_shared" in vals:
            self._log_shared()
        return result

    @api.model
    def _check_not_derived(self, vals):
        # EXTENDS sop_budget: what this model itself keeps
        if self.env.context.get("sop_kpi_system") is SYSTEM:
            return None
        return super()._check_not_derived(vals)

    def _prepare_occurrence_vals(self, occurrence, offset):
        """What differs in the copy that the system makes for an occurrence."""
        self.ensure_one()
        try:
            self._check_source()
            reader = self.source_user_id.id
        except UserError:
            # Who can't read it any more doesn't keep the occurrence from being planned
            reader = False
        return {
            "operation_id": occurrence.id,
            "name": self.name,
            "source_user_id": reader,
            "date_start": self.date_start and self.date_start + offset,
            "date_end": self.date_end and self.date_end + offset,
            "target_ids": [
                fields.Command.create(
                    {
                        "date_from": step.date_from + offset,
                        "date_to": step.date_to + offset,
                        "target": step.target,
                    }
                )
                for step in self.target_ids
            ],
        }

    def action_take_over_source(self):
        """Read the source with the rights of the present user from now on."""
        self.check_access("write")
        self.with_context(sop_kpi_system=SYSTEM).write({"source_user_id": self.env.uid})
        # sudo: a field of the system, which nobody reads
        self.sudo().error = False
        return True

    def _as_reader(self):
        """The KPI as seen by whose rights its source is read with."""
        self.ensure_one()
        user = self.source_user_id
        if not user or user.id == SUPERUSER_ID:
            raise UserError(
                self.env._(
                    "Nobody's rights are there to read it with: use “Read with my rights”."
                )
            )
        # sudo: only whether the person still works in this company
        if not user.active or self.company_id not in user.sudo().company_ids:
            raise UserError(
                self.env._(
                    "%(user)s set this source and no longer works in %(company)s: somebody "
                    "else must use “Read with my rights”.",
                    user=user.name,
                    company=self.company_id.name,
                )
            )
        return self._as_user(user)

    def _as_user(self, user):
        # Nothing of the context of who asks: neither companies nor switches
        context = {
            "allowed_company_ids": self.company_id.ids,
            "lang": self.env.lang,
            "tz": "UTC",
        }
        return self.with_env(self.env(user=user, su=False, context=context))

    # === What is entered === #

    @api.constrains(*SOURCE_FIELDS, "source_user_id")
    def _check_source(self):
        if self.env.context.get("sop_kpi_unchecked") is SYSTEM:
            return
        for kpi in self:
            if kpi.source == "manual":
                continue
            name = f"_check_source_{kpi.source}"
            if kpi.source_user_id and hasattr(kpi, name):
                kpi._check_source_by(name)

    def _check_source_by(self, name):
        """Let the reader of the source check what was entered."""
        try:
            getattr(self._as_reader(), name)()
        except AccessError as error:
            raise AccessError(
                self.env._(
                    "“%(kpi)s” can't be read with the rights of %(user)s: %(reason)s",
                    kpi=self.name,
                    user=self.source_user_id.name,
                    reason=error.args[0],
                )
            ) from error
        except ValidationError:
            raise
        except UserError as error:
            raise ValidationError(error.args[0]) from error

    def action_test_source(self):
        """Read the source once and tell the result; nothing is stored."""
        self.ensure_one()
        self.check_access("write")
        value = self._try_source()
        if isinstance(value, str):
            kind, message = "danger", value
        elif value is None:
            kind, message = "warning", self.env._("There is no data yet.")
        else:
            kind, message = (
                "success",
                self.env._("Today: %(value)s", value=self._format_value(value)),
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.name,
                "message": message,
                "type": kind,
                "sticky": False,
            },
        }
