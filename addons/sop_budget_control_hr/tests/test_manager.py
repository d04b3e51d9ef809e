# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import tagged

from odoo.addons.sop_budget_control.tests.common_approval import ApprovalCommon


@tagged("post_install", "-at_install")
class TestManager(ApprovalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids |= cls.env.ref("hr.group_hr_manager")
        cls.department = cls.env["hr.department"].create(
            {"name": "Prizes", "company_id": cls.company.id}
        )
        cls.chief = cls.make_employee("Chief", cls.dora)
        cls.head = cls.make_employee("Head", parent_id=cls.chief.id)
        cls.employee = cls.make_employee(
            "Proposer",
            cls.proposer,
            parent_id=cls.head.id,
            department_id=cls.department.id,
        )
        cls.make_rule({"who": "manager"})

    @classmethod
    def make_employee(cls, name, user=None, **vals):
        return cls.env["hr.employee"].create(
            {
                "name": name,
                "user_id": user.id if user else False,
                "company_id": cls.company.id,
                **vals,
            }
        )

    def test_the_nearest_manager_with_a_user(self):
        self.assertEqual(self.waits_for(self.ask()), self.dora)
        self.head.user_id = self.cleo
        self.assertEqual(self.waits_for(self.ask()), self.cleo)

    def test_the_department_where_nobody_is_above(self):
        self.employee.parent_id = False
        self.department.manager_id = self.chief
        self.assertEqual(self.waits_for(self.ask()), self.dora)

    def test_the_budget_comes_first(self):
        member = self.budget.member_ids.filtered(lambda m: m.user_id == self.proposer)
        member.reports_to_id = self.bert
        self.assertEqual(self.waits_for(self.ask()), self.bert)

    def test_nobody_above(self):
        self.employee.unlink()
        self.assertEqual(self.waits_for(self.ask()), self.owner)
