# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A default from outside (context, ``ir.default``) never fills in what a guard keeps."""

import json

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.sop_budget.tests.common_rpc import RpcCase

from .common_proposal import ProposalCommon

#: Fields that must be guarded, whatever else is.
GUARDED = {
    "sop.budget": "state currency_id first_approved alert_round",
    "sop.budget.category": "is_leaf analytic_account_id account_ids account_prefixes",
    "sop.budget.amount": "original_amount company_id budget_id",
    "sop.budget.rule": "analytic_account_id account_prefix",
    "sop.budget.member": "company_id in_force",
    "sop.budget.grant": "budget_id company_id",
    "sop.budget.alert": "acknowledged_by_id acknowledged_on acknowledge_note closed_on",
    "sop.budget.policy": "company_id",
    "sop.budget.release": "state requester_id date_released released_by_id",
    "sop.budget.transfer": "state number requester_id date_applied applied_by_id reversed_id",
    "sop.budget.transfer.line": "state budget_id purchase_line_id date_applied",
    "sop.budget.transfer.entry": "amount_before amount_after change user_id",
    "sop.budget.version": "number hash payload payload_hash previous_hash",
    "sop.budget.override": "state granted_by_id used_by_id requester_id part_ids",
    "sop.budget.override.part": "amount category_id",
    "sop.budget.policy.log": "user_id detail",
    "sop.control.flag": "override_id user_id",
    "sop.approval": "state vote_count approver_ids barred_ids minimum carried_from_id",
    "sop.approval.decision": "decision user_id on_behalf_of_id date channel",
    "sop.proposal": "step number version previous_id requester_id date_approved "
    "vendor_decided state amount_approved amount_reserved superseded appraisal_score "
    "appraisal_result is_appraised",
    "sop.proposal.line": "budget_id company_id approved_amount freed rate stage "
    "reserved_amount consumed_amount order_line_ids move_line_ids",
    "sop.appraisal.criterion": "company_id",
    "sop.proposal.score": "score user_id date replaced",
    "sop.category.performance": "user_id budget_id company_id",
    "purchase.order.line": "sop_proposal_line_id sop_carried_date sop_released "
    "sop_open_amount sop_stage",
    "account.move.line": "sop_proposal_line_id",
}
VALUES = {
    "boolean": True,
    "char": "x",
    "text": "x",
    "html": "x",
    "date": "2025-03-01",
    "datetime": "2025-03-01 10:00:00",
    "float": 7.0,
    "integer": 7,
    "monetary": 7.0,
    "many2one_reference": 7,
}


@tagged("post_install", "-at_install")
class TestGuardedDefaults(RpcCase, ProposalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.elsewhere = cls.make_budget(name="Elsewhere")

    def outside(self, model, name):
        """A value that the field must not take from outside."""
        field = self.env[model]._fields[name]
        if field.type == "selection":
            values = [key for key, _label in field._description_selection(self.env)]
            return values[-1]
        if field.relational:
            found = self.env[field.comodel_name].sudo().search([], limit=1)
            return found.ids if field.type.endswith("2many") else found.id or 7
        return VALUES[field.type]

    def test_every_guarded_field(self):
        self.authenticate(self.owner.login, self.owner.login)
        for model, names in GUARDED.items():
            names = names.split()
            missing = set(names) - self.env[model]._get_guarded_fields()
            self.assertFalse(missing, model)
            context = {f"default_{n}": self.outside(model, n) for n in names}
            plain = self.env[model].with_user(self.owner).default_get(names)
            found = (
                self.env[model]
                .with_user(self.owner)
                .with_context(**json.loads(json.dumps(context)))
                .default_get(names)
            )
            self.assertEqual(found, plain, model)

    def test_every_model_with_a_guard_is_in_the_table(self):
        names = self.env.registry.descendants(["sop.guarded.mixin"], "_inherit")
        own = {
            name
            for name in names
            if not self.env[name]._abstract and self.env[name]._module.startswith("sop")
        }
        listed = {*GUARDED, "sop.budget.rate", "sop.budget.ceiling"}
        here = {n for n in own if self.env[n]._original_module in self.own_modules()}
        self.assertFalse(here - listed)

    def own_modules(self):
        return {"sop_budget", "sop_budget_control"}

    def create_by_rpc(self, model, vals, context):
        record_id = self.call(model, "create", [vals], context=context)
        return self.env[model].browse(record_id)

    def prepare_proposal(self):
        return {
            "name": "Prizes",
            "budget_id": self.budget.id,
            "line_ids": [
                Command.create(
                    {
                        "name": "Prize",
                        "category_id": self.third.id,
                        "price_unit": 300,
                        "month": "2025-06-01",
                    }
                )
            ],
        }

    def test_proposals_by_rpc(self):
        earlier = self.make_proposal(10)
        self.authenticate(self.proposer.login, self.proposer.login)
        context = {
            f"default_{name}": value
            for name, value in {
                "step": "approved",
                "state": "paid",
                "version": 9,
                "number": "PR/X",
                "previous_id": earlier.id,
                "requester_id": self.owner.id,
                "vendor_decided": True,
                "amount_approved": 300,
                "budget_id": self.elsewhere.id,
                "company_id": self.company.id + 1,
                "approved_amount": 300,
                "reserved_amount": 300,
                "stage": "reserved",
                "freed": True,
                "rate": 0.01,
                "proposal_id": earlier.id,
            }.items()
        }
        proposal = self.create_by_rpc("sop.proposal", self.prepare_proposal(), context)
        self.assertEqual(
            (proposal.step, proposal.state, proposal.version, proposal.requester_id),
            ("draft", "draft", 1, self.proposer),
        )
        self.assertFalse(proposal.previous_id or proposal.vendor_decided)
        self.assertNotEqual(proposal.number, "PR/X")
        line = proposal.line_ids
        self.assertEqual((line.budget_id, line.rate), (self.budget, 1))
        self.assertEqual(line.company_id, self.company)
        self.assertFalse(line.approved_amount or line.freed or line.reserved_amount)
        self.assertEqual((proposal.amount_total, earlier.superseded), (300, False))
        # Neither does what follows from a button take them
        self.call(
            "sop.proposal",
            "action_submit",
            proposal.ids,
            context={
                "default_state": "approved",
                "default_decision": "approved",
                "default_vote_count": 1,
            },
        )
        self.env.invalidate_all()
        self.assertEqual(proposal.step, "in_review")
        self.assertEqual(proposal.approval_ids.mapped("state"), ["asked"])
        self.assertFalse(proposal.amount_reserved)

    def test_orders_by_rpc(self):
        proposal = self.approved(300)
        order = self.order(proposal, 200)
        buyer = self.make_user("sop_buyer_x", "purchase.group_purchase_manager")
        self.authenticate(buyer.login, buyer.login)
        line = self.create_by_rpc(
            "purchase.order.line",
            {
                "order_id": order.id,
                "product_id": self.env["sop.proposal"]._get_any_product().id,
                "name": "More",
                "product_qty": 1,
                "price_unit": 5,
            },
            {
                "default_sop_proposal_line_id": proposal.line_ids.id,
                "default_sop_carried_date": "2026-01-01",
                "default_sop_stage": "open",
                "default_sop_open_amount": 100000,
                "default_sop_released": True,
            },
        )
        self.assertFalse(line.sop_proposal_line_id or line.sop_carried_date)
        self.assertFalse(line.sop_released)
        self.assertEqual((line.sop_stage, line.sop_open_amount), ("draft", 5))

    def test_transfers_by_rpc(self):
        self.authenticate(self.proposer.login, self.proposer.login)
        transfer = self.create_by_rpc(
            "sop.budget.transfer",
            {"budget_id": self.budget.id, "reason": "Prizes"},
            {
                "default_state": "approved",
                "default_number": "X",
                "default_date_applied": "2025-01-01 00:00:00",
                "default_requester_id": self.owner.id,
            },
        )
        self.assertEqual(
            (transfer.state, transfer.requester_id), ("draft", self.proposer)
        )
        self.assertFalse(transfer.date_applied)
        self.assertNotEqual(transfer.number, "X")

    def test_defaults_that_a_user_has_stored(self):
        self.authenticate(self.proposer.login, self.proposer.login)
        for name, value in (("step", "approved"), ("version", 9)):
            self.call("ir.default", "set", "sop.proposal", name, value, True)
        self.call("ir.default", "set", "sop.proposal.line", "freed", True, True)
        self.call(
            "ir.default", "set", "sop.proposal.line", "approved_amount", 300, True
        )
        proposal = self.create_by_rpc("sop.proposal", self.prepare_proposal(), {})
        self.assertEqual((proposal.step, proposal.version), ("draft", 1))
        line = proposal.line_ids
        self.assertFalse(line.freed or line.approved_amount)

    def test_a_category_below_one_that_holds_amounts(self):
        """The parent of a context hands down what it holds, as one of the values does."""
        self.budget.action_draft()
        before = self.figures(self.third, "planned")
        self.authenticate(self.owner.login, self.owner.login)
        child = self.create_by_rpc(
            "sop.budget.category",
            {"name": "Child"},
            {
                "default_budget_id": self.budget.id,
                "default_parent_id": self.third.id,
                "default_account_prefixes": "6",
            },
        )
        self.assertEqual(child.parent_id, self.third)
        self.assertFalse(child.account_prefixes)
        self.assertFalse(self.third.amount_ids)
        self.assertEqual(self.figures(child, "planned"), before)
