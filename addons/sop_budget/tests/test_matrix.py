# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import BaseCase, tagged

from ..engine.matrix import CategoryTree, MatrixBuilder, roll_up
from .common_ledger import LedgerCase

#: More than this for one matrix needs a reason; the number does not grow with the budget.
MOST_QUERIES = 12

trees = st.lists(st.integers(0, 30), max_size=30)


class TestMatrixEngine(BaseCase):
    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        places=trees,
        amounts=st.lists(st.integers(-(10**15), 10**15), min_size=30, max_size=30),
    )
    def test_parents_are_the_sums_of_what_is_below(self, places, amounts):
        # The n-th category hangs below an earlier one, or at the top
        parents = {
            n: p % n if n and p % (n + 1) else None for n, p in enumerate(places)
        }
        rows = [
            (n + 1, None if p is None else p + 1, True, "expense")
            for n, p in parents.items()
        ]
        tree = CategoryTree.build(rows)
        self.assertEqual(sorted(tree.ids), [row[0] for row in rows])
        self.assertEqual(
            {
                c: tree.ids[p] if p >= 0 else None
                for c, p in zip(tree.ids, tree.parents, strict=True)
            },
            {row[0]: row[1] for row in rows},
        )
        own = {category: amounts[category - 1] for category in tree.ids}

        def below(category):
            return own[category] + sum(
                below(c + 1) for c, p in parents.items() if p == category - 1
            )

        leaves = np.array([[own[c]] for c in tree.ids], dtype=np.int64).reshape(
            len(tree.ids), 1
        )
        rolled = roll_up(leaves, tree.ends())
        self.assertEqual(rolled[:, 0].tolist(), [below(c) for c in tree.ids])

    def test_siblings_keep_their_order_and_orphans_are_left_out(self):
        rows = [
            (3, None, False, "income"),
            (1, 3, True, "income"),
            (2, 3, True, "income"),
        ]
        tree = CategoryTree.build(
            [*rows, (5, 4, True, "expense"), (6, None, True, "expense")]
        )
        self.assertEqual(tree.ids, (3, 1, 2, 6))
        self.assertEqual(tree.parents, (-1, 0, 0, -1))
        self.assertEqual(tree.leaves.tolist(), [False, True, True, True])
        self.assertEqual(tree.kinds, ("income", "income", "income", "expense"))
        self.assertEqual(tree.ends().tolist(), [3, 2, 3, 4])

    def test_signs_and_what_is_not_shown(self):
        months = [date(2025, 1, 1), date(2025, 2, 1)]
        tree = CategoryTree.build(
            [(1, None, True, "expense"), (2, None, True, "income")]
        )
        builder = MatrixBuilder(tree, months, total=3)
        builder.add_month(
            "planned", months[1], np.array([1, 2, 99]), np.array([10, 20, 99])
        )
        builder.add_cells(
            "actual",
            [1, 2, None, None, 99],
            ["expense", "income", "income", "capital", "expense"],
            [months[0]] * 5,
            [7, -8, -9, 4, 1000],
        )
        builder.move_years(
            "actual",
            [(1, None, "expense", 2025), (99, 1, "expense", 2024)],
            np.arange(24).reshape(2, 12),
        )
        matrix = builder.build()
        self.assertEqual(matrix.planned.tolist(), [[0, 10], [0, 20]])
        self.assertEqual(matrix.actual.tolist(), [[7, 1], [8, 0]])
        self.assertEqual(
            matrix.unassigned["actual"].tolist(), [[0, -1], [9, 0], [4, 0]]
        )
        self.assertEqual(matrix.available.tolist(), [[-7, 9], [-8, 20]])
        self.assertEqual(matrix.hidden_count, 1)
        self.assertEqual(matrix.total("actual", "income").tolist(), [17, 0])
        self.assertEqual(matrix.row(2), 1)

    def test_nothing_at_all(self):
        matrix = MatrixBuilder(CategoryTree.build([]), [date(2025, 1, 1)]).build()
        self.assertEqual(matrix.planned.shape, (0, 1))
        self.assertEqual(matrix.leaf_amounts("planned").shape, (0, 1))
        self.assertEqual((matrix.ids, matrix.hidden_count), ((), 0))


@tagged("post_install", "-at_install")
class TestMatrix(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ledger = cls.env["sop.ledger.month"]
        cls.by_code = {c.code: c for c in cls.budget.category_ids}
        cls.set_amounts(cls.by_code["E1"], {"2025-01": 100.01, "2025-02": 200})
        cls.set_amounts(cls.by_code["E2"], {"2025-02": 50})
        cls.set_amounts(cls.by_code["I2"], {"2025-02": 1000})
        cls.post_entry(
            100, "2025-02-05", cls.accounts[0], distribution={cls.analytics[0]: 40}
        )
        cls.post_entry(-300, "2025-02-05", cls.accounts[4])
        cls.post_entry(-30, "2025-02-05", cls.accounts[5])
        cls.env.flush_all()
        cls.ledger._fold()

    def figures(self, code, matrix=None):
        matrix = matrix or self.budget._get_matrix()
        row = matrix.row(self.by_code[code].id)
        return [
            int(array[row].sum()) / 100 for array in (matrix.planned, matrix.actual)
        ]

    def test_rows_and_columns(self):
        matrix = self.budget._get_matrix()
        self.assertEqual(matrix.planned.shape, (len(self.budget.category_ids), 12))
        self.assertEqual(matrix.months[0], date(2025, 1, 1))
        self.assertEqual(matrix.decimal_places, 2)
        self.assertEqual(self.figures("E1"), [300.01, 40])
        self.assertEqual(self.figures("E3"), [0, 60])
        self.assertEqual(self.figures("expense"), [350.01, 100])
        self.assertEqual(self.figures("I2"), [1000, 300])
        self.assertEqual(matrix.unassigned["actual"].sum(axis=1).tolist(), [0, 3000, 0])
        codes = [self.env["sop.budget.category"].browse(c).code for c in matrix.ids]
        self.assertEqual(
            codes,
            [
                "capital",
                "C1",
                "expense",
                "E1",
                "E2",
                "E3",
                "E4",
                "E5",
                "E6",
                "E7",
                "income",
                "I1",
                "I2",
            ],
        )

    def test_only_the_measures_asked_for(self):
        matrix = self.budget._get_matrix(measures=("planned",))
        self.assertEqual(self.figures("expense", matrix), [350.01, 0])
        matrix = self.budget._get_matrix(measures=("actual",))
        self.assertEqual(self.figures("expense", matrix), [0, 100])

    def test_dates_outside_of_the_budget(self):
        self.post_entry(
            7, "2024-02-05", self.accounts[0], distribution={self.analytics[0]: 100}
        )
        matrix = self.budget._get_matrix("2024-01-01", "2024-12-31")
        self.assertEqual(self.figures("E1", matrix), [0, 7])
        self.assertEqual(len(matrix.months), 12)

    def test_many(self):
        found = self.budgets._get_matrix_many()
        self.assertEqual(set(found), set(self.budgets.ids))
        self.assertEqual(self.figures("expense", found[self.budget.id]), [350.01, 100])

    # === QUERIES === #

    def test_number_of_queries(self):
        # Rights and rules are cached by the server, not read for each matrix
        self.budget._get_matrix(draft=True)
        for warm in (False, True):
            if not warm:
                self.env.invalidate_all()
            with self.assertQueryCount(MOST_QUERIES):
                self.budget._get_matrix(draft=True)
        # A month that is dirty and dates that cut months are one query more, not many
        self.post_entry(5, "2025-06-05", self.accounts[1])
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(MOST_QUERIES):
            self.budget._get_matrix("2025-01-10", "2025-12-10", draft=True)

    def test_number_of_queries_of_a_member(self):
        budget = self.budget.with_user(self.users["viewer"])
        budget._get_matrix()
        self.env.invalidate_all()
        with self.assertQueryCount(MOST_QUERIES):
            budget._get_matrix(draft=True)

    def test_rows_keep_their_place_when_they_change(self):
        categories = self.env["sop.budget.category"]
        domain = [("budget_id", "=", self.budget.id), ("parent_id", "=", False)]
        tops = categories.search(domain)
        # PostgreSQL writes a changed row somewhere else
        for top in tops[0], tops[-1], tops[0]:
            top.detail = f"Changed once more than {top.detail}"
            self.env.flush_all()
        found = self.budget._get_matrix().ids
        self.assertEqual([i for i in found if i in set(tops.ids)], tops.ids)

    def test_reading_never_writes(self):
        self.post_entry(5, "2025-06-05", self.accounts[1])
        self.env.flush_all()
        self.env["sop.budget.map"]._rebuild_pending()
        with self.undone():
            self.env.cr.execute("SET LOCAL transaction_read_only = on")
            self.budget._get_matrix("2025-01-10", "2025-12-31", draft=True)
            self.budget._get_tie_out()
            self.ledger._read_actuals(self.company, [self.accounts], [date(2025, 6, 1)])

    # === WHO SEES WHAT === #

    def test_hidden_categories_are_in_no_figure(self):
        self.by_code["E1"].visibility = "manager"
        for role, shown in (
            ("viewer", 2),
            ("planner", 2),
            ("manager", 3),
            ("owner", 3),
        ):
            with self.as_role(role) as budget:
                matrix = budget._get_matrix()
                hidden = 3 - shown
                self.assertEqual(matrix.hidden_count, hidden, role)
                planned, actual = self.figures("expense", matrix)
                self.assertEqual(
                    (planned, actual), (50, 60) if hidden else (350.01, 100), role
                )
                self.assertEqual(matrix.unassigned["actual"].sum(), 3000)
                tie_out = budget._get_tie_out()
                self.assertEqual(tie_out["hidden_count"], hidden)
                self.assertEqual(tie_out["totals"]["difference"], 0)
                self.assertEqual(
                    tie_out["totals"]["ledger"], -230 - (40 if hidden else 0), role
                )

    def test_what_is_below_a_hidden_category_is_hidden(self):
        self.by_code["expense"].visibility = "planner"
        with self.as_role("viewer") as budget:
            matrix = budget._get_matrix()
            self.assertEqual(matrix.hidden_count, 8)
            self.assertNotIn("expense", matrix.kinds)

    def test_outsiders_read_nothing(self):
        for method in ("_get_matrix", "_get_tie_out"):
            with self.as_role("outsider") as budget, self.assertRaises(AccessError):
                getattr(budget, method)()

    # === TIE-OUT === #

    def test_tie_out(self):
        self.post_entry(
            12.34, "2025-12-31", self.accounts[6], distribution={self.analytics[2]: 50}
        )
        self.post_entry(99, "2025-12-31", self.accounts[7])
        for _round in range(2):
            tie_out = self.budget._get_tie_out()
            accounts = {row.pop("account_id"): row for row in tie_out["accounts"]}
            self.assertEqual(
                accounts,
                {
                    self.accounts[0].id: self.tie("expense", 100, 100, 0),
                    self.accounts[4].id: self.tie("income", -300, -300, 0),
                    self.accounts[5].id: self.tie("income", -30, 0, -30),
                    self.accounts[6].id: self.tie("capital", 12.34, 6.17, 6.17),
                },
            )
            self.assertEqual(
                tie_out["totals"],
                {
                    "ledger": -217.66,
                    "categories": -193.83,
                    "unassigned": -23.83,
                    "difference": 0,
                },
            )
            self.ledger._fold()

    def tie(self, kind, ledger, categories, unassigned):
        return {
            "kind": kind,
            "ledger": ledger,
            "categories": categories,
            "unassigned": unassigned,
            "difference": 0,
        }

    def test_tie_out_shows_what_differs(self):
        self.env.cr.execute(
            "UPDATE sop_ledger_month SET balance = balance + 0.01 WHERE account_id = %s",
            [self.accounts[0].id],
        )
        tie_out = self.budget._get_tie_out()
        self.assertEqual(tie_out["totals"]["difference"], -0.01)

    # === QUICK ACTUALS === #

    def test_read_actuals(self):
        months = [date(2025, 2, 1), date(2025, 1, 1), date(2024, 12, 1)]
        self.post_entry(
            10, "2024-12-31", self.accounts[0], distribution={self.analytics[1]: 100}
        )
        rows = [self.accounts[:2], ["X69", "X79"], ["X99"], self.accounts[:0]]
        for _round in range(2):
            read = self.ledger._read_actuals(self.company, rows, months)
            self.assertEqual(
                read.tolist(),
                [[10000, 0, 1000], [-23000, 0, 1000], [0, 0, 0], [0, 0, 0]],
            )
            read = self.ledger._read_actuals(
                self.company, rows, months, self.analytics[:2]
            )
            self.assertEqual(read.tolist()[:2], [[4000, 0, 1000], [4000, 0, 1000]])
            read = self.ledger._read_actuals(
                self.company, rows, months, self.analytics[1]
            )
            self.assertEqual(read.tolist()[1], [0, 0, 1000])
            read = self.ledger._read_actuals(self.companies[1], rows, months)
            self.assertFalse(read.any())
            self.ledger._fold()
        self.assertEqual(
            self.ledger._read_actuals(self.company, [], months).shape, (0, 3)
        )
        self.assertEqual(
            self.ledger._read_actuals(self.company, rows, []).shape, (4, 0)
        )
        empty = self.analytics[:0]
        self.assertFalse(
            self.ledger._read_actuals(self.company, rows, months, empty).any()
        )

    def test_shares_of_two_plans_do_not_add_up(self):
        with self.assertRaisesRegex(ValueError, "several plans"):
            self.ledger._read_actuals(
                self.company, [self.accounts], [date(2025, 1, 1)], self.analytics[3:5]
            )

    # === ORDERS === #

    def test_orders_without_an_account_count_by_their_analytic_account(self):
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.partner_a.id,
                "company_id": self.company.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.product_a.id,
                            "product_qty": 1,
                            "price_unit": price,
                            "tax_ids": [Command.clear()],
                            "date_planned": "2025-05-05 12:00:00",
                            "analytic_distribution": {str(self.analytics[0].id): 75},
                        }
                    )
                    for price in (100, 0.01)
                ],
            }
        )
        order.button_confirm()
        self.env.flush_all()
        self.env.cr.execute("UPDATE purchase_order_line SET sop_account_id = NULL")
        self.env.invalidate_all()
        matrix = self.budget._get_matrix()
        committed = matrix.committed[matrix.row(self.by_code["E1"].id)]
        self.assertEqual(committed.tolist(), [0, 0, 0, 0, 7501, 0, 0, 0, 0, 0, 0, 0])
        self.assertEqual(
            matrix.unassigned["committed"].sum(axis=1).tolist(), [2500, 0, 0]
        )
        self.assertFalse(matrix.preparing.any())
        self.budget.scope_expense = False
        self.assertFalse(self.budget._get_matrix().committed.any())
