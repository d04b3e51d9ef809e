# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields
from odoo.tests import TransactionCase, new_test_user

from odoo.addons.sop_budget.tests.common import new_test_users

GROUP = "sop_operations.group_sop_operations_"


class ActivityData:
    """A company of its own, one person a role, and operations of two of them."""

    @classmethod
    def set_up_activity(cls):
        cls.company = cls.env["res.company"].create({"name": "Activity of tests"})
        cls.env = cls.env(context={"allowed_company_ids": cls.company.ids})
        people = {
            "planner": "planner",
            "admin": "admin",
            "viewer": "viewer",
            "lead": "involved",
            "member": "involved",
            "stranger": "involved",
        }
        users = new_test_users(
            cls.env,
            {f"sop_activity_{name}": GROUP + role for name, role in people.items()},
            cls.company,
            tz="UTC",
        )
        for name, user in zip(people, users, strict=True):
            setattr(cls, name, user)
        cls.operation = cls.env["sop.operation"].create(
            {
                "name": "Startup Competition",
                "company_id": cls.company.id,
                "user_id": cls.lead.id,
                "member_ids": [fields.Command.set(cls.member.ids)],
            }
        )

    @classmethod
    def make_user(cls, login, role):
        return new_test_user(
            cls.env,
            login,
            groups=GROUP + role,
            company_id=cls.company.id,
            company_ids=[fields.Command.set(cls.company.ids)],
            tz="UTC",
        )

    @classmethod
    def make_milestone(cls, name, target, **vals):
        return cls.env["sop.milestone"].create(
            {
                "name": name,
                "date_target": target,
                "operation_id": cls.operation.id,
                **vals,
            }
        )

    def make_update(self, user=None, **vals):
        model = self.env["sop.operation.update"]
        return (model.with_user(user) if user else model).create(
            {"name": "Update", "operation_id": self.operation.id, **vals}
        )


class ActivityCommon(ActivityData, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_activity()
