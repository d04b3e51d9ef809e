# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import datetime
from fractions import Fraction

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..engine import measures, period
from ..engine import report as engine
from ..engine.matrix import CategoryTree, roll_up

D = datetime.date
YEAR = (D(2025, 1, 1), D(2025, 12, 31))
AUGUST = D(2025, 8, 10)
# Many runs at once make a machine slow, not the test wrong
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def tree(parents):
    return CategoryTree(parents=tuple(parents))


def column(**figures):
    """One row; what isn't given is 0, the time half gone of a year."""
    base = (
        dict.fromkeys(("actual_as_of", "to_date", *engine.BASE_MEASURES), 0) | figures
    )
    arrays = {key: np.array([value], dtype=np.int64) for key, value in base.items()}
    return engine.Column(**arrays, elapsed=Fraction(1, 2), elapsed_months=Fraction(6))


@tagged("-at_install", "post_install")
class TestReportColumns(BaseCase):
    def spans(self, *kinds, as_of=AUGUST, dates=YEAR, **kwargs):
        return engine.build_spans(kinds, *dates, as_of, **kwargs)

    def test_months_are_cut_to_the_period(self):
        spans = self.spans("month", dates=(D(2025, 1, 16), D(2025, 3, 10)))
        self.assertEqual(
            [(span.date_from, span.date_to) for span in spans],
            [
                (D(2025, 1, 16), D(2025, 1, 31)),
                (D(2025, 2, 1), D(2025, 2, 28)),
                (D(2025, 3, 1), D(2025, 3, 10)),
            ],
        )

    def test_quarters_follow_the_fiscal_year(self):
        spans = self.spans(
            "quarter", dates=(D(2025, 3, 1), D(2025, 9, 30)), fiscal_month=4
        )
        self.assertEqual(
            [(span.label, span.date_from, span.date_to) for span in spans],
            [
                ("Q4 2024/25", D(2025, 3, 1), D(2025, 3, 31)),
                ("Q1 2025/26", D(2025, 4, 1), D(2025, 6, 30)),
                ("Q2 2025/26", D(2025, 7, 1), D(2025, 9, 30)),
            ],
        )

    def test_several_kinds_in_their_order(self):
        keys = [span.key for span in self.spans("year", "whole", "to_date")]
        self.assertEqual(keys, ["year_2025-01", "whole", "to_date"])

    def test_to_date_ends_with_the_period_and_waits_for_its_start(self):
        [span] = self.spans("to_date", as_of=D(2026, 5, 1))
        self.assertEqual(span.date_to, D(2025, 12, 31))
        self.assertEqual(self.spans("to_date", as_of=D(2024, 12, 31)), [])

    def test_own_dates_are_cut_and_refused_outside(self):
        ranges = [(D(2024, 12, 1), D(2025, 1, 15))]
        [span] = self.spans("custom", ranges=ranges)
        self.assertEqual(
            (span.date_from, span.date_to), (D(2025, 1, 1), D(2025, 1, 15))
        )
        with self.assertRaises(engine.ReportOptionError):
            self.spans("custom", ranges=[(D(2026, 1, 1), D(2026, 1, 31))])

    def test_wrong_options_are_refused(self):
        with self.assertRaises(engine.ReportOptionError):
            self.spans("week")
        with self.assertRaises(engine.ReportOptionError):
            self.spans("month", dates=(D(2025, 2, 1), D(2025, 1, 1)))

    def test_aligned(self):
        def aligned(start, end):
            return engine.is_aligned(engine.Span("x", "custom", start, end), *dates)

        dates = (D(2025, 1, 16), D(2025, 12, 10))
        self.assertTrue(aligned(D(2025, 1, 16), D(2025, 1, 31)))
        self.assertTrue(aligned(D(2025, 3, 1), D(2025, 12, 10)))
        self.assertFalse(aligned(D(2025, 3, 2), D(2025, 3, 31)))
        self.assertFalse(aligned(D(2025, 3, 1), D(2025, 3, 30)))

    def test_weights_by_days_inside_the_budget(self):
        months = period.months_between(D(2025, 1, 16), D(2025, 3, 31))
        weights = engine.month_weights(
            months, D(2025, 1, 16), D(2025, 3, 31), D(2025, 1, 20), D(2025, 2, 14)
        )
        self.assertEqual(weights, [Fraction(12, 16), Fraction(1, 2), 0])


@tagged("-at_install", "post_install")
class TestReportArrays(BaseCase):
    @unhurried
    @given(
        st.lists(st.integers(-(10**14), 10**14), min_size=1, max_size=5),
        st.fractions(min_value=-40, max_value=40, max_denominator=400),
    )
    def test_scale_is_exact_and_rounds_half_away(self, units, factor):
        scaled = engine.scale(np.array(units, dtype=np.int64), factor)
        expected = [
            (abs(n) * abs(factor) * 2 + 1) // 2 * (1 if n * factor >= 0 else -1)
            for n in units
        ]
        self.assertEqual(scaled.tolist(), [int(number) for number in expected])

    @unhurried
    @given(st.data())
    def test_roll_up_sums_every_subtree(self, data):
        parents = [-1]
        for position in range(1, data.draw(st.integers(1, 25))):
            # Pre-order: the parent is the row before or one of the rows above that one
            path, at = [-1], position - 1
            while at >= 0:
                path.append(at)
                at = parents[at]
            parents.append(data.draw(st.sampled_from(path)))
        leaves = [
            0 if position in parents else data.draw(st.integers(-1000, 1000))
            for position in range(len(parents))
        ]
        sums = list(leaves)
        for position in range(len(parents) - 1, -1, -1):
            if parents[position] >= 0:
                sums[parents[position]] += sums[position]
        rolled = roll_up(np.array(leaves), tree(parents).ends())
        self.assertEqual(rolled.tolist(), sums)

    def test_levels(self):
        self.assertEqual(engine.levels([-1, 0, 1, 0, -1]), [0, 1, 2, 1, 0])

    def test_a_parent_stays_the_sum_when_months_are_cut(self):
        leaves = np.array([[0], [5], [5]])
        part = engine.weighted(leaves, [Fraction(1, 2)])
        rolled = roll_up(part, tree([-1, 0, 0]).ends())
        self.assertEqual(rolled.tolist(), [6, 3, 3])

    def make_sums(self, grand="balance", mask=(0, 1, 1), with_unassigned=True):
        return engine.RowSums(
            ends=tree([-1, 0, -1]).ends(),
            kind_of=np.array([0, 0, 1]),
            kinds=("expense", "income"),
            grand=grand,
            mask=np.array(mask),
            with_unassigned=with_unassigned,
        )

    def test_rows_unassigned_totals_and_balance(self):
        rows = self.make_sums().apply(np.array([0, 30, 100]), np.array([5, 7]))
        self.assertEqual(rows.tolist(), [30, 30, 100, 5, 7, 35, 107, 72])
        rows = self.make_sums(grand=None).apply(
            np.array([0, 30, 100]), np.array([5, 7])
        )
        self.assertEqual(rows.tolist(), [30, 30, 100, 5, 7, 35, 107])

    def test_other_funding_sources_count_nowhere(self):
        sums = self.make_sums(mask=(0, 1, 0), with_unassigned=False)
        rows = sums.apply(np.array([0, 30, 100]), np.array([5, 7]))
        self.assertEqual(rows.tolist(), [30, 30, 0, 0, 0, 30, 0, -30])

    def test_months_are_summed_alike(self):
        table = self.make_sums().apply(
            np.array([[0, 0], [30, 1], [100, 2]]), np.array([[5, 0], [7, 0]])
        )
        self.assertEqual(table[-1].tolist(), [72, 1])


@tagged("-at_install", "post_install")
class TestReportFigures(BaseCase):
    def derive(self, measure, kind="expense", **figures):
        [value] = engine.derive(column(**figures), [kind], [measure])[measure]
        return engine.plain(np.asarray(value))

    def test_available(self):
        self.assertEqual(
            self.derive("available", planned=100, committed=30, actual=80), -10
        )

    def test_variance_reads_right_for_each_kind(self):
        for kind, expected in (
            ("expense", 40),
            ("capital", 40),
            ("income", -40),
            ("balance", -40),
        ):
            with self.subTest(kind=kind):
                self.assertEqual(
                    self.derive("variance", kind, planned=100, actual=60), expected
                )

    def test_unknown_kind(self):
        with self.assertRaises(measures.KindError):
            self.derive("variance", "tax", planned=1)

    def test_nothing_planned_is_no_percentage(self):
        for measure in ("utilisation", "burn", "variance_percent", "runway"):
            with self.subTest(measure=measure):
                self.assertIsNone(self.derive(measure, actual=60))

    @unhurried
    @given(
        planned=st.integers(-(10**9), 10**9),
        committed=st.integers(-(10**9), 10**9),
        actual=st.integers(-(10**9), 10**9),
        kind=st.sampled_from(["expense", "income", "capital"]),
    )
    def test_arrays_agree_with_single_figures(self, planned, committed, actual, kind):
        figures = {"planned": planned, "committed": committed, "actual": actual}
        expected = {
            "variance": measures.variance(kind, planned, actual),
            "variance_percent": measures.variance_percent(kind, planned, actual),
            "available": measures.available(planned, 0, committed, actual),
            "utilisation": measures.utilisation(planned, 0, committed, actual),
            "burn": measures.burn(planned, actual),
            "burn_rate": measures.burn_rate(actual, 6),
            "projection": measures.projection(actual, Fraction(1, 2)),
        }
        found = {
            measure: self.derive(measure, kind, actual_as_of=actual, **figures)
            for measure in expected
        }
        self.assertEqual(found, expected)

    def test_runway(self):
        self.assertEqual(
            self.derive("runway", planned=120, actual=60, actual_as_of=60), 6
        )
        self.assertEqual(
            self.derive("runway", planned=50, actual=60, actual_as_of=60), 0
        )
        self.assertIsNone(self.derive("runway", planned=50))

    def test_before_the_start_there_is_no_rate(self):
        base = column(planned=100)
        early = engine.Column(
            **{**vars(base), "elapsed": Fraction(0), "elapsed_months": Fraction(0)}
        )
        figures = engine.derive(
            early, ["expense"], ["burn_rate", "projection", "runway"]
        )
        self.assertEqual(engine.to_values(figures, 2), [[None, None, None]])

    def test_comparison(self):
        compared = engine.Column(
            **{**vars(column(planned=80, actual=60)), "compare": np.array([50.0])}
        )
        figures = engine.derive(
            compared, ["expense"], ["compare", "compare_difference", "compare_percent"]
        )
        self.assertEqual(engine.to_values(figures, 2), [[0.5, 0.1, 0.2]])
        with self.assertRaises(engine.ReportOptionError):
            self.derive("compare")

    def test_no_counterpart_is_no_figure(self):
        compared = engine.Column(
            **{**vars(column(actual=60)), "compare": np.array([np.nan])}
        )
        figures = engine.derive(
            compared, ["expense"], ["compare", "compare_difference", "compare_percent"]
        )
        self.assertEqual(engine.to_values(figures, 2), [[None, None, None]])

    def test_values_are_what_one_would_type(self):
        figures = {
            "planned": np.array([1, 1999, -30]),
            "burn": np.array([0.5, np.nan, 1.0]),
        }
        self.assertEqual(
            engine.to_values(figures, 2), [[0.01, 0.5], [19.99, None], [-0.3, 1.0]]
        )
        self.assertEqual(engine.to_values({}, 2), [])

    def test_lines_of_the_chart(self):
        lines = engine.cumulate([10, 10, 10, 10], [5, 6, 0, 0], 1, 31)
        self.assertEqual(lines["planned"], [10, 20, 30, 40])
        self.assertEqual(lines["actual"], [5, 11, None, None])
        self.assertEqual(lines["projection"], [None, 11, 21, 31])

    def test_chart_without_projection(self):
        for running, projection in ((-1, None), (3, 50), (1, None)):
            with self.subTest(running=running):
                lines = engine.cumulate([1, 1, 1, 1], [1, 1, 1, 1], running, projection)
                self.assertEqual(lines["projection"], [None] * 4)
