# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import SQL

from odoo.addons.sop_budget.engine.money import from_units, to_units
from odoo.addons.sop_budget.models.ledger_sql import scales_sql

from ..engine.release import CEILING_WARNING, ceiling_level

LEVELS = [
    ("ok", "Room Left"),
    ("warning", "Nearly Full"),
    ("critical", "Critical"),
    ("exceeded", "Exceeded"),
]
#: A budget takes its part of a ceiling as soon as it is asked for.
TAKING_STATES = ("submitted", "approved", "closed")
SPENDING = ("expense", "capital")
#: Followers of a ceiling aren't told the same again within this many days.
QUIET_DAYS = 7


class SopBudgetCeiling(models.Model):
    """How much all budgets of a company together may plan of some kind of money."""

    _name = "sop.budget.ceiling"
    _description = "Budget Ceiling"
    _inherit = ["sop.budget.part.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "date_from desc, name"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date(
        "Start",
        required=True,
        tracking=True,
        default=lambda self: self.env["sop.budget"]._default_dates()[0],
        help="Months from this day on count, whichever budget plans them.",
    )
    date_to = fields.Date(
        "End",
        required=True,
        tracking=True,
        default=lambda self: self.env["sop.budget"]._default_dates()[1],
    )
    funding = fields.Selection(
        [
            ("all", "All money"),
            ("internal", "Internal money"),
            ("external", "External money"),
            ("source", "One funding source"),
        ],
        required=True,
        default="all",
        tracking=True,
    )
    source_id = fields.Many2one(
        "sop.funding.source", string="Funding Source", check_company=True, tracking=True
    )
    kind = fields.Selection(
        [("expense", "Expense"), ("capital", "Capital")],
        tracking=True,
        help="Empty: all spending, which is expense and capital.",
    )
    tag_id = fields.Many2one(
        "sop.budget.tag",
        string="Category Tag",
        tracking=True,
        help="Only categories with this tag and what is below them. Empty: all of them.",
    )
    amount = fields.Monetary(required=True, tracking=True)
    enforcement = fields.Selection(
        [("soft", "Soft: warn"), ("hard", "Hard: refuse")],
        required=True,
        default="soft",
        tracking=True,
        help="What happens when a budget that is submitted, or a transfer, goes beyond it.",
    )
    warning_percent = fields.Float("Warn at %", default=CEILING_WARNING)
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        tracking=True,
        help="Gets an activity when the ceiling is nearly full or exceeded.",
    )
    note = fields.Text()

    allocated = fields.Monetary(
        compute="_compute_allocated",
        help="Planned under this ceiling in submitted, approved and closed budgets.",
    )
    remaining = fields.Monetary(compute="_compute_allocated")
    used = fields.Float("Used %", compute="_compute_allocated")
    level = fields.Selection(LEVELS, compute="_compute_allocated")
    told_level = fields.Selection(LEVELS, readonly=True, copy=False)
    told_on = fields.Date(readonly=True, copy=False)

    _dates_order = models.Constraint(
        "CHECK (date_from <= date_to)", "A ceiling must start before it ends."
    )
    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "A ceiling can't be below zero."
    )
    _warning_share = models.Constraint(
        "CHECK (warning_percent > 0 AND warning_percent <= 100)",
        "A ceiling warns at more than 0 and at most 100 percent.",
    )

    # === COMPUTE === #

    @api.depends(
        "amount", "date_from", "date_to", "funding", "source_id", "kind", "tag_id"
    )
    def _compute_allocated(self):
        allocated = self._get_allocated()
        for ceiling in self:
            units = allocated[ceiling.id or ceiling._origin.id]
            digits = ceiling.currency_id.decimal_places
            ceiling.allocated = from_units(units, digits)
            ceiling.remaining = ceiling.currency_id.round(
                ceiling.amount - ceiling.allocated
            )
            ceiling.used = (
                100 * ceiling.allocated / ceiling.amount if ceiling.amount else 0.0
            )
            ceiling.level = ceiling._get_level(units)

    def _get_level(self, units):
        self.ensure_one()
        digits = self.currency_id.decimal_places
        return ceiling_level(units, to_units(self.amount, digits), self.warning_percent)

    @api.constrains("funding", "source_id")
    def _check_source(self):
        for ceiling in self:
            if (ceiling.funding == "source") != bool(ceiling.source_id):
                raise ValidationError(
                    self.env._(
                        "“%(ceiling)s”: name the funding source if, and only if, the ceiling is "
                        "for one source.",
                        ceiling=ceiling.name,
                    )
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_derived(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_not_derived(vals)
        return super().write(vals)

    # === ALLOCATED === #

    def _get_allocated(self, budget=None):
        """``{ceiling id: units}`` of all budgets that take from it.

        :param budget: count this budget as well, whatever its state is
        """
        result = defaultdict(int)
        for ceiling_id, _hidden, units in self._read_allocated(
            SQL(
                "(budget.state IN %s OR budget.id = %s)",
                TAKING_STATES,
                budget.id if budget else 0,
            )
        ):
            result[ceiling_id] += units
        return result

    def _get_parts(self, budget):
        """``{ceiling id: (units, units of hidden categories)}`` that a budget takes itself."""
        result = {}
        for ceiling_id, hidden, units in self._read_allocated(
            SQL("budget.id = %s", budget.id)
        ):
            whole, concealed = result.get(ceiling_id, (0, 0))
            result[ceiling_id] = (whole + units, concealed + (units if hidden else 0))
        return result

    def _read_allocated(self, condition):
        if not self.ids:
            return []
        # Flushed as a whole: budgets, categories, their tags and amounts all count
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                SELECT ceiling.id,
                       category.visibility_effective <> 'all',
                       SUM(round(amount.amount * scales.scale))::bigint
                  FROM sop_budget_ceiling ceiling
                  JOIN %(scales)s AS scales ON scales.company_id = ceiling.company_id
                  JOIN sop_budget budget
                    ON budget.company_id = ceiling.company_id
                   AND budget.is_template IS NOT TRUE
                  JOIN sop_budget_amount amount
                    ON amount.budget_id = budget.id
                   AND amount.month
                       BETWEEN date_trunc('month', ceiling.date_from::timestamp)
                           AND ceiling.date_to
                  JOIN sop_budget_category category ON category.id = amount.category_id
             LEFT JOIN sop_funding_source source ON source.id = amount.source_id
                 WHERE ceiling.id = ANY(%(ids)s)
                   AND %(condition)s
                   AND amount.kind = ANY(%(spending)s)
                   AND amount.kind = COALESCE(ceiling.kind, amount.kind)
                   AND CASE ceiling.funding
                       WHEN 'internal' THEN source.is_external IS NOT TRUE
                       WHEN 'external' THEN source.is_external
                       WHEN 'source' THEN source.id = ceiling.source_id
                       ELSE TRUE END
                   AND (ceiling.tag_id IS NULL OR EXISTS (
                    SELECT FROM sop_budget_category_tag_rel tagged
                      JOIN sop_budget_category above ON above.id = tagged.category_id
                     WHERE tagged.tag_id = ceiling.tag_id
                       AND above.budget_id = budget.id
                       AND starts_with(category.parent_path, above.parent_path)
                   ))
              GROUP BY 1, 2
                """,
                scales=scales_sql(),
                spending=list(SPENDING),
                ids=self.ids,
                condition=condition,
            )
        )

    def _takes(self, category, month):
        """Whether what a category plans for a month counts under this ceiling."""
        self.ensure_one()
        external = category.source_id.is_external
        tagged = self.env["sop.budget.category"]
        if self.tag_id:
            ids = [
                int(part) for part in (category.parent_path or "").split("/") if part
            ]
            tagged = tagged.browse(ids).filtered(lambda c: self.tag_id in c.tag_ids)
        return bool(
            month
            and self.date_from.replace(day=1) <= month <= self.date_to
            and category.kind in ([self.kind] if self.kind else SPENDING)
            and (self.funding != "internal" or not external)
            and (self.funding != "external" or external)
            and (self.funding != "source" or category.source_id == self.source_id)
            and (not self.tag_id or tagged)
        )

    def _lock_turn(self):
        """Of two who fill a ceiling at the same moment the second is tried again."""
        self.env.cr.execute(
            SQL(
                """UPDATE sop_budget_ceiling SET write_date = write_date WHERE id IN (
                    SELECT id FROM sop_budget_ceiling WHERE id = ANY(%s) ORDER BY id FOR UPDATE
                )""",
                self.ids,
            )
        )

    # === CHECKS === #

    def _describe_for(self, budget, units, parts):
        """One sentence; amounts are left out where they would tell what is hidden."""
        self.ensure_one()
        # The one who reads it, not the system that checks
        sees_all = budget.with_user(self.env.user)._has_role("manager")
        hidden = parts.get(self.id, (0, 0))[1]
        name = self.name
        level = self._get_level(units)
        if hidden and not sees_all:
            if level == "exceeded":
                return self.env._(
                    "The ceiling “%(ceiling)s” is exceeded.", ceiling=name
                )
            if level == "critical":
                return self.env._(
                    "The ceiling “%(ceiling)s” is critical: almost nothing is left.",
                    ceiling=name,
                )
            return self.env._("The ceiling “%(ceiling)s” is nearly full.", ceiling=name)
        left = to_units(self.amount, self.currency_id.decimal_places) - units
        figures = {
            "ceiling": name,
            "amount": self.currency_id.format(self.amount),
            "left": budget._format_ceiling_units(abs(left)),
        }
        if level == "exceeded":
            return self.env._(
                "The ceiling “%(ceiling)s” of %(amount)s is exceeded by %(left)s.",
                **figures,
            )
        if level == "critical":
            return self.env._(
                "The ceiling “%(ceiling)s” of %(amount)s is critical: only %(left)s are left.",
                **figures,
            )
        return self.env._(
            "The ceiling “%(ceiling)s” of %(amount)s is nearly full: %(left)s are left.",
            **figures,
        )

    def _tell(self, level, text):
        """The responsible, once for each level and not again within a week."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        known = self.told_level == level and self.told_on
        if known and (today - self.told_on).days < QUIET_DAYS:
            return
        self.write({"told_level": level, "told_on": today})
        self.message_post(body=text)
        if self.user_id:
            self.activity_schedule(
                "sop_budget.mail_activity_type_alert",
                user_id=self.user_id.id,
                summary=text,
            )

    def action_open_amounts(self):
        """The budgets that take from it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sop_budget.sop_budget_action"
        )
        return {
            **action,
            "domain": [
                ("company_id", "=", self.company_id.id),
                ("state", "in", TAKING_STATES),
                ("date_from", "<=", self.date_to),
                ("date_to", ">=", self.date_from),
            ],
            # Archived or not: what was approved is planned
            "context": {"active_test": False},
        }


class SopBudget(models.Model):
    _inherit = "sop.budget"

    ceiling_warning = fields.Text(compute="_compute_ceiling_warning")

    def _compute_ceiling_warning(self):
        for budget in self:
            warnings = []
            if budget.state in ("draft", "submitted") and not budget.is_template:
                found = budget._find_ceilings()
                warnings = [text for _ceiling, _level, text in found]
            budget.ceiling_warning = "\n".join(warnings)

    def action_submit(self):
        result = super().action_submit()
        for budget in self:
            budget._tell_ceilings(budget._check_ceilings())
        return result

    def action_approve(self):
        # Managers may have planned more since it was submitted
        for budget in self.filtered(lambda b: b.state == "submitted"):
            budget._check_ceilings()
        return super().action_approve()

    def _get_ceilings(self):
        """Those that a budget may take from."""
        # sudo: everybody is held to ceilings, administrators alone read them
        return (
            self.env["sop.budget.ceiling"]
            .sudo()
            .search(
                [
                    ("company_id", "in", self.company_id.ids),
                    ("date_from", "<=", max(self.mapped("date_to"))),
                    ("date_to", ">=", min(self.mapped("date_from"))),
                ]
            )
        )

    def _find_ceilings(self, changes=None):
        """``[(ceiling, level, sentence)]`` of those that are nearly full or exceeded.

        :param changes: ``{ceiling id: units}`` to come on top
        """
        self.ensure_one()
        ceilings = self._get_ceilings()
        allocated = ceilings._get_allocated(self)
        parts = ceilings._get_parts(self)
        found = []
        for ceiling in ceilings:
            more = (changes or {}).get(ceiling.id, 0)
            # What takes nothing from it, or gives back, isn't to blame
            takes = ceiling.id in parts if changes is None else more > 0
            if not takes:
                continue
            units = allocated[ceiling.id] + more
            level = ceiling._get_level(units)
            if level != "ok":
                text = ceiling._describe_for(self, units, parts)
                found.append((ceiling, level, text))
        return found

    def _check_ceilings(self, changes=None):
        """Refuse what exceeds a hard ceiling; tell about the others."""
        self.ensure_one()
        # The second of two that fill it at the same moment is tried again
        ceilings = self._get_ceilings()
        if ceilings.filtered(lambda c: c.enforcement == "hard"):
            ceilings._lock_turn()
        found = self._find_ceilings(changes)
        refused = [
            text
            for ceiling, level, text in found
            if ceiling.enforcement == "hard" and level == "exceeded"
        ]
        if refused:
            raise UserError(
                "\n".join(
                    [
                        *refused,
                        self.env._(
                            "Plan less under it, or ask an administrator of budgets to raise it."
                        ),
                    ]
                )
            )
        return found

    def _tell_ceilings(self, found):
        """In the history of the budget without amounts, which are not for everybody there."""
        labels = dict(
            self.env["sop.budget.ceiling"]
            ._fields["level"]
            ._description_selection(self.env)
        )
        for ceiling, level, text in found:
            ceiling._tell(level, text)
            self.sudo().message_post(
                body=self.env._(
                    "Ceiling “%(ceiling)s”: %(level)s.",
                    ceiling=ceiling.name,
                    level=labels[level].lower(),
                )
            )

    def _format_ceiling_units(self, units):
        return self.currency_id.format(
            from_units(units, self.currency_id.decimal_places)
        )


class SopBudgetCategory(models.Model):
    _inherit = "sop.budget.category"

    tag_ids = fields.Many2many(
        "sop.budget.tag",
        "sop_budget_category_tag_rel",
        "category_id",
        "tag_id",
        help="Such as “gender”: for finding it again, and for ceilings.",
    )

    def write(self, vals):
        if "tag_ids" in vals and any(c.budget_state != "draft" for c in self):
            # A tag decides which ceiling holds the category
            self.budget_id._check_can_manage()
        return super().write(vals)

    def _prepare_copy_vals(self, budget, parent, same_company):
        # EXTENDS
        vals = super()._prepare_copy_vals(budget, parent, same_company)
        return {**vals, "tag_ids": [Command.set(self.tag_ids.ids)]}
