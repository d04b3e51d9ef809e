# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..models.sop_proposal_token import PROPOSAL_TOKEN
from .common_carry import CarryCommon
from .test_transfer import JAN


@tagged("post_install", "-at_install")
class TestCarryClaims(CarryCommon):
    """Reservations and pending proposals at the end of a period."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.proposer = cls.users["proposer"]
        cls.env["sop.budget.member"].create(
            {
                "budget_id": cls.target.id,
                "user_id": cls.proposer.id,
                "role": "proposer",
            }
        )

    def propose(self, *amounts, approve=True, places=None, **vals):
        places = places or [self.first] * len(amounts)
        proposal = (
            self.env["sop.proposal"]
            .with_user(self.proposer)
            .create(
                {
                    "name": "Prizes",
                    "budget_id": self.budget.id,
                    "partner_id": self.partner_a.id,
                    "line_ids": [
                        Command.create(
                            {
                                "name": "Prize",
                                "category_id": place.id,
                                "price_unit": amount,
                                "month": "2025-11-01",
                                **vals,
                            }
                        )
                        for place, amount in zip(places, amounts, strict=True)
                    ],
                }
            )
        )
        proposal.action_submit()
        if approve:
            proposal.sudo()._on_approved()
        return proposal.with_env(self.env)

    def carried(self, proposal):
        self.env.invalidate_all()
        return proposal.next_ids

    def totals(self):
        """Planned, reserved, committed, actual and available of P1 in both budgets."""
        self.env.flush_all()
        names = ("planned", "reserved", "committed", "actual", "available")
        old = self.sums(self.budget, self.first, *names)
        new = self.sums(self.target, self.target_first, *names)
        for planned, *used, available in (old, new):
            self.assertAlmostEqual(planned, sum(used) + available)
        return old, new

    def test_reservations_go_with_their_money(self):
        proposal = self.propose(300)
        self.assertEqual(self.totals(), ([1200, 300, 0, 0, 900], [0] * 5))
        wizard = self.open_wizard(mode="none")
        self.assertEqual(self.lines_of(wizard), [("P1", False, 300)])
        self.assertEqual(wizard.line_ids.order_name, proposal.number)
        self.assertEqual((wizard.amount_reserved, wizard.amount_total), (300, 300))
        transfer = self.apply(wizard)
        self.assertEqual(set(transfer.line_ids.mapped("order_name")), {proposal.number})
        self.assertEqual(self.totals(), ([900, 0, 0, 0, 900], [300, 300, 0, 0, 0]))
        new = self.carried(proposal)
        self.assertEqual(
            (new.number, new.version, new.state, new.requester_id, new.partner_id),
            (proposal.number, 2, "approved", self.proposer, self.partner_a),
        )
        self.assertTrue(new.vendor_decided)
        self.assertEqual(new.budget_id, self.target)
        self.assertEqual(new.line_ids.category_id, self.target_first)
        self.assertEqual(str(new.line_ids.month), "2026-01-01")
        self.assertTrue(proposal.superseded and proposal.line_ids.freed)
        self.assertEqual(proposal.amount_approved, 300, "what was decided stays")
        self.assertIn(transfer.number, new.decision_ids.comment)
        # Taken from its own month
        self.assertEqual(self.planned_of(self.first)["2025-11"], 0)
        # It is ordered in the new period
        order = self.env["purchase.order"].browse(new.action_create_rfq()["res_id"])
        order.order_line.date_planned = "2026-02-10 12:00:00"
        order.button_confirm()
        self.assertEqual(self.totals()[1], [300, 0, 300, 0, 0])
        # Nothing is left to carry
        self.assertEqual(self.lines_of(self.open_wizard(mode="none")), [])

    def test_only_what_is_left_of_it(self):
        proposal = self.propose(300)
        order = self.env["purchase.order"].browse(
            proposal.action_create_rfq()["res_id"]
        )
        order.order_line.write({"price_unit": 120, "date_planned": "2025-11-10 12:00"})
        order.button_confirm()
        draft = self.env["purchase.order"].browse(
            proposal.action_create_rfq()["res_id"]
        )
        self.assertEqual(self.totals()[0], [1200, 180, 120, 0, 900])
        wizard = self.open_wizard(mode="none")
        self.assertEqual(self.lines_of(wizard), [("P1", False, 180), ("P1", True, 120)])
        self.apply(wizard)
        self.assertEqual(self.totals(), ([900, 0, 0, 0, 900], [300, 180, 120, 0, 0]))
        new = self.carried(proposal)
        self.assertEqual(new.amount_approved, 180)
        # What is in preparation spends it there
        self.assertEqual(draft.order_line.sop_proposal_line_id, new.line_ids)
        draft.button_confirm()
        self.assertEqual(self.totals()[1], [300, 0, 300, 0, 0])
        # Its orders still run: it is carried in part, not replaced
        self.assertRecordValues(
            proposal, [{"superseded": False, "carried_in_part": True}]
        )
        # A cancelled order of the old period reserves nothing there any more
        order.button_cancel()
        self.assertRecordValues(
            proposal, [{"superseded": True, "carried_in_part": False}]
        )
        self.assertEqual(self.totals(), ([900, 0, 0, 0, 900], [300, 0, 180, 0, 120]))

    def test_foreign_currency_keeps_its_rate(self):
        euro = self.setup_other_currency("EUR", rates=[("2024-01-01", 0.8)])
        proposal = self.propose(80, currency_id=euro.id)
        self.assertEqual(proposal.amount_reserved, 100)
        euro.rate_ids.create(
            {"currency_id": euro.id, "name": "2025-01-01", "rate": 0.5}
        )
        self.apply(self.open_wizard(mode="none"))
        line = self.carried(proposal).line_ids
        self.assertEqual(
            (line.amount, line.amount_company, line.reserved_amount), (80, 100, 100)
        )

    def test_a_proposal_is_carried_as_a_whole(self):
        self.propose(100, 200)
        wizard = self.open_wizard(mode="none")
        self.assertEqual(len(wizard.line_ids), 2)
        wizard.line_ids[0].included = False
        with self.assertRefused(UserError, "carried as a whole: tick all"):
            wizard.action_apply()

    def test_a_proposal_of_two_categories_is_carried_as_a_whole(self):
        proposal = self.propose(100, 200, places=(self.first, self.second))
        wizard = self.open_wizard(mode="none", category_ids=[self.first.id])
        # Not proposed, since the other half would stay
        self.assertEqual(self.lines_of(wizard), [("P1", False, 0)])
        self.assertFalse(wizard.line_ids.included)
        wizard.line_ids.write({"included": True, "amount": 100})
        with self.assertRefused(UserError, "carried as a whole: tick all.*of all"):
            wizard.action_apply()
        self.apply(self.open_wizard(mode="none"))
        self.assertEqual(len(self.carried(proposal).line_ids), 2)

    def test_a_half_without_money_leaves_the_other_here(self):
        """What is proposed can be applied as it is."""
        torn = self.propose(100, 200, places=(self.second, self.first))
        whole = self.propose(50)
        self.spend(self.second, 700)
        wizard = self.open_wizard(mode="none")
        self.assertEqual(
            [(line.amount, line.included) for line in wizard.line_ids],
            [(0, False), (50, True), (0, False)],
        )
        self.apply(wizard)
        self.assertFalse(self.carried(torn))
        self.assertTrue(self.carried(whole))

    def test_versions_of_the_same_number_do_not_collide(self):
        proposal = self.propose(300)
        self.assertEqual(proposal._get_next_version(), 2)
        token = {"number": proposal.number, "version": 2}
        proposal.sudo().with_context(**PROPOSAL_TOKEN).copy(token)
        self.apply(self.open_wizard(mode="none"))
        self.assertEqual(self.carried(proposal).version, 3)

    def test_what_is_bound_takes_all_of_its_money_along(self):
        self.propose(300)
        self.order(self.first, 400, day="2025-11-20 12:00:00")
        wizard = self.open_wizard(mode="none")
        for name, amount in (("order_line_id", "400.00"), ("claim_id", "300.00")):
            for less in (0.01, 0):
                wizard.line_ids.filtered(name).amount = less
                with self.assertRefused(UserError, f"all of its money, .*{amount}"):
                    wizard.action_apply()
            wizard.action_preview()
        # It may stay, and nothing is half carried by an empty line
        wizard.line_ids.included = False
        with self.assertRefused(UserError, "nothing to carry"):
            wizard.action_apply()

    def test_reservations_may_stay(self):
        proposal = self.propose(300)
        wizard = self.open_wizard(carry_reserved=False)
        self.apply(wizard)
        self.assertEqual(self.totals(), ([300, 300, 0, 0, 0], [900, 0, 0, 0, 900]))
        self.assertFalse(self.carried(proposal))

    def test_everything_at_once_conserves_the_money(self):
        self.propose(300)
        self.order(self.first, 400, day="2025-11-20 12:00:00")
        self.spend(self.first, 100)
        self.apply(self.open_wizard())
        self.assertEqual(self.totals(), ([100, 0, 0, 100, 0], [1100, 300, 400, 0, 400]))

    def test_ordered_meanwhile(self):
        proposal = self.propose(300)
        transfer = self.apply(self.open_wizard(mode="none"), approve=False)
        self.assertEqual(self.lines_of(self.open_wizard(mode="none")), [])
        order = self.env["purchase.order"].browse(
            proposal.action_create_rfq()["res_id"]
        )
        order.button_confirm()
        with self.assertRefused(UserError, "only.*0.00 are still reserved"):
            transfer.with_user(self.owner).action_approve()

    def test_nobody_carries_a_reservation_by_hand(self):
        proposal = self.propose(300)
        transfer = self.make_transfer((self.first, JAN, self.second, JAN, 10))
        with self.assertRefused(UserError, "carried by the carry-forward"):
            transfer.line_ids.claim_id = proposal.line_ids
        with self.assertRefused(UserError, "follows from the buttons"):
            transfer.pending_proposal_ids = proposal

    # === WHAT IS NOT DECIDED YET === #

    def test_pending_proposals_are_shown_and_stay(self):
        proposal = self.propose(300, approve=False)
        wizard = self.open_wizard()
        self.assertEqual(wizard.pending_ids, proposal)
        self.apply(wizard)
        self.assertEqual(
            (proposal.step, proposal.budget_id), ("in_review", self.budget)
        )
        # No money went along for it, and none was held back
        self.assertEqual(self.totals(), ([0] * 5, [1200, 0, 0, 0, 1200]))

    def test_pending_proposals_go_back(self):
        proposal = self.propose(300, approve=False)
        other = self.propose(50, approve=False)
        wizard = self.open_wizard(
            pending_mode="return", category_ids=[Command.set(self.second.ids)]
        )
        self.assertFalse(wizard.pending_ids)
        transfer = self.apply(self.open_wizard(pending_mode="return"), approve=False)
        self.assertEqual(proposal.step, "in_review", "not before it is approved")
        other.sudo()._on_rejected("No")
        transfer.with_user(self.owner).action_approve()
        self.assertEqual((proposal.step, other.step), ("changes", "rejected"))
        self.assertIn("has ended", proposal.decision_reason)
        self.assertFalse(proposal.current_approver_ids)
        own = proposal.with_user(self.proposer)
        own.write(
            {
                "budget_id": self.target.id,
                "line_ids": [
                    Command.update(
                        own.line_ids.id,
                        {
                            "category_id": self.target_first.id,
                            "month": "2026-01-01",
                        },
                    )
                ],
            }
        )
        self.target.action_submit()
        self.target.action_approve()
        own.action_submit()
        self.assertEqual(own.step, "in_review")
