# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import io
import json

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, JsonRpcException, new_test_user, tagged
from odoo.tools import mute_logger

from .common import SopControlCommon

SECRET = "Secret bonus"
ROLES = ("viewer", "proposer", "planner", "manager")


@tagged("post_install", "-at_install")
class TestVersionSecurity(SopControlCommon, HttpCase):
    """Nobody reads, through a version, what the budget itself doesn't show them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.budget.action_draft()
        cls.hidden = cls.make_category(
            "S",
            amounts={"2025-01": 77777},
            analytic=True,
            visibility="manager",
            name=SECRET,
        )
        cls.before = cls.budget._save_version("saved", "Before")
        cls.hidden.amount_ids.amount = 88888
        cls.first.amount_ids[0].amount = 150
        cls.after = cls.budget._save_version("saved", "After")
        cls.admin = new_test_user(
            cls.env,
            "sop_versions_admin",
            groups="sop_budget.group_sop_budget_manager,base.group_system",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def rpc(self, login, model, method, *args, **kwargs):
        self.authenticate(login, login if len(login) >= 8 else login.ljust(8, "x"))
        return self.make_jsonrpc_request(
            "/web/dataset/call_kw",
            {"model": model, "method": method, "args": list(args), "kwargs": kwargs},
        )

    def assertRpcRefused(self, login, *args, **kwargs):
        with (
            mute_logger("odoo.http", "odoo.models", "odoo.addons.base.models.ir_model"),
            self.assertRaises(JsonRpcException),
        ):
            self.rpc(login, *args, **kwargs)

    # === RPC === #

    def test_nobody_reads_the_content(self):
        for user in (*self.users.values(), self.owner, self.admin):
            login, ids = user.login, self.after.ids
            with self.subTest(login=login):
                model = "sop.budget.version"
                self.assertRpcRefused(login, model, "read", ids, ["payload"])
                self.assertRpcRefused(
                    login, model, "search", [("payload", "like", "88888")]
                )
                self.assertRpcRefused(
                    login, model, "search_read", [("id", "in", ids)], ["payload"]
                )
                self.assertRpcRefused(
                    login, model, "formatted_read_group", [], ["payload"], ["__count"]
                )
                for method in ("_read_payload", "_prepare_link", "_get_category_ids"):
                    self.assertRpcRefused(login, model, method, ids)
                self.assertRpcRefused(
                    login, "sop.budget", "_prepare_version_payload", self.budget.ids
                )
                exported = self.rpc(login, model, "read", ids)
                self.assertNotIn("payload", exported[0])

    def test_nobody_writes_by_rpc(self):
        ids = self.after.ids
        vals = {"budget_id": self.budget.id, "number": 9, "reason": "saved"}
        for user in (*self.users.values(), self.owner, self.admin):
            login = user.login
            with self.subTest(login=login):
                model = "sop.budget.version"
                self.assertRpcRefused(login, model, "write", ids, {"name": "x"})
                self.assertRpcRefused(login, model, "unlink", ids)
                self.assertRpcRefused(login, model, "create", [vals])
                self.assertRpcRefused(login, model, "copy", ids)
                self.assertRpcRefused(
                    login,
                    "sop.budget",
                    "write",
                    self.budget.ids,
                    {"version_ids": [[2, ids[0], 0]]},
                )
                self.assertRpcRefused(
                    login,
                    "sop.budget",
                    "write",
                    self.budget.ids,
                    {"version_head_hash": "x"},
                )
                self.assertRpcRefused(
                    login, "sop.budget", "_save_version", self.budget.ids, "saved"
                )
                self.assertRpcRefused(
                    login,
                    "sop.budget.version.change",
                    "create",
                    [{"compare_id": 1, "section": "budget"}],
                )
        self.assertEqual(self.budget._check_chain(), [])

    def test_outsiders_see_nothing(self):
        self.assertEqual(
            self.rpc("sop_outsider", "sop.budget.version", "search", []), []
        )
        for method in ("action_compare", "action_drift", "action_restore"):
            self.assertRpcRefused(
                "sop_outsider", "sop.budget.version", method, self.after.ids
            )
        self.assertRpcRefused(
            "sop_outsider", "sop.budget", "action_check_versions", self.budget.ids
        )
        self.assertRpcRefused(
            "sop_outsider",
            "sop.budget.version.compare",
            "create",
            [{"budget_id": self.budget.id, "version_from_id": self.before.id}],
        )

    # === Hidden categories === #

    def changes(self, user):
        versions = (self.before | self.after).with_user(user)
        return self.rows(versions.action_compare())

    def rows(self, action):
        """Rows are those of the one who compares: as the system sees them."""
        rows = self.env["sop.budget.version.change"].sudo()
        return rows.search(action["domain"])

    def test_comparison(self):
        for role in ("viewer", "proposer", "planner"):
            rows = self.changes(self.users[role])
            self.assertEqual(rows.mapped("difference"), [50], role)
        rows = self.changes(self.users["manager"])
        self.assertEqual(sorted(rows.mapped("difference")), [50, 11111])

    def test_comparison_of_others(self):
        """Rows are their owner's, also for Administrators and by download."""
        rows = self.changes(self.users["manager"])
        for user in (self.users["viewer"], self.admin):
            with self.assertRefused(AccessError, "access"):
                rows.with_user(user).read(["new_value"])
            found = rows.with_user(user).search(
                [("compare_id", "=", rows.compare_id.id)]
            )
            self.assertFalse(found)

    def test_totals(self):
        planner = self.after.with_user(self.users["planner"])
        self.assertEqual(planner.planned_total, 1850)
        self.assertEqual(planner.hidden_count, 1)
        manager = self.after.with_user(self.users["manager"])
        self.assertEqual(manager.planned_total, 1850 + 88888)
        self.assertEqual(manager.hidden_count, 0)

    def test_deleted_categories(self):
        """Gone now: shown to who might have seen them then."""
        self.hidden.unlink()
        self.second.unlink()
        later = self.budget._save_version("saved", "Later")
        planner = self.users["planner"]
        action = (self.after | later).with_user(planner).action_compare()
        names = self.rows(action).mapped("category_name")
        self.assertIn("P2 Category P2", names)
        self.assertFalse([name for name in names if SECRET in (name or "")])
        manager = self.users["manager"]
        action = (self.after | later).with_user(manager).action_compare()
        rows = self.rows(action)
        self.assertTrue(
            rows.filtered(
                lambda r: r.category_name == f"S {SECRET}" and not r.category_id
            )
        )

    def test_report(self):
        for role in ("viewer", "proposer", "planner"):
            options = {"as_version": self.after.id, "budget_id": self.budget.id}
            with self.as_role(role) as budget:
                report = budget.get_report(options)
            text = json.dumps(report)
            self.assertNotIn(SECRET, text)
            self.assertNotIn("88888", text)
            self.assertEqual(report["hidden_count"], 1)

    def test_restore(self):
        planner = self.users["planner"]
        action = self.after.with_user(planner).action_restore()
        restored = self.env["sop.budget"].browse(action["res_id"])
        self.assertEqual(
            restored.category_ids.sorted("code").mapped("code"), ["P", "P1", "P2"]
        )
        self.assertEqual(restored.user_id, planner)
        self.assertIn(
            "not shown to you are left out: 1",
            restored.message_ids.mapped("body")[-1]
            + "".join(restored.message_ids.mapped("body")),
        )

    def test_workbook(self):
        with self.as_role("planner") as budget:
            versions = (self.before | self.after).with_env(budget.env)
            compare = (
                budget.env["sop.budget.version.change"]
                .search(versions.action_compare()["domain"])
                .compare_id
            )
        self.authenticate("sop_planner", "sop_planner")
        response = self.url_open(f"/sop_budget_control/compare/{compare.id}/xlsx")
        book = openpyxl.load_workbook(io.BytesIO(response.content))
        text = str([row for row in book.active.iter_rows(values_only=True)])
        self.assertIn("P1", text)
        self.assertNotIn(SECRET, text)

    def test_history_tells_no_figures(self):
        bodies = "".join(self.budget.message_ids.mapped("body"))
        self.assertNotIn("88888", bodies)
        self.assertNotIn(SECRET, bodies)

    def test_seals_tell_nothing(self):
        """The same content twice has two fingerprints: trying out amounts is no use."""
        one = self.budget._save_version("saved", "Same")
        two = self.budget._save_version("saved", "Same")
        self.assertNotEqual(one.payload_hash, two.payload_hash)

    # === Companies === #

    def test_other_company(self):
        other = self.setup_other_company()["company"]
        user = new_test_user(
            self.env,
            "sop_elsewhere",
            groups="sop_budget.group_sop_budget_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        found = self.env["sop.budget.version"].with_user(user).search([])
        self.assertFalse(found & self.budget.version_ids)
        with self.assertRefused(AccessError, "access"):
            self.after.with_user(user).action_compare()

    def test_viewer_restores_nothing(self):
        with (
            self.as_role("viewer") as budget,
            self.assertRefused(AccessError, "Only planners"),
        ):
            self.after.with_env(budget.env).action_restore()

    def test_version_of_another_budget_in_a_report(self):
        other = self.make_budget(name="Other")
        with self.assertRefused(UserError, "does not belong"):
            other.get_report({"budget_id": other.id, "as_version": self.after.id})

    # === Roles beside the others === #

    def test_auditor_sees_everything_and_makes_nothing(self):
        auditor = self.make_user("sop_auditor_v")
        self.env["sop.budget.member"].create(
            {
                "budget_id": self.budget.id,
                "user_id": auditor.id,
                "role": "auditor",
                "date_until": "2099-12-31",
            }
        )
        rows = self.changes(auditor)
        self.assertEqual(sorted(rows.mapped("difference")), [50, 11111])
        self.assertEqual(self.after.with_user(auditor).planned_total, 1850 + 88888)
        budget = self.budget.with_user(auditor)
        self.assertEqual(budget.action_check_versions()["params"]["type"], "success")
        with self.assertRefused(AccessError, "Only planners"):
            budget.action_save_version()
        with self.assertRefused(AccessError, "Only planners"):
            self.after.with_user(auditor).action_restore()

    def test_time_limited_member(self):
        member = self.budget.member_ids.filtered(
            lambda m: m.user_id == self.users["viewer"]
        )
        versions = self.env["sop.budget.version"].with_user(self.users["viewer"])
        self.assertTrue(versions.search([("budget_id", "=", self.budget.id)]))
        member.date_until = "2020-01-01"
        self.env.flush_all()
        self.assertFalse(versions.search([("budget_id", "=", self.budget.id)]))

    def test_proposer_who_sees_no_figures(self):
        proposer = self.users["proposer"]
        versions = self.env["sop.budget.version"].with_user(proposer)
        self.assertTrue(versions.search([("budget_id", "=", self.budget.id)]))
        self.budget.proposer_sees_figures = False
        self.assertFalse(versions.search([("budget_id", "=", self.budget.id)]))
        with self.assertRefused(AccessError, ""):
            self.changes(proposer)
        with self.assertRefused(AccessError, ""):
            self.after.with_user(proposer).action_open_report()
        for options in ({"as_version": self.after.id}, {"as_known_on": "2099-01-01"}):
            with self.assertRefused(AccessError, ""):
                self.budget.with_user(proposer).get_report(
                    {"budget_id": self.budget.id, **options}
                )

    def test_granted_category(self):
        """A right to a hidden category opens it in the versions too."""
        viewer = self.users["viewer"]
        self.env["sop.budget.grant"].create(
            {
                "category_id": self.hidden.id,
                "user_id": viewer.id,
                "can_view": True,
            }
        )
        rows = self.changes(viewer)
        self.assertEqual(sorted(rows.mapped("difference")), [50, 11111])

    def test_transfer_of_hidden_money(self):
        """Why it was transferred is told only where all may know of it."""
        self.budget.action_submit()
        self.budget.action_approve()
        for source, told in ((self.hidden, False), (self.first, True)):
            transfer = self.env["sop.budget.transfer"].create(
                {
                    "budget_id": self.budget.id,
                    "reason": "The bonus is off",
                    "line_ids": [
                        Command.create(
                            {
                                "category_from_id": source.id,
                                "month_from": "2025-01-01",
                                "category_to_id": self.second.id,
                                "month_to": "2025-01-01",
                                "amount": 10,
                            }
                        )
                    ],
                }
            )
            self.apply(transfer)
            version = self.budget.version_ids.sorted("number")[-1]
            self.assertEqual(version.reason, "transfer")
            self.assertEqual(version.name, transfer.number)
            self.assertEqual(bool(version.note), told)

    def apply(self, transfer):
        transfer.action_submit()
        for approval in self.env["sop.approval"].search(
            [("res_model", "=", transfer._name), ("res_id", "=", transfer.id)]
        ):
            if transfer.state != "approved":
                user = approval.approver_ids[:1]
                transfer.with_user(user).action_approve()
        self.assertEqual(transfer.state, "approved")
