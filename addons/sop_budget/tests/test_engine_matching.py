# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import doctest
from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..engine import distribution
from ..engine.matching import (
    CAPITAL,
    EXPENSE,
    INCOME,
    KINDS,
    Account,
    MatchConflict,
    Selector,
    find_loss,
    find_selector,
    resolve,
)

CODES = ("6", "61", "611", "6110", "612", "62", "7", "70", "71", "2")
analytics = st.one_of(st.none(), st.integers(1, 4))
targets = st.one_of(
    st.tuples(st.integers(1, 6), st.none()),
    st.tuples(st.none(), st.sampled_from(CODES)),
    st.just((None, None)),
)


@st.composite
def selectors(draw):
    analytic = draw(analytics)
    account, prefix = draw(targets)
    assume(analytic or account or prefix)
    category = draw(st.integers(1, 6))
    # A category has one kind
    return Selector(category, KINDS[category % 3], analytic, account, prefix)


account_lists = st.lists(
    st.tuples(st.sampled_from(("", "6", "6110", "6111", "612", "7000", "21"))),
    min_size=6,
    max_size=6,
).flatmap(
    lambda codes: st.tuples(
        *(
            st.sampled_from((None, *KINDS)).map(
                lambda kind, number=number, code=code: Account(number, code, kind)
            )
            for number, (code,) in enumerate(codes, start=1)
        )
    )
)


def rank(selector, account, analytic):
    """How specific a fitting selector is; None when it does not fit."""
    if selector.analytic not in (None, analytic):
        return None
    if selector.account not in (None, account.id):
        return None
    if selector.prefix and not account.code.startswith(selector.prefix):
        return None
    return (
        selector.analytic is not None,
        selector.account is not None,
        len(selector.prefix or ""),
    )


def naming_kind(found, account, kinds):
    """The kind of an account, by trying every selector."""
    named = [
        ((s.account is not None, len(s.prefix or "")), s.kind)
        for s in found
        if s.names_accounts and rank(s, account, s.analytic) is not None
    ]
    if named:
        return max(named)[1]
    return account.kind if account.kind in kinds else None


class TestMatching(BaseCase):
    def resolve(self, *found, accounts=(), kinds=KINDS):
        return resolve(found, accounts, kinds)

    def test_the_most_specific_selector_wins(self):
        account = Account(1, "6110", EXPENSE)
        steps = [
            Selector(1, EXPENSE, prefix="6"),
            Selector(2, EXPENSE, prefix="61"),
            Selector(3, EXPENSE, account=1),
            Selector(4, EXPENSE, analytic=9),
            Selector(5, EXPENSE, analytic=9, prefix="6"),
            Selector(6, EXPENSE, analytic=9, prefix="611"),
            Selector(7, EXPENSE, analytic=9, account=1),
        ]
        for count, expected in enumerate(steps, start=1):
            ownership = self.resolve(*reversed(steps[:count]), accounts=[account])
            self.assertEqual(ownership.owner(1, 9), expected.category)
            self.assertEqual(ownership.owner(1), min(count, 3))
            self.assertEqual(ownership.owner(1, 8), min(count, 3))

    def test_an_analytic_account_serves_each_kind_by_itself(self):
        ownership = self.resolve(
            Selector(1, EXPENSE, analytic=9),
            Selector(2, INCOME, analytic=9),
            accounts=[Account(1, "61", EXPENSE), Account(2, "70", INCOME)],
        )
        self.assertEqual([ownership.owner(1, 9), ownership.owner(2, 9)], [1, 2])

    def test_kinds_out_of_scope_are_left_out_unless_named(self):
        accounts = [
            Account(1, "61", EXPENSE),
            Account(2, "70", INCOME),
            Account(3, "11"),
        ]
        ownership = self.resolve(
            Selector(5, CAPITAL, account=3), accounts=accounts, kinds=[EXPENSE]
        )
        self.assertEqual(ownership.scope, {1: (EXPENSE, None), 3: (CAPITAL, 5)})
        self.assertIsNone(ownership.owner(2))

    def test_a_category_takes_from_accounts_of_its_kind_only(self):
        ownership = self.resolve(
            Selector(1, EXPENSE, prefix="6"),
            Selector(2, INCOME, account=1),
            Selector(3, EXPENSE, analytic=9, prefix="6"),
            accounts=[Account(1, "61", EXPENSE), Account(2, "62", EXPENSE)],
        )
        self.assertEqual(ownership.scope, {1: (INCOME, 2), 2: (EXPENSE, 1)})
        self.assertEqual([ownership.owner(1, 9), ownership.owner(2, 9)], [2, 3])

    def test_the_same_selector_twice_is_refused(self):
        for first, second in [
            ({"analytic": 9}, {"analytic": 9}),
            ({"account": 1}, {"account": 1}),
            ({"prefix": "6"}, {"prefix": "6"}),
            ({"analytic": 9, "account": 1}, {"analytic": 9, "account": 1}),
            ({"analytic": 9, "prefix": "6"}, {"analytic": 9, "prefix": "6"}),
        ]:
            one, two = Selector(1, EXPENSE, **first), Selector(2, EXPENSE, **second)
            with self.assertRaises(MatchConflict) as caught:
                self.resolve(one, two)
            self.assertEqual(
                {caught.exception.first, caught.exception.second}, {one, two}
            )
            self.resolve(one, Selector(1, EXPENSE, **second))

    def test_an_account_has_one_kind(self):
        with self.assertRaises(MatchConflict):
            self.resolve(
                Selector(1, EXPENSE, analytic=1, account=1),
                Selector(2, INCOME, analytic=2, account=1),
            )
        with self.assertRaises(MatchConflict):
            self.resolve(
                Selector(1, EXPENSE, prefix="6"),
                Selector(2, CAPITAL, analytic=2, prefix="6"),
            )

    def test_a_selector_names_something_and_not_two_kinds_of_accounts(self):
        with self.assertRaises(ValueError):
            Selector(1, EXPENSE)
        with self.assertRaises(ValueError):
            Selector(1, EXPENSE, account=1, prefix="6")

    @settings(max_examples=600, deadline=None)
    @given(
        found=st.lists(selectors(), max_size=14),
        accounts=account_lists,
        kinds=st.sets(st.sampled_from(KINDS)),
    )
    def test_precedence_against_trying_every_selector(self, found, accounts, kinds):
        try:
            ownership = resolve(found, accounts, kinds)
        except MatchConflict as conflict:
            one, two = conflict.first, conflict.second
            self.assertNotEqual(one.category, two.category)
            self.assertEqual((one.account, one.prefix), (two.account, two.prefix))
            self.assertTrue(one.kind != two.kind or one.analytic == two.analytic)
            return
        for account in accounts:
            kind = naming_kind(found, account, kinds)
            self.assertEqual(kind is not None, account.id in ownership.scope)
            for analytic in (None, 1, 2, 3, 4):
                fitting = [
                    (rank(s, account, analytic), s.category)
                    for s in found
                    if s.kind == kind and rank(s, account, analytic) is not None
                ]
                expected = max(fitting)[1] if fitting else None
                self.assertEqual(ownership.owner(account.id, analytic), expected)

    @settings(max_examples=200, deadline=None)
    @given(
        found=st.lists(selectors(), max_size=10),
        accounts=account_lists,
        order=st.randoms(use_true_random=False),
    )
    def test_the_order_of_selectors_does_not_matter(self, found, accounts, order):
        shuffled = list(found)
        order.shuffle(shuffled)
        outcomes = []
        for given_order in (found, shuffled):
            try:
                outcomes.append(resolve(given_order, accounts, KINDS))
            except MatchConflict:
                outcomes.append(None)
        self.assertEqual(outcomes[0], outcomes[1])

    @settings(max_examples=600, deadline=None)
    @given(
        found=st.lists(selectors(), max_size=6),
        old=st.lists(selectors(), max_size=4),
        new=st.lists(selectors(), max_size=4),
        accounts=account_lists,
        kinds=st.lists(st.sets(st.sampled_from(KINDS)), min_size=2, max_size=2),
        losers=st.sets(st.integers(1, 6)),
        trusted=st.sets(st.integers(1, 4), max_size=1),
    )
    def test_losses_against_asking_every_owner(
        self, found, old, new, accounts, kinds, losers, trusted
    ):
        try:
            before = resolve([*found, *old], accounts, kinds[0])
            after = resolve([*found, *new], accounts, kinds[1])
        except MatchConflict:
            assume(False)
        lost = {
            (account.id, analytic)
            for account in accounts
            for analytic in (None, 1, 2, 3, 4)
            if before.owner(account.id, analytic) in losers
            and after.owner(account.id, analytic) not in losers
        }
        loss = find_loss(before, after, losers)
        self.assertEqual(loss is not None, bool(lost))
        self.assertTrue(loss is None or loss in lost)
        loss = find_loss(before, after, losers, trusted)
        self.assertTrue(loss is None or loss in lost)

    def test_nothing_is_lost_to_a_new_analytic_account(self):
        account = Account(1, "61", EXPENSE)
        hidden = Selector(1, EXPENSE, prefix="6")
        before = self.resolve(hidden, accounts=[account])
        after = self.resolve(
            hidden, Selector(2, EXPENSE, analytic=9), accounts=[account]
        )
        self.assertEqual(find_loss(before, after, {1}), (1, 9))
        self.assertIsNone(find_loss(before, after, {1}, {9}))
        self.assertIsNone(find_loss(before, after, {2}))

    @settings(max_examples=300, deadline=None)
    @given(found=st.lists(selectors(), max_size=10), accounts=account_lists)
    def test_the_selector_behind_an_owner(self, found, accounts):
        try:
            ownership = resolve(found, accounts, KINDS)
        except MatchConflict:
            assume(False)
        for account in accounts:
            for analytic in (None, 1, 2, 3, 4):
                owner = ownership.owner(account.id, analytic)
                selector = find_selector(found, owner, account, analytic)
                self.assertEqual(selector and selector.category, owner)
                if owner is not None:
                    best = max(
                        rank(s, account, analytic)
                        for s in found
                        if s.category == owner
                        and rank(s, account, analytic) is not None
                    )
                    self.assertEqual(rank(selector, account, analytic), best)


percent = st.one_of(
    st.integers(-50, 200),
    st.floats(-50, 200, allow_nan=False).map(lambda value: round(value, 4)),
    st.sampled_from((33.33, 33.34, 66.67, 100.0, 0.01, 100 / 3, "60", None, True, 1e9)),
)
key = st.lists(st.sampled_from("1 2 3 4 5 6 99 x 12345678901".split()), max_size=3).map(
    ",".join
)
PLANS = {1: 10, 2: 10, 3: 10, 4: 20, 5: 20, 6: 30}


class TestDistribution(BaseCase):
    def test_examples(self):
        self.assertFalse(doctest.testmod(distribution).failed)

    def test_what_is_no_distribution_leaves_everything(self):
        for value in (None, False, [], "7", 100, {"x": 100}, {"99": 100}, {"1": "60"}):
            self.assertEqual(distribution.split(1000, value, PLANS), {})
            self.assertEqual(distribution.remainder(1000, value, PLANS, 10), 1000)

    def test_over_and_under(self):
        cuts = {"1": 80, "2": 70, "4": 25}
        self.assertEqual(
            distribution.split(1000, cuts, PLANS), {1: 800, 2: 700, 4: 250}
        )
        self.assertEqual(distribution.remainder(1000, cuts, PLANS, 10), -500)
        self.assertEqual(distribution.remainder(1000, cuts, PLANS, 20), 750)

    def test_keys_of_one_account_add_up(self):
        cuts = {"1,4": 30, "5,1": 20, "1": 50, "2": 0}
        self.assertEqual(
            distribution.split(999, cuts, PLANS), {1: 999, 2: 0, 4: 300, 5: 200}
        )

    @settings(max_examples=500, deadline=None)
    @given(
        units=st.integers(-(10**12), 10**12),
        cuts=st.dictionaries(key, percent, max_size=6),
    )
    def test_parts_are_near_their_share_and_nothing_is_lost(self, units, cuts):
        found = distribution.shares(cuts, PLANS)
        for plan in (10, 20, 30):
            parts = [share for share in found if share.plan == plan]
            total = sum((share.hi - share.lo for share in parts), Fraction(0))
            summed = sum(share.part(units) for share in parts)
            # Rounded once for the whole plan, not once a part
            self.assertLessEqual(abs(summed - units * total), Fraction(1, 2))
            if total == 1:
                self.assertEqual(summed, units)
            for share in parts:
                exact = units * (share.hi - share.lo)
                self.assertLessEqual(abs(share.part(units) - exact), 1)
