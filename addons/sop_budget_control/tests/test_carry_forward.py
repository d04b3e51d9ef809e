# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ..models.sop_proposal_token import PROPOSAL_TOKEN
from .test_release import SopReleaseCommon
from .test_transfer import JAN


class CarryCommon(SopReleaseCommon):
    """2025 plans 1,200 in P1 and 600 in P2; 2026 plans nothing yet and has P1 only."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.budget.uses_releases = False
        cls.target = cls.make_budget(
            name="Budget 2026", date_from="2026-01-01", date_to="2026-12-31"
        )
        cls.target_first = cls.make_category(
            "P1", budget=cls.target, analytic=cls.first.analytic_account_id
        )
        cls.env["sop.budget.member"].create(
            {
                "budget_id": cls.target.id,
                "user_id": cls.users["manager"].id,
                "role": "manager",
            }
        )

    def open_wizard(self, **vals):
        """As the manager, so that the owner approves."""
        budget = self.budget.with_user(self.users["manager"])
        action = budget.action_carry_forward()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.users["manager"])
            .browse(action["res_id"])
        )
        if vals:
            wizard.write(vals)
            wizard.action_preview()
        return wizard

    def apply(self, wizard, approve=True):
        action = wizard.action_apply()
        transfer = self.env[action["res_model"]].browse(action["res_id"])
        if approve:
            transfer.with_user(self.owner).action_approve()
            self.assertEqual(transfer.state, "approved")
        return transfer

    def sums(self, budget, category, *measures):
        matrix = budget._get_matrix()
        row = matrix.row(category.id)
        return [int(getattr(matrix, name)[row].sum()) / 100 for name in measures]

    def find(self, code):
        return self.target.category_ids.filtered(lambda c: c.code == code)

    def lines_of(self, wizard):
        return [
            (line.category_id.code, bool(line.order_line_id), line.amount)
            for line in wizard.line_ids
        ]


@tagged("post_install", "-at_install")
class TestCarryForward(CarryCommon):
    # === WHAT IS CARRIED === #

    def test_unspent_money(self):
        self.spend(self.first, 900)
        wizard = self.open_wizard()
        self.assertEqual(wizard.target_id, self.target)
        self.assertEqual(
            self.lines_of(wizard), [("P1", False, 300), ("P2", False, 600)]
        )
        self.assertEqual((wizard.amount_balances, wizard.amount_total), (900, 900))
        transfer = self.apply(wizard)
        self.assertEqual(transfer.kind, "carry_forward")
        self.assertEqual(self.figures(self.top, "planned", "available"), [900, 0])
        # Taken from the end of the year, given to its beginning
        self.assertEqual(self.planned_of(self.first)["2025-12"], 0)
        self.assertEqual(self.planned_of(self.first)["2025-01"], 100)
        self.assertEqual(self.planned_of(self.target_first), {"2026-01": 300})
        # What the target didn't have is there now, below the same parent
        created = self.find("P2")
        self.assertEqual(created.parent_id, self.find("P"))
        self.assertEqual(created.analytic_account_id, self.second.analytic_account_id)
        self.assertEqual(self.planned_of(created), {"2026-01": 600})
        self.assertEqual(self.target.state, "draft")

    def test_example_of_the_rollover(self):
        self.target.action_cancel()
        quarter = self.make_budget(
            name="Q1", date_from="2027-01-01", date_to="2027-03-31"
        )
        following = self.make_budget(
            name="Q2", date_from="2027-04-01", date_to="2027-06-30"
        )
        category = self.make_category(
            "X", amounts={"2027-01": 50000.0}, budget=quarter, analytic=True
        )
        target = self.make_category(
            "X",
            amounts={"2027-04": 50000.0},
            budget=following,
            analytic=category.analytic_account_id,
        )
        for budget in (quarter, following):
            budget.action_submit()
            budget.action_approve()
            self.env["sop.budget.member"].create(
                {
                    "budget_id": budget.id,
                    "user_id": self.users["manager"].id,
                    "role": "manager",
                }
            )
        self.spend(category, 45000, "2027-02-01")
        action = quarter.with_user(self.users["manager"]).action_carry_forward()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.users["manager"])
            .browse(action["res_id"])
        )
        self.assertEqual(wizard.target_id, following)
        self.apply(wizard)
        self.assertEqual(self.planned_of(target)["2027-04"], 55000)

    def test_open_orders_go_with_their_money(self):
        self.spend(self.first, 500)
        order = self.order(self.first, 400, day="2025-11-20 12:00:00")
        before = self.figures(self.first, "planned", "committed", "actual", "available")
        self.assertEqual(before, [1200, 400, 500, 300])
        wizard = self.open_wizard(mode="none")
        self.assertEqual(self.lines_of(wizard), [("P1", True, 400)])
        self.assertEqual(wizard.line_ids.order_name, order.name)
        transfer = self.apply(wizard)
        self.assertEqual(transfer.line_ids.purchase_line_id, order.order_line)
        self.assertEqual(
            self.figures(self.first, "planned", "committed", "actual", "available"),
            [800, 0, 500, 300],
        )
        self.assertEqual(
            self.sums(
                self.target, self.target_first, "planned", "committed", "available"
            ),
            [400, 400, 0],
        )
        self.assertEqual(str(order.order_line.sop_date), "2026-01-01")
        # From its own month first
        self.assertEqual(self.planned_of(self.first)["2025-11"], 0)
        # A bill of the new year takes it over there
        order.order_line.sudo()
        order.action_create_invoice()
        bill = order.invoice_ids
        bill.write({"invoice_date": "2026-02-01", "date": "2026-02-01"})
        bill.invoice_line_ids.quantity = 1
        bill.action_post()
        self.assertEqual(
            self.sums(self.target, self.target_first, "planned", "committed", "actual"),
            [400, 0, 400],
        )

    def test_money_and_order_of_one_category_go_different_ways(self):
        other = self.make_category("Z", budget=self.target)
        self.order(self.first, 400, day="2025-11-20 12:00:00")
        wizard = self.open_wizard()
        balance = wizard.line_ids.filtered(
            lambda line: line.category_id == self.first and not line.order_line_id
        )
        balance.target_category_id = other
        self.apply(wizard)
        names = ("planned", "committed")
        self.assertEqual(self.sums(self.target, self.target_first, *names), [400, 400])
        self.assertEqual(self.sums(self.target, other, *names), [800, 0])

    def test_an_order_later_than_the_start_keeps_its_day(self):
        order = self.order(self.first, 400, day="2025-11-20 12:00:00")
        self.apply(self.open_wizard(mode="none"))
        order.order_line.date_planned = "2026-03-05 12:00:00"
        self.assertEqual(str(order.order_line.sop_date), "2026-03-05")

    def test_rules(self):
        self.spend(self.first, 900)
        self.assertEqual(
            self.lines_of(self.open_wizard(mode="percent", percent=50)),
            [("P1", False, 150), ("P2", False, 300)],
        )
        self.assertEqual(
            self.lines_of(self.open_wizard(mode="capped", cap=400)),
            [("P1", False, 300), ("P2", False, 400)],
        )
        self.assertEqual(self.lines_of(self.open_wizard(mode="none")), [])
        self.assertEqual(
            self.lines_of(
                self.open_wizard(category_ids=[Command.set(self.second.ids)])
            ),
            [("P2", False, 600)],
        )
        self.spend(self.first, 400)
        self.assertEqual(
            self.lines_of(self.open_wizard()), [("P2", False, 600)], "overspent"
        )

    def test_twice_carries_nothing_twice(self):
        self.order(self.first, 100)
        for vals in (
            {"mode": "percent", "percent": 50},
            {"mode": "capped", "cap": 550},
        ):
            wizard = self.open_wizard(**vals)
            self.assertTrue(wizard.line_ids)
            self.apply(wizard)
            self.assertEqual(self.lines_of(self.open_wizard(**vals)), [], vals)
        self.apply(self.open_wizard())
        self.assertEqual(self.lines_of(self.open_wizard()), [])
        self.assertEqual(self.figures(self.top, "available"), 0)

    def test_what_waits_for_approval_is_spoken_for(self):
        self.order(self.first, 100)
        first, second = self.open_wizard(), self.open_wizard()
        transfer = self.apply(first, approve=False)
        with self.assertRefused(UserError, "changed since the preview"):
            second.action_apply()
        self.assertEqual(self.lines_of(self.open_wizard()), [])
        transfer.with_user(self.users["manager"]).action_cancel()
        self.assertEqual(len(self.open_wizard().line_ids), 3)

    # === THE PREVIEW === #

    def test_lines_can_be_changed(self):
        wizard = self.open_wizard()
        first, second = wizard.line_ids
        first.amount = 250
        second.included = False
        self.assertEqual(wizard.amount_total, 250)
        self.apply(wizard)
        self.assertEqual(self.planned_of(self.target_first), {"2026-01": 250})
        self.assertFalse(self.find("P2"))

    def test_lines_go_where_they_are_sent(self):
        other = self.make_category("Z", budget=self.target)
        wizard = self.open_wizard()
        wizard.line_ids.target_category_id = other
        self.apply(wizard)
        self.assertEqual(self.planned_of(other), {"2026-01": 1800})

    def test_amounts_stay_within_what_is_there(self):
        for amount in (1201, -1):
            wizard = self.open_wizard()
            wizard.line_ids[0].amount = amount
            with self.assertRefused(UserError, "P1.*carry between 0 and.*1,200.00"):
                wizard.action_apply()
        wizard = self.open_wizard()
        wizard.line_ids.included = False
        with self.assertRefused(UserError, "nothing to carry"):
            wizard.action_apply()

    def test_figures_that_changed_are_previewed_again(self):
        wizard = self.open_wizard()
        self.spend(self.first, 1)
        with self.assertRefused(UserError, "changed since the preview"):
            wizard.action_apply()
        wizard = self.open_wizard()
        wizard.mode = "none"
        self.assertTrue(wizard.is_stale)
        with self.assertRefused(UserError, "changed since the preview"):
            wizard.action_apply()
        # Nobody types what the figures say
        wizard = self.open_wizard()
        wizard.line_ids[0].write({"basis": 5000, "amount": 5000})
        with self.assertRefused(UserError, "changed since the preview"):
            wizard.action_apply()

    def test_an_order_of_two_categories_is_carried_as_a_whole(self):
        order = self.order(self.first, 400, confirm=False)
        order.order_line.analytic_distribution = {
            str(self.first.analytic_account_id.id): 25,
            str(self.second.analytic_account_id.id): 75,
        }
        order.button_confirm()
        wizard = self.open_wizard(mode="none")
        self.assertEqual(self.lines_of(wizard), [("P1", True, 100), ("P2", True, 300)])
        wizard.line_ids[0].included = False
        with self.assertRefused(UserError, "carried as a whole"):
            wizard.action_apply()
        wizard.line_ids.included = True
        self.apply(wizard)
        self.assertEqual(
            self.sums(self.target, self.find("P2"), "planned", "committed"), [300, 300]
        )

    # === ALL OR NOTHING === #

    def test_an_order_that_would_count_elsewhere(self):
        self.target_first.analytic_account_id = False
        self.order(self.first, 400)
        wizard = self.open_wizard(mode="none")
        action = wizard.action_apply()
        transfer = self.env[action["res_model"]].browse(action["res_id"])
        with self.assertRefused(UserError, "would not count in “P1.*Tie that category"):
            transfer.with_user(self.owner).action_approve()
        self.assertEqual(self.figures(self.first, "planned", "committed"), [1200, 400])
        self.assertFalse(self.planned_of(self.target_first))

    def test_an_order_that_was_billed_meanwhile(self):
        order = self.order(self.first, 400)
        transfer = self.apply(self.open_wizard(mode="none"), approve=False)
        order.order_line.sop_released = True
        with self.assertRefused(UserError, "only.*0.00 are still open"):
            transfer.with_user(self.owner).action_approve()

    def test_a_parent_can_get_nothing(self):
        self.make_category("P1.1", self.target_first)
        transfer = self.apply(self.open_wizard(), approve=False)
        with self.assertRefused(UserError, "has sub-categories and can't get"):
            transfer.with_user(self.owner).action_approve()

    def test_into_an_approved_budget(self):
        self.set_amounts(self.target_first, {"2026-01": 10})
        self.target.action_submit()
        self.target.action_approve()
        self.apply(self.open_wizard())
        self.assertEqual(self.target.state, "approved")
        self.assertEqual(self.planned_of(self.target_first), {"2026-01": 1210})
        self.assertEqual(self.planned_of(self.find("P2")), {"2026-01": 600})

    # === GUARDS === #

    def test_periods(self):
        wizard = self.open_wizard()
        same = self.make_budget(name="Same", user_id=self.users["manager"].id)
        wizard.target_id = same
        with self.assertRefused(UserError, "isn't the next period"):
            wizard.action_preview()
        wizard.target_id = False
        with self.assertRefused(UserError, "Choose the budget of the next period"):
            wizard.action_preview()
        with self.assertRefused(UserError, "isn't the next period"):
            self.env["sop.budget.transfer"].create(
                {
                    "kind": "carry_forward",
                    "budget_id": self.budget.id,
                    "target_budget_id": same.id,
                    "reason": "x",
                }
            ).action_submit()
        self.target.action_cancel()
        action = self.budget.action_carry_forward()
        self.assertFalse(
            self.env[action["res_model"]].browse(action["res_id"]).line_ids
        )

    def test_rule_values(self):
        for vals, message in [
            ({"percent": 101}, "between 0 and 100"),
            ({"percent": -1}, "between 0 and 100"),
            ({"cap": -1}, "can't be below zero"),
        ]:
            with self.assertRefused(UserError, message):
                self.open_wizard(**vals)

    def test_managers_of_both(self):
        with self.assertRefused(AccessError, "owner and the managers"):
            self.budget.with_user(self.users["planner"]).action_carry_forward()
        self.target.member_ids.unlink()
        with self.assertRaises(AccessError):
            self.open_wizard(target_id=self.target.id)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self.make_transfer(
                (self.first, JAN, self.target_first, "2026-01-01", 5),
                role="manager",
                kind="carry_forward",
                target_budget_id=self.target.id,
            )

    def test_nobody_moves_orders_by_hand(self):
        order = self.order(self.first, 400)
        order.order_line.write({"sop_carried_date": "2026-01-01"})
        self.assertFalse(order.order_line.sop_carried_date)


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


@tagged("post_install", "-at_install")
class TestExtend(SopReleaseCommon):
    """The old budget runs longer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.budget.uses_releases = False

    def extend(self, user, months=3, reason="The project runs on"):
        budget = self.budget.with_user(user)
        action = budget.action_extend()
        wizard = self.env[action["res_model"]].with_user(user).browse(action["res_id"])
        wizard.write({"months": months, "reason": reason})
        wizard.action_apply()

    def test_keeps_everything_else(self):
        self.order(self.first, 100)
        before = self.figures(self.first, "planned", "committed", "actual", "available")
        amounts = self.planned_of(self.first)
        count = self.budget.version_count
        self.extend(self.owner)
        self.env.invalidate_all()
        self.assertEqual(str(self.budget.date_to), "2026-03-31")
        self.assertEqual(self.budget.state, "approved")
        self.assertEqual(self.planned_of(self.first), amounts)
        self.assertEqual(
            self.figures(self.first, "planned", "committed", "actual", "available"),
            before,
        )
        self.assertEqual(self.budget.version_count, count + 1)
        version = self.budget.version_ids.sorted("number")[-1]
        self.assertEqual(
            (version.reason, version.note), ("extended", "The project runs on")
        )
        # The new months can get money
        self.approve(self.make_transfer((self.first, JAN, self.first, "2026-03-01", 5)))
        self.spend(self.first, 10, "2026-03-10")
        self.assertEqual(self.figures(self.first, "actual"), 10)

    def test_the_last_day_of_a_month_stays_one(self):
        budget = self.make_budget(
            name="X", date_from="2025-01-01", date_to="2025-02-28"
        )
        self.assertEqual(str(budget.get_extended_end(1)), "2025-03-31")
        budget.date_to = "2025-02-15"
        self.assertEqual(str(budget.get_extended_end(1)), "2025-03-15")

    def test_who_may(self):
        controller = self.make_user(
            "sop_extender", "sop_budget.group_sop_budget_controller"
        )
        manager = self.make_user("sop_plain", "sop_budget.group_sop_budget_user")
        members = self.env["sop.budget.member"]
        members.create(
            {"budget_id": self.budget.id, "user_id": manager.id, "role": "manager"}
        )
        for user in (self.users["planner"], self.users["viewer"], manager, controller):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                self.extend(user)
            self.env.invalidate_all()
        members.create(
            {"budget_id": self.budget.id, "user_id": controller.id, "role": "manager"}
        )
        self.assertTrue(self.budget.with_user(controller).can_extend)
        self.assertFalse(self.budget.with_user(manager).can_extend)
        self.extend(controller)
        self.assertEqual(str(self.budget.date_to), "2026-03-31")

    def test_refusals(self):
        for months in (0, -1):
            with self.assertRefused(UserError, "at least 1"):
                self.extend(self.owner, months)
        for months in (121, 10**9):
            with self.assertRefused(UserError, "at most 120 months longer"):
                self.extend(self.owner, months)
        with self.assertRefused(UserError, "say why"):
            self.extend(self.owner, reason=" ")
        with self.assertRefused(ValidationError, "at most 120 months"):
            self.extend(self.owner, 120)
        with self.assertRefused(UserError, "amounts are fixed"):
            self.budget.with_user(self.owner).date_to = "2026-03-31"
        self.budget.action_close()
        with self.assertRefused(UserError, "Reopen what is closed"):
            self.extend(self.owner)

    def test_budgets_of_the_same_months_are_shown(self):
        other = self.make_budget(
            name="Budget 2026", date_from="2026-01-01", date_to="2026-12-31"
        )
        self.make_category("A", amounts={"2026-01": 1}, budget=other)
        action = self.budget.action_extend()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertFalse(wizard.overlap_ids)
        other.action_submit()
        wizard.invalidate_recordset()
        self.assertEqual(wizard.overlap_ids, other)
