# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import math
from collections import defaultdict, namedtuple
from datetime import date

from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import format_date

from ..engine.money import MoneyError, from_units, to_units
from ..engine.spread import SpreadError, spread_top_down
from .engine_messages import describe_spread_error

MAX_CHANGES = 50_000
MAX_UNITS = 10**14
#: Ids of records are below this
MAX_ID = 2**31
TEXT_FIELDS = ("code", "name")
SOURCES = ("all", "internal", "external")
METHODS = ("share", "even", "last_year")

# One cell as the browser sends it: ``field`` is a month or the name of a field of the category
GridChange = namedtuple("GridChange", "category_id field value expected")


class SopBudget(models.Model):
    """The budget grid: categories × months, read at once and saved cell by cell.

    Nothing is ever overwritten unseen: a change names the value that its author saw. Where the
    stored value is another one by now, the change comes back as a conflict and is not written.
    """

    _inherit = "sop.budget"

    # === READING === #

    @api.readonly
    def get_grid(self):
        """Everything the grid shows, as plain data, in a constant number of queries."""
        self.ensure_one()
        self._check_figures()
        months = self._get_months()
        categories = self._get_grid_categories()
        amounts = self._get_grid_amounts(categories, months)
        used = self._get_grid_used()
        reason = self._get_not_editable_reason()
        # sudo: only the number of the categories that the reader may not see
        all_count = (
            self.env["sop.budget.category"]
            .sudo()
            .search_count([("budget_id", "=", self.id)])
        )
        return {
            "budget": self._prepare_grid_budget(reason),
            "months": [
                {"key": month.isoformat(), "label": label}
                for month, label in zip(
                    months, self._get_grid_month_labels(months), strict=True
                )
            ],
            "rows": [
                category._prepare_grid_row(
                    amounts.get(category.id), used.get(category.id), not reason
                )
                for category in categories
            ],
            "hidden_count": all_count - len(categories),
        }

    def _prepare_grid_budget(self, reason):
        currency = self.currency_id
        states = dict(self._fields["state"]._description_selection(self.env))
        return {
            "id": self.id,
            "name": self.name,
            "display_name": self.display_name,
            "state": self.state,
            "state_label": states[self.state],
            "is_template": self.is_template,
            "editable": not reason,
            "reason_not_editable": reason or "",
            "currency": {
                "id": currency.id,
                "name": currency.name,
                "symbol": currency.symbol,
                "position": currency.position,
                "decimal_places": currency.decimal_places,
            },
            "date_from": self.date_from.isoformat(),
            "date_to": self.date_to.isoformat(),
        }

    def _get_grid_month_labels(self, months):
        pattern = "MMM" if months[0].year == months[-1].year else "MMM yyyy"
        return [format_date(self.env, month, date_format=pattern) for month in months]

    def _get_grid_categories(self):
        """Categories that the reader may see, each parent before its children."""
        self.ensure_one()
        fields = [name for name in self._get_grid_fields() if name != "impact_result"]
        categories = self.env["sop.budget.category"].search_fetch(
            [("budget_id", "=", self.id)], fields, order="sequence, code, id"
        )
        children = categories.grouped("parent_id")
        ordered, stack = (
            [],
            list(reversed(children.get(categories.browse(), categories.browse()))),
        )
        while stack:
            category = stack.pop()
            ordered.append(category.id)
            stack.extend(reversed(children.get(category, ())))
        return categories.browse(ordered).with_prefetch(categories.ids)

    @api.model
    def _get_grid_fields(self):
        """Fields of a category that the grid needs; add to it what `_prepare_grid_row` shows."""
        return [
            "budget_id", "parent_id", "code", "name", "kind", "is_leaf", "held", "sequence",
            "detail", "impact", "impact_result", "source_id", "user_id", "visibility_effective",
        ]  # fmt: skip

    def _get_grid_amounts(self, categories, months):
        """``{category id: [amount or None for each month]}``"""
        Amount = self.env["sop.budget.amount"]
        query = Amount._search([("category_id", "in", categories.ids)])
        columns = ("category_id", "month", "amount")
        rows = self.env.execute_query(
            query.select(
                *(Amount._field_to_sql(query.table, name, query) for name in columns)
            )
        )
        position = {month: index for index, month in enumerate(months)}
        amounts = defaultdict(lambda: [None] * len(months))
        for category_id, month, amount in rows:
            if month in position:
                amounts[category_id][position[month]] = float(amount)
        return amounts

    def _get_grid_used(self):
        """``{category id: [used for each month]}``, only where there is some.

        Used is what is reserved, committed or actual.
        """
        matrix = self._get_matrix(measures=("reserved", "committed", "actual"))
        used = sum(
            matrix.leaf_amounts(name) for name in ("reserved", "committed", "actual")
        )
        amounts = used / 10**matrix.decimal_places
        return {
            matrix.ids[row]: amounts[row].tolist()
            for row in used.any(axis=1).nonzero()[0]
        }

    # === SAVING === #

    def save_grid(self, changes):
        """Write cells that still hold what their author saw.

        :param changes: list of ``{category_id, month | field, value, expected}``; ``month`` is
            the first day of a month (ISO), ``field`` one of code, name, held
        :return: ``{"saved": count, "conflicts": […], "refused": […]}``; a conflict says what is
            stored, by whom and since when; a refused change says why
        """
        self.ensure_one()
        self._check_editable()
        changes = self._parse_grid_changes(changes)
        categories = self._lock_grid_categories(
            {change.category_id for change in changes}
        )
        result = {"saved": 0, "conflicts": [], "refused": []}
        by_id = {category.id: category for category in categories}
        months = set(self._get_months())
        cells, texts = [], []
        for change in changes:
            reason = self._get_grid_refusal(
                change, by_id.get(change.category_id), months
            )
            if reason:
                result["refused"].append(self._prepare_refused(change, reason))
            else:
                (cells if isinstance(change.field, date) else texts).append(change)
        self._save_grid_cells(cells, result)
        self._save_grid_texts(texts, by_id, result)
        return result

    @api.model
    def _parse_grid_changes(self, changes):
        """Turn what came by RPC into `GridChange`; refuse what no grid ever sends."""
        if not isinstance(changes, list) or len(changes) > MAX_CHANGES:
            raise UserError(
                self.env._(
                    "At most %(count)s changes can be saved at once.", count=MAX_CHANGES
                )
            )
        parsed = []
        for change in changes:
            try:
                month = change.get("month")
                field = date.fromisoformat(month) if month else change["field"]
                category_id = int(change["category_id"])
                if not 0 < category_id < MAX_ID:
                    raise ValueError(category_id)
                parsed.append(
                    GridChange(
                        category_id, field, change.get("value"), change.get("expected")
                    )
                )
            except (
                AttributeError,
                KeyError,
                TypeError,
                ValueError,
                OverflowError,
            ) as error:
                raise UserError(
                    self.env._("A change names a category and a month or a field.")
                ) from error
        return parsed

    def _lock_grid_categories(self, category_ids):
        """The categories that exist and may be changed, locked until the end of the transaction.

        Their rows are *updated*: a second transaction that waited for the lock then fails on its
        old snapshot and is run again by Odoo, so that it compares with what the first one stored.
        A lock alone would let it go on and not see amounts that the first one created.
        """
        Category = self.env["sop.budget.category"]
        categories = Category.search(
            [("id", "in", list(category_ids)), ("budget_id", "=", self.id)]
        )._filtered_access("write")
        if categories:
            self.env.flush_all()
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE sop_budget_category
                       SET write_date = now() AT TIME ZONE 'UTC', write_uid = %s
                     WHERE id IN (
                        SELECT id FROM sop_budget_category
                         WHERE id IN %s ORDER BY id FOR NO KEY UPDATE)
                    """,
                    self.env.uid,
                    tuple(categories.ids),
                ),
                log_exceptions=False,
            )
            categories.invalidate_recordset(["write_date", "write_uid"], flush=False)
        return categories

    def _get_grid_refusal(self, change, category, months):
        """Why a change can't be written whatever is stored, or False."""
        if not category:
            return self.env._("This category no longer exists.")
        if isinstance(change.field, date):
            if not category.is_leaf:
                return self.env._(
                    "This category has sub-categories now and is their sum."
                )
            if change.field not in months:
                return self.env._("This month lies outside the budget.")
            seen = (change.value, change.expected)
            if any(self._to_grid_units(value) is False for value in seen):
                return self.env._("This is not an amount.")
        elif change.field in TEXT_FIELDS:
            if not isinstance(change.value, str) or not change.value.strip():
                return self.env._("A category needs a code and a name.")
        elif change.field != "held" or not isinstance(change.value, bool):
            return self.env._("This can't be changed in the grid.")
        return False

    def _to_grid_units(self, value):
        """Minor units, None for nothing, False for what is no amount."""
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        try:
            if not math.isfinite(value):
                return False
            units = to_units(value, self.currency_id.decimal_places)
        except (MoneyError, OverflowError):
            return False
        return units if abs(units) <= MAX_UNITS else False

    @api.model
    def _prepare_refused(self, change, reason):
        return {
            **self._prepare_change_key(change),
            "yours": change.value,
            "reason": reason,
        }

    @api.model
    def _prepare_change_key(self, change):
        if isinstance(change.field, date):
            return {
                "category_id": change.category_id,
                "month": change.field.isoformat(),
            }
        return {"category_id": change.category_id, "field": change.field}

    def _save_grid_cells(self, cells, result):
        """Write the amounts that nobody else changed; put the others into ``result``."""
        stored = self._get_stored_amounts({change.category_id for change in cells})
        writes = {}
        for change in cells:
            record = stored.get((change.category_id, change.field))
            theirs = self._to_grid_units(record.amount) if record else None
            yours = self._to_grid_units(change.value)
            if theirs not in (self._to_grid_units(change.expected), yours):
                result["conflicts"].append(self._prepare_cell_conflict(change, record))
                continue
            result["saved"] += 1
            if theirs != yours:
                writes[change.category_id, change.field] = yours
        self._write_grid_cells(writes, stored)

    def _get_stored_amounts(self, category_ids):
        amounts = self.env["sop.budget.amount"].search_fetch(
            [("category_id", "in", list(category_ids))],
            ["category_id", "month", "amount", "write_uid", "write_date"],
        )
        return {(amount.category_id.id, amount.month): amount for amount in amounts}

    def _prepare_cell_conflict(self, change, record):
        return {
            **self._prepare_change_key(change),
            "yours": change.value,
            "theirs": record.amount if record else None,
            "user": record.write_uid.display_name if record else "",
            "date": record.write_date.isoformat() if record else "",
        }

    def _write_grid_cells(self, writes, stored):
        """Write ``{(category id, month): units or None}`` in batches.

        ``stored`` are the amounts there are, as `_get_stored_amounts` returns them.
        """
        # sudo: role and access were checked for the whole batch (`_check_editable`,
        # `_filtered_access`); each of many writes would ask for the role again
        Amount = self.env["sop.budget.amount"].sudo()
        digits = self.currency_id.decimal_places
        to_create, to_remove, by_value = [], Amount, defaultdict(list)
        for (category_id, month), units in writes.items():
            record = stored.get((category_id, month))
            if units is None:
                to_remove += record.sudo() if record else Amount
            elif record:
                by_value[units].append(record.id)
            else:
                amount = from_units(units, digits)
                to_create.append(
                    {"category_id": category_id, "month": month, "amount": amount}
                )
        for units, ids in by_value.items():
            Amount.browse(ids).write({"amount": from_units(units, digits)})
        Amount.create(to_create)
        to_remove.unlink()

    def _save_grid_texts(self, changes, by_id, result):
        """Codes, names and held marks, compared with what is stored like amounts are."""
        renamed = [change for change in changes if change.field == "code"]
        taken = self.env["sop.budget.category"]._get_codes(self) if renamed else set()
        for change in changes:
            category = by_id[change.category_id]
            theirs = category[change.field]
            value = (
                change.value
                if change.field == "held"
                else " ".join(change.value.split())
            )
            if theirs not in (change.expected, value):
                result["conflicts"].append(
                    {
                        **self._prepare_change_key(change),
                        "yours": value,
                        "theirs": theirs,
                        "user": "",
                        "date": "",
                    }
                )
            elif change.field == "code" and value != theirs and value in taken:
                reason = self.env._("Another category of this budget has this code.")
                result["refused"].append(self._prepare_refused(change, reason))
            else:
                result["saved"] += 1
                if value != theirs:
                    category.write({change.field: value})
                    taken.add(value)

    # === TOP-DOWN === #

    def spread_grid(self, total, category_id=False, kind=False, months=None, method="share",
                    source="all", expected=None):  # fmt: skip
        """Bring the amounts below a total to a new total; held categories stay as they are.

        :param total: the new total of the cells
        :param category_id: the category whose leaves are filled; without it all of ``kind``
        :param months: first days of the months (ISO), all months of the budget when empty
        :param method: ``share`` (present proportions), ``even`` or ``last_year`` (its actuals)
        :param source: ``internal`` and ``external`` leave the other leaves alone
        :param expected: the total its author saw; when it is another one by now nothing is
            written and ``{"conflict": the total now}`` comes back
        :return: ``{"changes": [{category_id, month, before, after}]}``
        """
        self.ensure_one()
        self._check_editable()
        total = self._to_grid_units(total)
        if total is None or total is False or self._to_grid_units(expected) is False:
            raise UserError(self.env._("This is not an amount."))
        if method not in METHODS or source not in SOURCES or not (category_id or kind):
            raise UserError(self.env._("A total is spread below a category or a kind."))
        leaves = self._get_grid_leaves(category_id, kind, source)
        wanted = self._get_grid_months(months)
        leaves &= self._lock_grid_categories(leaves.ids)
        stored = self._get_stored_amounts(leaves.ids)
        cells = [(leaf, month) for leaf in leaves for month in wanted]
        before = [self._get_cell_units(stored, leaf, month) for leaf, month in cells]
        now = sum(units or 0 for units in before)
        if expected is not None and self._to_grid_units(expected) != now:
            return {
                "conflict": from_units(now, self.currency_id.decimal_places),
                "changes": [],
            }
        after = self._spread_cells(cells, before, total, method)
        writes, changes = {}, []
        for (leaf, month), old, new in zip(cells, before, after, strict=True):
            if (old or 0) != new:
                writes[leaf.id, month] = new
                changes.append(self._prepare_spread_change(leaf, month, old, new))
        self._write_grid_cells(writes, stored)
        return {"changes": changes}

    def _get_cell_units(self, stored, leaf, month):
        record = stored.get((leaf.id, month))
        return self._to_grid_units(record.amount) if record else None

    def _prepare_spread_change(self, leaf, month, before, after):
        digits = self.currency_id.decimal_places
        return {
            "category_id": leaf.id,
            "month": month.isoformat(),
            "before": None if before is None else from_units(before, digits),
            "after": from_units(after, digits),
        }

    def _get_grid_leaves(self, category_id, kind, source):
        """The leaves that a total is spread over, in the order of the grid."""
        categories = self._get_grid_categories()
        if category_id:
            below = set()
            for category in categories:
                if category.id == category_id or category.parent_id.id in below:
                    below.add(category.id)
            categories = categories.filtered(lambda c: c.id in below)
        elif kind:
            categories = categories.filtered(lambda c: c.kind == kind)
        leaves = categories.filtered("is_leaf")
        if source != "all":
            external = source == "external"
            leaves = leaves.filtered(
                lambda c: bool(c.source_id.is_external) == external
            )
        return leaves

    def _get_grid_months(self, keys):
        months = self._get_months()
        if not keys:
            return months
        if not isinstance(keys, list | tuple):
            raise UserError(
                self.env._("The months are a list of first days of months.")
            )
        wanted = [month for month in months if month.isoformat() in keys]
        if len(wanted) != len(keys):
            raise UserError(self.env._("This month lies outside the budget."))
        return wanted

    def _spread_cells(self, cells, before, total, method):
        held = {leaf: leaf._is_held() for leaf in {leaf for leaf, _month in cells}}
        weights = None
        if method == "even":
            weights = [1] * len(cells)
        elif method == "last_year":
            weights = self._get_last_year_weights(cells)
        try:
            return spread_top_down(
                [units or 0 for units in before],
                [held[leaf] for leaf, _month in cells],
                total,
                weights,
            )
        except SpreadError as error:
            raise UserError(describe_spread_error(self.currency_id, error)) from error

    def _get_last_year_weights(self, cells):
        """What was spent (or earned) in each category in the same month of the year before."""
        year = relativedelta(years=1)
        actuals = self._get_grid_actuals(self.date_from - year, self.date_to - year)
        return [
            max(actuals.get((leaf.id, month - year), 0), 0) for leaf, month in cells
        ]

    def _get_grid_actuals(self, date_from, date_to):
        """``{(category id, month): actual in minor units}`` of the leaves in a period."""
        matrix = self._get_matrix(date_from, date_to, measures=("actual",))
        actual = matrix.leaf_amounts("actual")
        return {
            (matrix.ids[row], matrix.months[column]): int(actual[row, column])
            for row, column in zip(*actual.nonzero(), strict=True)
        }


class SopBudgetCategory(models.Model):
    _inherit = "sop.budget.category"

    def _prepare_grid_row(self, amounts, used, editable):
        """One row of the grid; ``amounts`` and ``used`` hold a figure (or None) for each month."""
        self.ensure_one()
        source, user = self.source_id, self.user_id
        return {
            "id": self.id,
            "parent_id": self.parent_id.id,
            "code": self.code,
            "name": self.name,
            "kind": self.kind,
            "leaf": self.is_leaf,
            "held": self.held,
            "editable": editable,
            "restricted": self.visibility_effective != "all",
            "funding": bool(source)
            and {"id": source.id, "name": source.name, "external": source.is_external},
            "responsible": bool(user) and {"id": user.id, "name": user.display_name},
            "detail": self.detail or "",
            "impact": self.impact or "",
            "impact_result": self.impact_result or "",
            "amounts": amounts,
            "used": used,
        }

    def _is_held(self):
        """Held itself or below a held category."""
        category = self
        while category and not category.held:
            category = category.parent_id
        return bool(category)
