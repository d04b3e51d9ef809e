# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""When operations that wait for each other can and have to be done.

Nothing of it is stored: dates move with those of whatever hangs together. All operations of
a list are worked out at once, from two queries.
"""

from collections import defaultdict
from datetime import date

from odoo import api, fields, models
from odoo.fields import Domain

from ..engine import schedule as engine

#: Fields that follow from the dates of others
FIGURES = (
    "early_start",
    "early_end",
    "late_start",
    "late_end",
    "total_float",
    "free_float",
    "is_scheduled",
    "is_critical",
    "schedule_summary",
    "schedule_warning",
)
#: What they follow from
INPUTS = {"date_start", "date_end", "is_ongoing", "is_fixed", "state", "active"}


class SopOperationDependency(models.Model):
    _inherit = "sop.operation.dependency"

    def _get_binding(self):
        """Of these links, those that still have something to say about dates."""
        return self.filtered(
            lambda link: (
                link.type
                and link.predecessor_id._has_span()
                and link.operation_id._has_span()
                and not link._is_history()
            )
        )

    def _is_history(self):
        """What has begun no longer waits to begin, what is done waits for nothing."""
        state = self.operation_id.state
        _from_finish, to_finish = engine.ENDS[self.type]
        return state == "completed" or (state == "in_progress" and not to_finish)

    def _as_links(self):
        return [
            engine.Link(
                link.predecessor_id.id, link.operation_id.id, link.type, link.lag
            )
            for link in self
        ]

    def _find_broken(self):
        """``{link: days}`` by which dates are too early."""
        # sudo: what waits for what binds, whoever sees it
        binding = self.sudo()._get_binding()
        tasks = (binding.operation_id | binding.predecessor_id)._as_tasks()
        return {
            link: found[0][1]
            for link in binding
            if (found := engine.broken(tasks, link._as_links()))
        }


class SopOperation(models.Model):
    _inherit = "sop.operation"

    dependency_ids = fields.One2many(
        "sop.operation.dependency", "operation_id", string="Waits For"
    )
    dependent_ids = fields.One2many(
        "sop.operation.dependency", "predecessor_id", string="Needed By"
    )
    is_fixed = fields.Boolean(
        "Fixed Dates",
        tracking=True,
        help="Such as the day of an event. The schedule moves what it waits for, never this.",
    )
    is_scheduled = fields.Boolean(compute="_compute_schedule")
    early_start = fields.Date("Earliest Start", compute="_compute_schedule")
    early_end = fields.Date("Earliest End", compute="_compute_schedule")
    late_start = fields.Date("Latest Start", compute="_compute_schedule")
    late_end = fields.Date("Latest End", compute="_compute_schedule")
    total_float = fields.Integer(
        "Slack (Days)",
        compute="_compute_schedule",
        aggregator=None,
        help="By so many days it may end later before all that hangs together ends later.",
    )
    free_float = fields.Integer(
        "Free Slack (Days)",
        compute="_compute_schedule",
        aggregator=None,
        help="By so many days it may end later before anything that waits for it moves.",
    )
    is_critical = fields.Boolean(
        "Critical",
        compute="_compute_schedule",
        search="_search_is_critical",
        help="Without slack: if it ends later, all that hangs together ends later.",
    )
    schedule_summary = fields.Char("Schedule", compute="_compute_schedule")
    schedule_warning = fields.Char(compute="_compute_schedule")

    def _get_linked_ids(self):
        """Of these, the ids of those that wait for something, or that something waits for."""
        # sudo: what waits for what binds, whoever sees it
        links = self.env["sop.operation.dependency"].sudo()
        links = links.search_fetch(
            Domain("operation_id", "in", self.ids)
            | Domain("predecessor_id", "in", self.ids),
            ["operation_id", "predecessor_id"],
        )
        return set((links.operation_id | links.predecessor_id)._ids)

    def _has_span(self):
        """Whether its start and end are known, and it is still to be counted."""
        return bool(
            self.active
            and self.state != "cancelled"
            and self.date_start
            and self.date_end
            and not self.is_ongoing
        )

    def _as_tasks(self):
        return {
            operation.id: engine.Task(
                operation.date_start.toordinal(),
                (operation.date_end - operation.date_start).days + 1,
                operation.is_fixed or operation.state != "planned",
            )
            for operation in self
        }

    @api.model
    def _get_network(self, companies):
        """Tasks of all that hangs together in the companies, and their links."""
        # sudo: what waits for what binds, whoever sees it
        links = (
            self.env["sop.operation.dependency"]
            .sudo()
            .search_fetch(
                [("company_id", "in", companies.ids)],
                ["operation_id", "predecessor_id", "type", "lag"],
            )
        )
        (links.operation_id | links.predecessor_id).fetch(INPUTS)
        links = links._get_binding()
        tasks = (links.operation_id | links.predecessor_id)._as_tasks()
        return tasks, links._as_links()

    @api.model
    def _get_schedule(self, companies):
        """``{operation id: dates}`` of what hangs together with something else."""
        return engine.work_out(*self._get_network(companies))

    @api.depends_context("lang", "uid")
    @api.depends("dependency_ids", "dependent_ids", *sorted(INPUTS))
    def _compute_schedule(self):
        known = self._origin
        found = self._get_schedule(known.company_id) if known else {}
        warnings = known._describe_broken()
        linked = known._get_linked_ids()
        for operation in self:
            id_ = operation._origin.id
            dates = found.get(id_)
            if operation.state == "completed":
                dates = None
            operation.is_scheduled = dates is not None
            operation.is_critical = dates is not None and dates.is_critical
            operation.early_start = dates and date.fromordinal(dates.early_start)
            operation.early_end = dates and date.fromordinal(dates.early_finish - 1)
            operation.late_start = dates and date.fromordinal(dates.late_start)
            operation.late_end = dates and date.fromordinal(dates.late_finish - 1)
            operation.total_float = dates.total_float if dates else 0
            operation.free_float = dates.free_float if dates else 0
            operation.schedule_warning = warnings.get(id_)
            operation.schedule_summary = (
                operation._describe_schedule(dates) if id_ in linked else False
            )

    @api.model
    def _search_is_critical(self, operator, value):
        if operator != "in":
            return NotImplemented
        found = self._get_schedule(self.env.companies)
        ids = [id_ for id_, dates in found.items() if dates.is_critical]
        domain = Domain("id", "in", ids) & Domain("state", "!=", "completed")
        return Domain.OR(domain if wanted else ~domain for wanted in value)

    def _describe_schedule(self, dates):
        """Early dates, and what happens when they slip, in words."""
        self.ensure_one()
        if dates is None:
            if not self._has_span() and self.state in ("planned", "in_progress"):
                return self.env._("Not scheduled: that takes a start and an end.")
            return False
        slack, free = dates.total_float, dates.free_float
        days = {
            "end": self._format_day(date.fromordinal(dates.early_finish - 1)),
            "all": self._format_day(date.fromordinal(dates.network_finish - 1)),
            "slack": abs(slack),
            "free": free,
        }
        if slack < 0:
            return self.env._(
                "Critical: it ends on %(end)s at the earliest, %(slack)s day(s) too late for "
                "something with fixed dates that waits for it.",
                **days,
            )
        if not slack:
            return self.env._(
                "Critical: it ends on %(end)s at the earliest. A day later, and all that hangs "
                "together ends after %(all)s.",
                **days,
            )
        if free < slack:
            return self.env._(
                "It ends on %(end)s at the earliest and has %(slack)s day(s) of slack; after "
                "%(free)s of them it moves what waits for it. All that hangs together ends on "
                "%(all)s.",
                **days,
            )
        return self.env._(
            "It ends on %(end)s at the earliest and has %(slack)s day(s) of slack before "
            "anything else moves. All that hangs together ends on %(all)s.",
            **days,
        )

    def _describe_broken(self):
        """``{id: words}`` of those whose own dates are too early for what they wait for."""
        # sudo: names are left out below, where the user does not see them. Not by the field:
        # its cache is the same for all users
        links = self.env["sop.operation.dependency"].sudo()
        links = links.search([("operation_id", "in", self.ids)])
        broken = links._find_broken()
        seen = set(links.predecessor_id.sudo(self.env.su)._filtered_access("read")._ids)
        names = defaultdict(list)
        for link, days in broken.items():
            name = self.env._("an operation that you may not see")
            if link.predecessor_id.id in seen:
                name = link.predecessor_id.display_name
            names[link.operation_id.id].append(
                self.env._("%(name)s (%(days)s day(s) too early)", name=name, days=days)
            )
        return {
            id_: self.env._(
                "The dates do not keep what it waits for: %(names)s.",
                names=", ".join(found),
            )
            for id_, found in names.items()
        }

    # === WHAT CHANGES IT === #

    @api.model
    def _forget_schedule(self):
        """Whatever hangs together may have moved: nobody can name it beforehand."""
        self.env["sop.operation"].invalidate_model(FIGURES, flush=False)
        self.env["sop.operation.dependency"].invalidate_model(
            ["days_broken"], flush=False
        )

    def write(self, vals):
        result = super().write(vals)
        if INPUTS & set(vals):
            self._forget_schedule()
        if vals.get("parent_id"):
            # sudo: links hold, whoever sees them
            below = self.sudo().with_context(active_test=False)
            links = self.env["sop.operation.dependency"].sudo()
            links.search(
                Domain("operation_id", "child_of", below.ids)
                | Domain("predecessor_id", "child_of", below.ids)
            ).sudo(self.env.su)._check_not_part()
        return result

    def unlink(self):
        result = super().unlink()
        self._forget_schedule()
        return result

    def copy(self, default=None):
        copies = super().copy(default)
        self.env["sop.operation.dependency"]._copy_links(
            dict(zip(self, copies, strict=True))
        )
        return copies
