# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import JsonRpcException, freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.sop_budget.tests.common_rpc import RpcCase

from .common_kpi import INVOLVED
from .common_learning import LearningCommon

MODELS = ("experiment", "arm", "look")
# May: read, write, create, unlink; unlink of a draft with an arm of its own
RIGHTS = {
    # In charge of the operation: keeps its experiments
    "kpi_lead": {"experiment": "rwc", "arm": "rwcu", "look": "r"},
    "exp_stranger": {"experiment": "", "arm": "", "look": ""},
    "kpi_viewer": {"experiment": "r", "arm": "r", "look": "r"},
    "kpi_planner": {"experiment": "rwc", "arm": "rwcu", "look": "r"},
    "kpi_admin": {"experiment": "rwcu", "arm": "rwcu", "look": "r"},
}


@tagged("post_install", "-at_install")
@freeze_time("2025-04-16 12:00:00")
class TestExperimentRights(LearningCommon, RpcCase):
    """Role × model × operation over HTTP, as K82 has it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_user("exp_stranger", INVOLVED)
        cls.draft = cls.make_experiment(start=False, name="Draft")
        cls.running = cls.make_experiment(name="Running")
        cls.enter(cls.running, (50, 20), (50, 35))

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_the_table(self):
        self.env.flush_all()
        look, arm = self.running.look_ids, self.draft.arm_ids[1]
        new = {"operation_id": self.operation.id, "name": "New"}
        cases = {
            "experiment": (self.draft, {"name": "Changed"}, new),
            "arm": (
                arm,
                {"name": "Changed"},
                {"experiment_id": self.draft.id, "name": "N"},
            ),
            "look": (look, {"size": 1}, {"experiment_id": self.running.id}),
        }
        for login, rights in RIGHTS.items():
            self.authenticate(login, login)
            for model, (records, vals, new_vals) in cases.items():
                for operation in "rwcu":
                    with self.subTest(login=login, model=model, operation=operation):
                        found = self.try_operation(
                            operation, records, new_vals if operation == "c" else vals
                        )
                        self.assertEqual(found, operation in rights[model])

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_who_decides(self):
        for login, may in (
            ("kpi_lead", True),
            ("kpi_viewer", False),
            ("exp_stranger", False),
            ("kpi_planner", True),
        ):
            self.authenticate(login, login)
            for method in ("action_cancel", "action_read_kpis"):
                with self.subTest(login=login, method=method):
                    passed = self.try_operation(method, self.running)
                    self.assertEqual(passed, may and method == "action_cancel")
            with self.subTest(login=login):
                self.assertEqual(self.decide(), may)

    def decide(self):
        savepoint = self.env.cr.savepoint()
        try:
            wizard = self.call(
                "sop.experiment.decide",
                "create",
                {
                    "experiment_id": self.running.id,
                    "decision": "stop",
                    "reason": "Because.",
                },
            )
            self.call("sop.experiment.decide", "action_decide", [wizard])
        except JsonRpcException as error:
            self.assertRegex(str(error), "AccessError")
            return False
        finally:
            savepoint.rollback()
            savepoint.close(rollback=True)
            self.env.invalidate_all()
        return True

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_no_way_around(self):
        """States, decisions and history can't be written, methods of the system not called."""
        self.authenticate("kpi_admin", "kpi_admin")
        for vals in (
            {"state": "decided"},
            {"decision": "scale"},
            {"decision_figures": {}},
            {"look_ids": [[5, 0, 0]]},
            {"scale_from": 1},
            {"lift": 3},
        ):
            with self.subTest(vals=vals):
                self.assertFalse(self.try_operation("w", self.running, vals))
        for method in ("_decide", "_set_state", "_record_looks", "_evaluate"):
            with self.subTest(method=method), self.assertRaises(JsonRpcException):
                self.call("sop.experiment", method, self.running.ids)
        self.assertFalse(
            self.try_operation(
                "w", self.running.arm_ids[0], {"experiment_id": self.draft.id}
            )
        )
        for vals in ({"size": 3}, {"lift": 3}, {"interval": {}}):
            with self.subTest(vals=vals):
                arm = self.draft.arm_ids[0]
                self.assertFalse(self.try_operation("w", arm, vals))

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_moving_to_an_operation_of_others(self):
        """Who is in charge of one operation can't put experiments into another."""
        other = self.make_operation(name="Other", code="OP-X", user_id=self.planner.id)
        self.authenticate("kpi_lead", "kpi_lead")
        vals = {"operation_id": other.id, "name": "New"}
        self.assertFalse(self.try_operation("c", self.draft, vals))
        self.assertFalse(
            self.try_operation("w", self.draft, {"operation_id": other.id})
        )
        theirs = self.make_experiment(start=False, operation_id=other.id)
        arm = self.draft.arm_ids[1]
        self.assertFalse(self.try_operation("w", arm, {"experiment_id": theirs.id}))

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_companies(self):
        company = self.env["res.company"].create({"name": "Another company"})
        foreign = self.env["sop.operation"].create(
            {"name": "Foreign", "company_id": company.id}
        )
        experiment = self.make_experiment(start=False, operation_id=foreign.id)
        self.authenticate("kpi_admin", "kpi_admin")
        for operation in "rwu":
            for records in (experiment, experiment.arm_ids[0]):
                with self.subTest(operation=operation, records=records):
                    self.assertFalse(
                        self.try_operation(operation, records, {"name": "X"})
                    )
