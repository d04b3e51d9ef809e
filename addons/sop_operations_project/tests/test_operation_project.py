# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.sop_operations.tests.common_operation import GROUP, OperationCommon


@tagged("post_install", "-at_install")
class TestOperationProject(OperationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids |= cls.env.ref("project.group_project_manager")
        cls.manager = cls.make_user(
            "op_project", f"{GROUP}planner,project.group_project_manager"
        )
        cls.child = cls.make_operation(name="Child", parent_id=cls.operation.id)
        cls.project, cls.below = cls.env["project.project"].create(
            [
                {
                    "name": f"Project of {operation.name}",
                    "company_id": cls.company.id,
                    "sop_operation_id": operation.id,
                    "task_ids": [
                        Command.create({"name": "Open"}),
                        Command.create({"name": "Done", "state": "1_done"}),
                    ],
                }
                for operation in (cls.operation, cls.child)
            ]
        )

    def test_open_tasks(self):
        operation = self.operation.with_user(self.manager)
        self.assertEqual((operation.project_count, operation.open_task_count), (2, 2))
        self.assertEqual(self.child.open_task_count, 1)
        action = operation.action_open_tasks()
        tasks = self.env["project.task"].search(action["domain"])
        self.assertEqual(tasks, (self.project | self.below).task_ids)
        back = self.project.action_open_sop_operation()
        self.assertEqual(back["res_id"], self.operation.id)

    def test_tasks_that_one_may_not_see(self):
        self.project.privacy_visibility = "followers"
        self.manager.group_ids = [
            Command.unlink(self.env.ref("project.group_project_manager").id),
            Command.link(self.env.ref("project.group_project_user").id),
        ]
        operation = self.operation.with_user(self.manager)
        self.assertEqual((operation.project_count, operation.open_task_count), (1, 1))
        with self.assertRefused(AccessError, ""):
            self.operation.with_user(self.viewer).read(["open_task_count"])

    def test_create_project(self):
        bare = self.make_operation(name="Bare")
        action = bare.with_user(self.manager).action_create_project()
        project = self.env["project.project"].browse(action["res_id"])
        self.assertEqual(project.sop_operation_id, bare)
        self.assertEqual(project.date, bare.date_end)
        with self.assertRefused(AccessError, ""):
            bare.with_user(self.viewer).action_create_project()
