# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a budget knows about approvals: who holds a role, who stands in, who is told at once."""

from odoo import fields, models


class SopBudget(models.Model):
    _inherit = "sop.budget"

    emergency_user_id = fields.Many2one(
        "res.users",
        string="Tell about Urgent Requests",
        copy=False,
        domain="[('share', '=', False)]",
        help="This person is told at once about what is submitted as urgent.",
    )
    approval_rule_ids = fields.One2many("sop.approval.rule", "budget_id", copy=False)
    approval_rule_count = fields.Integer(compute="_compute_approval_rule_count")

    def _compute_approval_rule_count(self):
        counts = dict(
            self.env["sop.approval.rule"]._read_group(
                [("budget_id", "in", self.ids)], ["budget_id"], ["__count"]
            )
        )
        for budget in self:
            budget.approval_rule_count = counts.get(budget, 0)

    def write(self, vals):
        if {"emergency_user_id", "approval_rule_ids"} & set(vals):
            self._check_can_manage()
        return super().write(vals)

    def action_open_approval_rules(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sop_budget_control.sop_approval_rule_action"
        )
        return {
            **action,
            "domain": [
                ("company_id", "=", self.company_id.id),
                ("budget_id", "in", [self.id, False]),
            ],
            "context": {
                "default_budget_id": self.id,
                "default_company_id": self.company_id.id,
            },
        }

    # === WHO === #

    def _get_role_users(self, role):
        """Who holds the role today; the owner is a manager too."""
        self.ensure_one()
        if role == "owner":
            return self.user_id
        if role == "manager":
            return self._get_managers()
        return self.member_ids.filtered(lambda m: m.in_force and m.role == role).user_id

    def _get_category_responsible(self, category):
        """Who answers for the category, or for the nearest one above it, or for the budget."""
        while category:
            if category.user_id.active:
                return category.user_id
            category = category.parent_id
        return self.user_id

    def _get_manager(self, user):
        """The manager of ``user`` in this budget. To be extended by who knows the staff."""
        self.ensure_one()
        members = self.member_ids.filtered(lambda m: m.in_force and m.user_id == user)
        return members.reports_to_id

    def _get_stand_ins(self, escalate_user, categories):
        """Who takes the seat of somebody who may not decide, one group after the other.

        The owner and the managers may do so whoever has the right to approve a category: else
        nobody would be left.
        """
        self.ensure_one()
        return [
            self._filter_approvers(escalate_user, categories),
            self._filter_approvers(self.user_id),
            self._filter_approvers(self._get_managers()),
        ]

    def _filter_approvers(self, users, categories=None):
        """Of ``users`` those who may be asked at all: they work here, in this company.

        To be extended by what grants or takes the right to approve.

        :param categories: of the document; empty where it has none
        """
        company = self.company_id
        return users.filtered(
            lambda u: u.active and not u.share and company in u.company_ids
        )

    def _keeps_seat(self, user, role=False):
        """Whether who was asked may still decide: they work here, and their time is not over.

        :param role: what they were asked as, where the step asks a role
        """
        self.ensure_one()
        if not self._filter_approvers(user):
            return False
        if user in self._get_managers():
            return True
        members = self.member_ids.filtered(lambda m: m.user_id == user)
        if members and not any(members.mapped("in_force")):
            return False
        return not role or user in self._get_role_users(role)

    # === COPIES === #

    def _copy_tree_to(self, target):
        """The rules go along, with the categories of the copy in place of the old ones."""
        new_of = super()._copy_tree_to(target)
        if target._is_answered_for():
            for rule in self.approval_rule_ids:
                categories = [new_of.get(c) for c in rule.category_ids]
                # A rule for a category that is not copied must not become one for all
                if all(categories):
                    rule.copy(
                        {
                            "name": rule.name,
                            "budget_id": target.id,
                            "company_id": target.company_id.id,
                            "category_ids": [
                                fields.Command.set([c.id for c in categories])
                            ],
                        }
                    )
        return new_of
