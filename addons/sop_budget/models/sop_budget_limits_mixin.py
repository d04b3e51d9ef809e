# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections.abc import Collection, Iterator

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .ledger_sql import NO_JIT

#: Comparisons of dates that narrow what has to be read, and which end they set.
DATE_ENDS = {">=": "date_from", ">": "date_from", "<=": "date_to", "<": "date_to"}


class SopBudgetLimitsMixin(models.AbstractModel):
    """A table query that reads only what a search can find.

    PostgreSQL doesn't carry the conditions of a search into the steps that split documents
    over analytic accounts: without more it would split every document of the company to show
    those of one category. So what a search says for sure about budget, dates, accounts,
    measures and records is handed to the table query as limits. They never change a result:
    the search has the same conditions.
    """

    _name = "sop.budget.limits.mixin"
    _description = "Table Query with Limits"

    #: Field with the date of a row
    _date_field = "date"

    @api.model
    def _search(self, domain, *args, **kwargs):
        # EXTENDS base
        domain = Domain(domain)
        self.env.cr.execute(NO_JIT)
        limited = self.with_context(sop_limits=self._get_limits(domain))
        return super(SopBudgetLimitsMixin, limited)._search(domain, *args, **kwargs)

    @api.model
    def _get_limits(self, domain) -> dict:
        """What the search says for sure; a key that is missing sets no limit."""
        limits = {}
        budgets = Domain.TRUE
        for condition in self._iter_conditions(domain):
            name, operator, value = (
                condition.field_expr,
                condition.operator,
                condition.value,
            )
            if name == "budget_id" or name.startswith("budget_id."):
                budgets &= self._get_budget_domain(name, operator, value)
            elif name == self._date_field and operator in DATE_ENDS:
                self._limit_date(limits, DATE_ENDS[operator], value)
            elif name in ("account_id", "measure", "id"):
                self._limit_values(limits, name, operator, value)
        # Archived ones too; the reader's rights have their say
        found = self.env["sop.budget"].with_context(active_test=False).search(budgets)
        limits["budget_id"] = found.ids
        return limits

    @api.model
    def _iter_conditions(self, domain) -> Iterator:
        """Conditions that every result fulfils."""
        if getattr(domain, "OPERATOR", None) == "&":
            for child in domain.children:
                yield from self._iter_conditions(child)
        elif hasattr(domain, "field_expr"):
            yield domain

    @api.model
    def _get_budget_domain(self, name, operator, value) -> Domain:
        path = name.partition(".")[2]
        if path:
            return Domain(path, operator, value)
        if operator in ("any", "any!"):
            return Domain(value)
        ids = self._to_ids(operator, value)
        return Domain.TRUE if ids is None else Domain("id", "in", ids)

    @api.model
    def _limit_date(self, limits, end, value):
        try:
            day = fields.Date.to_date(value)
        except (TypeError, ValueError):
            return  # such as "today -1m"
        if day:
            best = max if end == "date_from" else min
            limits[end] = best(day, limits.get(end, day))

    @api.model
    def _limit_values(self, limits, name, operator, value):
        values = self._to_ids(operator, value, str if name == "measure" else int)
        if values is not None:
            known = limits.get(name, values)
            limits[name] = [item for item in known if item in values]

    @api.model
    def _to_ids(self, operator, value, kind=int) -> list | None:
        """Values that a condition allows, if it names them."""
        values = [value] if operator == "=" else value
        if operator not in ("=", "in") or not isinstance(values, Collection):
            return None
        if isinstance(values, str) or not all(type(item) is kind for item in values):
            return None
        return list(values)

    # === SQL === #

    @api.model
    def _get_limits_sql(self, date, account=None, record=None, source=None) -> SQL:
        """Condition on ``budget`` and on the columns given.

        :param SQL date, account, record: columns of the source
        :param source: number of the source that ``record`` belongs to
        """
        limits = self.env.context.get("sop_limits") or {}
        parts = [SQL("TRUE")]
        if "budget_id" in limits:
            parts.append(SQL("budget.id = ANY(%s)", limits["budget_id"]))
        if "date_from" in limits:
            parts.append(SQL("%s >= %s", date, limits["date_from"]))
        if "date_to" in limits:
            parts.append(SQL("%s <= %s", date, limits["date_to"]))
        if account and "account_id" in limits:
            parts.append(SQL("%s = ANY(%s)", account, limits["account_id"]))
        if record and "id" in limits:
            ids = self._get_source_ids(limits["id"]).get(source, [])
            parts.append(SQL("%s = ANY(%s)", record, ids))
        return SQL(" AND ").join(parts)

    @api.model
    def _get_source_ids(self, ids) -> dict:
        """``{number of the source: ids of its records}`` that these ids stand for."""
        return {}
