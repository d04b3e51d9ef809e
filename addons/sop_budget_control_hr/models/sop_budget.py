# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models


class SopBudget(models.Model):
    _inherit = "sop.budget"

    def _get_manager(self, user):
        # EXTENDS sop_budget_control: what the budget says comes before the organisation chart
        manager = super()._get_manager(user)
        if manager:
            return manager
        # sudo: who asks for money may not read employees, the rule asks their manager
        employees = self.env["hr.employee"].sudo()
        employee = employees.search(
            [("user_id", "=", user.id), ("company_id", "=", self.company_id.id)],
            limit=1,
        )
        return self._find_manager_of(employee)

    def _find_manager_of(self, employee):
        """The nearest one above who has a user: a manager without one can't decide."""
        seen = employee
        while employee := employee.parent_id - seen:
            if employee.user_id.active:
                return employee.user_id
            seen |= employee
        department = seen[:1].department_id.manager_id - seen[:1]
        return department.user_id.filtered("active")
