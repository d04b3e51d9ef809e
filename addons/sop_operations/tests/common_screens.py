# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.addons.sop_budget.tests.common import USER, SopBudgetCommon

ROLES = ("involved", "viewer", "planner", "admin")


class ScreensCommon(SopBudgetCommon):
    """A budget with three leaves, four operations, and one person per role.

    P (parent): P1 plans 1,200 and pays 1,000 to the fair; P2 plans 600, of managers only.
    T plans 2,400 and pays 500 to the fair and 700 to its stand. The course is organic.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.parent = cls.make_category("P", name="Events")
        cls.hall = cls.make_category("P1", cls.parent, 100.0, name="Hall")
        cls.hidden = cls.make_category(
            "P2", cls.parent, 50.0, name="Fees", visibility="manager"
        )
        cls.travel = cls.make_category("T", amounts=200.0, name="Travel")
        users = cls.make_users(
            {
                f"sop_op_{role}": f"{USER},sop_operations.group_sop_operations_{role}"
                for role in ROLES
            }
        )
        cls.people = dict(zip(ROLES, users, strict=True))
        cls.env["sop.budget.member"].create(
            [
                {
                    "budget_id": cls.budget.id,
                    "user_id": user.id,
                    "role": "manager" if role == "admin" else "planner",
                }
                for role, user in cls.people.items()
            ]
        )
        cls.env.user.group_ids |= cls.env.ref(
            "sop_operations.group_sop_operations_admin"
        )
        cls.fair = cls.make_operation("FAIR", "Fair", user_id=cls.people["planner"].id)
        cls.stand = cls.make_operation(
            "STAND", "Stand", parent_id=cls.fair.id, user_id=cls.people["involved"].id
        )
        cls.course = cls.make_operation("COURSE", "Course")
        cls.links = {
            (operation, category): cls.make_link(operation, category, amount)
            for operation, category, amount in (
                (cls.fair, cls.hall, 1000.0),
                (cls.fair, cls.travel, 500.0),
                (cls.stand, cls.travel, 700.0),
                (cls.stand, cls.hidden, 100.0),
            )
        }
        cls.env.flush_all()

    @classmethod
    def make_operation(cls, code, name, **vals):
        return cls.env["sop.operation"].create(
            {
                "code": code,
                "name": name,
                "company_id": cls.company.id,
                "date_start": "2025-01-01",
                "date_end": "2025-12-31",
                "user_id": cls.env.uid,
                **vals,
            }
        )

    @classmethod
    def make_link(cls, operation, category, amount):
        return cls.env["sop.operation.funding"].create(
            {
                "operation_id": operation.id,
                "category_id": category.id,
                "amount": amount,
            }
        )

    def as_role(self, role):
        return self.env["sop.operation"].with_user(self.people[role])
