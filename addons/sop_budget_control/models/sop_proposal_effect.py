# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import Counter
from dataclasses import replace

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools.misc import formatLang

from ..engine.effect import Effect
from .control_reader import months_of

#: Steps in which the effect is still to come.
OPEN_STEPS = ("draft", "changes", "submitted", "in_review")
MEASURES = ("planned", "reserved", "pending", "committed", "actual")


class SopProposal(models.Model):
    """What a proposal would do to the budget, while it is written and while it is decided."""

    _inherit = "sop.proposal"

    effect = fields.Json(
        compute="_compute_effect",
        help="For each category that the reader may see: what is available, and what is left if "
        "approved.",
    )
    effect_html = fields.Html(
        "Effect on the Budget", compute="_compute_effect", sanitize=False
    )
    is_short = fields.Boolean("More than Available", compute="_compute_effect")

    @api.depends_context("uid", "lang")
    @api.depends(
        *("budget_id", "step", "line_ids.category_id", "line_ids.granted_amount"),
        "line_ids.date",
    )
    def _compute_effect(self):
        for proposal in self:
            shown = proposal.step in OPEN_STEPS and proposal._shows_figures()
            rows = proposal._get_effect_rows() if shown else []
            proposal.effect = rows
            proposal.is_short = any(row["is_short"] for row in rows)
            proposal.effect_html = proposal._render_effect(rows)

    def _shows_figures(self):
        """Whether the reader may see what is available; others see what they ask for."""
        self.ensure_one()
        return bool(self.budget_id)

    def _get_effect_rows(self):
        """One plain row for each category, and for each place above that is measured.

        Over the months in which the strictest policy of the place measures it, so that what
        is shown is what is checked; over the whole budget where there is none.
        """
        self.ensure_one()
        budget = self.budget_id._origin
        asked = self._get_asked_units() if budget else {}
        if not asked:
            return []
        figures = self._read_effect_figures(budget, asked)
        measured = self._find_measured(asked)
        known, rows = figures["place_of"].keys(), []
        for category in dict.fromkeys(category for category, _month in asked):
            finding = measured.pop(category, None)
            if category in known:
                rows.append(
                    self._prepare_effect_row(budget, figures, [category], finding)
                )
        for finding in measured.values():
            target = finding.target
            _name, is_shown = budget._get_control_category(target, self.env.user)
            if is_shown and set(target.leaves) <= known:
                rows.append(
                    self._prepare_effect_row(budget, figures, target.leaves, finding)
                )
        return rows

    def _read_effect_figures(self, budget, asked):
        """What is in each category and month, as far as the reader may see it."""
        matrix = budget._get_matrix(measures=MEASURES)
        own = Counter()
        # Its own claim is what is asked, not what others ask
        if self.step in ("submitted", "in_review"):
            own = self._origin._get_asked_units()
        return {
            "matrix": matrix,
            "months": months_of(budget),
            "place_of": {category: place for place, category in enumerate(matrix.ids)},
            "asked": asked,
            "own": own,
            "held": budget._get_held_units(),
        }

    def _prepare_effect_row(self, budget, figures, leaves, finding):
        first, last, period = self._get_effect_period(
            budget, figures["months"], finding
        )
        effect = self._sum_effect(figures, leaves, slice(first, last + 1))
        category = leaves[0]
        name = self.env["sop.budget.category"].browse(category).display_name
        if finding and finding.target.category not in leaves:
            category = finding.target.category
            name = budget._get_control_category(finding.target, self.env.user)[0]
        money = budget._to_money
        return {
            "category_id": category,
            "name": name,
            "period": period,
            "planned": money(effect.planned),
            "held": money(effect.held),
            "available": money(effect.available),
            "available_after_pending": money(effect.after_pending),
            "asked": money(effect.asked),
            "used": money(effect.used_if_approved),
            "percent": effect.percent,
            "left": money(effect.left),
            "left_after_pending": money(effect.left_after_pending),
            "is_short": bool(finding.verdict.shortfall) if finding else effect.is_short,
            "bar": list(effect.bar()),
        }

    @api.model
    def _sum_effect(self, figures, leaves, inside):
        """The figures of some leaves in some months."""
        matrix = figures["matrix"]
        rows = [figures["place_of"][leaf] for leaf in leaves]
        sums = {
            name: int(getattr(matrix, name)[rows, inside].sum()) for name in MEASURES
        }
        asked, own, held = (
            sum(
                figures[name].get((leaf, month), 0)
                for leaf in leaves
                for month in figures["months"][inside]
            )
            for name in ("asked", "own", "held")
        )
        sums["pending"] -= own
        return Effect(**sums, asked=asked, held=held)

    def _get_effect_period(self, budget, months, finding):
        """``(first, last, words)``: the months that are measured.

        Up to a month where something is missing; where nothing is, up to the last one asked.
        """
        if not finding:
            return 0, len(months) - 1, self.env._("whole budget")
        target, verdict = finding.target, finding.verdict
        if target.basis == "to_date" and not verdict.shortfall:
            asked = [place for place, units in enumerate(finding.effect) if units > 0]
            verdict = replace(verdict, last=max(verdict.last, *asked))
        words = budget._get_control_period(target, verdict)
        return verdict.first, verdict.last, words

    # === HTML === #

    def _render_effect(self, rows):
        if not rows:
            return False
        has_held = any(row["held"] for row in rows)
        titles = (
            self.env._("Category"),
            *([self.env._("Held by expenses")] if has_held else []),
            self.env._("Available now"),
            self.env._("After pending"),
            self.env._("This proposal"),
            self.env._("If approved"),
        )
        head = Markup().join(
            Markup('<th class="{}">{}</th>').format("text-end" if place else "", title)
            for place, title in enumerate(titles)
        )
        body = Markup().join(self._render_effect_row(row, has_held) for row in rows)
        return Markup(
            '<div class="table-responsive"><table class="table table-sm o_sop_effect mb-0">'
            "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>"
        ).format(head, body)

    def _render_effect_row(self, row, has_held):
        digits = self.currency_id.decimal_places

        def money(value):
            return formatLang(self.env, value, digits=digits)

        figures = (row["available"], row["available_after_pending"], row["asked"])
        if has_held:
            figures = (row["held"], *figures)
        cells = Markup().join(
            Markup('<td class="text-end text-nowrap {}">{}</td>').format(
                "text-danger" if value < 0 else "", money(value)
            )
            for value in figures
        )
        return Markup(
            '<tr><td>{}<div class="text-muted small">{}</div></td>{}'
            '<td class="text-end"><span class="{}">{}</span>{}</td></tr>'
        ).format(
            row["name"],
            row["period"],
            cells,
            "text-danger fw-bold" if row["left"] < 0 else "",
            self._get_effect_sentence(row, money),
            self._render_effect_bar(row),
        )

    def _get_effect_sentence(self, row, money):
        words = {"used": money(row["used"]), "left": money(abs(row["left"]))}
        if row["percent"] is None:
            return self.env._("%(used)s used, nothing planned", **words)
        words["percent"] = row["percent"]
        if row["left"] < 0:
            return self.env._(
                "%(used)s (%(percent)s %%) used, %(left)s too much", **words
            )
        return self.env._("%(used)s (%(percent)s %%) used, %(left)s left", **words)

    def _render_effect_bar(self, row):
        colours = ("bg-secondary", "bg-danger" if row["left"] < 0 else "bg-primary")
        colours += ("bg-warning",)
        parts = Markup().join(
            Markup('<div class="progress-bar {}" style="width: {}%"></div>').format(
                colour, width
            )
            for colour, width in zip(colours, row["bar"], strict=True)
            if width
        )
        return Markup('<div class="progress mt-1" style="height: 6px">{}</div>').format(
            parts
        )
