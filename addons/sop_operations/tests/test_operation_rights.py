# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

from odoo.addons.sop_budget.tests.common_rpc import RpcCase

from .common_operation import OperationCommon

# Read, write, create, unlink; “m”: measure a KPI; “s”: start; “h”: judge the health
NONE, R = "", "r"
OPERATION, OTHER = "operation", "another operation"
LINK, KPI, VALUE, NEED = "link", "KPI", "measurement", "need"
RIGHTS = {
    # In charge, with no more than the right of who is involved
    "lead": {
        OPERATION: "rwsh",
        OTHER: NONE,
        LINK: NONE,
        KPI: "rm",
        VALUE: "rc",
        NEED: "rwcu",
    },
    "keeper": {OPERATION: R, OTHER: NONE, LINK: NONE, KPI: "rm", VALUE: "rc", NEED: R},
    "member": {OPERATION: R, OTHER: NONE, LINK: NONE, KPI: R, VALUE: R, NEED: R},
    "stranger": dict.fromkeys((OPERATION, OTHER, LINK, KPI, VALUE, NEED), NONE),
    "viewer": {OPERATION: R, OTHER: R, LINK: R, KPI: R, VALUE: R, NEED: R},
    "planner": {
        OPERATION: "rwcsh",
        OTHER: "rwcsh",
        LINK: "rwcu",
        KPI: "rwcm",
        VALUE: "rc",
        NEED: "rwcu",
    },
    "admin": {
        # What was measured stays on record
        OPERATION: "rwcsh",
        OTHER: "rwcush",
        LINK: "rwcu",
        KPI: "rwcm",
        VALUE: "rc",
        NEED: "rwcu",
    },
}


@tagged("post_install", "-at_install")
class TestOperationRights(RpcCase, OperationCommon):
    """Each role tries each operation on each model over HTTP, as a browser would."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.make_operation(name="Other", user_id=cls.planner.id)
        cls.funding = cls.link(cls.o1, 100)
        cls.kpi = cls.make_kpi(user_id=cls.keeper.id)
        cls.kpi._measure(cls.operation.date_start, 1.0)
        cls.need = cls.env["sop.operation.need"].create(
            {"operation_id": cls.operation.id, "name": "Prizes", "amount": 5}
        )
        cls.records = {
            OPERATION: cls.operation,
            OTHER: cls.other,
            LINK: cls.funding,
            KPI: cls.kpi,
            VALUE: cls.kpi.value_ids,
            NEED: cls.need,
        }
        cls.vals = {
            OPERATION: ({"hypothesis": "So"}, {"name": "New"}),
            OTHER: ({"hypothesis": "So"}, {"name": "New"}),
            LINK: (
                {"amount": 7},
                {"operation_id": cls.operation.id, "category_id": cls.p2.id},
            ),
            KPI: ({"target": 7}, {"operation_id": cls.operation.id, "name": "New"}),
            VALUE: (
                {"value": 7},
                {"kpi_id": cls.kpi.id, "date": "2025-04-09", "value": 2},
            ),
            NEED: (
                {"amount": 7},
                {"operation_id": cls.operation.id, "name": "New", "amount": 1},
            ),
        }

    def login(self, role):
        user = getattr(self, role)
        self.authenticate(user.login, user.login)
        return user

    def may(self, operation, what):
        records, (write, create) = self.records[what], self.vals[what]
        if operation == "m":
            records = self.records[VALUE]
            return self.try_operation("c", records, self.vals[VALUE][1])
        if operation == "s":
            return self.try_operation("action_start", records)
        if operation == "h":
            return self.judge(records)
        return self.try_operation(
            operation, records, write if operation == "w" else create
        )

    def judge(self, operation):
        savepoint = self.env.cr.savepoint()
        try:
            vals = {
                "operation_id": operation.id,
                "health": "at_risk",
                "reason": "Rain",
            }
            wizard = self.call("sop.operation.health", "create", [vals])
            self.call("sop.operation.health", "action_apply", wizard)
        except JsonRpcException:
            return False
        finally:
            savepoint.rollback()
            savepoint.close(rollback=True)
            self.env.invalidate_all()
        return True

    def test_rights_by_role(self):
        extra = {OPERATION: "sh", OTHER: "sh", KPI: "m"}
        found = {}
        with mute_logger("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.models"):
            for role in RIGHTS:
                self.login(role)
                found[role] = {
                    what: "".join(
                        operation
                        for operation in "rwcu" + extra.get(what, "")
                        if self.may(operation, what)
                    )
                    for what in self.records
                }
        for role, rights in RIGHTS.items():
            self.assertEqual(found[role], rights, role)

    def refused(self, model, method, *args, **kwargs):
        with (
            mute_logger("odoo.http", "odoo.addons.base.models.ir_rule"),
            self.assertRaisesRegex(JsonRpcException, "AccessError|UserError"),
            self.env.cr.savepoint(),
        ):
            self.call(model, method, *args, **kwargs)
        self.env.invalidate_all()

    def test_lead_edits_the_plan_and_nothing_else(self):
        self.login("lead")
        ids = self.operation.ids
        analytic = self.make_analytic("Salaries", self.other_plan)
        for vals in (
            {"code": "X"},
            {"parent_id": self.other.id},
            {"kind": "category"},
            {"user_id": self.stranger.id},
            {"analytic_account_id": analytic.id},
            {"recurrence": "month"},
            {"active": False},
            {"state": "completed"},
            {"health": "on_track"},
            {"health_manual": "on_track"},
            {"company_id": self.env.company.id + 1},
            {"favorite_user_ids": [[6, 0, []]]},
            {"hypothesis": "So", "code": "X"},
            {"funding_ids": [[0, 0, {"category_id": self.p2.id, "amount": 1}]]},
            {"funding_ids": [[1, self.funding.id, {"amount": 1}]]},
            {"kpi_ids": [[0, 0, {"name": "New"}]]},
            {"kpi_ids": [[1, self.kpi.id, {"target": 1}]]},
            {"kpi_ids": [[2, self.kpi.id, 0]]},
            {"child_ids": [[0, 0, {"name": "New"}]]},
            {"child_ids": [[4, self.other.id, 0]]},
            {"occurrence_ids": [[4, self.other.id, 0]]},
        ):
            self.refused("sop.operation", "write", ids, vals)
        for method in (
            "action_create_analytic_account",
            "action_plan_occurrences",
            "action_archive",
        ):
            self.refused("sop.operation", method, ids)
        self.call("sop.operation", "write", ids, {"date_end": "2025-06-15"})
        self.call("sop.operation", "message_post", ids, body="On it")
        self.env.invalidate_all()
        self.assertEqual(str(self.operation.date_end), "2025-06-15")
        self.assertEqual(self.operation.code, "OP-O1")
        self.assertEqual(self.operation.user_id, self.lead)

    def test_involved_find_only_theirs(self):
        below = self.make_operation(name="Below", parent_id=self.operation.id)
        for role, names in (
            ("lead", {"Climate Competition", "Below"}),
            ("member", {"Climate Competition", "Below"}),
            ("keeper", {"Climate Competition", "Below"}),
            ("stranger", set()),
            ("viewer", {"Climate Competition", "Below", "Other"}),
        ):
            self.login(role)
            rows = self.call("sop.operation", "search_read", [], ["name"])
            self.assertEqual({row["name"] for row in rows}, names, role)
            groups = self.call(
                "sop.operation", "formatted_read_group", [], [], ["__count"]
            )
            self.assertEqual(groups[0]["__count"], len(names), role)
            found = self.call("sop.operation", "name_search", "Other")
            self.assertEqual(bool(found), "Other" in names, role)
        # The name of what it is part of is shown, nothing else of it
        below.user_id = self.stranger
        self.login("stranger")
        [row] = self.call("sop.operation", "search_read", [], ["parent_id"])
        self.assertEqual(row["parent_id"][1], "OP-O1 Climate Competition")

    def test_hidden_links_by_rpc(self):
        hidden = self.link(self.secret, 9000)
        self.login("planner")
        self.refused("sop.operation.funding", "read", hidden.ids, ["amount"])
        self.refused("sop.operation.funding", "write", hidden.ids, {"amount": 1})
        self.refused("sop.operation.funding", "unlink", hidden.ids)
        [row] = self.call(
            "sop.operation",
            "read",
            self.operation.ids,
            ["allocated", "funding_ids", "funding_summary", "hidden_funding_count"],
        )
        self.assertEqual(row["allocated"], 100)
        self.assertEqual(row["funding_ids"], self.funding.ids)
        self.assertEqual(row["hidden_funding_count"], 1)
        self.assertNotIn("9,000", row["funding_summary"])
        found = self.call(
            "sop.operation.funding", "search_count", [("amount", ">", 1000)]
        )
        self.assertEqual(found, 0)
        self.assertEqual(
            self.call("sop.operation", "search", [("funding_ids.amount", ">", 1000)]),
            [],
        )

    # === MOVED TO ANOTHER OPERATION === #

    def make_parts(self):
        """What belongs to the operation of ``lead``, all that a call could move."""
        common = {"operation_id": self.operation.id, "name": "Mine"}
        vals = {
            "sop.milestone": {"date_target": "2025-05-01"},
            "sop.operation.update": {"body": "<p>Text</p>"},
            "sop.retrospective": {},
            "sop.experiment": {},
        }
        return [
            self.env[name].with_user(self.lead).create({**common, **own})
            for name, own in vals.items()
        ]

    def moves(self, records, operation):
        vals = {"operation_id": operation.id}
        with mute_logger("odoo.http", "odoo.addons.base.models.ir_rule"):
            return self.try_operation("w", records, vals)

    def test_nothing_is_pushed_into_the_operation_of_others(self):
        own = self.make_operation(name="Second", user_id=self.lead.id)
        parts = self.make_parts()
        self.login("lead")
        for part in parts:
            with self.subTest(part._name):
                self.assertTrue(self.moves(part, own))
                self.assertFalse(self.moves(part, self.other))
        for part in (self.kpi, self.funding, self.need):
            with self.subTest(part._name):
                self.assertFalse(self.moves(part, own))
                self.assertFalse(self.moves(part, self.other))
        # Nor the other way about: by the lists of the operation
        theirs = self.env["sop.milestone"].create(
            {"operation_id": self.other.id, "name": "X", "date_target": "2025-05-01"}
        )
        kpi = self.make_kpi(self.other)
        for name, part in (("milestone_ids", theirs), ("kpi_ids", kpi)):
            vals = {name: [[4, part.id, 0]]}
            self.refused("sop.operation", "write", own.ids, vals)

    def test_nothing_is_pushed_into_another_company(self):
        company = self.env["res.company"].create({"name": "Another company"})
        foreign = self.env["sop.operation"].create(
            {"name": "Foreign", "company_id": company.id}
        )
        target = self.env["sop.kpi.target"].create(
            {
                "kpi_id": self.kpi.id,
                "date_from": "2025-05-01",
                "date_to": "2025-05-31",
                "target": 5,
            }
        )
        second, far = self.make_kpi(self.other), self.make_kpi(foreign)
        parts = self.make_parts()
        self.login("planner")
        for part in (*parts, self.kpi):
            with self.subTest(part._name):
                self.assertFalse(self.moves(part, foreign))
        self.assertTrue(self.moves(self.kpi, self.other))
        with mute_logger("odoo.http", "odoo.addons.base.models.ir_rule"):
            self.assertTrue(self.try_operation("w", target, {"kpi_id": second.id}))
            self.assertFalse(self.try_operation("w", target, {"kpi_id": far.id}))
