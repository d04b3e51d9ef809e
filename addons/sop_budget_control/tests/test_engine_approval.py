# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings

from odoo.tests import BaseCase, tagged

from ..engine.approval import (
    APPROVED,
    ASKED,
    NOBODY,
    SKIPPED,
    WAITING,
    Part,
    Round,
    Rule,
    Step,
    Vote,
    WorkingDays,
    add_working_days,
    find_seat,
    freeze,
    is_passed,
    matches,
    pick_rule,
    resume_level,
    settle,
)

A, B, C, D, E = 1, 2, 3, 4, 5
BANDS = [Rule(1, 0, 100_000), Rule(2, 100_000, 1_000_000), Rule(3, 1_000_000)]


def people(*users):
    return frozenset(users)


def chain(*groups, **kwargs):
    return [
        Step(key, key, people(*([g] if isinstance(g, int) else g)), **kwargs)
        for key, g in enumerate(groups, start=1)
    ]


def states(steps):
    return [step.state for step in steps]


@tagged("-at_install", "post_install")
class TestRules(BaseCase):
    def test_bands(self):
        for amount, key in (
            (0, 1),
            (99_999, 1),
            (100_000, 2),
            (999_999, 2),
            (1_000_000, 3),
            (750_000_000, 3),
        ):
            self.assertEqual(pick_rule(BANDS, [], amount).key, key, amount)
        self.assertIsNone(pick_rule(BANDS[:1], [], 100_000))

    def test_one_line_in_the_category_is_enough_to_ask(self):
        rule = Rule(1, categories=people(7))
        inside, below, outside = Part(people(7)), Part(people(7, 8)), Part(people(9))
        self.assertTrue(matches(rule, [outside, below], 0))
        self.assertTrue(matches(rule, [inside], 0))
        self.assertFalse(matches(rule, [outside], 0))
        self.assertFalse(matches(rule, [], 0))

    def test_all_lines_must_be_in_it_to_ask_nobody(self):
        rule = Rule(1, categories=people(7), automatic=True)
        self.assertFalse(matches(rule, [Part(people(7)), Part(people(9))], 0))
        self.assertTrue(matches(rule, [Part(people(7)), Part(people(7, 8))], 0))

    def test_funding(self):
        mixed = [Part(external=True), Part()]
        self.assertTrue(matches(Rule(1, funding="external"), mixed, 0))
        self.assertFalse(matches(Rule(1, funding="internal"), mixed, 0))
        self.assertFalse(matches(Rule(1, funding="external", automatic=True), mixed, 0))
        self.assertTrue(matches(Rule(1, funding="internal"), [Part()], 0))
        self.assertFalse(matches(Rule(1, funding="external"), [], 0))


@tagged("-at_install", "post_install")
class TestSteps(BaseCase):
    def test_levels_one_after_the_other(self):
        steps = settle(chain(A, B), [])
        self.assertEqual(states(steps), [ASKED, WAITING])
        steps = settle(steps, [Vote(1, A)])
        self.assertEqual(states(steps), [APPROVED, ASKED])
        self.assertTrue(is_passed(settle(steps, [Vote(1, A), Vote(2, B)])))

    def test_parallel(self):
        steps = [Step(1, 1, people(A)), Step(2, 1, people(B)), Step(3, 2, people(C))]
        steps = settle(steps, [])
        self.assertEqual(states(steps), [ASKED, ASKED, WAITING])
        steps = settle(steps, [Vote(2, B)])
        self.assertEqual(states(steps), [ASKED, APPROVED, WAITING])

    def test_a_b_a_asks_twice_where_allowed(self):
        votes = [Vote(1, A), Vote(2, B)]
        steps = settle(settle(settle(chain(A, B, A), []), votes[:1]), votes, twice=True)
        self.assertEqual(states(steps), [APPROVED, APPROVED, ASKED])
        self.assertEqual(find_seat(steps[2], A, ()), A)

    def test_a_b_a_skips_when_nobody_else_is_left(self):
        votes = [Vote(1, A), Vote(2, B)]
        steps = settle(settle(settle(chain(A, B, A), []), votes[:1]), votes)
        self.assertEqual(states(steps), [APPROVED, APPROVED, SKIPPED])

    def test_a_b_a_asks_the_stand_in(self):
        votes = [Vote(1, A), Vote(2, B)]
        steps = chain(A, B, A, stand_ins=(people(), people(A), people(C)))
        steps = settle(settle(settle(steps, []), votes[:1]), votes)
        self.assertEqual(states(steps), [APPROVED, APPROVED, ASKED])
        self.assertEqual(find_seat(steps[2], C, ()), C)
        self.assertIsNone(find_seat(steps[2], A, ()))

    def test_n_of_a_group(self):
        steps = settle([Step(1, 1, people(A, B, C), minimum=2)], [])
        steps = settle(steps, [Vote(1, A)])
        self.assertEqual(states(steps), [ASKED])
        self.assertIsNone(find_seat(steps[0], A, ()))
        self.assertTrue(is_passed(settle(steps, [Vote(1, A), Vote(1, C)])))

    def test_an_earlier_approval_counts_in_a_group_only_as_far_as_needed(self):
        steps = [Step(1, 1, people(A)), Step(2, 2, people(A, B), minimum=2)]
        steps = settle(settle(steps, []), [Vote(1, A)])
        self.assertEqual(states(steps), [APPROVED, ASKED])
        self.assertEqual(steps[1].open_people, people(B))
        steps = settle(steps, [Vote(1, A), Vote(2, B)])
        self.assertEqual(states(steps), [APPROVED, APPROVED])

    def test_an_approval_for_somebody_else_is_one_person(self):
        # A decides for B first: the group of both has one approval, not two
        steps = [Step(1, 1, people(B)), Step(2, 2, people(A, B), minimum=2)]
        steps = settle(settle(steps, []), [Vote(1, A, B)])
        self.assertEqual(states(steps), [APPROVED, ASKED])

    def test_freeze_replaces_the_requester(self):
        steps = [Step(1, 1, people(A), stand_ins=(people(A), people(B)))]
        frozen, impossible = freeze(steps, A)
        self.assertEqual((frozen[0].people, impossible), (people(B), []))
        _frozen, impossible = freeze([Step(1, 1, people(A))], A)
        self.assertEqual([s.key for s in impossible], [1])
        # Two of three, one of them the requester: the other two have to
        frozen, impossible = freeze([Step(1, 1, people(A, B, C), minimum=2)], A)
        self.assertEqual((frozen[0].people, impossible), (people(B, C), []))

    def test_delegates(self):
        step = Step(1, 1, people(A, B), state=ASKED, barred=people(C))
        self.assertEqual(find_seat(step, A, [B]), A)
        self.assertEqual(find_seat(step, D, [B]), B)
        self.assertIsNone(find_seat(step, C, [A]))
        self.assertIsNone(find_seat(step, D, [E]))
        self.assertIsNone(find_seat(Step(1, 1, people(A)), A, ()))


@st.composite
def rounds(draw):
    users = st.integers(1, 5)
    count = draw(st.integers(1, 5))
    steps = []
    for key in range(1, count + 1):
        group = draw(st.frozensets(users, min_size=1, max_size=4))
        steps.append(
            Step(
                key,
                draw(st.integers(1, 3)),
                group,
                draw(st.integers(1, len(group))),
                tuple(draw(st.lists(st.frozensets(users, max_size=2), max_size=3))),
            )
        )
    stand_ins_of = draw(st.dictionaries(users, st.frozensets(users, max_size=2)))
    return steps, draw(st.integers(0, 5)), draw(st.booleans()), stand_ins_of


@tagged("-at_install", "post_install")
class TestRoundProperties(BaseCase):
    @settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
    @given(rounds(), st.randoms(use_true_random=False))
    def test_every_round_ends_fairly(self, plan, random):
        steps, requester, twice, principals = plan
        frozen, impossible = freeze(steps, requester)
        if impossible:
            return
        votes = []
        current = settle(frozen, votes, requester, twice)
        for _turn in range(40):
            open_levels = {s.level for s in current if s.state == ASKED}
            self.assertLessEqual(len(open_levels), 1)
            choices = [
                (step, user, seat)
                for step in current
                for user in range(1, 6)
                if user != requester
                and (seat := find_seat(step, user, principals.get(user, ())))
                is not None
            ]
            if not choices:
                break
            step, user, seat = random.choice(choices)
            self.assertNotEqual(seat, requester)
            votes.append(Vote(step.key, user, seat))
            current = settle(current, votes, requester, twice)
            self.assertEqual(current, settle(current, votes, requester, twice))
        # Never stuck, whoever decided what before
        self.assertTrue(is_passed(current))
        self.assertEqual(len({(v.step, v.user) for v in votes}), len(votes))
        if not twice:
            self.assertEqual(len({v.user for v in votes}), len(votes))
        for step, asked in zip(current, steps, strict=True):
            given_here = sum(vote.step == step.key for vote in votes)
            if twice:
                self.assertEqual(given_here, asked.minimum)
            if given_here < asked.minimum:
                # The rest approved elsewhere
                others = {v.user for v in votes if v.step != step.key} & step.people
                self.assertGreaterEqual(given_here + len(others), asked.minimum)


@tagged("-at_install", "post_install")
class TestResumeAndDays(BaseCase):
    def test_resume(self):
        before = Round(people(1), 1000, people(7, 8), 2)
        self.assertEqual(resume_level(before, Round(people(1), 1000, people(7))), 2)
        self.assertIsNone(resume_level(None, before))
        for now in (
            Round(people(2), 1000, people(7)),
            Round(people(1), 1001, people(7)),
            Round(people(1), 1000, people(9)),
        ):
            self.assertIsNone(resume_level(before, now))
        self.assertIsNone(
            resume_level(Round(people(1), 1000, NOBODY), Round(people(1), 1000))
        )

    def test_working_days(self):
        week = WorkingDays()
        friday = date(2025, 3, 7)
        self.assertEqual(add_working_days(friday, 1, week), date(2025, 3, 10))
        self.assertEqual(add_working_days(friday, 0, week), friday)
        self.assertEqual(add_working_days(date(2025, 3, 8), 0, week), date(2025, 3, 10))
        holiday = WorkingDays(days_off=frozenset({date(2025, 3, 10)}))
        self.assertEqual(add_working_days(friday, 1, holiday), date(2025, 3, 11))
        for days, due in ((3, 6), (5, 10), (7, 12)):
            self.assertEqual(
                add_working_days(date(2025, 3, 3), days, week), date(2025, 3, due)
            )
        self.assertEqual(
            add_working_days(friday, 1, WorkingDays(frozenset())), date(2025, 3, 10)
        )

    @given(st.dates(date(2024, 1, 1), date(2026, 1, 1)), st.integers(1, 40))
    def test_working_days_count(self, start, days):
        week = WorkingDays()
        end = add_working_days(start, days, week)
        between = range(1, (end - start).days + 1)
        counted = sum(
            date.fromordinal(start.toordinal() + n).weekday() < 5 for n in between
        )
        self.assertEqual(counted, days)
