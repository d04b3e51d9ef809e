# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.addons.sop_budget.tests.common import SopBudgetCommon

GROUP = "sop_operations.group_sop_operations_"
BUDGET_USER = "sop_budget.group_sop_budget_user"


class OperationCommon(SopBudgetCommon):
    """Three leaves of a budget for 2025, one of them hidden, and people around an operation.

    ``lead`` is in charge and only involved, ``member`` is involved, ``keeper`` keeps a KPI;
    ``viewer``, ``planner`` and ``admin`` have those rights; ``stranger`` has none of it but
    that of the involved. ``viewer``, ``planner`` and ``admin`` read the budget, too.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids |= cls.env.ref(f"{GROUP}admin")
        cls.top = cls.make_category("O", name="Outreach")
        cls.o1 = cls.make_category(
            "O1", cls.top, {"2025-04": 30000.0}, analytic=True, name="Competition"
        )
        cls.p2 = cls.make_category(
            "P2", cls.top, {"2025-04": 38000.0}, analytic=True, name="Travel"
        )
        cls.secret = cls.make_category(
            "S",
            cls.top,
            {"2025-04": 9000.0},
            analytic=True,
            name="Severance",
            visibility="manager",
        )
        people = {
            "lead": "involved",
            "member": "involved",
            "keeper": "involved",
            "stranger": "involved",
            "viewer": "viewer",
            "planner": "planner",
            "admin": "admin",
        }
        users = cls.make_users(
            {
                f"op_{name}": f"{GROUP}{group},{BUDGET_USER}"
                for name, group in people.items()
            }
        )
        for name, user in zip(people, users, strict=True):
            setattr(cls, name, user)
        cls.env["sop.budget.member"].create(
            [
                {"budget_id": cls.budget.id, "user_id": user.id, "role": "viewer"}
                for user in (cls.viewer, cls.planner, cls.admin)
            ]
        )
        cls.operation = cls.make_operation(
            code="OP-O1", user_id=cls.lead.id, member_ids=cls.member.ids
        )

    @classmethod
    def make_person(cls, name, group):
        return cls.make_user(f"op_{name}", f"{GROUP}{group},{BUDGET_USER}")

    @classmethod
    def make_operation(cls, **vals):
        return cls.env["sop.operation"].create(
            {
                "name": "Climate Competition",
                "company_id": cls.company.id,
                "date_start": "2025-04-07",
                "date_end": "2025-06-01",
                **vals,
            }
        )

    @classmethod
    def make_kpi(cls, operation=None, **vals):
        return cls.env["sop.kpi"].create(
            {
                "operation_id": (operation or cls.operation).id,
                "name": "Participants",
                "direction": "rise",
                "target": 100,
                **vals,
            }
        )

    @classmethod
    def link(cls, category, amount, operation=None, **vals):
        return cls.env["sop.operation.funding"].create(
            {
                "operation_id": (operation or cls.operation).id,
                "category_id": category.id,
                "amount": amount,
                **vals,
            }
        )
