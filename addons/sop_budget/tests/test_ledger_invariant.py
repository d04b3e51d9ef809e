# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whatever happens in the books: categories + "in none" = ledger, to the cent."""

import os
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from .common_ledger import YEAR, LedgerCase

#: More or fewer sequences than usual, such as 10 for a long run.
SCALE = float(os.environ.get("SOP_TEST_SCALE", 1))
# Begun first when a run is divided over processors
LONG = True
DATES = [
    date(2024, 12, 31),
    date(2025, 1, 1),
    date(2025, 1, 31),
    date(2025, 2, 10),
    date(2025, 2, 28),
    date(2025, 3, 15),
    date(2025, 11, 20),
    date(2025, 12, 31),
    date(2026, 1, 1),
]
SPANS = [
    YEAR,
    (date(2025, 2, 10), date(2025, 11, 19)),
    (date(2024, 12, 1), date(2026, 1, 31)),
]
CHANGES = (
    "insert",
    "insert",
    "insert",
    "post",
    "reset",
    "reverse",
    "delete",
    "redistribute",
    "redate",
    "amend",
    "move account",
    "move company",
)
JOBS = (
    "fold",
    "fold a little",
    "build",
    "delete analytic",
    "replan analytic",
    "check",
    "none",
)

# Keys name analytic accounts by their place: 0-3 of the plan, 4-5 of the other, 6 of nobody
keys = st.one_of(
    st.integers(0, 6).map(lambda place: (place,)),
    st.tuples(st.integers(0, 3), st.integers(4, 6)),
    st.tuples(st.integers(0, 3), st.integers(0, 6)),
)
percents = st.one_of(
    st.sampled_from(
        (100, 100.0, 50, 60, 40, 33.33, 33.34, 66.67, 100 / 3, 0.01, 150, -20)
    ),
    st.floats(-100, 300, allow_nan=False).map(lambda value: round(value, 3)),
)
distributions = st.one_of(
    st.none(),
    st.tuples(keys, st.just(100)).map(lambda pair: dict([pair])),
    st.dictionaries(keys, percents, max_size=4),
)
changes = st.tuples(
    st.sampled_from(CHANGES),
    st.integers(0, 9),
    st.integers(-5_000_00, 9_000_00) | st.sampled_from((1, -1, 5, 10, 333)),
    st.sampled_from(DATES),
    st.integers(0, 7),
    st.integers(0, 1),
    distributions,
)
steps = st.tuples(st.lists(changes, min_size=1, max_size=3), st.sampled_from(JOBS))
sequences = st.lists(steps, min_size=2, max_size=4)
common_settings = settings(
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
)


@tagged("post_install", "-at_install")
class TestLedgerInvariant(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ledger = cls.env["sop.ledger.month"]
        cls.doomed = cls.make_analytic("Doomed", company_id=False)
        cls.env.flush_all()

    def play(self, sequence, span, start):
        self.items = []
        plan_accounts = set(self.analytics[:4].ids)
        for oracle in self.oracles:
            oracle.plan_accounts = plan_accounts | {self.doomed.id}
        if start == "built":
            self.ledger._build()
        for changes_of_step, job in sequence:
            for change in changes_of_step:
                self.change(*change)
            self.work(job)
            self.assert_exact(span, sequence)
        self.assert_ties_out(span)
        self.ledger._fold()
        self.assert_exact(span, sequence)
        self.assertEqual(self.ledger._check_and_repair(), 0)

    def to_json(self, distribution):
        if distribution is None:
            return None
        ids = [*self.analytics.ids, self.doomed.id]
        return {
            ",".join(str(ids[place]) for place in key): p
            for key, p in distribution.items()
        }

    def change(self, kind, pick, cents, day, account, company, distribution):
        cr = self.env.cr
        company, account = self.companies[company], self.accounts[account]
        distribution = self.to_json(distribution)
        if kind == "insert" or not self.items:
            state = "draft" if pick == 0 else "posted"
            self.items.append(
                self.insert_item(company, account, day, cents, distribution, state)
            )
            return
        item = self.items[pick % len(self.items)]
        if kind in ("post", "reset"):
            state = "posted" if kind == "post" else "draft"
            cr.execute(
                "UPDATE account_move_line SET parent_state = %s WHERE id = %s",
                [state, item],
            )
        elif kind == "reverse":
            cr.execute(
                """INSERT INTO account_move_line (move_id, company_id, company_currency_id,
                          currency_id, journal_id, display_type, name, account_id, date,
                          parent_state, balance, debit, credit, amount_currency,
                          analytic_distribution)
                   SELECT move_id, company_id, company_currency_id, currency_id, journal_id,
                          display_type, name, account_id, %s, parent_state, -balance, credit,
                          debit, -amount_currency, analytic_distribution
                     FROM account_move_line WHERE id = %s RETURNING id""",
                [day, item],
            )
            self.items.append(cr.fetchone()[0])
        elif kind == "delete":
            cr.execute("DELETE FROM account_move_line WHERE id = %s", [item])
            self.items.remove(item)
        elif kind == "redistribute":
            value = self.env["account.move.line"]._fields["analytic_distribution"]
            cr.execute(
                "UPDATE account_move_line SET analytic_distribution = %s WHERE id = %s",
                [value.convert_to_column(distribution, None), item],
            )
        elif kind == "redate":
            cr.execute(
                "UPDATE account_move_line SET date = %s WHERE id = %s", [day, item]
            )
        elif kind == "amend":
            amount = f"{cents / 100:.2f}"
            cr.execute(
                """UPDATE account_move_line
                      SET balance = %(a)s::numeric, amount_currency = %(a)s::numeric,
                          debit = greatest(%(a)s::numeric, 0), credit = greatest(-%(a)s::numeric, 0)
                    WHERE id = %(item)s""",
                {"a": amount, "item": item},
            )
        elif kind == "move account":
            cr.execute(
                "UPDATE account_move_line SET account_id = %s WHERE id = %s",
                [account.id, item],
            )
        else:
            cr.execute(
                "UPDATE account_move_line SET company_id = %s WHERE id = %s",
                [company.id, item],
            )

    def work(self, job):
        cr = self.env.cr
        if job == "fold":
            self.ledger._fold()
        elif job == "fold a little":
            cells = self.ledger._find_dirty_cells()
            self.ledger._fold_cells(cells[: len(cells) // 2])
        elif job == "build":
            self.ledger._build()
        elif job == "check":
            self.assertEqual(self.ledger._check_and_repair(), 0)
        elif job == "delete analytic":
            cr.execute(
                "DELETE FROM account_analytic_account WHERE id = %s", [self.doomed.id]
            )
            for oracle in self.oracles:
                oracle.plan_accounts = oracle.plan_accounts - {self.doomed.id}
        elif job == "replan analytic":
            # The last of the plan belongs to no category
            cr.execute(
                "UPDATE account_analytic_account SET plan_id = %(plan)s, root_plan_id = %(plan)s"
                " WHERE id = %(account)s",
                {"plan": self.other_plan.id, "account": self.analytics[3].id},
            )
            for oracle in self.oracles:
                oracle.plan_accounts = oracle.plan_accounts - {self.analytics[3].id}

    @settings(common_settings, max_examples=int(1200 * SCALE))
    @given(sequence=sequences, start=st.sampled_from(("built", "empty")))
    def test_every_step_over_whole_months(self, sequence, start):
        with self.undone():
            self.play(sequence, YEAR, start)

    @settings(common_settings, max_examples=int(900 * SCALE))
    @given(sequence=sequences, span=st.sampled_from(SPANS[1:]))
    def test_every_step_over_months_that_are_cut(self, sequence, span):
        with self.undone():
            self.play(sequence, span, "built")
