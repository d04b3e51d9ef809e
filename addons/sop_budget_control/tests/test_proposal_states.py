# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who may take a proposal where, and what each step leaves behind."""

import psycopg2

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common_proposal import ProposalCommon


@tagged("post_install", "-at_install")
class TestProposalStates(ProposalCommon):
    def test_the_whole_way(self):
        proposal = self.make_proposal(300)
        self.assertRegex(proposal.number, r"^PR/\d{4}/\d{5}$")
        self.assertEqual(proposal.state, "draft")
        proposal.action_submit()
        self.assertEqual(proposal.state, "in_review")
        proposal.with_user(self.owner).action_approve()
        self.assertEqual(proposal.state, "approved")
        self.assertEqual(proposal.amount_approved, 300)
        order = self.order(proposal)
        self.assertEqual(proposal.state, "approved")
        order.button_confirm()
        self.assertEqual(proposal.state, "ordered")
        bill = self.bill(order)
        bill.action_post()
        self.assertEqual(
            (proposal.state, proposal.amount_paid, proposal.amount_reserved),
            ("ordered", 0, 0),
        )
        self.pay(bill, 100)
        self.assertEqual((proposal.state, proposal.amount_paid), ("ordered", 100))
        self.pay(bill)
        self.assertEqual((proposal.state, proposal.amount_paid), ("paid", 300))
        self.assertEqual(proposal.amount_approved, 300)

    def pay(self, bill, amount=None):
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=bill.ids)
            .create({})
        )
        if amount:
            wizard.amount = amount
        wizard._create_payments()

    def test_rejected_and_asked_again(self):
        proposal = self.make_proposal(300, justification="<p>Because</p>")
        proposal.action_submit()
        proposal.with_user(self.owner).action_reject("Too dear")
        self.assertEqual(
            (proposal.state, proposal.decision_reason), ("rejected", "Too dear")
        )
        action = proposal.action_resubmit()
        new = proposal.browse(action["res_id"])
        self.assertEqual(
            (new.number, new.version, new.previous_id, new.state),
            (proposal.number, 2, proposal, "draft"),
        )
        self.assertIn("version 2", new.display_name)
        self.assertTrue(proposal.superseded)
        self.assertEqual(new.line_ids.price_unit, 300)
        new.line_ids.price_unit = 200
        self.assertEqual(proposal.line_ids.amount_company, 300)
        with self.assertRefused(UserError, "newer version already"):
            proposal.action_resubmit()
        new.action_submit()
        new.with_user(self.owner).action_approve()
        self.assertEqual(self.figures(self.third, "reserved", "pending"), [200, 0])

    def test_a_new_version_given_up_makes_room(self):
        proposal = self.make_proposal(300)
        proposal.action_submit()
        proposal.action_withdraw("Not yet")
        self.assertEqual(proposal.state, "withdrawn")
        new = proposal.browse(proposal.action_resubmit()["res_id"])
        new.unlink()
        self.assertFalse(proposal.superseded)

    def test_a_new_version_keeps_the_papers(self):
        proposal = self.make_proposal(300)
        self.env["ir.attachment"].with_user(self.proposer).create(
            {"name": "offer.txt", "raw": b"x", "res_model": proposal._name}
            | {"res_id": proposal.id}
        )
        self.submit(proposal)
        proposal.action_withdraw()
        new = proposal.browse(proposal.action_resubmit()["res_id"])
        papers = self.env["ir.attachment"].search(
            [("res_model", "=", new._name), ("res_id", "=", new.id)]
        )
        self.assertEqual(papers.mapped("name"), ["offer.txt"])

    def test_changes_requested(self):
        proposal = self.make_proposal(300)
        proposal.action_submit()
        self.assertEqual(self.figures(self.third, "pending"), 300)
        proposal.with_user(self.owner).action_return("Say more")
        self.assertEqual(proposal.state, "changes")
        self.assertEqual(self.figures(self.third, "pending"), 0)
        proposal.line_ids.price_unit = 250
        proposal.action_submit()
        self.assertEqual((proposal.state, proposal.version), ("in_review", 1))
        self.assertFalse(proposal.decision_reason)

    def test_history_has_from_and_to(self):
        proposal = self.make_proposal(300).with_context(
            tracking_disable=False, mail_notrack=False
        )
        self.env.flush_all()
        self.env.cr.precommit.run()
        proposal.action_submit()
        self.env.flush_all()
        self.env.cr.precommit.run()
        proposal.action_withdraw("Not needed")
        self.env.flush_all()
        self.env.cr.precommit.run()
        values = self.env["mail.tracking.value"].search(
            [
                ("field_id.name", "=", "state"),
                ("mail_message_id.model", "=", proposal._name),
                ("mail_message_id.res_id", "=", proposal.id),
            ]
        )
        pairs = [(v.old_value_char, v.new_value_char) for v in values.sorted("id")]
        self.assertEqual(pairs[-1], ("In Review", "Withdrawn"))
        last = values.sorted("id")[-1].mail_message_id
        self.assertIn("Not needed", last.body)
        self.assertEqual(last.author_id, self.proposer.partner_id)

    # === GUARDS === #

    def test_states_are_not_written(self):
        proposal = self.make_proposal(300)
        for vals in (
            {"step": "approved"},
            {"number": "X"},
            {"version": 3},
            {"requester_id": self.owner.id},
            {"date_approved": "2025-01-01 00:00:00"},
        ):
            with self.assertRefused(UserError, "use its buttons"):
                proposal.write(vals)
        with self.assertRefused(UserError, "worked out"):
            proposal.write({"state": "approved"})
        with self.assertRefused(UserError, "follows from the decision"):
            proposal.line_ids.write({"approved_amount": 500})
        with self.assertRefused(UserError, "worked out"):
            proposal.line_ids.write({"reserved_amount": 500})
        with self.assertRefused(UserError, "use its buttons"):
            self.make_proposal(1, step="approved")
        with self.assertRefused(UserError, "use its buttons"):
            self.make_proposal(1, requester_id=self.owner.id)
        with self.assertRefused(UserError, "follows from the decision"):
            self.make_proposal(lines=[{"price_unit": 1, "approved_amount": 9}])
        with self.assertRefused(UserError, "use its buttons"):
            proposal.with_context(sop_proposal_token="x").write({"step": "approved"})

    def test_what_is_asked_for_is_fixed(self):
        proposal = self.make_proposal(300)
        proposal.action_submit()
        for vals in ({"name": "Other"}, {"line_ids": [Command.clear()]}):
            with self.assertRefused(UserError, "what it asks for is fixed"):
                proposal.write(vals)
        with self.assertRefused(UserError, "what it asks for is fixed"):
            proposal.line_ids.price_unit = 1
        with self.assertRefused(UserError, "what it asks for is fixed"):
            proposal.line_ids.unlink()
        with self.assertRefused(UserError, "what it asks for is fixed"):
            self.env["sop.proposal.line"].with_user(self.proposer).create(
                {
                    "proposal_id": proposal.id,
                    "name": "More",
                    "category_id": self.third.id,
                    "price_unit": 10,
                }
            )
        with self.assertRefused(UserError, "stays in the records"):
            proposal.with_context(force_delete=True).sudo().unlink()

    def test_lines_stay_with_their_proposal(self):
        one, other = self.make_proposal(300), self.make_proposal(200)
        with self.assertRefused(UserError, "stays with its proposal"):
            one.line_ids.proposal_id = other

    def test_only_the_requester_changes_and_submits(self):
        proposal = self.make_proposal(300)
        as_manager = proposal.with_user(self.users["manager"])
        with self.assertRefused(AccessError, "who alone can change it"):
            as_manager.name = "Other"
        with self.assertRefused(AccessError, "who alone can change it"):
            as_manager.action_submit()
        proposal.action_submit()
        with self.assertRefused(AccessError, "who alone can change it"):
            as_manager.action_withdraw()

    def test_who_may_give_up(self):
        proposal = self.approved(300)
        planner = proposal.with_user(self.users["planner"])
        with self.assertRefused(AccessError, "can give up"):
            planner.action_cancel()
        proposal.with_user(self.users["manager"]).action_cancel("Too late")
        self.assertEqual(proposal.state, "cancelled")
        self.assertEqual(self.figures(self.third, "reserved", "available"), [0, 1000])

    def test_wrong_steps(self):
        proposal = self.make_proposal(300)
        for action in ("action_withdraw", "action_resubmit", "action_free_rest"):
            with self.assertRefused(UserError, "can't be done with it now"):
                getattr(proposal, action)()
        for callback in ("_on_approved", "_on_approval_started"):
            with self.assertRefused(UserError, "can't be done with it now"):
                getattr(proposal.sudo(), callback)()
        with self.assertRefused(UserError, "can't be done with it now"):
            proposal.with_env(self.env).action_create_rfq()

    def test_who_may_ask(self):
        for role in ("viewer", "outsider"):
            user = self.users.get(role) or self.outsider
            with self.assertRefused(AccessError, "."):
                self.make_proposal(300, user=user)
        self.budget.sudo().action_draft()
        self.third.visibility = "manager"
        self.budget.sudo().action_submit()
        self.budget.sudo().action_approve()
        with self.assertRefused(AccessError, "."):
            self.make_proposal(300)

    def test_budgets_and_categories_must_fit(self):
        other = self.make_budget(name="Other", code="OTHER")
        strange = self.make_category("X", budget=other)
        with self.assertRefused(ValidationError, "is not one of the budget"):
            self.make_proposal(300, category=strange, user=self.env.user)
        with self.assertRefused(ValidationError, "holds no money to spend"):
            self.make_proposal(300, category=self.top)
        with self.assertRefused(ValidationError, "lies outside"):
            self.make_proposal(lines=[{"price_unit": 1, "month": "2026-01-01"}])
        with (
            mute_logger("odoo.sql_db"),
            self.assertRefused(psycopg2.IntegrityError, "quantity"),
        ):
            self.make_proposal(lines=[{"price_unit": 1, "quantity": 0}])
        template = self.make_budget(name="Pattern", is_template=True)
        with self.assertRefused(ValidationError, "is a template"):
            self.make_proposal(user=self.env.user, budget_id=template.id)
        proposal = self.make_proposal(user=self.env.user, budget_id=other.id)
        with self.assertRefused(UserError, "is not approved"):
            proposal.action_submit()

    def test_what_a_budget_wants_to_know(self):
        self.budget.sudo().write(
            {"proposal_min_justification": 20, "proposal_require_attachment": True}
        )
        proposal = self.make_proposal(0, justification="<p>Short</p>")
        with self.assertRefused(UserError, "(?s)asks for nothing.*20 char.*Attach a"):
            proposal.action_submit()
        with self.assertRefused(UserError, "Add a line"):
            self.make_proposal().action_submit()
        proposal.write({"justification": "<p>Long enough to be understood</p>"})
        proposal.line_ids.price_unit = 10
        self.env["ir.attachment"].with_user(self.proposer).create(
            {
                "name": "offer.txt",
                "raw": b"offer",
                "res_model": proposal._name,
                "res_id": proposal.id,
            }
        )
        proposal.action_submit()
        self.assertEqual(proposal.state, "in_review")

    def test_quotations_for_investments(self):
        self.budget.sudo().action_draft()
        machine = self.make_category("M", None, {"2025-06": 500.0}, kind="capital")
        self.budget.sudo().proposal_quotations = 2
        self.budget.sudo().action_submit()
        self.budget.sudo().action_approve()
        proposal = self.make_proposal(300, category=machine)
        with self.assertRefused(UserError, "needs 2 quotations: attach 2 more"):
            proposal.action_submit()
        self.make_proposal(300).action_submit()

    # === PARTS === #

    def test_rates_are_those_of_submission(self):
        euro = self.setup_other_currency("EUR", rates=[("2024-01-01", 0.8)])
        proposal = self.make_proposal(
            lines=[{"price_unit": 100, "currency_id": euro.id}]
        )
        self.assertEqual(proposal.amount_total, 125)
        self.env["res.currency.rate"].create(
            {"name": "2025-01-01", "rate": 0.5, "currency_id": euro.id}
            | {"company_id": self.company.id}
        )
        proposal.action_submit()
        self.assertEqual((proposal.line_ids.rate, proposal.amount_total), (2, 200))
        self.env["res.currency.rate"].create(
            {"name": "2025-02-01", "rate": 0.25, "currency_id": euro.id}
            | {"company_id": self.company.id}
        )
        self.env.invalidate_all()
        proposal.with_user(self.owner).action_approve()
        self.assertEqual(proposal.amount_approved, 200)

    def test_the_rate_of_the_budget_comes_first(self):
        euro = self.setup_other_currency("EUR", rates=[("2024-01-01", 0.8)])
        self.budget.sudo().action_draft()
        self.env["sop.budget.rate"].create(
            {"budget_id": self.budget.id, "currency_id": euro.id, "rate": 1.1}
        )
        self.budget.sudo().action_submit()
        self.budget.sudo().action_approve()
        proposal = self.make_proposal(
            lines=[{"price_unit": 100, "currency_id": euro.id}]
        )
        self.assertEqual(proposal.amount_total, 110)

    def test_dates(self):
        proposal = self.make_proposal(
            10, lines=[{"price_unit": 1, "month": "2025-03-20"}]
        )
        june, march = proposal.line_ids.sorted("month", reverse=True)
        self.assertEqual(str(june.date), "2025-06-15")
        self.assertEqual((str(march.month), str(march.date)), ("2025-03-01",) * 2)

    def test_months_with_claims_stay_in_the_budget(self):
        self.approved(300)
        budget = self.budget.sudo()
        budget.action_draft()
        with self.assertRefused(ValidationError, "claims money of 2025-06"):
            (self.first + self.second).amount_ids.unlink()
            self.third.amount_ids.unlink()
            budget.date_to = "2025-05-31"

    def test_budgets_with_proposals_stay(self):
        budget = self.make_budget(name="Never approved")
        proposal = self.make_proposal(budget_id=budget.id, user=self.env.user)
        with self.assertRefused(UserError, f"such as {proposal.number}"):
            budget.sudo().unlink()

    def test_claims_follow_to_a_sub_category(self):
        proposal = self.approved(300)
        self.budget.sudo().action_draft()
        child = self.make_category("P3.1", self.third)
        self.assertEqual(proposal.line_ids.category_id, child)
        self.assertEqual(self.figures(child, "planned", "reserved"), [1000, 300])

    def test_numbers_of_companies(self):
        other = self.setup_other_company(name="Company Other")["company"]
        sequences = self.env["ir.sequence"].search([("code", "=", "sop.proposal")])
        self.assertIn(other, sequences.company_id)
        self.assertEqual(len(sequences), len(sequences.company_id))

    def test_form_and_copy(self):
        form = Form(self.env["sop.proposal"].with_user(self.proposer))
        form.name = "By form"
        form.budget_id = self.budget
        with form.line_ids.new() as line:
            line.category_id = self.third
            line.name = "Something"
            line.price_unit = 1100
            line.month = "2025-06-12"
        self.assertIn("100.00 too much", form.effect_html)
        proposal = form.save()
        self.assertTrue(proposal.is_short)
        copy = proposal.copy()
        self.assertEqual((copy.state, copy.version), ("draft", 1))
        self.assertNotEqual(copy.number, proposal.number)
        self.assertEqual(copy.line_ids.amount_company, 1100)
        proposal.unlink()
