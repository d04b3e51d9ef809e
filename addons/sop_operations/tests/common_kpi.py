# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import TransactionCase, new_test_user

from odoo.addons.sop_budget.tests.common import new_test_users

INVOLVED = "sop_operations.group_sop_operations_involved"
VIEWER = "sop_operations.group_sop_operations_viewer"
PLANNER = "sop_operations.group_sop_operations_planner"
ADMIN = "sop_operations.group_sop_operations_admin"


class KpiCommon(TransactionCase):
    """A company of its own, an operation of eight weeks and people around it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "KPI Company"})
        cls.env.user.company_ids |= cls.company
        cls.env = cls.env(
            context={
                **cls.env.context,
                "allowed_company_ids": cls.company.ids,
                "tracking_disable": True,
            }
        )
        people = {
            "kpi_lead": INVOLVED,
            "kpi_keeper": INVOLVED,
            "kpi_viewer": VIEWER,
            "kpi_planner": PLANNER,
            "kpi_admin": ADMIN,
        }
        cls.lead, cls.keeper, cls.viewer, cls.planner, cls.admin = new_test_users(
            cls.env, people, cls.company
        )
        cls.operation = cls.make_operation()

    @classmethod
    def make_user(cls, login, groups):
        return new_test_user(
            cls.env,
            login,
            groups=groups,
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )

    @classmethod
    def make_operation(cls, **vals):
        return cls.env["sop.operation"].create(
            {
                "name": "Climate Competition",
                "code": "OP-O1",
                "company_id": cls.company.id,
                "user_id": cls.lead.id,
                "date_start": "2025-04-07",
                "date_end": "2025-06-01",
                **vals,
            }
        )

    @classmethod
    def make_kpi(cls, **vals):
        return cls.env["sop.kpi"].create(
            {
                "operation_id": cls.operation.id,
                "name": "Participants",
                "user_id": cls.keeper.id,
                "direction": "rise",
                "target": 300,
                **vals,
            }
        )
