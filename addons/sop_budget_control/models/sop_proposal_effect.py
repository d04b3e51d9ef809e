# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools.misc import formatLang

from ..engine.effect import Effect

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
    @api.depends("budget_id", "step", "line_ids.category_id", "line_ids.amount_company")
    def _compute_effect(self):
        for proposal in self:
            shown = proposal.step in OPEN_STEPS and proposal._shows_figures()
            rows = proposal._get_effect_rows() if shown else []
            proposal.effect = rows
            proposal.is_short = any(row["left"] < 0 for row in rows)
            proposal.effect_html = proposal._render_effect(rows)

    def _shows_figures(self):
        """Whether the reader may see what is available; others see what they ask for."""
        self.ensure_one()
        return bool(self.budget_id)

    def _get_effect_rows(self):
        """One plain row for each category, in the order of the lines."""
        self.ensure_one()
        asked = defaultdict(float)
        for line in self.line_ids:
            if line.category_id:
                asked[line.category_id._origin] += line.amount_company
        budget = self.budget_id._origin
        if not asked or not budget:
            return []
        figures = self._get_effect_figures(budget, asked)
        places = budget.currency_id.decimal_places
        return [
            self._prepare_effect_row(category, effect, places)
            for category, effect in figures.items()
        ]

    def _get_effect_figures(self, budget, asked):
        """``{category: effect}`` of those that the reader may see."""
        matrix = budget._get_matrix(measures=MEASURES)
        scale = 10**matrix.decimal_places
        # Its own claim is what is asked, not what others ask
        own = defaultdict(int)
        if self.step in ("submitted", "in_review"):
            for line in self._origin.line_ids.filtered(lambda x: x.stage == "pending"):
                own[line.category_id.id] += round(line.amount_company * scale)
        places = {category: place for place, category in enumerate(matrix.ids)}
        figures = {}
        for category, amount in asked.items():
            if category.id not in places:
                continue
            found = {
                name: int(getattr(matrix, name)[places[category.id]].sum())
                for name in MEASURES
            }
            found["pending"] -= own[category.id]
            figures[category] = Effect(**found, asked=round(amount * scale))
        return figures

    @api.model
    def _prepare_effect_row(self, category, effect, places):
        scale = 10**places
        return {
            "category_id": category.id,
            "name": category.display_name,
            "planned": effect.planned / scale,
            "available": effect.available / scale,
            "available_after_pending": effect.after_pending / scale,
            "asked": effect.asked / scale,
            "used": effect.used_if_approved / scale,
            "percent": effect.percent,
            "left": effect.left / scale,
            "left_after_pending": effect.left_after_pending / scale,
            "bar": list(effect.bar()),
        }

    # === HTML === #

    def _render_effect(self, rows):
        if not rows:
            return False
        titles = (
            self.env._("Category"),
            self.env._("Available now"),
            self.env._("After pending"),
            self.env._("This proposal"),
            self.env._("If approved"),
        )
        head = Markup().join(
            Markup('<th class="{}">{}</th>').format("text-end" if place else "", title)
            for place, title in enumerate(titles)
        )
        body = Markup().join(self._render_effect_row(row) for row in rows)
        return Markup(
            '<div class="table-responsive"><table class="table table-sm o_sop_effect mb-0">'
            "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>"
        ).format(head, body)

    def _render_effect_row(self, row):
        digits = self.currency_id.decimal_places

        def money(value):
            return formatLang(self.env, value, digits=digits)

        figures = (row["available"], row["available_after_pending"], row["asked"])
        cells = Markup().join(
            Markup('<td class="text-end text-nowrap {}">{}</td>').format(
                "text-danger" if value < 0 else "", money(value)
            )
            for value in figures
        )
        return Markup(
            "<tr><td>{}</td>{}"
            '<td class="text-end"><span class="{}">{}</span>{}</td></tr>'
        ).format(
            row["name"],
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
