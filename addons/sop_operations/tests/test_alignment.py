# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.sop_budget.tests.common_rpc import RpcCase

from .common_operation import OperationCommon

GOAL, REPORT = "sop.alignment.goal", "sop.alignment.report"


@tagged("post_install", "-at_install")
class TestAlignment(RpcCase, OperationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sdg, cls.pillar, cls.policy, cls.group = cls.env[GOAL].create(
            [
                {
                    "name": kind.title(),
                    "code": kind.upper(),
                    "kind": kind,
                    "company_id": cls.company.id,
                }
                for kind in ("sdg", "pillar", "policy", "group")
            ]
        )

    def test_score(self):
        operation = self.operation
        self.assertRecordValues(
            operation, [{"alignment_score": 0, "alignment_level": False}]
        )
        self.assertIn("No score yet", operation.alignment_text)
        with Form(operation.with_user(self.lead)) as form:
            form.goal_ids.add(self.sdg)
            form.goal_ids.add(self.policy)
            form.place_count = 60
            form.place_group_count = 45
        self.assertRecordValues(
            operation, [{"alignment_score": 50, "alignment_level": "moderate"}]
        )
        self.assertEqual(
            operation.with_user(self.member).alignment_text.splitlines(),
            [
                "KPIs with a target: 0 of 25 (no KPI has a target)",
                "Sustainable Development Goal: 15 of 15 (SDG)",
                "Governance pillar: 0 of 20 (none is named)",
                "Places for target groups: 15 of 20 (45 of 60 places)",
                "Policy: 20 of 20 (POLICY)",
            ],
        )
        kpi = self.make_kpi(target_kind="none")
        self.assertEqual(operation.alignment_score, 50)
        kpi.target_kind = "whole"
        self.assertEqual(operation.alignment_level, "good")
        operation.goal_ids |= self.pillar
        self.assertEqual(
            (operation.alignment_score, operation.alignment_level), (95, "strong")
        )
        self.pillar.active = False
        kpi.active = False
        self.assertEqual(operation.alignment_score, 50)
        self.assertIn("no KPI has a target", operation.alignment_text)
        # A goal alone is a start, however weak
        other = self.make_operation(
            name="Other", goal_ids=[Command.link(self.group.id)]
        )
        self.assertEqual(other.alignment_level, "weak")
        self.assertIn("places is not stated", other.alignment_text)

    def test_weights_of_the_company(self):
        self.operation.goal_ids = self.sdg
        self.assertEqual(self.operation.alignment_score, 15)
        settings = self.env["sop.operation.settings"].with_user(self.admin)
        with Form(settings.with_company(self.company)) as form:
            self.assertEqual(form.sop_alignment_indicators, 25)
            form.sop_alignment_sdg = 40
        with self.assertRefused(ValidationError, "must make 100 together, not 125"):
            form.record.action_apply()
        with Form(settings.with_company(self.company)) as form:
            form.sop_alignment_sdg = 40
            form.sop_alignment_indicators = 0
        form.record.action_apply()
        self.assertEqual(self.operation.alignment_score, 40)
        with self.assertRefused(ValidationError, "must make 100 together"):
            self.company.sudo().write(
                {"sop_alignment_indicators": -10, "sop_alignment_policy": 30}
            )

    def test_guards(self):
        for vals in ({"place_count": 5, "place_group_count": 6}, {"place_count": -1}):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.operation.write(vals)
        with self.assertRefused(UserError, "worked out"):
            self.operation.write({"alignment_score": 100})
        link = {"operation_ids": [Command.link(self.operation.id)]}
        with self.assertRefused(UserError, "kept by the system"):
            self.sdg.with_user(self.planner).write(link)
        with self.assertRefused(UserError, "kept by the system"):
            self.env[GOAL].with_user(self.planner).create({"name": "X", **link})
        twin = {"name": "Twin", "kind": "sdg", "code": "SDG"}
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            self.env[GOAL].create({**twin, "company_id": self.company.id})
        foreign = self.env["res.company"].create({"name": "Another company"})
        theirs = self.env[GOAL].create({**twin, "company_id": foreign.id})
        with self.assertRefused(UserError, "belongs to another company"):
            self.operation.goal_ids = theirs

    def test_goals_of_the_united_nations(self):
        goals = [
            self.env.ref(f"sop_operations.sop_alignment_goal_sdg_{n}")
            for n in range(1, 18)
        ]
        self.assertEqual({goal.kind for goal in goals}, {"sdg"})
        self.assertFalse(any(goal.company_id for goal in goals))
        self.assertEqual(goals[3].display_name, "SDG 4 Quality Education")
        self.operation.goal_ids = goals[3]
        self.assertEqual(goals[3].with_user(self.member).operation_count, 1)
        self.assertEqual(goals[3].with_user(self.stranger).operation_count, 0)
        action = goals[3].action_open_operations()
        found = self.env["sop.operation"].search(action["domain"])
        self.assertEqual(found, self.operation)

    def test_operations_by_goal(self):
        other = self.make_operation(name="Other", user_id=self.planner.id)
        self.operation.goal_ids = self.sdg | self.policy
        other.goal_ids = self.sdg
        Report = self.env[REPORT].with_user(self.viewer)
        domain = [("company_id", "=", self.company.id)]
        groups = Report._read_group(
            domain, ["goal_id"], ["__count", "alignment_score:avg"]
        )
        self.assertEqual(groups, [(self.sdg, 2, 25), (self.policy, 1, 35)])
        own = self.env[REPORT].with_user(self.lead).search(domain)
        self.assertEqual(own.operation_id, self.operation)
        self.assertFalse(self.env[REPORT].with_user(self.stranger).search(domain))
        row = own.filtered(lambda r: r.kind == "sdg")
        self.assertEqual((row.alignment_level, row.state), ("weak", "planned"))
        self.sdg.active = False
        self.assertEqual(self.env[REPORT].search(domain).mapped("goal_id"), self.policy)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_rights(self):
        new = {"name": "New", "company_id": self.company.id}
        for role, rights in (
            ("lead", "r"),
            ("viewer", "r"),
            ("planner", "rwcu"),
            ("admin", "rwcu"),
        ):
            user = getattr(self, role)
            self.authenticate(user.login, user.login)
            vals = {"w": {"name": "Other"}, "c": new}
            found = [
                operation
                for operation in "rwcu"
                if self.try_operation(operation, self.pillar, vals.get(operation))
            ]
            self.assertEqual("".join(found), rights, role)
        # Who is involved reads the goals of an operation; who is in charge sets them
        self.operation.with_user(self.lead).write({"place_count": 10})
        with self.assertRefused(AccessError, ""):
            self.operation.with_user(self.member).write({"place_count": 10})
