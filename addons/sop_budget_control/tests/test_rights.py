# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who may do what by RPC: role × model × operation, on what is open and on what is hidden."""

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.sop_budget.tests.common_rpc import RpcCase

from ..models.sop_budget_override import OVERRIDE_TOKEN
from .test_grants import GrantsCase

# Operations (read, write, create, unlink) on what is open / on what touches a hidden category.
# “other” is a second proposer, with a right to view one hidden category; the approver is asked
# to decide on both proposals; approvals, overrides and flags are made by actions only.
RIGHTS = """
model                outsider viewer proposer other approver auditor planner manager owner  admin
budget.policy        -/-      r/-    r/-      r/-   r/-      r/r     r/-     all     all    all
budget.policy.log    -/-      r/-    r/-      r/-   r/-      r/r     r/-     r/r     r/r    r/r
approval.rule        -        r      r        r     r        r       r       r       rwcu   rwcu
approval.rule.step   -        r      r        r     r        r       r       r       rwcu   rwcu
proposal             -/-      r/-    rwcu/-   c/-   r/-      r/r     rc/-    rc/r    rc/rwu rc/r
proposal.line        -/-      r/-    rwcu/-   -/-   r/-      r/r     r/-     r/r     r/rwu  r/r
approval             -/-      r/-    r/-      -/-   r/r      r/r     r/-     r/r     r/r    r/r
approval.decision    -/-      r/-    r/-      -/-   r/-      r/r     r/-     r/r     r/r    r/r
budget.transfer      -/-      r/-    rwcu/-   rc/-  r/-      r/r     rwcu/-  all     all    all
budget.transfer.line -/-      r/-    rwcu/-   r/-   r/-      r/r     rwcu/-  all     all    all
budget.grant         -/-      r/-    -/-      -/r   -/-      r/r     -/-     all     all    all
budget.version       -        r      r        r     r        r       r       r       r      r
budget.override      -/-      -/-    rwu/-    -/-   r/-      r/r     -/-     r/r     r/rwu  rwu/rwu
budget.override.part -/-      -/-    r/-      -/-   r/-      r/r     -/-     r/r     r/r    r/r
control.flag         -/-      r/-    r/-      r/-   r/-      r/r     r/-     r/r     r/r    r/r
budget.release       -/-      r/-    r/-      r/-   r/-      r/r     r/-     all     all    all
budget.ceiling       -        -      -        -     -        -       -       -       -      rwcu
budget.transfer.entry -/-     r/-    r/-      r/-   r/-      r/r     r/-     r/r     r/r    r/r
proposal.reconciliation -/-   r/-    r/-      -/-   r/-      r/r     r/-     r/r     r/r    r/r
approval.delegation  -/-      -/-    rwcu/-   -/-   r/-      -/-     -/-     -/-     -/rwu  rwcu/rwu
appraisal.criterion  -        r      r        r     r        r       r       rwcu    rwcu   rwcu
proposal.score       -/-      r/-    r/-      -/-   r/-      r/r     r/-     r/r     r/r    r/r
category.performance -/-      r/-    r/-      r/-   r/-      r/r     rc/-    rc/r    rc/r   rc/r
release.performance  -        r      r        r     r        r       r       r       r      r
"""
ALL = "rwcu/rwu"
HEAD, *ROWS = (line.split() for line in RIGHTS.strip().splitlines())
ROLES = HEAD[1:]


@tagged("post_install", "-at_install")
class TestRightsRpc(RpcCase, GrantsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = {
            **cls.users,
            "other": cls.second_proposer,
            "owner": cls.owner,
            "outsider": cls.outsider,
            "admin": cls.make_user("sop_admin", "sop_budget.group_sop_budget_manager"),
        }
        cls.records, cls.vals = {}, {}
        cls.add_policies()
        cls.add_approvals()
        cls.add_proposals()
        cls.add_transfers()
        cls.add_others()
        cls.add_overrides()
        cls.add_releases()
        cls.add_applied()
        cls.add_delegations()
        cls.add_appraisals()

    @classmethod
    def add(cls, open_record, hidden_record=None, write=None, create=None):
        model = open_record._name
        cls.records[model] = (open_record, hidden_record)
        cls.vals[model] = {"w": write or {}, "c": create or {}}

    @classmethod
    def add_policies(cls):
        Policy = cls.env["sop.budget.policy"]
        vals = {"budget_id": cls.budget.id, "event": "order", "action": "warn"}
        policies = Policy.create(
            [{**vals, "category_id": c.id} for c in (cls.first, cls.pay)]
        )
        cls.add(
            *policies,
            write={"tolerance_percent": 5},
            create={**vals, "category_id": cls.second.id},
        )
        logs = cls.env["sop.budget.policy.log"].search([], order="id")
        cls.add(
            *(
                logs.filtered(lambda x, c=c: x.category_id == c)[0]
                for c in policies.category_id
            ),
            write={"action": "x"},
            create={"budget_id": cls.budget.id},
        )

    @classmethod
    def add_approvals(cls):
        step = {"name": "Ask", "who": "user", "user_id": cls.users["approver"].id}
        rule = cls.env["sop.approval.rule"].create(
            {
                "name": "All",
                "budget_id": cls.budget.id,
                "kind": "proposal",
                "step_ids": [Command.create(step)],
            }
        )
        cls.add(
            rule,
            write={"name": "x"},
            create={"name": "New", "budget_id": cls.budget.id, "kind": "transfer"},
        )
        cls.add(rule.step_ids, write={"name": "x"}, create={**step, "rule_id": rule.id})

    @classmethod
    def add_proposals(cls):
        """Drafts for the models of proposals; under review for those of approvals."""
        drafts = [
            cls.make_proposal(10, category=cls.first),
            cls.make_proposal(10, category=cls.pay, user=cls.owner),
        ]
        line = {"name": "x", "category_id": cls.first.id, "price_unit": 5}
        line["month"] = "2025-06-01"
        cls.add(
            *drafts,
            write={"name": "x"},
            create={
                "name": "x",
                "budget_id": cls.budget.id,
                "line_ids": [(0, 0, line)],
            },
        )
        cls.add(
            *(draft.line_ids for draft in drafts),
            write={"name": "x"},
            create={**line, "proposal_id": drafts[0].id},
        )
        asked = [draft.copy() for draft in drafts]
        cls.submit(*asked)
        cls.env.flush_all()
        cls.asked = asked
        approvals = [proposal.with_env(cls.env).approval_ids for proposal in asked]
        cls.add(*approvals, write={"name": "x"}, create={"res_model": "sop.proposal"})
        cls.add(
            *(proposal.with_env(cls.env).decision_ids[:1] for proposal in asked),
            write={"comment": "x"},
            create={"res_model": "sop.proposal", "decision": "approved"},
        )

    @classmethod
    def add_transfers(cls):
        def vals(category):
            line = {
                "category_from_id": category.id,
                "month_from": "2025-06-01",
                "category_to_id": category.id,
                "month_to": "2025-07-01",
                "amount": 5,
            }
            return {
                "budget_id": cls.budget.id,
                "reason": "Later",
                "line_ids": [(0, 0, line)],
            }

        transfers = [
            cls.env["sop.budget.transfer"].with_user(user).create(vals(category))
            for user, category in (
                (cls.users["proposer"], cls.first),
                (cls.owner, cls.pay),
            )
        ]
        cls.add(*transfers, write={"reason": "x"}, create=vals(cls.first))
        cls.add(
            *(transfer.line_ids for transfer in transfers),
            write={"amount": 6},
            create={
                **vals(cls.first)["line_ids"][0][2],
                "transfer_id": transfers[0].id,
            },
        )

    @classmethod
    def add_others(cls):
        grants = [cls.grant(c, cls.users["viewer"]) for c in (cls.first, cls.bonus)]
        grants[1].user_id = cls.second_proposer
        cls.add(
            *grants,
            write={"can_view": True, "can_propose": True},
            create={"category_id": cls.second.id, "user_id": cls.users["viewer"].id},
        )
        cls.add(
            cls.budget.version_ids[:1],
            write={"name": "x"},
            create={"budget_id": cls.budget.id, "name": "x"},
        )

    @classmethod
    def add_overrides(cls):
        Override = (
            cls.env["sop.budget.override"]
            .sudo()
            .with_context(sop_override_token=OVERRIDE_TOKEN)
        )
        order = cls.env["purchase.order"].create({"partner_id": cls.vendor.id})
        document = {
            "name": "PO",
            "budget_id": cls.budget.id,
            "event": "order",
            "res_model": order._name,
            "res_id": order.id,
        }
        overrides = [
            Override.create(
                {
                    **document,
                    "reason": "Urgent",
                    "requester_id": user.id,
                    "part_ids": [
                        Command.create({"category_id": category.id, "amount": 5})
                    ],
                }
            ).with_env(cls.env)
            for user, category in ((cls.proposer, cls.first), (cls.owner, cls.pay))
        ]
        cls.add(*overrides, write={"reason": "x"}, create=document)
        cls.add(*(o.part_ids for o in overrides), write={"amount": 1}, create={})
        flags = (
            cls.env["sop.control.flag"]
            .sudo()
            .create(
                [
                    {
                        **document,
                        "category_id": category.id,
                        "action": "warn",
                        "basis": "budget",
                        "user_id": cls.proposer.id,
                    }
                    for category in (cls.first, cls.pay)
                ]
            )
        )
        cls.add(*flags.sudo(False), write={"name": "x"}, create=document)

    @classmethod
    def add_releases(cls):
        cls.budget.uses_releases = True
        vals = {"budget_id": cls.budget.id, "date_from": "2025-01-01", "amount": 10}
        releases = cls.env["sop.budget.release"].create(
            [{**vals, "category_id": c.id} for c in (cls.first, cls.pay)]
        )
        cls.add(*releases, write={"note": "x"}, create=vals)
        rows = cls.env["sop.release.performance"].search(
            [("budget_id", "=", cls.budget.id)], limit=1
        )
        cls.add(rows, write={"quarter": "x"}, create={"budget_id": cls.budget.id})
        ceiling = {"name": "All", "company_id": cls.company.id, "amount": 10**6}
        cls.add(
            cls.env["sop.budget.ceiling"].create(ceiling),
            write={"name": "x"},
            create=ceiling,
        )

    @classmethod
    def add_applied(cls):
        """What approved transfers changed, and what became of approved proposals."""
        transfers = [
            transfer.with_env(cls.env).copy()
            for transfer in cls.records["sop.budget.transfer"]
        ]
        for transfer in transfers:
            transfer.line_ids.write({"month_from": "2025-08-01", "amount": 1})
            transfer._set_state("submitted")
            transfer._on_approved()
        cls.add(
            *(transfer.entry_ids[:1] for transfer in transfers),
            write={"change": 1},
            create={"transfer_id": transfers[0].id},
        )
        proposals = [
            cls.approved(10, category=cls.first),
            cls.approved(10, category=cls.pay, user=cls.owner),
        ]
        rows = cls.env["sop.proposal.reconciliation"]
        cls.add(
            *(rows.search([("proposal_id", "=", p.id)]) for p in proposals),
            write={"name": "x"},
            create={"proposal_id": proposals[0].id},
        )

    @classmethod
    def add_delegations(cls):
        """Of the proposer to the approver, and of the owner to somebody else."""
        vals = {"date_from": "2025-01-01", "date_until": "2025-01-31"}
        stranger = cls.make_user("sop_stranger", "base.group_user")
        delegations = cls.env["sop.approval.delegation"].create(
            [
                {**vals, "user_id": user.id, "delegate_id": delegate.id}
                for user, delegate in (
                    (cls.proposer, cls.users["approver"]),
                    (cls.owner, stranger),
                )
            ]
        )
        cls.add(
            *delegations,
            write={"date_until": "2025-02-01"},
            create={**vals, "user_id": cls.proposer.id, "delegate_id": stranger.id},
        )

    @classmethod
    def add_appraisals(cls):
        vals = {"name": "Reach", "weight": 10}
        criterion = cls.env["sop.appraisal.criterion"].create(
            {**vals, "budget_id": cls.budget.id}
        )
        cls.add(
            criterion, write={"weight": 5}, create={**vals, "budget_id": cls.budget.id}
        )
        for proposal in cls.asked:
            # The approver may not even see the hidden one
            scorer = cls.users["approver"] if proposal == cls.asked[0] else cls.env.user
            proposal.with_user(scorer)._appraise({criterion: (8, "Good")})
        # One more, that nobody has scored by, can be deleted
        cls.records["sop.appraisal.criterion"] = (criterion.copy(), None)
        cls.add(
            *(proposal.with_env(cls.env).score_ids for proposal in cls.asked),
            write={"score": 1},
            create={
                "proposal_id": cls.asked[0].id,
                "criterion_id": criterion.id,
                "score": 9,
            },
        )
        rows = cls.env["sop.category.performance"].create(
            [{"category_id": c.id, "quality": "3"} for c in (cls.first, cls.pay)]
        )
        cls.add(
            *rows,
            write={"quality": "5"},
            create={"category_id": cls.first.id, "quality": "4"},
        )

    def find_rights(self):
        """``{model: {role: operations on what is open, and on what is hidden}}``"""
        found = {}
        loggers = ("ir_rule", "ir_model")
        with mute_logger(
            "odoo.http",
            "odoo.sql_db",
            *(f"odoo.addons.base.models.{name}" for name in loggers),
        ):
            for role in ROLES:
                self.authenticate(*[self.people[role].login] * 2)
                for model, pair in self.records.items():
                    cells = found.setdefault(model, {})
                    cells[role] = tuple(
                        self.find_operations(
                            record, "rwcu" if record == pair[0] else "rwu"
                        )
                        for record in pair
                        if record
                    )
        return found

    def find_operations(self, record, operations):
        vals = self.vals[record._name]
        return "".join(
            operation
            for operation in operations
            if self.try_operation(operation, record, vals.get(operation))
        )

    def test_role_by_model_by_operation(self):
        found = self.find_rights()
        self.assertEqual(set(found), {f"sop.{row[0]}" for row in ROWS})
        for model, *cells in ROWS:
            for role, expected in zip(ROLES, cells, strict=True):
                with self.subTest(model=model, role=role):
                    parts = found[f"sop.{model}"][role]
                    cell = "/".join(part or "-" for part in parts)
                    self.assertEqual(cell, ALL if expected == "all" else expected)

    def test_actions(self):
        draft, asked = self.records["sop.proposal"][0], self.asked
        approval, hidden = self.records["sop.approval"]
        transfer, secret = self.records["sop.budget.transfer"]
        version = self.budget.version_ids[:1]
        managers = {"manager", "owner", "admin"}
        members = set(ROLES) - {"outsider"}
        actions = [
            (draft, "action_submit", {"proposer"}),
            (asked[0], "action_withdraw", {"proposer"}),
            (asked[0], "action_cancel", {"proposer"} | managers),
            (asked[1], "action_withdraw", {"owner"}),
            (asked[1], "action_cancel", managers),
            (asked[0], "action_appraise", {"approver", "planner"} | managers),
            (asked[1], "action_appraise", {"manager", "admin"}),
            (approval, "action_approve", {"approver"}),
            (hidden, "action_approve", {"approver"}),
            (transfer, "action_submit", {"proposer", "planner"} | managers),
            (secret, "action_submit", managers),
            (self.budget, "action_draft", managers),
            (self.budget, "action_close", managers),
            (self.budget, "get_grid", members),
            (version, "action_restore", {"planner"} | managers),
        ]
        found = [set() for _action in actions]
        with mute_logger("odoo.http", "odoo.addons.base.models.ir_rule"):
            for role in ROLES:
                self.authenticate(*[self.people[role].login] * 2)
                for allowed, (record, method, _expected) in zip(
                    found, actions, strict=True
                ):
                    if self.try_operation(method, record):
                        allowed.add(role)
        for allowed, (record, method, expected) in zip(found, actions, strict=True):
            self.assertEqual(allowed, expected, (record, method))

    def test_a_role_that_is_over_is_no_role(self):
        member = self.member(self.users["auditor"])
        self.authenticate(*[member.user_id.login] * 2)
        # Those are given by people and by the company, not by budgets
        others = ("sop.approval.delegation", "sop.budget.ceiling")
        records = [p[0] for name, p in self.records.items() if name not in others]
        for record in records:
            self.assertTrue(self.try_operation("r", record), record)
        member.date_until = fields.Date.today() - relativedelta(days=2)
        self.env.flush_all()
        self.env.invalidate_all()
        with mute_logger("odoo.http", "odoo.addons.base.models.ir_rule"):
            for record in (*records, self.first):
                self.assertFalse(self.try_operation("r", record), record)

    def test_every_rule_asks_for_todays_role(self):
        """Members by themselves would include those whose role is over."""
        rules = self.env["ir.rule"].search([("model_id.model", "=like", "sop.%")])
        for rule in rules:
            self.assertNotIn("member_ids", rule.domain_force or "", rule.name)
