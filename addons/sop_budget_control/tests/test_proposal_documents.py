# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Orders and bills of proposals, their effect, and what the reports say of them."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common_proposal import ProposalCommon


@tagged("post_install", "-at_install")
class TestProposalDocuments(ProposalCommon):
    def reserved(self):
        return self.figures(self.third, "reserved", "committed", "actual", "available")

    # === ORDERS AND BILLS === #

    def test_everything_is_carried_to_the_order(self):
        proposal = self.approved(
            lines=[{"price_unit": 40.0, "quantity": 5}], justification="<p>Why so</p>"
        )
        self.env["ir.attachment"].create(
            {"name": "offer.txt", "raw": b"x", "res_model": proposal._name}
            | {"res_id": proposal.id}
        )
        order = self.order(proposal)
        line = order.order_line
        self.assertRecordValues(
            line,
            [
                {
                    "name": "Line",
                    "product_qty": 5,
                    "price_unit": 40,
                    "sop_proposal_line_id": proposal.line_ids.id,
                    "analytic_distribution": {
                        str(self.third.analytic_account_id.id): 100.0
                    },
                }
            ],
        )
        self.assertEqual(order.partner_id, self.vendor)
        self.assertEqual(order.origin, proposal.number)
        self.assertEqual(str(line.date_planned.date()), "2025-06-15")
        files = self.env["ir.attachment"].search(
            [("res_model", "=", order._name), ("res_id", "=", order.id)]
        )
        self.assertEqual(files.mapped("name"), ["offer.txt"])
        self.assertFalse(order.note)
        self.assertEqual((proposal.order_count, order.sop_proposal_count), (1, 1))
        self.assertEqual(order.action_sop_open_proposals()["res_id"], proposal.id)
        with self.assertRefused(UserError, "Nothing of .* is left to order"):
            proposal.action_create_rfq()
        with self.assertRefused(UserError, "Nothing of .* is left to order"):
            proposal.action_create_bill()

    def test_a_vendor_is_needed(self):
        proposal = self.approved(300, partner_id=False)
        with self.assertRefused(UserError, "names no vendor yet"):
            proposal.action_create_rfq()
        # Often known only after the approval
        proposal.with_user(self.proposer).partner_id = self.vendor
        self.order(proposal)

    def test_bill_without_order(self):
        proposal = self.approved(300)
        action = proposal.action_create_bill()
        bill = self.env["account.move"].browse(action["res_id"])
        self.assertEqual(bill.invoice_line_ids.sop_proposal_line_id, proposal.line_ids)
        bill.write({"invoice_date": "2025-06-20", "date": "2025-06-20"})
        self.assertEqual(self.reserved(), [300, 0, 0, 700])
        bill.action_post()
        self.assertEqual(self.reserved(), [0, 0, 300, 700])
        self.assertEqual((proposal.bill_count, bill.sop_proposal_count), (1, 1))
        reversal = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=bill.ids)
            .create({"journal_id": bill.journal_id.id, "date": "2025-06-21"})
        )
        action = reversal.refund_moves()
        refund = self.env["account.move"].browse(action["res_id"])
        refund.invoice_line_ids.price_unit = 120
        refund.action_post()
        self.assertEqual(self.reserved(), [120, 0, 180, 700])
        copy = bill.copy()
        self.assertFalse(copy.invoice_line_ids.sop_proposal_line_id)

    def test_the_accountant_reverses_without_a_part_in_budgets(self):
        proposal = self.approved(300)
        bill = self.env["account.move"].browse(proposal.action_create_bill()["res_id"])
        bill.write({"invoice_date": "2025-06-20", "date": "2025-06-20"})
        bill.action_post()
        accountant = self.make_user("sop_accountant", "account.group_account_invoice")
        bill = bill.with_user(accountant)
        refund = bill._reverse_moves(
            [{"date": "2025-06-21", "invoice_date": "2025-06-21"}], cancel=True
        )
        self.assertEqual(refund.state, "posted")
        self.assertEqual(self.reserved(), [300, 0, 0, 700])

    def reverse_as_accountant(self, bill, method):
        accountant = self.make_user(
            f"sop_{method}", "account.group_account_invoice,base.group_partner_manager"
        )
        wizard = (
            self.env["account.move.reversal"]
            .with_user(accountant)
            .with_context(active_model="account.move", active_ids=bill.ids)
            .create({"journal_id": bill.journal_id.id, "date": "2025-06-21"})
        )
        action = getattr(wizard, method)()
        return self.env["account.move"].browse(action["res_id"])

    def test_the_wizard_reverses_and_bills_anew_for_an_accountant(self):
        proposal = self.approved(300)
        bill = self.env["account.move"].browse(proposal.action_create_bill()["res_id"])
        bill.write({"invoice_date": "2025-06-20", "date": "2025-06-20"})
        bill.action_post()
        anew = self.reverse_as_accountant(bill, "modify_moves")
        self.assertEqual(anew.move_type, "in_invoice")
        self.assertEqual(anew.invoice_line_ids.sop_proposal_line_id, proposal.line_ids)
        self.assertEqual(self.reserved(), [300, 0, 0, 700])
        anew.invoice_date = "2025-06-21"
        anew.action_post()
        self.assertEqual(self.reserved(), [0, 0, 300, 700])
        refund = self.reverse_as_accountant(anew, "refund_moves")
        self.assertEqual(
            refund.invoice_line_ids.sop_proposal_line_id, proposal.line_ids
        )
        # Other links are as closed as ever
        other = self.approved(100)
        with self.assertRefused(AccessError, ""):
            anew.copy().invoice_line_ids.with_user(
                self.make_user("sop_plain", "account.group_account_invoice")
            ).write({"sop_proposal_line_id": other.line_ids.id})

    def test_a_second_request_asks_for_no_more_than_is_left(self):
        proposal = self.approved(1000)
        self.order(proposal, 333.33).button_confirm()
        line = self.order(proposal).order_line
        self.assertEqual((line.product_qty, line.price_unit), (1, 666.67))
        line.order_id.button_cancel()
        bill = self.env["account.move"].browse(proposal.action_create_bill()["res_id"])
        self.assertEqual(bill.amount_untaxed, 666.67)
        # A part of the quantity where it divides
        proposal = self.approved(lines=[{"price_unit": 10.0, "quantity": 5}])
        self.order(proposal, 20).button_confirm()
        line = self.order(proposal).order_line
        self.assertEqual((line.product_qty, line.price_unit), (3, 10))

    def test_general_account_of_the_category(self):
        self.budget.sudo().action_draft()
        category = self.make_category(
            "G",
            None,
            {"2025-06": 500.0},
            account_ids=[Command.set(self.expense_2.ids)],
        )
        prefixed = self.make_category(
            "H", None, {"2025-06": 500.0}, account_prefixes=self.expense_3.code
        )
        self.budget.sudo().action_submit()
        self.budget.sudo().action_approve()
        for leaf in (category, prefixed):
            proposal = self.approved(100, category=leaf)
            order = self.order(proposal)
            order.button_confirm()
            self.assertEqual(self.figures(leaf, "reserved", "committed"), [0, 100])
            bill = self.bill(order)
            bill.action_post()
            self.assertEqual(self.figures(leaf, "committed", "actual"), [0, 100])

    def test_taxes_that_are_not_recovered(self):
        tax = self.env["account.tax"].create(
            {
                "name": "Lost",
                "amount": 10,
                "type_tax_use": "purchase",
                "company_id": self.company.id,
                "invoice_repartition_line_ids": [
                    Command.create({"repartition_type": "base"}),
                    Command.create({"repartition_type": "tax"}),
                ],
                "refund_repartition_line_ids": [
                    Command.create({"repartition_type": "base"}),
                    Command.create({"repartition_type": "tax"}),
                ],
            }
        )
        proposal = self.approved(300)
        order = self.order(proposal, 200)
        order.order_line.tax_ids = tax
        order.button_confirm()
        self.assertEqual(self.reserved()[:2], [80, 220])
        bill = self.bill(order)
        bill.action_post()
        self.assertEqual(self.reserved(), [80, 0, 220, 700])
        bill._reverse_moves(
            [{"date": "2025-06-21", "invoice_date": "2025-06-21"}], cancel=True
        )
        self.assertEqual(self.reserved(), [80, 220, 0, 700])

    def test_the_price_of_anything_is_nobodys_price(self):
        order = self.order(self.approved(300), 200)
        order.button_confirm()
        product = order.order_line.product_id
        self.assertFalse(product.seller_ids)
        order.order_line.product_qty = 2
        self.assertEqual(order.order_line.price_unit, 200)

    def test_free_the_rest(self):
        proposal = self.approved(300)
        order = self.order(proposal, 200)
        order.button_confirm()
        with self.assertRefused(UserError, "free the rest instead"):
            proposal.with_user(self.proposer).action_cancel()
        wizard = (
            self.env["sop.proposal.decision"]
            .with_user(self.proposer)
            .create({"kind": "free", "proposal_id": proposal.id, "comment": "Enough"})
        )
        wizard.action_confirm()
        self.assertEqual(self.reserved(), [0, 200, 0, 800])
        with self.assertRefused(UserError, "is reserved any more"):
            proposal.action_free_rest()
        # For good: an order given up later does not bring it back
        order.button_cancel()
        self.assertEqual(self.reserved(), [0, 0, 0, 1000])
        self.assertEqual(proposal.amount_approved, 300)

    def test_the_rest_of_an_order_goes_back(self):
        proposal = self.approved(300)
        order = self.order(proposal, 200)
        order.button_confirm()
        order.action_sop_release_rest()
        self.assertEqual(self.reserved(), [300, 0, 0, 700])
        self.assertEqual(proposal.state, "approved")

    def test_an_advance_takes_over_too(self):
        proposal = self.approved(300)
        order = self.order(proposal, 300)
        order.button_confirm()
        order.order_line.create(
            {
                "order_id": order.id,
                "name": "Advance",
                "is_downpayment": True,
                "product_qty": 0,
                "price_unit": 100,
            }
        )
        self.assertEqual(
            order.order_line.sop_proposal_line_id,
            proposal.line_ids,
        )

    # === LINKS === #

    def test_links_need_an_approved_proposal_that_one_may_read(self):
        proposal = self.make_proposal(300).with_env(self.env)
        order = self.order(self.approved(100))
        with self.assertRefused(ValidationError, "is not approved"):
            order.order_line.sop_proposal_line_id = proposal.line_ids
        buyer = self.make_user("sop_buyer", "purchase.group_purchase_user")
        line = order.order_line.with_user(buyer)
        granted = self.approved(100).line_ids
        with self.assertRefused(AccessError, "."):
            line.write({"sop_proposal_line_id": granted.id})
        # Without a part in budgets one confirms all the same
        order.with_user(buyer).button_confirm()
        self.assertEqual(self.figures(self.third, "reserved", "committed"), [100, 100])

    # === EFFECT === #

    def test_effect(self):
        self.approved(400)
        self.submit(self.make_proposal(100))
        proposal = self.make_proposal(500)
        [row] = proposal.effect
        self.assertEqual(
            [row[key] for key in ("available", "available_after_pending", "asked")],
            [600, 500, 500],
        )
        self.assertEqual(
            [row[key] for key in ("used", "percent", "left", "left_after_pending")],
            [900, 90, 100, 0],
        )
        self.assertEqual(row["bar"], [40, 50, 10])
        self.assertIn("900.00 (90 %) used, 100.00 left", proposal.effect_html)
        self.submit(proposal)
        # While it is decided: its own claim is not what others ask
        [row] = proposal.with_user(self.owner).effect
        self.assertEqual((row["available_after_pending"], row["left"]), (500, 100))
        proposal.sudo()._on_approved()
        self.assertFalse(proposal.effect)

    def test_the_effect_is_what_is_checked(self):
        policy = self.env["sop.budget.policy"].create(
            {
                "budget_id": self.budget.id,
                "event": "order",
                "action": "stop",
                "basis": "to_date",
            }
        )
        proposal = self.make_proposal(650, category=self.first)
        [row] = proposal.effect
        # 100 a month: 600 up to June, not 1,200
        self.assertEqual(
            [row[key] for key in ("planned", "available", "asked", "left")],
            [600, 600, 650, -50],
        )
        self.assertEqual(row["period"], "up to June 2025")
        self.assertTrue(proposal.is_short)
        self.assertIn("up to June 2025", proposal.effect_html)
        [finding] = proposal._find_shortfalls()
        self.assertEqual(finding.verdict.available, 60000)
        proposal.line_ids.price_unit = 550
        self.assertEqual(proposal.effect[0]["left"], 50)
        self.assertFalse(proposal.is_short)
        # The strictest one counts, and what is above is shown where it is measured
        policy.copy(
            {
                "category_id": self.top.id,
                "basis": "budget",
                "reach": "total",
                "event": "bill",
            }
        )
        proposal.invalidate_recordset()
        rows = proposal.effect
        self.assertEqual(
            [row["category_id"] for row in rows], [self.first.id, self.top.id]
        )
        self.assertEqual(rows[1]["period"], "whole budget")
        self.assertEqual(rows[1]["planned"], 2800)

    # === REPORTS === #

    def test_figures_lead_to_proposals(self):
        proposal = self.approved(300)
        pending = self.make_proposal(50)
        self.submit(pending)
        budget = self.budget.with_user(self.owner)
        for measure, amount, found in (
            ("reserved", 300, proposal),
            ("pending", 50, pending),
        ):
            answer = budget.explain(
                {
                    "budget_id": budget.id,
                    "row": f"c{self.third.id}",
                    "measure": measure,
                }
            )
            self.assertEqual(answer["value"], amount)
            self.assertEqual(answer["documents"]["sum"], amount)
            [row] = answer["documents"]["rows"]
            self.assertEqual((row["res_model"], row["res_id"]), (found._name, found.id))
            item = self.env["sop.budget.item"].browse(row["id"])
            self.assertEqual(item.source_id, found.line_ids.id)
        answer = budget.explain(
            {
                "budget_id": budget.id,
                "row": f"c{self.third.id}",
                "measure": "available",
            }
        )
        self.assertEqual((answer["value"], answer["documents"]["sum"]), (700, 700))

    def test_report_and_analysis(self):
        self.approved(300)
        self.submit(self.make_proposal(50))
        report = self.budget.get_report({"budget_id": self.budget.id})
        keys = [measure["key"] for measure in report["measures"]]
        self.assertLess(keys.index("pending"), keys.index("reserved"))
        self.assertIn("available_after_pending", self.budget._get_report_measures())
        sums = self.env["sop.budget.analysis"]._read_group(
            [("category_id", "=", self.third.id)],
            [],
            ["planned:sum", "reserved:sum", "pending:sum", "available:sum"],
        )
        self.assertEqual(sums, [(1000, 300, 50, 700)])
        self.assertEqual(self.budget.proposal_count, 2)
        self.assertEqual(
            self.budget.action_open_proposals()["res_model"], "sop.proposal"
        )

    # === RECONCILIATION === #

    def rows(self, proposal):
        self.env.invalidate_all()
        return self.env["sop.proposal.reconciliation"].search(
            [("proposal_id", "=", proposal.id)]
        )

    def test_reconciliation_counts_days_of_the_reader(self):
        proposal = self.approved(300)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sop_proposal SET date_approved = '2025-06-20 22:30' WHERE id = %s",
            [proposal.id],
        )
        rows = self.rows(proposal)
        for zone, day in (
            ("UTC", "2025-06-20"),
            ("Europe/Berlin", "2025-06-21"),
            ("America/New_York", "2025-06-20"),
        ):
            rows.invalidate_recordset()
            self.assertEqual(str(rows.with_context(tz=zone).since), day)
        order = self.order(proposal, 300)
        order.button_confirm()
        order.date_approve = "2025-06-21 22:30:00"
        rows = self.rows(proposal).with_context(tz="Europe/Berlin")
        self.assertEqual(str(rows.since), "2025-06-22")

    def test_reconciliation(self):
        proposal = self.approved(300)
        row = self.rows(proposal)
        self.assertEqual((row.progress, row.amount_approved), ("not_ordered", 300))
        order = self.order(proposal, 300)
        order.button_confirm()
        row = self.rows(proposal)
        self.assertEqual((row.progress, row.amount_ordered), ("not_billed", 300))
        self.bill(order).action_post()
        row = self.rows(proposal)
        self.assertEqual((row.progress, row.amount_billed), ("not_paid", 300))
        self.assertEqual(str(row.since), "2025-06-20")
        self.assertEqual(
            row.days_stuck,
            (fields.Date.context_today(row) - fields.Date.to_date("2025-06-20")).days,
        )
        self.assertTrue(row.is_stuck)
        self.assertEqual(row.action_open_proposal()["res_id"], proposal.id)

    def reminders(self, proposal):
        self.env["sop.proposal"]._cron_remind_stuck()
        kind = self.env.ref("sop_budget_control.mail_activity_type_stuck")
        return proposal.activity_ids.filtered(lambda a: a.activity_type_id == kind)

    def test_stuck_proposals_are_told_once(self):
        proposal = self.approved(300)
        self.assertFalse(self.reminders(proposal))
        proposal._write_guarded(
            {"date_approved": fields.Datetime.now() - timedelta(days=20)}
        )
        for _run in range(2):
            reminder = self.reminders(proposal)
            self.assertEqual(reminder.user_id, self.proposer)
            self.assertEqual(len(reminder), 1)
        self.assertIn("Not ordered", reminder.note)
        proposal.action_cancel()
        self.assertFalse(self.reminders(proposal))

    def test_stuck_proposals_are_told_in_the_language_of_the_requester(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        name = "selection__sop_proposal_reconciliation__progress__not_ordered"
        label = self.env.ref(f"sop_budget_control.{name}")
        label.with_context(lang="fr_FR").name = "Pas commandé"
        self.proposer.lang = "fr_FR"
        proposal = self.approved(300)
        proposal._write_guarded(
            {"date_approved": fields.Datetime.now() - timedelta(days=20)}
        )
        self.assertIn("Pas commandé", self.reminders(proposal).note)

    def test_one_that_cannot_be_told_does_not_stop_the_others(self):
        proposals = [self.approved(100) for _number in range(3)]
        for proposal in proposals:
            proposal._write_guarded(
                {"date_approved": fields.Datetime.now() - timedelta(days=20)}
            )
        model = type(self.env["sop.proposal"])
        schedule = model.activity_schedule

        def break_down(proposal, *args, **kwargs):
            if proposal == proposals[1]:
                raise ValueError("broken")
            return schedule(proposal, *args, **kwargs)

        logger = "odoo.addons.sop_budget_control.models.sop_proposal_reconciliation"
        with (
            patch.object(model, "activity_schedule", break_down),
            self.assertLogs(logger, "ERROR"),
        ):
            told = [bool(self.reminders(proposal)) for proposal in proposals]
        self.assertEqual(told, [True, False, True])
