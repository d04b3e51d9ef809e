# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.date_utils import end_of, start_of

from ..engine.dashboard import (
    Standing,
    attention_key,
    count_standings,
    figure_key,
)

#: Categories and subcategories only order the operations.
KINDS_OF_WORK = ("operation", "sub_operation")
PERIODS = ("all", "month", "quarter", "year", "next_month", "custom")
SORTS = ("attention", "end", "name", "time", "money", "kpi")
PAGE, MOST = 40, 500
UNRATED = "unrated"


class SopOperation(models.Model):
    _inherit = "sop.operation"

    # === PUBLIC === #

    @api.model
    @api.readonly
    def get_dashboard(self, options=None):
        """Counters and cards of the operations that the reader may see, as plain data.

        :param dict options: ``search``, ``period`` (all, month, quarter, year, next_month, or
            custom with ``date_from`` and ``date_to``), ``user_ids``, ``tag_ids``, ``states``,
            ``healths`` (``unrated`` among them), ``budget_id``, ``sort`` (attention, end, name,
            time, money, kpi), ``limit``, ``offset``. All are optional.
        :return: ``options, counters, signs, cards, count, choices, is_empty,
            can_create``. The counters follow all filters but state and health, which they are
            there to choose; ``count`` is the number of cards on all pages.
        """
        options = self._prepare_dashboard_options(options)
        domain = self._get_dashboard_domain(options)
        groups = self._read_group(domain, ["state", "health"], ["__count"])
        counters = count_standings(
            (state, health or None, number) for state, health, number in groups
        )
        chosen = domain & self._get_standing_domain(options)
        operations = self.search_fetch(chosen, self._get_dashboard_fields())
        page = operations._sort_dashboard(options["sort"])[
            options["offset"] : options["offset"] + options["limit"]
        ]
        is_empty = not counters["total"] and not self.search_count([], limit=1)
        return {
            "options": options,
            "counters": counters,
            "signs": operations._get_dashboard_signs(),
            "cards": page._prepare_cards(),
            "count": len(operations),
            "choices": self._prepare_dashboard_choices(options),
            "is_empty": is_empty,
            "can_create": self.has_access("create"),
        }

    # === OPTIONS === #

    @api.model
    def _prepare_dashboard_options(self, options):
        """Check what a client sent and fill in what it left out."""
        options = self._check_screen_options(options)
        sort = options.get("sort") or "attention"
        period = options.get("period") or "all"
        states = [state for state, _label in self._fields["state"].selection]
        healths = [health for health, _label in self._fields["health"].selection]
        date_from, date_to = self._get_dashboard_period(period, options)
        return {
            "search": str(options.get("search") or "")[:200],
            "period": period,
            "date_from": fields.Date.to_string(date_from),
            "date_to": fields.Date.to_string(date_to),
            "user_ids": self._check_screen_ids(options.get("user_ids")),
            "tag_ids": self._check_screen_ids(options.get("tag_ids")),
            "states": self._check_screen_choices(options.get("states"), states),
            "healths": self._check_screen_choices(
                options.get("healths"), [*healths, UNRATED]
            ),
            "budget_id": (
                self._check_screen_ids([options["budget_id"]])[0]
                if options.get("budget_id")
                else False
            ),
            "sort": self._check_screen_choices([sort], SORTS)[0],
            "limit": self._check_screen_number(options.get("limit"), PAGE, MOST),
            "offset": self._check_screen_number(options.get("offset"), 0, 2**31),
        }

    @api.model
    def _get_dashboard_period(self, period, options):
        self._check_screen_choices([period], PERIODS)
        if period == "all":
            return False, False
        if period == "custom":
            try:
                date_from = fields.Date.to_date(options.get("date_from") or False)
                date_to = fields.Date.to_date(options.get("date_to") or False)
            except (TypeError, ValueError) as error:
                raise UserError(
                    self.env._(
                        "A day is written as year-month-day, such as 2025-06-30."
                    )
                ) from error
            if date_from and date_to and date_to < date_from:
                raise UserError(
                    self.env._("The period must begin before it ends: swap its days.")
                )
            return date_from or False, date_to or False
        today = fields.Date.context_today(self)
        if period == "next_month":
            today, period = today + relativedelta(months=1), "month"
        return start_of(today, period), end_of(today, period)

    @api.model
    def _check_screen_ids(self, ids):
        if ids and not isinstance(ids, list):
            raise UserError(self.env._("Records are named by a list of their numbers."))
        to_id = self.env["sop.budget"]._to_report_id
        return [to_id(value) for value in ids or ()]

    @api.model
    def _check_screen_choices(self, values, choices):
        if values and not isinstance(values, list):
            raise UserError(self.env._("What is chosen is given as a list."))
        for value in values or ():
            if value not in choices:
                raise UserError(
                    self.env._(
                        "“%(value)s” can't be chosen here: it is one of %(choices)s.",
                        value=value,
                        choices=", ".join(choices),
                    )
                )
        return list(values or ())

    @api.model
    def _check_screen_number(self, value, default, most):
        if value is None or value is False:
            return default
        if isinstance(value, int) and 0 <= value <= most and value is not True:
            return value
        raise UserError(
            self.env._("Choose a whole number from 0 to %(most)s.", most=most)
        )

    # === READING === #

    @api.model
    def _get_dashboard_domain(self, options):
        domain = Domain("kind", "in", KINDS_OF_WORK)
        domain &= self._get_period_domain(options["date_from"], options["date_to"])
        if options["search"]:
            domain &= Domain.OR(
                Domain(name, "ilike", options["search"]) for name in ("name", "code")
            )
        if options["user_ids"]:
            domain &= Domain("user_id", "in", options["user_ids"])
        if options["tag_ids"]:
            domain &= Domain("tag_ids", "in", options["tag_ids"])
        if options["budget_id"]:
            domain &= Domain("funding_ids.budget_id", "=", options["budget_id"])
        return domain

    @api.model
    def _get_period_domain(self, date_from, date_to):
        """What runs at some time of a period; no date is no limit."""
        domain = Domain.TRUE
        if date_to:
            domain &= Domain("date_start", "=", False) | Domain(
                "date_start", "<=", date_to
            )
        if date_from:
            domain &= (
                Domain("is_ongoing", "=", True)
                | Domain("date_end", "=", False)
                | Domain("date_end", ">=", date_from)
            )
        return domain

    @api.model
    def _get_standing_domain(self, options):
        domain = Domain.TRUE
        if options["states"]:
            domain &= Domain("state", "in", options["states"])
        if options["healths"]:
            # Health is that of what is under way, as in the counters
            domain &= Domain("state", "=", "in_progress") & Domain(
                "health",
                "in",
                [health != UNRATED and health for health in options["healths"]],
            )
        return domain

    @api.model
    def _get_dashboard_fields(self):
        return [
            "code", "name", "state", "health", "user_id", "company_id", "parent_id",
            "parent_path", "date_start", "date_end", "is_ongoing", "analytic_account_id",
        ]  # fmt: skip

    def _sort_dashboard(self, sort):
        if sort == "name":
            return self.sorted(lambda o: o.name.casefold())
        figures = {}
        if sort == "kpi":
            figures = self.env["sop.kpi"]._get_attainment_by_operation(self)
        elif sort in ("time", "money"):
            name = f"{sort}_progress"
            figures = {o.id: o[name] if o[f"has_{name}"] else None for o in self}
        standings = [
            Standing(
                operation.id,
                operation.state,
                operation.health or None,
                None if operation.is_ongoing else operation.date_end or None,
                operation.name.casefold(),
                figures.get(operation.id),
            )
            for operation in self
        ]
        keys = {
            "attention": attention_key,
            "end": lambda s: (s.end is None, s.end or fields.Date.today(), s.name),
            "kpi": figure_key,
            # Most of the time or the money gone first
            "time": lambda s: (s.figure is None, -(s.figure or 0.0), s.name),
            "money": lambda s: (s.figure is None, -(s.figure or 0.0), s.name),
        }
        standings.sort(key=keys[sort])
        return self.browse([s.id for s in standings]).with_prefetch(self.ids)

    def _get_dashboard_signs(self):
        """What waits for somebody in all operations that are shown."""
        count = self.env["sop.kpi"].search_count
        late = [("operation_id", "in", self.ids), ("is_late", "=", True)]
        blockers = [
            ("operation_id", "in", self.ids),
            ("blocker_state", "=", "open"),
        ]
        missed = [("operation_id", "in", self.ids), ("state", "=", "missed")]
        return {
            "late_kpis": count(late),
            "blockers": self.env["sop.operation.update"].search_count(blockers),
            "missed_milestones": self.env["sop.milestone"].search_count(missed),
        }

    @api.model
    def _prepare_dashboard_choices(self, options):
        groups = self._read_group([("kind", "in", KINDS_OF_WORK)], ["user_id"])
        tags = self.env["sop.operation.tag"].search_fetch([], ["name", "color"])
        budget = self.env["sop.budget"].browse(options["budget_id"] or [])
        return {
            "users": [{"id": user.id, "name": user.name} for [user] in groups if user],
            "tags": [{"id": tag.id, "name": tag.name} for tag in tags],
            "budgets": self._prepare_planner_budgets(budget),
        }
