# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from functools import cached_property

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import dependencies, expression
from ..engine.expression import as_name, as_name_path
from .sop_kpi_books import BUDGET_MEASURES
from .sop_kpi_roll_up import Failure

_MEASURES = {key for key, _label in BUDGET_MEASURES}


def expression_messages(env):
    """Sentences for the codes of ``engine.expression.MESSAGES``."""
    return {
        "not_text": env._("A formula must be text."),
        "empty": env._("The formula is empty."),
        "too_long": env._("The formula has more than %(limit)s characters."),
        "too_deep": env._("More than %(limit)s levels lie inside each other."),
        "too_large": env._("The result is too large."),
        "operand": env._("A number or a name is missing here."),
        "unexpected": env._("“%(found)s” is unexpected here."),
        "closing": env._("A closing parenthesis is missing."),
        "number": env._("“%(found)s” isn't a clear number: write 1500 or 1.5."),
        "function": env._("There is no function “%(found)s”. There are: %(known)s."),
        "arguments": env._("“%(found)s” takes another number of arguments."),
        "name": env._("“%(found)s” isn't known here."),
        "value": env._("The value of “%(found)s” isn't a number."),
        "division": env._("A division by zero."),
        "power": env._("This power can't be calculated."),
        "digits": env._("“round” takes a whole number of digits, at most %(limit)s."),
    }


class Names:
    """What formulas of one company may name, for one person; read when first asked for."""

    def __init__(self, kpi, fresh=None):
        self.env = kpi.env
        self.company = kpi.company_id
        #: Figures that were worked out before, by KPI
        self.fresh = {} if fresh is None else fresh
        self._kpis = {}
        self._matrices = {}
        self._hidden = {}

    def load_kpis(self, codes):
        """Read the KPIs with these codes, in one query."""
        missing = sorted(set(codes) - self._kpis.keys())
        if missing:
            self._kpis.update((code, []) for code in missing)
            for kpi in self.env["sop.kpi"].search_fetch(
                [("code", "in", missing), ("company_id", "=", self.company.id)],
                ["code", "operation_id", "value", "has_value"],
            ):
                self._kpis[kpi.code].append(kpi)

    def get_kpis(self, code):
        self.load_kpis([code])
        return self._kpis[code]

    @cached_property
    def categories(self):
        """``{code: categories}`` of budgets that go on."""
        result = {}
        for category in self.env["sop.budget.category"].search(
            [
                ("budget_id.company_id", "=", self.company.id),
                ("budget_id.state", "not in", ("cancelled", "closed")),
                ("budget_id.is_template", "=", False),
            ]
        ):
            result.setdefault(as_name(category.code), []).append(category)
        return result

    @cached_property
    def veiled(self):
        """Ids of categories with figures that are hidden from some, but not here."""
        return self.env["sop.kpi"]._get_veiled([("company_id", "=", self.company.id)])

    def has_hidden_money(self, operation):
        """Is any of what the operation gets or spends hidden from some?"""
        if operation.id not in self._hidden:
            # sudo: only whether there is any
            own = operation.sudo()
            links = own.funding_ids.category_id
            hidden = bool(set(links._ids) & self.veiled)
            if not hidden and own.analytic_account_id:
                leaves = links.browse(sorted(self.veiled)).filtered("is_leaf")
                split = own._split_spending({own.id: leaves}) if leaves else {}
                hidden = any(
                    units
                    for category, units in split.get(own.id, {}).items()
                    if category
                )
            self._hidden[operation.id] = hidden
        return self._hidden[operation.id]

    def get_matrix(self, budget):
        if budget.id not in self._matrices:
            budget._check_figures()
            self._matrices[budget.id] = budget._get_matrix()
        return self._matrices[budget.id]


class SopKpi(models.Model):
    """Formulas: ``kpi.PAID / kpi.TRIALS * 100``, ``operation.spent / kpi.PARTICIPANTS``."""

    _inherit = "sop.kpi"

    formula = fields.Char(
        compute="_compute_source_shown",
        readonly=False,
        help="Such as kpi.PAID / kpi.TRIALS * 100 or budget.O1.actual / kpi.PARTICIPANTS. "
        "Names: kpi.CODE, kpi.OPERATION.CODE, budget.CATEGORY.planned (reserved, committed, "
        "actual, available, utilisation), operation.allocated, operation.spent. Functions: "
        "min, max, sum, avg, abs, round, if, default.",
    )

    # === Names === #

    def _parse_formula(self):
        try:
            # sudo: its names are looked up with the rights of the reader
            return expression.parse(self.sudo().source_formula or "")
        except expression.ExpressionError as error:
            raise UserError(self._describe_expression_error(error)) from error

    def _describe_expression_error(self, error):
        message = expression_messages(self.env)[error.code] % error.params
        return self.env._(
            "%(message)s (at character %(place)s of the formula)",
            message=message,
            place=error.position + 1,
        )

    def _find_named_kpi(self, name, names):
        """The KPI that a name of the formula means.

        The same operation comes first; elsewhere the code must be the only one, or its
        operation be named.
        """
        *path, code = as_name_path(name)[1:]
        found = names.get_kpis(code)
        if path:
            found = [kpi for kpi in found if as_name(kpi.operation_id.code) == path[0]]
        else:
            found = [
                kpi for kpi in found if kpi.operation_id == self.operation_id
            ] or found
            # The pattern comes before its occurrences, whose KPIs have the same code
            operations = {kpi.operation_id for kpi in found}
            found = [
                kpi for kpi in found if kpi.operation_id.recurring_id not in operations
            ]
        if not found or len(path) > 1:
            raise UserError(
                self.env._(
                    "“%(name)s” in the formula is no KPI that can be read here.",
                    name=name,
                )
            )
        if len(found) > 1:
            operations = ", ".join(kpi.operation_id.display_name for kpi in found)
            raise UserError(
                self.env._(
                    "“%(name)s” in the formula may mean KPIs of %(operations)s: write "
                    "kpi.OPERATION.CODE.",
                    name=name,
                    operations=operations,
                )
            )
        return found[0]

    def _find_named_category(self, name, names):
        parts = as_name_path(name)
        if len(parts) != 3 or parts[2].lower() not in _MEASURES:
            raise UserError(
                self.env._(
                    "“%(name)s” in the formula should be budget.CATEGORY and one of "
                    "%(figures)s.",
                    name=name,
                    figures=", ".join(sorted(_MEASURES)),
                )
            )
        found = names.categories.get(parts[1], [])
        if len(found) > 1:
            funding = self.operation_id.funding_ids.category_id.budget_id
            found = [category for category in found if category.budget_id in funding]
        if len(found) != 1:
            raise UserError(
                self.env._(
                    "“%(name)s” in the formula fits %(count)s categories: link the operation to "
                    "the one that is meant.",
                    name=name,
                    count=len(found),
                )
            )
        return found[0], parts[2].lower()

    def _get_codes(self):
        """Codes of the KPIs that the formulas name; none of those that can't be read."""
        return {path[-1] for path in self._get_paths() if path[0] == "KPI"}

    def _get_budget_codes(self):
        """Codes of the categories that the formulas name."""
        return {
            path[1]
            for path in self._get_paths()
            if path[0] == "BUDGET" and len(path) > 1
        }

    def _get_paths(self):
        """Names in the formulas, in parts; none of a formula that can't be read."""
        for kpi in self:
            try:
                yield from map(as_name_path, kpi._parse_formula().names)
            except UserError:
                continue

    def _get_needed(self, names):
        """KPIs that the formula is made of."""
        return [
            self._find_named_kpi(name, names)
            for name in self._parse_formula().names
            if as_name_path(name)[0] == "KPI"
        ]

    # === Check === #

    def _check_source_formula(self):
        names = Names(self)
        needs, waiting = {}, [self]
        while waiting:
            kpi = waiting.pop()
            if kpi.id in needs:
                continue
            needs[kpi.id] = []
            if kpi.source == "formula":
                needed = kpi._get_needed(names)
                needs[kpi.id] = [other.id for other in needed]
                waiting += needed
        try:
            dependencies.order(needs)
        except dependencies.CycleError as error:
            raise UserError(self._describe_cycle(error.path)) from error
        self._work_out(names)

    def _check_hidden(self, names):
        """Are there figures of hidden categories in what the formula names?"""
        if not names.veiled:
            return
        for name in self._parse_formula().names:
            kind, *rest = as_name_path(name)
            if kind == "BUDGET":
                category, _measure = self._find_named_category(name, names)
                self._check_shared(category.id in names.veiled)
            elif kind == "OPERATION":
                self._check_shared(names.has_hidden_money(self.operation_id))

    def _describe_cycle(self, path):
        codes = (kpi.code or kpi.name for kpi in map(self.browse, path))
        return self.env._("The formula needs itself: %(path)s.", path=" → ".join(codes))

    def _get_needed_formulas(self):
        """``{id: ids of the formulas that it needs}``; what can't be told is left out."""
        result = {}
        for kpis in self.grouped("company_id").values():
            names = Names(kpis)
            names.load_kpis(kpis._get_codes())
            for kpi in kpis:
                try:
                    needed = kpi._get_needed(names)
                except UserError:
                    needed = []
                result[kpi.id] = [
                    other.id
                    for other in needed
                    if other.source == "formula" and other._goes_on()
                ]
        return result

    # === Figures === #

    @api.model
    def _read_formulas(self, jobs):
        """In the order of the jobs; what one gives is seen by those behind."""
        tables, fresh, result = {}, {}, []
        codes = self.browse({job.kpi.id for job in jobs}).sudo()._get_codes()
        for job in jobs:
            try:
                kpi = job.kpi._as_reader()
                # Everybody finds only what they may read
                key = kpi.env.uid, kpi.company_id.id
                if key not in tables:
                    tables[key] = Names(kpi, fresh)
                    tables[key].load_kpis(codes)
                value = kpi._work_out(tables[key])
            except UserError as error:
                result.append(Failure(str(error.args[0])))
                continue
            if kpi.aggregation == "latest":
                fresh[kpi.id] = value
            result.append(value)
        return result

    def _work_out(self, names):
        parsed = self._parse_formula()
        self._check_hidden(names)
        values = {name: self._get_named_value(name, names) for name in parsed.names}
        try:
            return parsed.evaluate(values)
        except expression.ExpressionError as error:
            raise UserError(self._describe_expression_error(error)) from error

    def _get_named_value(self, name, names):
        kind, *rest = as_name_path(name)
        if kind == "KPI" and rest:
            kpi = self._find_named_kpi(name, names)
            return names.fresh.get(kpi.id, kpi.value if kpi.has_value else None)
        if kind == "BUDGET":
            category, measure = self._find_named_category(name, names)
            matrix = names.get_matrix(category.budget_id)
            return self._get_budget_figure(matrix, category, measure)
        figure = rest[0].lower() if kind == "OPERATION" and len(rest) == 1 else None
        if figure in self._get_operation_figures():
            return self._get_operation_figure(figure)
        raise UserError(
            self.env._(
                "“%(name)s” in the formula isn't known: names start with kpi., budget. or "
                "operation.",
                name=name,
            )
        )

    @api.model
    def _get_operation_figures(self):
        """What formulas may name of the operation. To be extended by super()."""
        return {"allocated", "spent"}

    def _get_operation_figure(self, name):
        """Money of the operation; None where it isn't known, or not to this person."""
        operation = self.operation_id
        if name == "spent":
            # sudo: only whether it has an account
            known = operation.sudo().analytic_account_id
        else:
            known = operation.funding_ids and not operation.hidden_funding_count
        return operation[name] if known else None
