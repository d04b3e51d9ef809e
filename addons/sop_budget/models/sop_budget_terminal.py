# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models
from odoo.tools import format_date

from ..engine.matching import INCOME, KINDS
from ..engine.measures import utilisation
from ..engine.text_table import RULE, render

MEASURES = ("planned", "committed", "actual")


class SopBudget(models.Model):
    _inherit = "sop.budget"

    @api.model
    def _get_terminal_table(self) -> str:
        """The demo budget, plan against actual, as a table of plain text; "" without it."""
        budget = self.env.ref("sop_budget.sop_budget_demo", raise_if_not_found=False)
        return budget._get_text_table() if budget else ""

    def _get_text_table(self) -> str:
        self.ensure_one()
        matrix = self._get_matrix(draft=True)
        head = self.env._(
            "%(budget)s · %(company)s · %(start)s – %(end)s · %(currency)s",
            budget=self.name,
            company=self.company_id.name,
            start=format_date(self.env, self.date_from),
            end=format_date(self.env, self.date_to),
            currency=self.currency_id.name,
        )
        rows = [
            (
                self.env._("Category"),
                self.env._("Planned"),
                self.env._("Committed"),
                self.env._("Actual"),
                self.env._("Available"),
                self.env._("Used"),
                "",
            ),
            RULE,
        ]
        for kind in KINDS:
            rows += self._get_text_rows(matrix, kind)
        return f"{head}\n\n{render(rows, numbers=range(1, 6))}\n"

    def _get_text_rows(self, matrix, kind):
        """The categories of a kind, what is in none of them, and the totals by source."""
        categories = self.env["sop.budget.category"].browse(matrix.ids)
        sums = {measure: getattr(matrix, measure).sum(axis=1) for measure in MEASURES}
        rows, totals = [], {False: [0, 0, 0], True: [0, 0, 0]}
        depths = []
        for position, category in enumerate(categories):
            parent = matrix.parents[position]
            depths.append(depths[parent] + 1 if parent >= 0 else 0)
            if matrix.kinds[position] != kind:
                continue
            figures = [int(sums[measure][position]) for measure in MEASURES]
            preparing = int(matrix.preparing[position].sum())
            leaf = bool(matrix.leaves[position])
            name = f"{'  ' * depths[-1]}{category.display_name}"
            if category.is_external and leaf:
                name += " *"
            note = self._get_text_note(figures, preparing, kind) if leaf else ""
            rows.append(self._get_text_row(name, figures, note))
            if leaf:
                total = totals[category.is_external]
                totals[category.is_external] = [
                    a + b for a, b in zip(total, figures, strict=True)
                ]
        number = KINDS.index(kind)
        loose = [int(matrix.unassigned[m][number].sum()) for m in MEASURES]
        if any(loose):
            rows.append(self._get_text_row(self.env._("Not in any category"), loose))
        if not rows:
            return []
        everything = [a + b for a, b in zip(*totals.values(), strict=True)]
        if kind == INCOME:
            summary = [(self.env._("All income"), everything)]
        else:
            summary = [
                (self.env._("Internal money"), totals[False]),
                (self.env._("External money *"), totals[True]),
                (self.env._("All sources"), everything),
            ]
        return [
            *rows,
            RULE,
            *(self._get_text_row(name, figures) for name, figures in summary),
            RULE,
        ]

    def _get_text_row(self, name, figures, note=""):
        planned, committed, actual = figures
        used = utilisation(planned, 0, committed, actual)
        return (
            name,
            *(self._format_units(units) for units in figures),
            self._format_units(planned - committed - actual),
            "" if used is None else f"{used:.0%}",
            note,
        )

    def _get_text_note(self, figures, preparing, kind):
        planned, committed, actual = figures
        over = committed + actual - planned
        notes = []
        if over > 0 and kind != INCOME:
            notes.append(
                self.env._("over by %(amount)s", amount=self._format_units(over))
            )
        elif planned and not committed and not actual:
            notes.append(self.env._("untouched"))
        if preparing:
            notes.append(
                self.env._(
                    "%(amount)s in preparation", amount=self._format_units(preparing)
                )
            )
        return ", ".join(notes)

    def _format_units(self, units):
        """Minor units with thousands, and with decimals where there are any."""
        places = self.currency_id.decimal_places
        whole = units % 10**places == 0
        return f"{units / 10**places:,.{0 if whole else places}f}"
