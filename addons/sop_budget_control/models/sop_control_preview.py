# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json
from collections import Counter, defaultdict
from dataclasses import dataclass

from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.sop_budget.models.ledger_sql import USUAL_PLANS

from ..engine.control import ACTIONS, Change
from .control_reader import RESERVED_TAG, read_owned, settle

CONTROL_STATES = [
    ("none", "Not under Control"),
    ("ok", "Within the Budget"),
    ("granted", "Override Granted"),
    ("ignore", "Beyond the Budget, Passes"),
    ("warn", "Beyond the Budget, Warns"),
    ("override", "Needs an Override"),
    ("stop", "Stopped"),
]
COLOURS = {
    "ok": "text-bg-success",
    "granted": "text-bg-success",
    "ignore": "text-bg-info",
    "warn": "text-bg-warning",
    "override": "text-bg-danger",
    "stop": "text-bg-danger",
}


@dataclass(frozen=True)
class Part:
    """A line of a draft as a budget will count it. ``name`` None: what it releases."""

    name: str | None
    account: int | None
    date: object
    units: int
    distribution: dict | None
    #: With a minus what takes the place of a reservation.
    is_reserved: bool = False


def parts_sql(tagged):
    """SELECT ``tag, account_id, month, units, distribution`` of ``[(tag, part)]``."""
    columns = zip(
        *(
            (
                RESERVED_TAG + tag if part.is_reserved else tag,
                part.account,
                part.date.replace(day=1),
                part.units,
                json.dumps(part.distribution) if part.distribution else None,
            )
            for tag, part in tagged
        ),
        strict=True,
    )
    return SQL(
        """SELECT tag, account_id, month, units, distribution
             FROM unnest(%s::text[], %s::int[], %s::date[], %s::bigint[], %s::jsonb[])
               AS part (tag, account_id, month, units, distribution)""",
        *(list(column) for column in columns),
    )


class SopControlMixin(models.AbstractModel):
    """What a draft would do to the budgets, shown before anybody is stopped."""

    _inherit = "sop.control.mixin"

    sop_control_state = fields.Selection(
        CONTROL_STATES, "Budget Check", compute="_compute_sop_control"
    )
    sop_control_html = fields.Html(
        "Effect on the Budget", compute="_compute_sop_control", sanitize=False
    )
    sop_flagged = fields.Boolean(
        "Passed beyond the Budget",
        compute="_compute_sop_flagged",
        search="_search_sop_flagged",
        help="It took more than a budget had and was let through.",
    )

    # === WHAT A DRAFT WILL TAKE === #

    def _is_sop_draft(self):
        """Whether it still has to pass the check."""
        raise NotImplementedError

    def _get_sop_draft_parts(self) -> list[Part]:
        """Lines of one draft, and with a minus what they will release of other documents."""
        raise NotImplementedError

    def _may_sop_wait(self):
        """Whether a later month is a choice at all."""
        return True

    def _get_sop_draft_claims(self):
        """``{line of a proposal: units that the draft will use up}``"""
        return {}

    def _get_sop_draft_rows(self, budget, parts):
        """``(place of the part, category, month, units)``: whose the parts of a draft are."""
        inside = [
            (str(place), part)
            for place, part in enumerate(parts)
            if part.date and budget.date_from <= part.date <= budget.date_to
        ]
        if not inside:
            return []
        items = parts_sql(inside)
        rows = read_owned(self.env, items, budget)
        return [
            (int(tag), category, month, units)
            for tag, category, month, units in settle(rows)
        ]

    def _get_sop_preview(self):
        """``(findings, {(budget, category): {(place, name of a line): units}})`` of one draft."""
        self.ensure_one()
        policies = self.env["sop.budget"]._get_control_policies(
            self._sop_control_event, self.company_id
        )
        if not policies:
            return [], {}
        self.env["sop.budget.map"]._rebuild_pending()
        # sudo: see _get_control_policies
        draft = self.sudo()
        parts = draft._get_sop_draft_parts()
        findings, lines = [], defaultdict(Counter)
        for budget, of_budget in policies.items():
            taken = Change()
            for place, category, month, units in draft._get_sop_draft_rows(
                budget, parts
            ):
                taken.add((category, month), units)
                name = parts[place].name
                if name is not None:
                    lines[budget, category][place, name] += units
            for claim, units in draft._get_sop_draft_claims().items():
                if claim.budget_id == budget and claim.stage == "reserved":
                    held = claim._get_sop_free_units(draft)
                    month = claim.date.replace(day=1)
                    place = claim.category_id.id, month
                    taken.add(place, -max(min(held, units), 0), is_reserved=True)
            findings += budget._judge_control(self._sop_control_event, of_budget, taken)
        self.env.cr.execute(USUAL_PLANS)
        return findings, lines

    # === COMPUTE === #

    def _get_sop_control_depends(self):
        return ["company_id"]

    @api.depends_context("uid", "lang")
    @api.depends(lambda self: self._get_sop_control_depends())
    def _compute_sop_control(self):
        for document in self:
            document.sop_control_state = "none"
            document.sop_control_html = False
            if not document._is_sop_draft():
                continue
            findings, lines = document._get_sop_preview()
            if findings:
                document.sop_control_state = document._get_sop_state(findings)
                document.sop_control_html = document._render_sop_control(
                    findings, lines
                )

    def _get_sop_state(self, findings):
        over = [finding for finding in findings if finding.verdict.shortfall]
        if not over:
            return "ok"
        overrides = self.env["sop.budget.override"]._find_granted(self)
        worst = max((f.target.action for f in over), key=ACTIONS.index)
        if worst == "override" and all(
            self._may_pass(finding, over, overrides) for finding in over
        ):
            return "granted"
        return worst

    def _compute_sop_flagged(self):
        flagged = set(self._get_sop_flagged_ids())
        for document in self:
            document.sop_flagged = document._origin.id in flagged

    def _get_sop_flagged_ids(self):
        # sudo: that it is flagged may be known by all who read the document
        flags = self.env["sop.control.flag"].sudo()
        rows = flags._read_group(
            [("res_model", "=", self._name), ("res_id", "in", self._origin.ids)],
            ["res_id"],
        )
        return [res_id for (res_id,) in rows]

    def _search_sop_flagged(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: as above
        flags = self.env["sop.control.flag"].sudo()
        query = flags._search([("res_model", "=", self._name)])
        return Domain("id", "in", query.subselect(SQL("sop_control_flag.res_id")))

    # === HTML === #

    def _render_sop_control(self, findings, lines):
        titles = (
            self.env._("Category"),
            self.env._("Available"),
            self.env._("This document"),
            self.env._("Left"),
            "",
        )
        head = Markup().join(
            Markup('<th class="{}">{}</th>').format(
                "text-end" if 0 < place < 4 else "", title
            )
            for place, title in enumerate(titles)
        )
        body = Markup().join(
            self._render_sop_finding(finding, lines) for finding in findings
        )
        return Markup(
            '<div class="table-responsive"><table class="table table-sm o_sop_control mb-0">'
            "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>"
        ).format(head, body)

    def _render_sop_finding(self, finding, lines):
        budget, target, verdict = finding.budget, finding.target, finding.verdict
        name, is_shown = budget._get_control_category(target, self.env.user)
        state = target.action if verdict.shortfall else "ok"
        labels = dict(
            self._fields["sop_control_state"]._description_selection(self.env)
        )
        amounts = (verdict.available, verdict.requested, verdict.left)
        cells = Markup().join(
            Markup('<td class="text-end text-nowrap {}">{}</td>').format(
                "text-danger" if units < 0 else "",
                budget._format_control_units(units) if is_shown else "",
            )
            for units in amounts
        )
        details = [budget._get_control_period(target, verdict)]
        if is_shown and target.leaves == (target.category,):
            details += [
                f"{line}: {budget._format_control_units(units)}"
                for (_place, line), units in lines.get(
                    (budget, target.category), {}
                ).items()
            ]
        return Markup(
            "<tr><td>{}{}</td>{}"
            '<td class="text-end"><span class="badge {}">{}</span></td></tr>'
        ).format(
            name,
            Markup().join(
                Markup('<div class="text-muted small">{}</div>').format(detail)
                for detail in details
            ),
            cells,
            COLOURS[state],
            labels[state],
        )

    # === ACTIONS === #

    def action_sop_control_help(self):
        """What helps a draft that takes too much."""
        self.ensure_one()
        return self.env["sop.control.help"]._open(self)

    def action_sop_open_flags(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sop_budget_control.sop_control_flag_action"
        )
        return {
            **action,
            "domain": [("res_model", "=", self._name), ("res_id", "=", self.id)],
            "context": {},
        }
