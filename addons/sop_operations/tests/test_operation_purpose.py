# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import doctest
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import BaseCase, tagged

from odoo.addons.sop_budget.engine.distribution import shares

from ..engine import joint, purpose
from .common_operation import OperationCommon

PLANS = {1: 10, 2: 10, 11: 20, 12: 20, 21: 30, 22: 30}
keys = st.lists(st.sampled_from(sorted(PLANS)), min_size=1, max_size=3).map(
    lambda found: ",".join(map(str, found))
)
distributions = st.dictionaries(
    keys, st.decimals(-50, 150, places=2).map(float), max_size=5
)


class TestEnginePurpose(BaseCase):
    def test_doctest(self):
        self.assertEqual(doctest.testmod(purpose).failed, 0)
        self.assertTrue(doctest.testmod(purpose).attempted)

    def cut(self, distribution, plan=20, purpose_plan=30):
        cuts = purpose.purpose_cuts(distribution, PLANS, 1, plan, purpose_plan)
        found = {(cut.category, cut.purpose): cut.part(1000) for cut in cuts}
        return {pair: units for pair, units in found.items() if units}

    def test_what_belongs_together(self):
        for distribution, parts in (
            ({"1,11,21": 60, "1,12": 40}, {(11, 21): 600, (12, 0): 400}),
            ({"1": 100, "11,21": 40}, {(11, 21): 400, (0, 0): 600}),
            ({"1": 100, "11": 50, "21": 50}, {(11, 21): 250, (11, 0): 250}),
            ({"1,11": 100, "21": 30}, {(11, 21): 300, (11, 0): 700}),
            ({"1,21": 100, "11": 30}, {(11, 21): 300, (0, 21): 700}),
            ({"2,11,21": 100}, {}),
        ):
            found = self.cut(distribution)
            if distribution == {"1": 100, "11": 50, "21": 50}:
                parts = parts | {(0, 21): 250, (0, 0): 250}
            self.assertEqual(found, parts, distribution)

    def test_categories_may_be_the_purposes(self):
        found = self.cut({"1,11": 60, "1": 40}, 20, 20)
        self.assertEqual(found, {(11, 11): 600, (0, 0): 400})
        self.assertEqual(self.cut({"1": 100, "11": 40}, 20, 20)[11, 11], 400)

    @settings(max_examples=60)
    @given(st.integers(-(10**6), 10**6), distributions, st.sampled_from((20, 30)))
    def test_purposes_of_a_category_are_all_of_it(self, units, distribution, plan):
        cuts = purpose.purpose_cuts(distribution, PLANS, 1, 20, plan)
        own = [s for s in shares(distribution, PLANS) if s.analytic == 1]
        found = {}
        for cut in cuts:
            part = cut.part(own[0].part(units))
            found[cut.category] = found.get(cut.category, 0) + part
        self.assertEqual(
            {category: part for category, part in found.items() if part},
            joint.joint_parts(units, distribution, PLANS, 1, 20),
        )


@tagged("post_install", "-at_install")
class TestPurpose(OperationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.purposes = cls.env["account.analytic.plan"].create({"name": "Purposes"})
        cls.marketing, cls.venue, cls.prizes = (
            cls.make_analytic(name, cls.purposes)
            for name in ("Marketing", "Venue", "Prizes")
        )
        cls.operation.with_user(cls.planner).action_create_analytic_account()
        cls.account = cls.operation.analytic_account_id
        cls.needs = cls.env["sop.operation.need"].create(
            [
                {"operation_id": cls.operation.id, "name": name, "amount": amount}
                for name, amount in (("marketing ", 4000), ("Venue", 5000))
            ]
        )
        cls.company.write(
            {"sop_purpose_by": "plan", "sop_purpose_plan_id": cls.purposes.id}
        )
        cls.needs |= cls.env["sop.operation.need"].create(
            [
                {"operation_id": cls.operation.id, "name": name, "amount": amount}
                for name, amount in (("Prizes", 10000), ("Jury", 300))
            ]
        )

    def spend(self, amount, *accounts, **kwargs):
        key = ",".join(str(a.id) for a in (self.account, *accounts))
        return self.post_bill(amount, "2025-04-10", distribution={key: 100}, **kwargs)

    def rows(self, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        rows = self.env["sop.operation.purpose"].with_user(user or self.viewer)
        return rows.search([("operation_id", "=", self.operation.id)])

    def spent(self, user=None):
        return {
            row.name: row.spent if row.has_spent else None for row in self.rows(user)
        }

    def test_planned_and_spent(self):
        """K36: marketing 4k, venue 5k, AV 3k, prizes 0."""
        sound = self.make_analytic("AV", self.purposes)
        self.spend(4000, self.marketing)
        self.spend(5000, self.venue, self.o1.analytic_account_id)
        self.spend(3000, sound)
        self.spend(70.5)
        self.assertEqual(
            [
                (r.name, r.kind, r.planned, r.spent, r.has_spent, r.remaining)
                for r in self.rows()
            ],
            [
                ("marketing ", "need", 4000, 4000, True, 0),
                ("Venue", "need", 5000, 5000, True, 0),
                ("Prizes", "need", 10000, 0, True, 10000),
                # No account of that name: not known is not zero
                ("Jury", "need", 300, 0, False, 0),
                ("AV", "other", 0, 3000, True, -3000),
                ("Without a purpose", "untagged", 0, 70.5, True, -70.5),
            ],
        )
        viewed = self.operation.with_user(self.viewer)
        self.assertEqual(sum(self.rows().mapped("spent")), viewed.spent)
        needs = self.needs.with_user(self.viewer)
        self.assertEqual(needs.mapped("spent"), [4000, 5000, 0, 0])
        self.assertEqual(needs.mapped("has_spent"), [True, True, True, False])
        # The same purpose twice: never counted twice
        twice = self.needs[0].copy({"sequence": 20})
        self.assertEqual((twice.spent, twice.has_spent), (0, False))
        row = self.rows()[0]
        self.assertEqual((row.planned, row.spent), (8000, 4000))

    def test_to_the_cent(self):
        random = Random(36)
        names = [str(a.id) for a in (self.account, self.marketing, self.venue)]
        names += [f"{names[0]},{names[1]}", f"{names[0]},{names[2]}"]
        secret = self.secret.analytic_account_id.id
        names += [f"{names[0]},{secret},{names[1]}", f"{secret},{names[2]}"]
        for _number in range(25):
            distribution = {
                key: random.choice((33.33, 50, 100, 7.77))
                for key in random.sample(names, random.randint(1, 4))
            }
            self.post_entry(
                random.randint(-9999, 99999) / 100,
                "2025-04-10",
                distribution=distribution,
            )
        self.owner.group_ids |= self.env.ref(
            "sop_operations.group_sop_operations_viewer"
        )
        seen = set()
        for user in (self.viewer, self.owner):
            total = sum(self.rows(user).mapped("spent"))
            spent = self.operation.with_user(user).spent
            self.assertEqual(self.currency.round(total), spent)
            seen.add(spent)
        self.assertEqual(len(seen), 2)

    def test_what_is_hidden_is_left_out(self):
        salary = self.make_analytic("Salary", self.purposes)
        secret = self.secret.analytic_account_id
        own = self.account.id
        self.post_bill(
            1000,
            "2025-04-10",
            distribution={
                f"{own},{secret.id},{salary.id}": 40,
                f"{own},{self.marketing.id}": 60,
            },
        )
        shown = {"marketing ": 600, "Venue": 0, "Prizes": 0, "Jury": None}
        self.assertEqual(self.spent(), shown)
        self.owner.group_ids |= self.env.ref(
            "sop_operations.group_sop_operations_viewer"
        )
        self.assertEqual(self.spent(self.owner), {**shown, "Salary": 400})
        self.assertFalse(self.rows(self.stranger))

    def test_items_behind(self):
        bill = self.spend(4000, self.marketing)
        loose = self.spend(70)
        rows = self.rows().with_user(self.env.user)
        items = self.env["account.move.line"]
        self.assertEqual(
            items.search(rows[0].action_open_items()["domain"]), bill.invoice_line_ids
        )
        self.assertEqual(
            items.search(rows[-1].action_open_items()["domain"]),
            loose.invoice_line_ids,
        )
        with self.assertRefused(UserError, "isn't known"):
            rows[3].action_open_items()
        with self.assertRefused(UserError, "accounting rights"):
            self.rows()[0].action_open_items()

    def test_by_accounts_of_the_books(self):
        self.company.sop_purpose_by = "account"
        self.needs[0].purpose_account_id = self.expense_2
        self.spend(10, account=self.expense_2)
        self.spend(5, account=self.expense_3)
        found = self.spent()
        self.assertEqual(found["marketing "], 10)
        self.assertEqual(found[self.expense_3.display_name], 5)
        self.spend(7, self.secret.analytic_account_id, account=self.expense_3)
        self.assertEqual(self.spent(), found)
        self.company.sop_purpose_by = "none"
        self.assertEqual(set(self.spent().values()), {None})

    def test_settings(self):
        with self.assertRefused(ValidationError, "Choose the analytic plan"):
            self.company.sop_purpose_plan_id = False
        with self.assertRefused(ValidationError, "without accounts of operations"):
            self.company.sop_purpose_plan_id = self.account.plan_id
        with self.assertRefused(ValidationError, "is no purpose"):
            self.needs[0].purpose_analytic_id = self.account
        Settings = self.env["sop.operation.settings"]
        Settings = Settings.with_user(self.admin).with_company(self.company)
        wizard = Settings.create({"sop_purpose_by": "account"})
        with self.assertRefused(AccessError, "what readers of operations see"):
            wizard.action_apply()
        self.admin.group_ids |= self.env.ref("sop_budget.group_sop_budget_controller")
        wizard.action_apply()
        self.assertEqual(self.company.sop_purpose_by, "account")

    def test_a_need_that_is_renamed_keeps_its_purpose(self):
        self.assertEqual(
            self.needs.purpose_analytic_id, self.marketing | self.venue | self.prizes
        )
        self.needs[0].name = "Advertising"
        self.assertEqual(self.needs[0].purpose_analytic_id, self.marketing)
        self.needs[3].name = "PRIZES"
        self.assertEqual(self.needs[3].purpose_analytic_id, self.prizes)

    def test_no_query_per_operation(self):
        def count(ids):
            self.env.flush_all()
            self.env.invalidate_all()
            # Rows of the same context would be looked for first
            self.env.cr.cache.pop("sop.worked_out", None)
            rows = self.env["sop.operation.purpose"].with_user(self.viewer)
            rows = rows.with_context(sop_purpose_operation_ids=ids)
            before = self.env.cr.sql_log_count
            found = rows.search_read([], ["name", "planned", "spent", "operation_id"])
            self.assertEqual({row["operation_id"][0] for row in found}, set(ids))
            return self.env.cr.sql_log_count - before

        operations = self.operation
        for number in range(6):
            operations |= self.operation.copy({"name": f"Copy {number}"})
        operations[1:].with_user(self.planner).action_create_analytic_account()
        for operation in operations:
            self.account = operation.analytic_account_id
            self.spend(10, self.marketing)
        count(operations.ids)
        few = count(operations[:2].ids)
        self.assertLessEqual(count(operations.ids), few)
