# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from .common_approval import ApprovalCommon

#: Models that only decisions write.
FROZEN = ("sop.approval", "sop.approval.decision")


@tagged("post_install", "-at_install")
class TestApprovalSecurity(ApprovalCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_rule(cls.anna, cls.bert)
        cls.administrator = cls.make_user(
            "sop_administrator", "sop_budget.group_sop_budget_manager,base.group_system"
        )
        cls.proposal = cls.ask(300)

    def call(self, model, method, *args, **kwargs):
        return self.make_jsonrpc_request(
            "/web/dataset/call_kw",
            {"model": model, "method": method, "args": list(args), "kwargs": kwargs},
        )

    def assertCallRefused(self, *args, **kwargs):
        savepoint = self.env.cr.savepoint()
        try:
            with (
                mute_logger("odoo.http", "odoo.addons.base.models.ir_rule"),
                self.assertRaisesRegex(
                    JsonRpcException, "AccessError|UserError|MissingError", msg=args
                ),
            ):
                self.call(*args, **kwargs)
        finally:
            savepoint.rollback()
            savepoint.close(rollback=True)
            self.env.invalidate_all()

    def test_strangers_learn_nothing_and_keep_nobody_waiting(self):
        portal = self.make_user("sop_portal", "base.group_portal")
        rival = self.make_user("sop_rival")
        self.env["sop.budget.member"].create(
            {"budget_id": self.budget.id, "user_id": rival.id, "role": "proposer"}
        )
        decide = self.env["sop.approval.decide"]
        secrets = (self.proposal.name, self.proposal.number, self.anna.name)
        for user in (portal, rival):
            proposal = self.by(self.proposal, user)
            self.assertFalse(proposal.has_access("read"))
            missing = proposal.browse(proposal.id + 1000)
            calls = [
                proposal.action_approve,
                lambda p=proposal: p.action_reject("No"),
                missing.action_approve,
            ]
            if user == rival:
                wizard = self.by(decide, user).create(
                    {
                        "res_model": proposal._name,
                        "document_refs": proposal.ids,
                        "decision": "rejected",
                        "reason": "No",
                    }
                )
                calls.append(wizard.action_confirm)
            for call in calls:
                with (
                    patch.object(
                        self.env.registry["sop.approval"], "_lock_open"
                    ) as lock,
                    self.assertRaises(AccessError) as caught,
                ):
                    call()
                lock.assert_not_called()
                message = str(caught.exception)
                self.assertIn("This does not wait for you", message)
                for secret in secrets:
                    self.assertNotIn(secret, message)
        # Who takes part is told whose turn it is
        with self.assertRefused(UserError, f"but for {self.anna.name}"):
            self.by(self.proposal, self.bert).action_approve()

    def test_nobody_writes_approvals_or_their_trail_by_rpc(self):
        context = {"sop_approval_token": "x", "sop_trail_token": {"a": 1}}
        for user in (self.anna, self.owner, self.proposer, self.administrator):
            self.authenticate(user.login, user.login)
            for model in FROZEN:
                record = self.env[model].search([], limit=1)
                vals = {"round": 7}
                self.assertCallRefused(
                    model, "write", record.ids, vals, context=context
                )
                self.assertCallRefused(model, "unlink", record.ids, context=context)
                self.assertCallRefused(
                    model,
                    "create",
                    [
                        {
                            "res_model": "sop.proposal",
                            "res_id": self.proposal.id,
                            "company_id": self.company.id,
                            "budget_id": self.budget.id,
                            "user_id": self.anna.id,
                            "name": "x",
                            "round": 1,
                            "level": 1,
                            "decision": "approved",
                            "channel": "form",
                        }
                    ],
                    context=context,
                )

    def test_not_even_the_superuser(self):
        for model in FROZEN:
            record = self.env[model].sudo().search([], limit=1)
            with self.assertRefused(UserError, "."):
                record.write({"round": 7})
            with self.assertRefused(UserError, "kept|can't be deleted"):
                record.unlink()
        with self.assertRefused(UserError, "written by the decisions"):
            self.env["sop.approval.decision"].sudo().create({"decision": "approved"})

    def test_nobody_decides_what_they_were_not_asked(self):
        step = self.proposal.approval_ids[0]
        for user in (
            self.bert,
            self.proposer,
            self.owner,
            self.manager,
            self.outsider,
            self.administrator,
        ):
            self.authenticate(user.login, user.login)
            for model, ids in (
                ("sop.proposal", self.proposal.ids),
                ("sop.approval", step.ids),
            ):
                self.assertCallRefused(model, "action_approve", ids)
            self.assertCallRefused(
                "sop.proposal", "action_reject", self.proposal.ids, "mine"
            )
        self.assertEqual(self.proposal.state, "in_review")
        self.authenticate(self.anna.login, self.anna.login)
        self.call("sop.proposal", "action_approve", self.proposal.ids)
        self.assertEqual(self.waits_for(self.proposal), self.bert)

    def test_private_methods(self):
        self.authenticate(self.anna.login, self.anna.login)
        step = self.proposal.approval_ids[0]
        for model, method, ids in (
            ("sop.proposal", "_start_approval", self.proposal.ids),
            ("sop.proposal", "_on_approved", self.proposal.ids),
            ("sop.proposal", "_decide", self.proposal.ids),
            ("sop.approval", "_make_token", step.ids),
            ("sop.approval", "_set", step.ids),
            ("sop.approval.decision", "_log", []),
        ):
            self.assertCallRefused(model, method, ids, {})

    def test_who_reads_approvals(self):
        step = self.proposal.approval_ids[0]
        for user, seen in (
            (self.anna, True),
            (self.proposer, True),
            (self.owner, True),
            (self.users["planner"], True),
            (self.dora, False),
            (self.outsider, False),
        ):
            found = self.by(self.env["sop.approval"], user).search(
                [("id", "in", step.ids)]
            )
            self.assertEqual(bool(found), seen, user.login)
            trail = self.by(self.env["sop.approval.decision"], user).search_count(
                [("res_id", "=", self.proposal.id)]
            )
            self.assertEqual(bool(trail), seen, user.login)

    def test_other_proposers_read_nothing(self):
        other = self.make_user("sop_other_proposer")
        self.env["sop.budget.member"].create(
            {"budget_id": self.budget.id, "user_id": other.id, "role": "proposer"}
        )
        self.assertFalse(self.by(self.env["sop.approval"], other).search_count([]))
