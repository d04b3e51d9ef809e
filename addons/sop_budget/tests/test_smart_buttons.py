# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common_commitments import CommitmentCommon


@tagged("post_install", "-at_install")
class TestSmartButtons(CommitmentCommon):
    """From an order, a bill and an analytic account to the budgets that count them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls.make_category("A", analytic=True)
        cls.second = cls.make_category("B", account_ids=cls.expense_3.ids)
        cls.later = cls.make_budget(
            name="Later", date_from="2026-01-01", date_to="2026-12-31"
        )
        cls.next = cls.make_category(
            "A", budget=cls.later, analytic=cls.first.analytic_account_id
        )

    def make_split_order(self, **vals):
        return self.make_order(
            {
                "analytic_distribution": {
                    str(self.first.analytic_account_id.id): 50,
                }
            },
            {"product_id": self.item.id},
            **vals,
        )

    def test_order(self):
        order = self.make_split_order()
        self.assertEqual((order.sop_budget_count, order.sop_category_count), (1, 1))
        action = order.action_sop_open_touched()
        self.assertEqual(action["res_model"], "sop.budget.category")
        self.assertEqual(action["res_id"], self.first.id)
        self.item.with_company(
            self.company
        ).property_account_expense_id = self.expense_3
        self.env.invalidate_all()
        self.assertEqual(order.sop_category_count, 2)
        found = self.env["sop.budget.category"].search(
            order.action_sop_open_touched()["domain"]
        )
        self.assertEqual(found, self.first | self.second)

    def test_expected_next_year(self):
        """The budget of the year in which the goods are expected."""
        order = self.make_split_order()
        order.order_line.date_planned = "2026-02-01 08:00:00"
        self.env.invalidate_all()
        self.assertEqual(order.action_sop_open_touched()["res_id"], self.next.id)
        order.order_line.date_planned = "2024-02-01 08:00:00"
        self.env.invalidate_all()
        self.assertEqual((order.sop_budget_count, order.sop_category_count), (0, 0))

    def test_no_category(self):
        """In no category: the button leads to the budget, which shows it as unassigned."""
        order = self.make_order({})
        self.assertEqual((order.sop_budget_count, order.sop_category_count), (1, 0))
        action = order.action_sop_open_touched()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("sop.budget", self.budget.id)
        )

    def test_bill(self):
        bill = self.post_bill(
            100, "2025-04-01", distribution={self.first.analytic_account_id: 100}
        )
        self.assertEqual(bill.action_sop_open_touched()["res_id"], self.first.id)
        both = f"{self.first.analytic_account_id.id},{self.make_analytic('X', self.other_plan).id}"
        bill = self.post_bill(100, "2026-04-01", distribution={both: 100})
        self.assertEqual(bill.action_sop_open_touched()["res_id"], self.next.id)
        draft = self.post_bill(100, "2025-04-01", account=self.expense_3, post=False)
        self.assertEqual(draft.action_sop_open_touched()["res_id"], self.second.id)
        entry = self.post_entry(
            5, "2025-04-01", account=self.company_data["default_account_assets"]
        )
        self.assertEqual((entry.sop_budget_count, entry.sop_category_count), (1, 0))

    def test_remainder(self):
        """What a distribution leaves over belongs to the category of the account."""
        analytic = self.first.analytic_account_id
        bill = self.post_bill(
            100, "2025-04-01", account=self.expense_3, distribution={analytic: 60}
        )
        self.assertEqual(bill._get_sop_touched()[bill.id][1], self.first | self.second)
        other = self.make_analytic("X", self.other_plan)
        for distribution, categories in (
            ({analytic: 100}, self.first),
            ({other: 100}, self.second),
            ({analytic: 100, other: 40}, self.first),
            ({f"{analytic.id},{other.id}": 30}, self.first | self.second),
        ):
            with self.subTest(distribution=distribution):
                bill = self.post_bill(
                    100,
                    "2025-04-01",
                    account=self.expense_3,
                    distribution=distribution,
                )
                self.assertEqual(bill._get_sop_touched()[bill.id][1], categories)

    def test_strange_distributions(self):
        """What other programs wrote into a distribution is no reason to fail."""
        bill = self.post_bill(100, "2025-04-01", account=self.expense_3)
        self.env.flush_all()
        key = self.first.analytic_account_id.id
        for text in ('{"x": 5}', '{"x,7": 100}', f'{{"{key}": "5"}}'):
            with self.subTest(text=text):
                self.env.cr.execute(
                    "UPDATE account_move_line SET analytic_distribution = %s::jsonb"
                    " WHERE move_id = %s",
                    [text, bill.id],
                )
                self.env.invalidate_all()
                self.assertEqual(bill._get_sop_touched()[bill.id][1], self.second)

    def test_order_without_account(self):
        order = self.make_split_order()
        self.env.flush_all()
        self.env.cr.execute("UPDATE purchase_order_line SET sop_account_id = NULL")
        self.env.invalidate_all()
        self.assertEqual((order.sop_budget_count, order.sop_category_count), (1, 1))
        self.assertEqual(order.action_sop_open_touched()["res_id"], self.first.id)
        self.budget.scope_expense = False
        self.env.invalidate_all()
        self.assertEqual((order.sop_budget_count, order.sop_category_count), (0, 0))

    def test_analytic_account(self):
        account = self.first.analytic_account_id
        self.assertEqual((account.sop_budget_count, account.sop_category_count), (2, 2))
        self.later.action_cancel()
        self.env.invalidate_all()
        self.assertEqual(account.sop_category_count, 1)
        self.assertFalse(self.make_analytic("Nowhere").sop_budget_count)

    def test_many_at_once(self):
        orders = self.make_split_order() | self.make_split_order() | self.make_order({})
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(orders.mapped("sop_category_count"), [1, 1, 0])

    def test_only_for_readers_of_budgets(self):
        """Hidden categories and budgets of others are not counted either."""
        order = self.make_split_order()
        buyers = "purchase.group_purchase_user"
        stranger = self.make_user("sop_stranger", groups=buyers)
        with self.assertRaises(AccessError):
            order.with_user(stranger).read(["sop_budget_count"])
        reader = "sop_budget.group_sop_budget_user"
        outsider = self.make_user("sop_other", groups=f"{buyers},{reader}")
        seen = order.with_user(outsider)
        self.assertEqual((seen.sop_budget_count, seen.sop_category_count), (0, 0))
        member = self.make_user("sop_member", groups=f"{buyers},{reader}")
        self.env["sop.budget.member"].create(
            {"budget_id": self.budget.id, "user_id": member.id, "role": "viewer"}
        )
        seen = order.with_user(member)
        self.assertEqual((seen.sop_budget_count, seen.sop_category_count), (1, 1))
        self.first.visibility = "manager"
        self.env.invalidate_all()
        self.assertEqual((seen.sop_budget_count, seen.sop_category_count), (1, 0))

    def test_forms(self):
        """The forms open, for new records as well."""
        order = self.make_split_order()
        bill = self.post_bill(100, "2025-04-01", post=False)
        for record in (order, bill, self.first.analytic_account_id):
            with Form(record) as form:
                self.assertEqual(form.sop_budget_count, record.sop_budget_count)
            self.assertFalse(Form(record.browse()).sop_budget_count)
