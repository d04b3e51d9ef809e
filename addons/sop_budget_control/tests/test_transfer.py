# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from random import Random

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..models.sop_budget_transfer import TRANSFER_TOKEN
from .common import SopControlCommon

JAN, FEB = "2025-01-01", "2025-02-01"


class SopTransferCommon(SopControlCommon):
    def make_transfer(self, *lines, role="planner", **vals):
        """Each line: (from, month, to, month, amount)."""
        user = self.owner if role == "owner" else self.users[role]
        return (
            self.env["sop.budget.transfer"]
            .with_user(user)
            .create(
                {
                    "budget_id": self.budget.id,
                    "reason": "Prizes instead of travel",
                    "supplement_reason": "Granted in March",
                    "line_ids": [
                        Command.create(self.prepare_line(*line)) for line in lines
                    ],
                    **vals,
                }
            )
        )

    def prepare_line(self, source, month_from, target, month_to, amount):
        return {
            "category_from_id": source and source.id,
            "month_from": month_from,
            "category_to_id": target and target.id,
            "month_to": month_to,
            "amount": amount,
        }

    def approve(self, transfer):
        transfer.action_submit()
        if transfer.state != "approved":
            transfer.with_user(self.owner).action_approve()
        self.assertEqual(transfer.state, "approved")
        return transfer

    def spend(self, category, amount, date="2025-01-15"):
        return self.post_entry(
            amount, date, distribution={category.analytic_account_id: 100}
        )


@tagged("post_install", "-at_install")
class TestTransfer(SopTransferCommon):
    def test_moves_money_at_once_and_keeps_the_total(self):
        before = self.figures(self.top, "planned")
        transfer = self.make_transfer((self.first, JAN, self.second, FEB, 30))
        self.assertRegex(transfer.number, r"^TR/\d{4}/\d{5}$")
        self.assertEqual(transfer.amount_total, 30)
        self.assertEqual(self.figures(self.first, "planned"), 1200, "not yet")
        self.approve(transfer)
        self.assertEqual(self.planned_of(self.first)["2025-01"], 70)
        self.assertEqual(self.planned_of(self.second)["2025-02"], 80)
        self.assertEqual(self.figures(self.top, "planned"), before)
        self.assertTrue(transfer.date_applied)
        self.assertEqual(transfer.applied_by_id, self.owner)
        self.assertRecordValues(
            transfer.entry_ids.sorted("change"),
            [
                {
                    "category_id": self.first.id,
                    "amount_before": 100,
                    "amount_after": 70,
                    "change": -30,
                },
                {
                    "category_id": self.second.id,
                    "amount_before": 50,
                    "amount_after": 80,
                    "change": 30,
                },
            ],
        )
        self.assertEqual(self.budget.state, "approved")
        self.assertEqual(
            (self.first.transferred, self.second.transferred, self.top.transferred),
            (-30, 30, 0),
        )
        self.assertEqual(self.budget.transfer_count, 1)

    def test_into_a_month_without_an_amount(self):
        self.second.amount_ids.filtered(lambda a: str(a.month) == FEB).with_context(
            sop_transfer_token=TRANSFER_TOKEN
        ).unlink()
        self.approve(self.make_transfer((self.first, JAN, self.second, FEB, 30)))
        self.assertEqual(self.planned_of(self.second)["2025-02"], 30)

    def test_lines_count_together(self):
        self.spend(self.first, 1150)
        fits = [(self.first, m, self.second, m, 25) for m in (JAN, FEB)]
        self.approve(self.make_transfer(*fits))
        transfer = self.make_transfer(*fits)
        with self.assertRefused(UserError, "P1.*only.*0.00.*neither spent"):
            transfer.action_submit()

    def test_never_below_what_is_used(self):
        self.spend(self.first, 1180)
        transfer = self.make_transfer((self.first, JAN, self.second, JAN, 30))
        with self.assertRefused(UserError, "Line 1.*20.00 are neither spent"):
            transfer.action_submit()
        # Inside the category nothing is taken away from it
        self.approve(self.make_transfer((self.first, JAN, self.first, FEB, 100)))
        self.budget.with_user(self.users["manager"]).transfer_below_used = True
        self.approve(self.make_transfer((self.first, FEB, self.second, JAN, 30)))
        transfer = self.make_transfer(
            (self.first, FEB, self.second, JAN, 30), kind="realignment"
        )
        with self.assertRefused(UserError, "0.00 are neither spent"):
            transfer.action_submit()

    def test_the_month_counts_too_if_the_budget_says_so(self):
        self.spend(self.first, 90)
        self.make_transfer((self.first, JAN, self.second, JAN, 30))._check_ready()
        self.budget.transfer_basis = "month"
        transfer = self.make_transfer((self.first, JAN, self.second, JAN, 30))
        with self.assertRefused(UserError, "10.00 of 2025-01 are neither spent"):
            transfer.action_submit()

    def test_a_cell_holds_what_it_holds(self):
        transfer = self.make_transfer((self.first, JAN, self.second, JAN, 101))
        with self.assertRefused(UserError, "Line 1: “P1 .*plans only.*100.00.*2025-01"):
            transfer.action_submit()

    def test_asked_again_when_it_is_decided(self):
        transfer = self.make_transfer((self.first, JAN, self.second, JAN, 30))
        transfer.action_submit()
        self.spend(self.first, 1190)
        with self.assertRefused(UserError, "10.00 are neither spent"):
            transfer.with_user(self.owner)._on_approved()
        self.assertEqual(self.planned_of(self.first)["2025-01"], 100)
        self.assertNotEqual(transfer.state, "approved")

    def test_supplemental_adds(self):
        transfer = self.make_transfer(
            (False, False, self.second, FEB, 500), kind="supplemental"
        )
        self.approve(transfer)
        self.assertEqual(self.figures(self.top, "planned"), 2300)
        transfer = self.make_transfer(
            (self.first, JAN, self.second, FEB, 5), kind="supplemental"
        )
        with self.assertRefused(UserError, "Line 1: a supplemental adds new money"):
            transfer.action_submit()

    def test_supplemental_says_why_it_was_not_planned(self):
        line = (False, False, self.second, FEB, 500)
        for empty in (False, "  "):
            transfer = self.make_transfer(
                line, kind="supplemental", supplement_reason=empty
            )
            with self.assertRefused(UserError, "write under “Why Not Planned”"):
                transfer.action_submit()
        transfer.supplement_reason = "The law is of May"
        self.approve(transfer)
        self.assertEqual(transfer.supplement_reason, "The law is of May")
        with self.assertRefused(UserError, "can't be changed"):
            transfer.supplement_reason = "Something else"
        # Other kinds need none
        transfer = self.make_transfer(
            (self.first, JAN, self.second, FEB, 5), supplement_reason=False
        )
        self.approve(transfer)

    def test_realignment_stays_in_one_kind_of_money(self):
        grant = self.env["sop.funding.source"].create(
            {"name": "Grant", "is_external": True}
        )
        self.budget.action_draft()
        other = self.make_category("C", amounts=10.0, kind="capital")
        granted = self.make_category("G", amounts=10.0, source_id=grant.id)
        income = self.make_category("I", amounts=10.0, kind="income")
        self.budget.action_submit()
        self.budget.action_approve()
        for target in (other, granted):
            transfer = self.make_transfer(
                (self.first, JAN, target, JAN, 5), kind="realignment"
            )
            with self.assertRefused(UserError, "stays inside one kind of money"):
                transfer.action_submit()
            transfer.kind = "transfer"
            self.approve(transfer)
        transfer = self.make_transfer((self.first, JAN, income, JAN, 5))
        with self.assertRefused(UserError, "income and spending"):
            transfer.action_submit()
        self.approve(
            self.make_transfer(
                (self.first, JAN, self.second, JAN, 5), kind="realignment"
            )
        )

    def test_incomplete_lines_are_named(self):
        for line, message in [
            ((False, False, self.second, JAN, 5), "which category and month.*comes"),
            ((self.first, False, self.second, JAN, 5), "which category and month.*com"),
            (
                (self.first, JAN, self.second, False, 5),
                "which category and month.*goes",
            ),
            ((self.first, JAN, False, JAN, 5), "which category and month.*goes"),
            ((self.first, JAN, self.second, JAN, 0), "amount must be above zero"),
            ((self.first, JAN, self.second, JAN, -5), "amount must be above zero"),
            ((self.first, JAN, self.first, JAN, 5), "comes from where it goes to"),
        ]:
            transfer = self.make_transfer((self.first, FEB, self.second, FEB, 1), line)
            with self.assertRefused(UserError, f"Line 2: .*{message}"):
                transfer.action_submit()
        with self.assertRefused(UserError, "moves nothing yet"):
            self.make_transfer().action_submit()
        transfer = self.make_transfer(
            (self.first, FEB, self.second, FEB, 1), reason=" "
        )
        with self.assertRefused(UserError, "write why"):
            transfer.action_submit()

    def test_places_belong_to_the_budget(self):
        other = self.make_budget(name="Other")
        strange = self.make_category("X", budget=other)
        for line, message in [
            ((strange, JAN, self.second, JAN, 5), "isn't in the budget"),
            ((self.first, JAN, strange, JAN, 5), "isn't in the budget"),
            ((self.top, JAN, self.second, JAN, 5), "the sum of its sub-categories"),
            ((self.first, "2024-12-01", self.second, JAN, 5), "2024-12 lies outside"),
        ]:
            with self.assertRefused(ValidationError, message):
                self.env["sop.budget.transfer"].create(
                    {
                        "budget_id": self.budget.id,
                        "reason": "x",
                        "line_ids": [Command.create(self.prepare_line(*line))],
                    }
                )
        transfer = self.make_transfer((self.first, "2025-01-17", self.second, JAN, 5))
        self.assertEqual(
            str(transfer.line_ids.month_from), JAN, "named by its first day"
        )

    def test_only_approved_budgets(self):
        transfer = self.make_transfer((self.first, JAN, self.second, JAN, 5))
        transfer.action_submit()
        self.budget.action_close()
        with self.assertRefused(UserError, "“Budget 2025” is closed"):
            transfer.with_user(self.owner)._on_approved()
        self.budget.action_reopen()
        self.budget.action_draft()
        transfer = self.make_transfer((self.first, JAN, self.second, JAN, 5))
        with self.assertRefused(UserError, "is draft.*change its amounts"):
            transfer.action_submit()

    def test_target_only_for_carry_forward(self):
        other = self.make_budget(name="Other")
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.make_transfer(target_budget_id=other.id)

    # === GUARDS === #

    def test_what_is_decided_is_fixed(self):
        transfer = self.approve(
            self.make_transfer((self.first, JAN, self.second, JAN, 5))
        )
        for records in (transfer, transfer.with_user(self.owner), transfer.sudo()):
            with self.assertRefused(UserError, "is approved and can't be changed"):
                records.write({"reason": "Other"})
            with self.assertRefused(UserError, "is approved and can't be changed"):
                records.line_ids.write({"amount": 6})
            with self.assertRefused(UserError, "is approved and can't be changed"):
                records.line_ids.unlink()
            with self.assertRefused(UserError, "stays in the history"):
                records.unlink()
            with self.assertRefused(UserError, "is approved"):
                records.action_cancel()
        entries = transfer.entry_ids.sudo()
        with self.assertRefused(UserError, "history of a plan"):
            entries.write({"change": 1})
        with self.assertRefused(UserError, "history of a plan"):
            entries.unlink()
        with self.assertRefused(UserError, "history of a plan"):
            entries.create(
                {
                    "transfer_id": transfer.id,
                    "category_id": self.first.id,
                    "month": JAN,
                    "date": "2025-01-01",
                }
            )
        with self.assertRaises(AccessError):
            transfer.entry_ids.with_user(self.owner).check_access("write")

    def test_states_follow_from_buttons(self):
        transfer = self.make_transfer((self.first, JAN, self.second, JAN, 5))
        for vals in (
            {"state": "approved"},
            {"number": "X"},
            {"requester_id": self.owner.id},
            {"date_applied": "2025-01-01"},
        ):
            with self.assertRefused(UserError, "follows from the buttons"):
                transfer.with_context(sop_transfer_token=True).write(vals)
            with self.assertRefused(UserError, "follows from the buttons"):
                transfer.sudo().write(vals)
        with self.assertRefused(UserError, "follows from the buttons"):
            self.make_transfer(state="approved")
        with self.assertRefused(UserError, "worked out"):
            transfer.write({"amount_total": 9})
        with self.assertRefused(UserError, "Orders and reservations are carried by"):
            transfer.line_ids.write({"purchase_line_id": False})
        with self.assertRefused(UserError, "Orders and reservations are carried by"):
            transfer.line_ids.create(
                {
                    **self.prepare_line(self.first, JAN, self.second, JAN, 5),
                    "transfer_id": transfer.id,
                    "purchase_line_id": 1,
                }
            )
        other = self.make_transfer()
        with self.assertRefused(UserError, "stays in the transfer"):
            transfer.line_ids.write({"transfer_id": other.id})

    def test_amounts_stay_fixed_for_everybody_else(self):
        amount = self.first.amount_ids[:1]
        with self.assertRefused(UserError, "its amounts are fixed"):
            amount.with_context(sop_transfer_token=True).amount = 1
        with self.assertRefused(UserError, "its amounts are fixed"):
            amount.sudo().amount = 1

    def test_the_way_through_its_states(self):
        transfer = self.make_transfer((self.first, JAN, self.second, JAN, 5))
        transfer._set_state("in_review")
        with self.assertRefused(UserError, "is in review: this can't be done"):
            transfer.action_submit()
        with self.assertRefused(UserError, "is in review and can't be changed"):
            transfer.reason = "Other"
        transfer.action_withdraw()
        self.assertEqual(transfer.state, "draft")
        with self.assertRefused(UserError, "this can't be done"):
            transfer.action_withdraw()
        transfer._on_returned("Say more")
        self.assertEqual(
            (transfer.state, transfer.decision_reason), ("changes", "Say more")
        )
        transfer.reason = "More"
        transfer._on_rejected("No")
        self.assertEqual((transfer.state, transfer.decision_reason), ("rejected", "No"))
        transfer.action_draft()
        transfer.action_cancel()
        with self.assertRefused(UserError, "this can't be done"):
            transfer.action_cancel()
        transfer.action_draft()
        transfer.unlink()

    def test_what_was_decided_is_not_deleted(self):
        transfer = self.make_transfer((self.first, JAN, self.second, JAN, 5))
        transfer.action_submit()
        transfer.with_user(self.owner).action_reject("No")
        self.assertEqual(transfer.state, "rejected")
        transfer.action_draft()
        with self.assertRefused(UserError, "is draft and stays in the history"):
            transfer.unlink()
        transfer.copy().unlink()

    def test_taking_back(self):
        plan = self.planned_of(self.first), self.planned_of(self.second)
        transfer = self.make_transfer((self.first, JAN, self.second, FEB, 30))
        with self.assertRefused(UserError, "this can't be done"):
            transfer.action_reverse()
        self.approve(transfer)
        action = transfer.action_reverse()
        back = transfer.browse(action["res_id"])
        self.assertEqual((back.state, back.reversed_id), ("draft", transfer))
        self.approve(back)
        self.assertEqual(
            (self.planned_of(self.first), self.planned_of(self.second)), plan
        )
        more = self.approve(
            self.make_transfer(
                (False, False, self.second, FEB, 30), kind="supplemental"
            )
        )
        with self.assertRefused(UserError, "no transfer between places"):
            more.action_reverse()

    def test_settings_are_for_managers(self):
        with self.assertRefused(AccessError, "owner and the managers"):
            self.budget.with_user(self.users["planner"]).transfer_basis = "month"

    def test_filing_in_one_go(self):
        transfer = self.budget.with_user(self.users["proposer"]).file_transfer(
            [self.prepare_line(self.first, JAN, self.second, JAN, 5)], "Short of money"
        )
        self.assertNotIn(transfer.state, ("draft", "changes"))
        self.assertEqual(transfer.requester_id, self.users["proposer"])

    # === RIGHTS === #

    def test_who_may_ask(self):
        line = (self.first, JAN, self.second, JAN, 5)
        with self.assertRefused(AccessError, "role of a proposer"):
            self.make_transfer(line, role="viewer")
        with self.assertRaises(AccessError):
            self.make_transfer(line).with_user(self.outsider).read(["reason"])
        mine = self.make_transfer(line, role="proposer")
        mine.reason = "Mine"
        mine.with_user(self.users["planner"]).reason = "Planner's"
        theirs = self.make_transfer(line).with_user(self.users["proposer"])
        self.assertEqual(theirs.read(["amount_total"])[0]["amount_total"], 5)
        with self.assertRaises(AccessError):
            theirs.reason = "Mine"
        with self.assertRefused(AccessError, "somebody else's"):
            theirs.action_submit()

    def test_hidden_categories_stay_hidden(self):
        self.second.visibility = "manager"
        line = (self.first, JAN, self.second, JAN, 5)
        for role in ("proposer", "planner"):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                self.make_transfer(line, role=role)
            transfer = self.make_transfer(
                (self.first, JAN, self.first, FEB, 5), role=role
            )
            with self.assertRefused(AccessError, "category that you may not see"):
                transfer.line_ids.category_to_id = self.second
        transfer = self.make_transfer(line, role="manager")
        self.assertEqual(transfer.visibility, "manager")
        for role in ("viewer", "planner"):
            reader = transfer.with_user(self.users[role])
            self.assertFalse(reader.search([("id", "=", transfer.id)]))
            self.assertFalse(
                reader.line_ids.search([("transfer_id", "=", transfer.id)])
            )
        self.approve(transfer)
        self.assertFalse(
            transfer.entry_ids.with_user(self.users["planner"]).search(
                [("category_id", "=", self.second.id)]
            )
        )
        message = self.budget.message_ids.filtered(lambda m: transfer.number in m.body)
        self.assertNotIn("5.00", message[:1].body)

    def test_messages_name_nothing_hidden(self):
        transfer = self.make_transfer(
            (self.second, JAN, self.first, JAN, 50), role="manager"
        )
        transfer.action_submit()
        self.second.visibility = "manager"
        self.spend(self.second, 590)
        with self.assertRefused(UserError, "not enough money where it comes"):
            transfer.with_user(self.users["viewer"]).sudo()._apply()

    # === FIGURES === #

    def test_effect_while_writing(self):
        self.spend(self.first, 150)
        with Form(
            self.env["sop.budget.transfer"].with_user(self.users["planner"])
        ) as form:
            form.budget_id = self.budget
            form.reason = "Prizes"
            with form.line_ids.new() as line:
                line.category_from_id = self.first
                line.month_from = JAN
                line.category_to_id = self.second
                line.month_to = JAN
                line.amount = 30
                self.assertEqual(line.available_from, 1050)
                self.assertEqual(line.available_after, 1020)
                self.assertEqual((line.planned_to, line.revised_to), (600, 630))
        self.assertEqual(form.record.line_ids.available_after, 1020)

    def test_queries_do_not_grow_with_lines(self):
        months = [f"2025-{month:02d}-01" for month in range(1, 13)]

        def count(number):
            transfer = self.make_transfer(
                *(
                    (self.first, month, self.second, month, 1)
                    for month in months[:number]
                )
            )
            transfer.action_submit()
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            if transfer.state != "approved":
                transfer.with_user(self.owner)._on_approved()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count(2)
        self.assertLessEqual(count(12), count(2) + 5)

    def test_money_is_conserved_whatever_is_transferred(self):
        """Random transfers and spending: no figure is lost, and the history explains the plan."""
        random = Random(2025)
        months = [f"2025-{month:02d}-01" for month in range(1, 13)]
        places = [self.first, self.second]
        added = 0
        for _step in range(60):
            source, target = random.choice(places), random.choice(places)
            lines = [
                (source, random.choice(months), target, random.choice(months), amount)
                for amount in random.sample(range(1, 120), random.choice((1, 2)))
            ]
            kind = random.choice(("transfer", "realignment", "supplemental"))
            if kind == "supplemental":
                lines = [(False, False, *line[2:]) for line in lines]
            try:
                with self.env.cr.savepoint():
                    self.approve(self.make_transfer(*lines, kind=kind))
                added += sum(line[4] for line in lines) * (kind == "supplemental")
            except UserError:
                self.env.invalidate_all()
            if random.random() < 0.2:
                self.spend(source, random.randint(1, 90), random.choice(months))
            self.assertEqual(self.figures(self.top, "planned"), 1800 + added)
            for category, original in ((self.first, 1200), (self.second, 600)):
                names = ("planned", "available", "reserved", "committed", "actual")
                planned, *rest = self.figures(category, *names)
                self.assertEqual(planned, sum(rest))
                self.assertGreaterEqual(min(self.planned_of(category).values()), 0)
                category.invalidate_recordset(["transferred"])
                self.assertEqual(planned, original + category.transferred)
