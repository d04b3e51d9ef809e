# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import Counter
from random import Random
from unittest.mock import patch

from odoo.api import Environment
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..engine.joint import joint_parts
from .common_operation import OperationCommon


@tagged("post_install", "-at_install")
class TestSpending(OperationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.make_operation(name="Smart City Competition")
        for operation in cls.operation | cls.other:
            operation.with_user(cls.planner).action_create_analytic_account()
        cls.account = cls.operation.analytic_account_id
        cls.link(cls.o1, 15000)
        cls.link(cls.p2, 5000)
        cls.link(cls.o1, 15000, cls.other)

    def spend(self, amount, *categories, operation=None, day="2025-04-10", **kwargs):
        """A bill of an operation, of a category in the same entry of the distribution."""
        account = (operation or self.operation).analytic_account_id
        names = [category.analytic_account_id.id for category in categories]
        key = ",".join(str(name) for name in (account.id, *names))
        return self.post_bill(amount, day, distribution={key: 100}, **kwargs)

    def fold(self):
        self.env["sop.ledger.month"]._fold()

    def spent(self, user=None):
        self.env.invalidate_all()
        links = self.operation.with_user(user or self.viewer).funding_ids
        return {link.category_id.code: link.spent for link in links}

    def test_account_of_its_own(self):
        self.assertEqual(self.account.plan_id.name, "Operations")
        self.assertEqual(self.account.code, "OP-O1")
        self.assertEqual(
            self.account.root_plan_id, self.other.analytic_account_id.root_plan_id
        )
        with self.assertRefused(UserError, "has an analytic account already"):
            self.operation.action_create_analytic_account()

    def test_spent_and_split(self):
        self.spend(12000, self.o1)
        self.spend(1000, self.p2)
        self.spend(70.5)
        self.spend(300, self.o1, operation=self.other)
        self.spend(99, self.o1, post=False)
        self.post_entry(50, "2025-04-10", self.revenue, {self.account: 100})
        self.assertEqual(self.operation.spent, 13070.5)
        self.assertEqual(self.spent(), {"O1": 12000, "P2": 1000})
        viewed = self.operation.with_user(self.viewer)
        self.assertEqual(viewed.spent_elsewhere, 70.5)
        self.assertEqual(viewed.spent, 13070.5)
        self.assertAlmostEqual(viewed.money_progress, 65.3525)

    def test_the_cube_and_the_items_agree(self):
        key = f"{self.account.id},{self.o1.analytic_account_id.id}"
        third = f"{self.account.id},{self.p2.analytic_account_id.id}"
        rest = str(self.other.analytic_account_id.id)
        for amount in (10.01, 0.05, 33.33, -7.77):
            self.post_entry(
                amount,
                "2025-04-10",
                distribution={key: 33.33, third: 33.33, rest: 33.34},
            )
        before = self.operation.spent
        self.fold()
        self.env.invalidate_all()
        self.assertEqual(self.operation.spent, before)
        viewed = self.operation.with_user(self.viewer)
        self.assertAlmostEqual(
            sum(self.spent().values()) + viewed.spent_elsewhere, before, 2
        )
        self.assertEqual(viewed.spent_elsewhere, 0)

    def test_categories_by_accounts(self):
        self.o1.analytic_account_id = False
        self.o1.account_ids = self.expense_2
        self.spend(40, account=self.expense_2)
        self.spend(2, account=self.expense_3)
        # The analytic account of a category wins over its general account
        self.spend(100, self.p2, account=self.expense_2)
        self.assertEqual(self.spent(), {"O1": 40, "P2": 100})

    def test_dates_of_the_budget(self):
        self.spend(10, self.o1, day="2024-12-31")
        self.spend(20, self.o1, day="2025-01-01")
        self.assertEqual(self.spent(), {"O1": 20, "P2": 0})
        self.assertEqual(self.operation.spent, 30)

    def test_overlapping_budgets_count_once(self):
        twin = self.make_budget(name="Twin")
        self.env["sop.budget.member"].create(
            {"budget_id": twin.id, "user_id": self.viewer.id, "role": "viewer"}
        )
        category = self.make_category("T1", budget=twin)
        category.analytic_account_id = self.o1.analytic_account_id
        self.link(category, 10)
        self.spend(100, self.o1)
        self.assertEqual(self.spent(), {"O1": 100, "P2": 0, "T1": 0})

    def test_refund_and_fixed_assets(self):
        asset = self.env["account.account"].search(
            [
                ("account_type", "=", "asset_fixed"),
                ("company_ids", "in", self.company.ids),
            ],
            limit=1,
        )
        self.spend(500, self.o1, account=asset)
        self.spend(100, self.o1)
        bill = self.spend(30, self.o1)
        bill.button_draft()
        bill.button_cancel()
        self.assertEqual(self.operation.spent, 600)

    def test_what_is_below(self):
        child = self.make_operation(name="Child", parent_id=self.operation.id)
        child.action_create_analytic_account()
        self.spend(100)
        self.spend(11, operation=child)
        self.env.invalidate_all()
        self.assertEqual(self.operation.spent, 100)
        self.assertEqual(self.operation.spent_total, 111)

    def test_no_account_is_not_zero(self):
        bare = self.make_operation(name="Bare")
        self.link(self.o1, 100, bare)
        self.assertFalse(bare.has_spending or bare.has_money_progress)
        self.assertTrue(self.other.has_spending)

    def test_not_assigned_to_an_operation(self):
        self.spend(100, self.o1)
        self.post_bill(
            900, "2025-04-10", distribution={self.o1.analytic_account_id: 100}
        )
        unlinked = self.make_operation(name="Unlinked")
        unlinked.action_create_analytic_account()
        self.spend(5, self.o1, operation=unlinked)
        category = self.o1.with_user(self.viewer)
        self.assertEqual(category.actual, 1005)
        self.assertEqual(category.operation_unassigned, 900)

    def test_overlapping_budgets_are_judged_each_on_its_own(self):
        twin = self.make_budget(name="Twin")
        category = self.make_category("T1", budget=twin)
        category.analytic_account_id = self.o1.analytic_account_id
        self.spend(100, self.o1)
        self.env.invalidate_all()
        both = self.o1 | category
        self.assertEqual(both.mapped("operation_unassigned"), [0, 0])
        self.assertEqual((both - self.o1)._get_assigned_units(), {category.id: 10000})

    def test_no_percentage_of_a_part_of_the_money(self):
        self.spend(5000, self.o1)
        self.assertTrue(self.operation.with_user(self.viewer).has_money_progress)
        self.link(self.secret, 9000)
        self.env.invalidate_all()
        viewed = self.operation.with_user(self.viewer)
        self.assertEqual((viewed.has_money_progress, viewed.money_progress), (False, 0))
        self.assertTrue(self.operation.sudo().has_money_progress)

    # === WHO READS IT === #

    def test_hidden_categories_are_left_out(self):
        self.spend(5000, self.secret)
        self.spend(100, self.o1)
        self.link(self.secret, 9000)
        for user, spent in ((self.viewer, 100), (self.owner, 5100)):
            self.env.invalidate_all()
            operation = self.operation.with_user(user)
            if user == self.owner:
                user.group_ids |= self.env.ref(
                    "sop_operations.group_sop_operations_viewer"
                )
            self.assertEqual(operation.spent, spent)
            self.assertEqual(operation.spent_elsewhere, 0)
        # Those without any role in the budget as well
        self.env.invalidate_all()
        lead = self.operation.with_user(self.lead)
        self.assertEqual((lead.spent, lead.spent_elsewhere), (100, 100))

    def test_who_ties_an_account(self):
        account = self.make_analytic("Salaries", self.other_plan)
        with self.assertRefused(AccessError, "accounting rights tie an operation"):
            self.operation.with_user(self.planner).analytic_account_id = account
        with self.assertRefused(AccessError, "accounting rights tie an operation"):
            self.env["sop.operation"].with_user(self.planner).create(
                {"name": "New", "analytic_account_id": account.id}
            )
        with self.assertRefused(AccessError, "accounting rights tie an operation"):
            self.env["sop.operation"].with_user(self.planner).with_context(
                default_analytic_account_id=account.id
            ).create({"name": "New"})
        self.planner.group_ids |= self.env.ref("sop_budget.group_sop_budget_controller")
        self.operation.with_user(self.planner).analytic_account_id = account
        self.assertEqual(self.operation.analytic_account_id, account)

    def test_lead_makes_no_accounts(self):
        bare = self.make_operation(name="Bare", user_id=self.lead.id)
        with self.assertRefused(AccessError, "those who plan operations"):
            bare.with_user(self.lead).action_create_analytic_account()

    def test_the_items_behind(self):
        bill = self.spend(100, self.o1)
        with self.assertRefused(UserError, "accounting rights"):
            self.operation.with_user(self.viewer).action_open_spending()
        action = self.operation.action_open_spending()
        items = self.env["account.move.line"].search(action["domain"])
        self.assertEqual(items, bill.invoice_line_ids)

    def test_items_are_cut_as_the_engine_cuts_them(self):
        categories = self.o1 | self.p2 | self.secret
        codes = {c.analytic_account_id.id: c.id for c in categories}
        own, other = self.account.id, self.other.analytic_account_id.id
        names = [str(own), str(other), *map(str, codes), f"{own},{min(codes)}"]
        names.append(f"{other},{max(codes)}")
        accounts = self.env["account.analytic.account"].browse([own, other, *codes])
        plans = {account.id: account.root_plan_id.id for account in accounts}
        plan = self.budget.plan_id.id
        random = Random(4)
        wanted = {own: Counter(), other: Counter()}
        for _number in range(30):
            units = random.randint(-100000, 100000)
            distribution = {
                key: random.choice((33.33, 50, 100, 7.77, -20.5, 0))
                for key in random.sample(names, random.randint(1, 4))
            }
            self.post_entry(units / 100, "2025-04-10", distribution=distribution)
            for operation in wanted:
                parts = joint_parts(units, distribution, plans, operation, plan)
                for analytic, part in parts.items():
                    wanted[operation][codes.get(analytic, 0)] += part
        operations = self.operation | self.other
        split = operations._split_spending(dict.fromkeys(operations.ids, categories))
        self.env.invalidate_all()
        for operation in operations:
            expected = wanted[operation.analytic_account_id.id]
            self.assertEqual(
                split[operation.id],
                {c: units for c, units in expected.items() if units},
            )
            self.assertEqual(
                operation.spent, self.currency.round(sum(expected.values()) / 100)
            )

    def test_items_are_not_read_one_by_one(self):
        """For those from whom categories are hidden, items are cut and summed by the database."""

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            operation = self.operation.with_user(self.viewer)
            before = self.env.cr.sql_log_count
            with patch.object(Environment, "execute_query", execute):
                operation.read(["spent"])
            return self.env.cr.sql_log_count - before

        fetched, real = [], Environment.execute_query

        def execute(env, query):
            rows = real(env, query)
            fetched.append(len(rows))
            return rows

        def spend(times):
            for _number in range(times):
                self.spend(100, self.secret)
                self.spend(100, self.o1)

        spend(1)
        count()
        fetched.clear()
        few, rows = count(), sum(fetched)
        spend(10)
        fetched.clear()
        self.assertEqual((count(), sum(fetched)), (few, rows))
        self.assertGreater(rows, 0)

    def test_no_query_per_operation(self):
        operations = self.operation | self.other
        for number in range(10):
            operations |= self.make_operation(name=f"Operation {number}")
        operations[2:].with_user(self.planner).action_create_analytic_account()
        for operation in operations:
            if operation != self.operation:
                self.link(self.p2, 10, operation)
            self.spend(100, self.p2, operation=operation)
        names = ["spent", "spent_total", "money_progress", "has_spending"]

        def count(records, user):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records.with_user(user).read(names)
            return self.env.cr.sql_log_count - before

        for user in (self.viewer, self.lead, self.owner):
            user.group_ids |= self.env.ref("sop_operations.group_sop_operations_viewer")
            count(operations, user)
            few = count(operations[:2], user)
            self.assertLessEqual(count(operations, user), few)

        def count_links(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            fresh = records.browse(records.ids).with_user(self.viewer)
            fresh.read(["spent", "share", "category_free"])
            return self.env.cr.sql_log_count - before

        links = operations.funding_ids
        count_links(links)
        few = count_links(links[:3])
        self.assertLessEqual(count_links(links), few)

    def test_one_plan_in_every_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        plan = self.operation.analytic_account_id.plan_id
        plan.with_context(lang="fr_FR").name = "Opérations"
        other = self.make_operation(name="Salon")
        other.with_user(self.planner).with_context(
            lang="fr_FR"
        ).action_create_analytic_account()
        self.assertEqual(other.analytic_account_id.plan_id, plan)
        # Whatever it is called by now
        plan.name = "Programmes"
        third = self.make_operation(name="Fair")
        third.action_create_analytic_account()
        self.assertEqual(third.analytic_account_id.plan_id, plan)
