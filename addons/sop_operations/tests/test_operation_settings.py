# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.sop_budget.tests.common_rpc import RpcCase

from .common_operation import OperationCommon

SETTINGS = "sop.operation.settings"


@tagged("post_install", "-at_install")
class TestOperationSettings(OperationCommon, RpcCase):
    def test_administrators_of_operations_set_them(self):
        self.assertFalse(self.admin.has_group("base.group_system"))
        company = self.company
        self.assertEqual(company.sop_funding_check, "warn")
        Settings = self.env[SETTINGS].with_user(self.admin).with_company(company)
        with Form(Settings) as form:
            self.assertEqual(form.sop_funding_check, "warn")
            form.sop_funding_check = "stop"
            form.sop_operations_expected = True
            form.sop_profit_tax = 25
        form.save().action_apply()
        self.assertEqual(company.sop_funding_check, "stop")
        self.assertTrue(company.sop_operations_expected)
        self.assertEqual(company.sop_profit_tax, 25)

    @mute_logger("odoo.http")
    def test_who_sets_them(self):
        foreign = self.env["res.company"].create({"name": "Another company"})
        vals = {"sop_funding_check": "none", "company_id": self.company.id}
        for role, may in (
            ("admin", True),
            ("planner", False),
            ("viewer", False),
            ("lead", False),
        ):
            user = getattr(self, role)
            self.authenticate(user.login, user.login)
            settings = self.env[SETTINGS]
            with self.subTest(role):
                self.assertEqual(self.try_operation("c", settings, vals), may)
        settings = self.env[SETTINGS].with_user(self.admin).create(vals)
        settings.with_user(self.admin).action_apply()
        self.assertEqual(self.company.sop_funding_check, "none")
        with self.assertRefused(AccessError, "Only administrators of Operations"):
            settings.with_user(self.planner).sudo().action_apply()
        settings = self.env[SETTINGS].with_user(self.admin)
        settings = settings.create({**vals, "company_id": foreign.id})
        with self.assertRefused(AccessError, "Choose the company first"):
            settings.action_apply()

    def test_the_list_follows_the_setting(self):
        Category = self.env["sop.budget.category"]
        missing = [
            ("operation_missing", "=", True),
            ("company_id", "=", self.company.id),
        ]
        # Bound to the figures of an approved budget
        self.budget.action_submit()
        self.budget.action_approve()
        self.link(self.o1, 100)
        self.assertFalse(Category.search(missing))
        self.company.sop_operations_expected = True
        found = Category.search(missing)
        self.assertIn(self.p2, found)
        self.assertNotIn(self.o1, found)
        self.assertTrue(self.p2.operation_missing)
        self.assertFalse(self.o1.operation_missing or self.top.operation_missing)
        rest = Category.search([("operation_missing", "=", False)])
        self.assertFalse(rest & found)
        self.assertIn(self.o1, rest)
        # A link that the reader can't see is one
        self.link(self.p2, 100, self.make_operation(user_id=self.planner.id))
        self.env.invalidate_all()
        self.assertFalse(self.p2.with_user(self.viewer).operation_missing)
