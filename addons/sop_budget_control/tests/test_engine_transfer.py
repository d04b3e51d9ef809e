# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import doctest
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..engine import transfer
from ..engine.transfer import CarryRule, Limits, Move, TransferError

MONTHS = [date(2025, month, 1) for month in (1, 2, 3)]
CELLS = [(name, month) for name in "ABC" for month in MONTHS]
cells = st.sampled_from(CELLS)
units = st.integers(1, 500)
plans = st.fixed_dictionaries(dict.fromkeys(CELLS, st.integers(0, 1000)))
moves = st.builds(Move, cells, cells, units).filter(lambda m: m.source != m.target)
move_lists = st.lists(moves, min_size=1, max_size=4)
JAN, FEB, MAR = MONTHS


def total(plan):
    return sum(plan.values())


def apply(plan, *args):
    """The whole plan after a transfer, or None when it is refused."""
    try:
        return {**plan, **transfer.apply_moves(plan, *args)}
    except TransferError:
        return None


class TestTransferEngine(BaseCase):
    def assertRefused(self, code, plan, move_list, index=0, limits=transfer.NO_LIMITS):
        with self.assertRaises(TransferError) as caught:
            transfer.apply_moves(plan, move_list, limits)
        self.assertEqual((caught.exception.code, caught.exception.index), (code, index))
        return caught.exception

    def test_doctests(self):
        self.assertFalse(doctest.testmod(transfer).failed)

    def test_each_reason(self):
        plan = {("A", JAN): 100, ("A", FEB): 50}
        a, b = ("A", JAN), ("B", JAN)
        self.assertRefused("amount", plan, [Move(a, b, 0)])
        self.assertRefused("amount", plan, [Move(a, b, 1), Move(a, b, -5)], index=1)
        self.assertRefused("target", plan, [Move(a, None, 1)])
        self.assertRefused("same", plan, [Move(a, a, 1)])
        error = self.assertRefused("plan", plan, [Move(a, b, 101)])
        self.assertEqual(error.units, 100)
        self.assertRefused("plan", plan, [Move(b, a, 1)])
        limits = Limits({"A": 60}, {})
        error = self.assertRefused("room", plan, [Move(a, b, 61)], limits=limits)
        self.assertEqual(error.units, 60)
        limits = Limits({"A": 60}, {a: 10})
        self.assertRefused("month", plan, [Move(a, b, 11)], limits=limits)

    def test_what_stays_in_a_category_needs_no_room(self):
        plan = {("A", JAN): 100}
        moved = transfer.apply_moves(
            plan, [Move(("A", JAN), ("A", FEB), 100)], Limits({"A": -5}, {})
        )
        self.assertEqual(moved, {("A", JAN): 0, ("A", FEB): 100})

    def test_what_one_move_brings_another_takes(self):
        plan = {("A", JAN): 100}
        chain = [Move(("B", JAN), ("C", JAN), 40), Move(("A", JAN), ("B", JAN), 40)]
        self.assertEqual(
            transfer.apply_moves(plan, chain, Limits({"A": 100, "B": 0}, {})),
            {("A", JAN): 60, ("C", JAN): 40},
        )

    def test_new_money(self):
        self.assertEqual(
            transfer.apply_moves({}, [Move(None, ("A", JAN), 7)]), {("A", JAN): 7}
        )

    @given(plans, move_lists)
    def test_the_total_never_changes(self, plan, move_list):
        after = apply(plan, move_list)
        if after is None:
            return
        self.assertEqual(total(after), total(plan))
        self.assertGreaterEqual(min(after.values()), 0)

    @given(plans, move_lists, st.dictionaries(st.sampled_from("ABC"), units))
    def test_never_below_what_is_used(self, plan, move_list, used):
        planned = {
            name: sum(value for (c, _m), value in plan.items() if c == name)
            for name in "ABC"
        }
        rooms = {name: planned[name] - used.get(name, 0) for name in "ABC"}
        after = apply(plan, move_list, Limits(rooms, {}))
        if after is None:
            return
        for name in "ABC":
            now = sum(value for (c, _m), value in after.items() if c == name)
            self.assertTrue(now >= used.get(name, 0) or now >= planned[name])

    @given(plans, move_lists, st.permutations(range(6)))
    def test_order_of_the_moves_does_not_matter(self, plan, move_list, order):
        other = [move_list[place] for place in order if place < len(move_list)]
        self.assertEqual(apply(plan, move_list), apply(plan, other))

    @given(plans, move_lists, move_lists)
    def test_independent_transfers_commute(self, plan, first, second):
        one, two = apply(plan, first), apply(plan, second)
        here = one and apply(one, second)
        there = two and apply(two, first)
        if here and there:
            self.assertEqual(here, there)

    @given(plans, move_lists)
    def test_a_transfer_back_restores_the_plan(self, plan, move_list):
        after = apply(plan, move_list)
        if after is None:
            return
        back = [Move(move.target, move.source, move.units) for move in move_list]
        restored = apply(after, back)
        self.assertEqual(restored, plan)


class TestCarryEngine(BaseCase):
    def test_rules(self):
        for rule, unspent, carried, expected in [
            (CarryRule("none"), 100, 0, 0),
            (CarryRule("all"), 100, 0, 100),
            (CarryRule("all"), -100, 0, 0),
            (CarryRule("all"), 0, 100, 0),
            (CarryRule("all"), 30, 100, 30),
            (CarryRule("percent", 33.33), 10_000, 0, 3333),
            (CarryRule("percent", 50), 101, 0, 50),
            (CarryRule("percent", 50), 500, 500, 0),
            (CarryRule("percent", 50), 700, 500, 100),
            (CarryRule("capped", cap=80), 100, 0, 80),
            (CarryRule("capped", cap=80), 20, 80, 0),
            (CarryRule("capped", cap=80), 60, 0, 60),
        ]:
            with self.subTest(rule=rule, unspent=unspent, carried=carried):
                self.assertEqual(
                    transfer.carry_amount(rule, unspent, carried), expected
                )

    @given(
        st.sampled_from(["none", "all", "percent", "capped"]),
        st.floats(0, 100),
        st.integers(0, 10**9),
        st.integers(-(10**9), 10**9),
    )
    def test_twice_carries_nothing_more(self, mode, percent, cap, unspent):
        rule = CarryRule(mode, percent, cap)
        first = transfer.carry_amount(rule, unspent)
        self.assertTrue(0 <= first <= max(unspent, 0))
        self.assertEqual(transfer.carry_amount(rule, unspent - first, first), 0)

    @given(
        st.dictionaries(st.sampled_from(MONTHS), st.integers(-100, 10**6)),
        st.integers(0, 10**7),
        st.one_of(st.none(), st.sampled_from(MONTHS)),
    )
    def test_take(self, plan, wanted, first):
        parts = transfer.take(list(plan.items()), wanted, first)
        held = sum(max(value, 0) for value in plan.values())
        self.assertEqual(sum(part for _month, part in parts), min(wanted, held))
        self.assertEqual(len({month for month, _part in parts}), len(parts))
        for month, part in parts:
            self.assertTrue(0 < part <= plan[month])

    def test_take_begins_with_the_month_of_the_order(self):
        self.assertEqual(
            transfer.take([(JAN, 5), (FEB, 5), (MAR, 5)], 12, JAN),
            [(JAN, 5), (MAR, 5), (FEB, 2)],
        )

    @given(
        st.lists(st.integers(1, 500), max_size=5),
        st.integers(0, 1500),
        st.integers(-1500, 1500),
    )
    def test_what_leaves_takes_only_money_that_is_there(self, bound, planned, free):
        amounts = transfer.share_out(bound, planned, free)
        leaving = sum(u for u, amount in zip(bound, amounts, strict=True) if amount)
        self.assertTrue(all(0 <= a <= u for u, a in zip(bound, amounts, strict=True)))
        self.assertLessEqual(sum(amounts), planned)
        if any(amounts):
            self.assertLessEqual(sum(amounts), free + leaving)
        if free >= 0 and planned >= sum(bound):
            self.assertEqual(amounts, bound)
