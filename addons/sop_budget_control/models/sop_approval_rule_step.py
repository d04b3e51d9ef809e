# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

WHO = [
    ("user", "A person"),
    ("role", "A role in the budget"),
    ("category_user", "The responsible of each category"),
    ("manager", "The requester's manager"),
    ("group", "Some of a group"),
]
#: What a step can want to be filled in, see ``_get_wanted_fields`` of the document.
WANTED = ("reason", "vendor", "date", "tags")
STEP_ROLES = [
    ("owner", "Owner"),
    ("manager", "Owner and managers"),
    ("approver", "Approvers"),
    ("planner", "Planners"),
]
# The field that says who exactly, for each kind of step
WHO_FIELDS = {
    "user": ("user_id",),
    "role": ("role",),
    "group": ("group_id", "user_ids"),
}


class SopApprovalRuleStep(models.Model):
    _name = "sop.approval.rule.step"
    _description = "Approval Step of a Rule"
    _order = "rule_id, sequence, id"

    rule_id = fields.Many2one(
        "sop.approval.rule", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="rule_id.company_id", store=True)
    sequence = fields.Integer(
        "Level",
        default=1,
        required=True,
        help="Steps of the same level are asked at the same time.",
    )
    name = fields.Char(required=True, translate=True)
    who = fields.Selection(WHO, required=True, default="user")
    user_id = fields.Many2one(
        "res.users", string="Person", domain="[('share', '=', False)]"
    )
    role = fields.Selection(STEP_ROLES)
    group_id = fields.Many2one("res.groups", string="Group")
    user_ids = fields.Many2many(
        "res.users", string="People", domain="[('share', '=', False)]"
    )
    minimum = fields.Integer(
        "How Many", default=1, required=True, help="How many of them must approve."
    )
    due_days = fields.Integer(
        "Due in Days", default=3, help="Working days of the company. 0: no due date."
    )
    remind_days = fields.Integer(
        "Remind after Days",
        help="Working days without an answer before the approvers are reminded, again and "
        "again. 0: no reminder.",
    )
    escalate_user_id = fields.Many2one(
        "res.users",
        string="Escalate to",
        domain="[('share', '=', False)]",
        help="Is asked as well once the step is late, and stands in for whoever may not decide. "
        "Empty: the owner of the budget.",
    )

    # === What must be there before it is asked or approves === #
    wants_reason = fields.Boolean("Reasons", help="Why the money is needed.")
    wants_vendor = fields.Boolean("Vendor or Recipient")
    wants_date = fields.Boolean("Expected Date")
    wants_tags = fields.Boolean("Tags")
    wanted_papers = fields.Integer(
        "Attachments", help="How many documents must be attached at least."
    )

    _papers_positive = models.Constraint(
        "CHECK (wanted_papers >= 0)",
        "A step can't want fewer than no attachments.",
    )
    _minimum_positive = models.Constraint(
        "CHECK (minimum > 0)", "At least one person must approve a step."
    )
    _days_positive = models.Constraint(
        "CHECK (due_days >= 0 AND remind_days >= 0)",
        "Days of an approval step can't be negative.",
    )

    @api.constrains("who", "user_id", "role", "group_id", "user_ids", "minimum")
    def _check_who(self):
        for step in self:
            names = WHO_FIELDS.get(step.who, ())
            if names and not any(step[name] for name in names):
                raise ValidationError(
                    self.env._(
                        "The step “%(step)s” does not say who approves: fill in %(fields)s.",
                        step=step.name,
                        fields=" / ".join(
                            self._fields[n]._description_string(self.env) for n in names
                        ),
                    )
                )
            if (
                step.who == "group"
                and not step.group_id
                and step.minimum > len(step.user_ids)
            ):
                raise ValidationError(
                    self.env._(
                        "The step “%(step)s” asks for %(minimum)s approvals of %(count)s people: "
                        "add people or ask for fewer.",
                        step=step.name,
                        minimum=step.minimum,
                        count=len(step.user_ids),
                    )
                )

    # === RIGHTS: those of the rule === #

    @api.model_create_multi
    def create(self, vals_list):
        steps = super().create(vals_list)
        steps.rule_id._check_can_manage()
        steps._log_change(self.env._("added"))
        return steps

    def write(self, vals):
        self.rule_id._check_can_manage()
        result = super().write(vals)
        self.rule_id._check_can_manage()
        if set(vals) - {"sequence"}:
            self._log_change(self.env._("changed"))
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_not_manager(self):
        self.rule_id._check_can_manage()
        self._log_change(self.env._("removed"))

    def _log_change(self, what):
        for rule, steps in self.grouped("rule_id").items():
            rule.message_post(
                body=self.env._(
                    "Steps %(what)s: %(names)s",
                    what=what,
                    names=", ".join(steps.mapped("name")),
                )
            )

    def _get_wanted(self):
        """Names of what must be there, as a step is frozen."""
        return ",".join(name for name in WANTED if self[f"wants_{name}"])

    # === WHO IS ASKED === #

    def _expand(self, document, budget, parts):
        """``[(name, category, people)]``: one frozen step each.

        :param budget: whose people are asked
        :param parts: ``[(category, amount)]`` of this side of the document
        """
        self.ensure_one()
        if self.who == "category_user":
            return self._expand_categories(budget, parts)
        people = {
            "user": lambda: self.user_id,
            "role": lambda: budget._get_role_users(self.role),
            "manager": lambda: budget._get_manager(document._get_approval_requester()),
            "group": lambda: self.user_ids | self.group_id.all_user_ids,
        }[self.who]()
        return [(self.name, self.env["sop.budget.category"], people)]

    def _expand_categories(self, budget, parts):
        """One step for each responsible: nobody answers for the category of somebody else."""
        categories = {}
        for category, _amount in parts:
            user = budget._get_category_responsible(category)
            categories.setdefault(user, category)
        named = len(categories) > 1
        return [
            (f"{self.name}: {category.name}" if named else self.name, category, user)
            for user, category in categories.items()
        ] or [(self.name, self.env["sop.budget.category"], budget.user_id)]
