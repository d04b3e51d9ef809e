# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models
from odoo.tools import format_date

from ..engine.matching import INCOME, KINDS
from ..engine.measures import ratio
from ..engine.text_table import RULE, render

#: What takes from the plan, with its place in the table.
USED_MEASURES = ("reserved", "committed", "actual")


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
        words = self._get_report_words()["measures"]
        measures = self._get_text_measures()
        rows = [
            (
                self.env._("Category"),
                *(words[measure][0] for measure in measures),
                self.env._("Available"),
                self.env._("Used"),
                "",
            ),
            RULE,
        ]
        for kind in KINDS:
            rows += self._get_text_rows(matrix, kind)
        return f"{head}\n\n{render(rows, numbers=range(1, len(measures) + 3))}\n"

    def _get_text_measures(self):
        known = self._get_report_measures()
        return ["planned", *(name for name in USED_MEASURES if name in known)]

    def _get_text_rows(self, matrix, kind):
        """The categories of a kind, what is in none of them, and the totals by source."""
        categories = self.env["sop.budget.category"].browse(matrix.ids)
        measures = self._get_text_measures()
        sums = {measure: getattr(matrix, measure).sum(axis=1) for measure in measures}
        rows, totals = [], {side: [0] * len(measures) for side in (False, True)}
        depths = []
        for position, category in enumerate(categories):
            parent = matrix.parents[position]
            depths.append(depths[parent] + 1 if parent >= 0 else 0)
            if matrix.kinds[position] != kind:
                continue
            figures = [int(sums[measure][position]) for measure in measures]
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
        loose = [int(matrix.unassigned[m][number].sum()) for m in measures]
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
        planned, *used = figures
        share = ratio(sum(used), planned)
        return (
            name,
            *(self._format_units(units) for units in figures),
            self._format_units(planned - sum(used)),
            "" if share is None else f"{share:.0%}",
            note,
        )

    def _get_text_note(self, figures, preparing, kind):
        planned, *used = figures
        over = sum(used) - planned
        notes = []
        if over > 0 and kind != INCOME:
            notes.append(
                self.env._("over by %(amount)s", amount=self._format_units(over))
            )
        elif planned and not any(used):
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
