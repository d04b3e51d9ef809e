# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common_learning import LearningCommon


@tagged("post_install", "-at_install")
@freeze_time("2025-04-16 12:00:00")
class TestExperiment(LearningCommon):
    def test_from_hypothesis_to_decision(self):
        """K38: control 50, test 50, 30-day retention, target +30 %, scale from 20 %."""
        experiment = self.make_experiment(start=False, baseline=40, size_needed=0)
        self.assertEqual(experiment.target_lift, 30)
        self.assertEqual(experiment.scale_from, 20)
        experiment.size_needed = 50
        experiment.action_start()
        self.assertEqual(str(experiment.date_start), "2025-04-16")
        self.assertEqual(experiment.proposal, "wait")
        self.assertEqual(experiment.proposal_words, "Wait: there are no results yet.")
        self.enter(experiment, (50, 20), (50, 35))
        self.assertEqual(
            experiment.result_words,
            "Variant: 75 % better than Control, between 21 and 160 (95 % sure); more than "
            "chance (p = 0.0026).",
        )
        self.assertEqual(
            experiment.proposal_words,
            "Scale: the lift of 75 % reaches the 20 % of the rule, and is more than chance.",
        )
        self.assertFalse(experiment.warning_words)
        self.assertEqual(experiment.size_words, "all 50 cases per arm are there")
        self.assertEqual(experiment.size_progress, 100)
        self.assertEqual(experiment.arm_ids.mapped("value"), [40, 70])
        wizard = self.env["sop.experiment.decide"].create(
            {"experiment_id": experiment.id, "reason": "Both cohorts agree."}
        )
        self.assertEqual(wizard.decision, "scale")
        wizard.action_decide()
        self.assertRecordValues(
            experiment,
            [
                {
                    "state": "decided",
                    "decision": "scale",
                    "decision_proposal": "scale",
                    "decision_reason": "Both cohorts agree.",
                    "decided_by_id": self.env.uid,
                    "is_against_rule": False,
                    "decision_words": experiment.result_words,
                }
            ],
        )
        self.assertEqual(str(experiment.decided_on), "2025-04-16 12:00:00")
        self.assertEqual(str(experiment.date_end), "2025-04-16")
        figures = experiment.decision_figures
        self.assertEqual([arm["successes"] for arm in figures["arms"]], [20, 35])
        self.assertAlmostEqual(figures["variants"][0]["lift"], 75)
        self.assertIn("Both cohorts agree.", experiment.message_ids[0].body)

    def test_decided_against_the_rule(self):
        experiment = self.make_experiment()
        self.enter(experiment, (50, 20), (50, 35))
        experiment._decide("stop", "The call costs more than a member brings.")
        self.assertTrue(experiment.is_against_rule)
        self.assertEqual(experiment.decision_proposal, "scale")

    def test_published_figures(self):
        """Newcombe's and Welch's examples, through the records."""
        rate = self.make_experiment(size_needed=0)
        self.enter(rate, (80, 48), (70, 56))
        found = rate.look_ids.figures["variants"][0]
        self.assertEqual(round(found["p_value"], 5), 0.00805)
        self.assertEqual(round(found["difference_low"], 4), 0.0524)
        self.assertEqual(round(found["difference_high"], 4), 0.3339)
        mean = self.make_experiment(metric_kind="mean", size_needed=0)
        self.enter(mean, (12, 17.9, 2.1), (15, 20.6, 3.2))
        found = mean.look_ids.figures["variants"][0]
        self.assertEqual(round(found["p_value"], 5), 0.01446)
        self.assertTrue(mean.arm_ids[1].is_significant)

    def test_sizes(self):
        """10 → 12 %: 3,841 an arm; 5 → 6 %: 8,158; half a deviation: 63."""
        for baseline, needed in ((10, 3841), (5, 8158)):
            experiment = self.env["sop.experiment"].new(
                {"metric_kind": "rate", "baseline": baseline, "target_lift": 20}
            )
            self.assertEqual(experiment.size_needed, needed)
        vals = {"metric_kind": "mean", "baseline": 10, "target_lift": 10}
        experiment = self.env["sop.experiment"].new({**vals, "deviation": 2})
        self.assertEqual(experiment.size_needed, 63)
        self.assertEqual(self.env["sop.experiment"].new(vals).size_needed, 0)
        falling = self.env["sop.experiment"].new(
            {"baseline": 12, "target_lift": 16.6666666667, "direction": "lower"}
        )
        self.assertEqual(falling.size_needed, 3841)

    def test_sizes_follow_the_design(self):
        """Twice the cases with a comparison group, more with every variant, typed ones stay."""
        vals = {
            "metric_kind": "mean",
            "baseline": 10,
            "target_lift": 10,
            "deviation": 2,
        }
        experiment = self.make_experiment(start=False, **vals, size_needed=50)
        self.assertEqual(experiment.size_needed, 50)
        letter = Command.create({"name": "Letter"})
        typed = experiment.copy()
        typed.arm_ids = [letter]
        self.assertEqual(typed.size_needed, 50)
        experiment.design = "compared"
        self.assertEqual(experiment.size_needed, 126)
        experiment.design = "before_after"
        self.assertEqual(experiment.size_needed, 63)
        experiment.design = "split"
        experiment.arm_ids = [letter]
        self.assertEqual(experiment.size_needed, 77)
        # A result is no new arm
        typed = experiment.copy({"size_needed": 70})
        typed.action_start()
        self.enter(typed, (9, 1, 1), (9, 2, 1), (9, 2, 1))
        self.assertEqual(typed.size_needed, 70)
        experiment.arm_ids[2].unlink()
        self.assertEqual(experiment.size_needed, 63)
        arms = [("Control", True), ("A", False), ("B", False), ("C", False)]
        four = self.env["sop.experiment"].create(
            {
                **vals,
                "operation_id": self.operation.id,
                "name": "Four",
                "arm_ids": [
                    Command.create({"name": name, "is_control": is_control})
                    for name, is_control in arms
                ],
            }
        )
        self.assertEqual(four.size_needed, 84)

    def test_sizes_follow_the_arms_in_a_form(self):
        with Form(self.make_experiment(start=False, baseline=10)) as form:
            form.target_lift = 20
            self.assertEqual(form.size_needed, 3841)
            with form.arm_ids.new() as arm:
                arm.name = "Letter"
            self.assertGreater(form.size_needed, 4000)
            form.size_needed = 4500
            with form.arm_ids.new() as arm:
                arm.name = "Visit"
            self.assertEqual(form.size_needed, 4500)

    def test_days_left(self):
        with freeze_time("2025-04-07 12:00:00"):
            experiment = self.make_experiment()
        self.enter(experiment, (20, 8), (25, 12))
        # 20 in ten days, 30 to go
        self.assertEqual(
            experiment.size_words,
            "20 of 50 cases per arm; 15 more days at the present pace",
        )
        self.assertEqual(experiment.size_progress, 40)
        self.assertEqual(experiment.proposal, "wait")

    def test_looks_are_counted(self):
        experiment = self.make_experiment()
        self.enter(experiment, (10, 4), (10, 5))
        self.enter(experiment, (20, 8), (20, 10))
        # The same again is no look, nor is a change of a name
        self.enter(experiment, (20, 8), (20, 10))
        experiment.arm_ids[1].name = "Call"
        self.assertEqual(experiment.look_count, 2)
        self.assertEqual(experiment.look_ids.mapped("size"), [20, 10])
        self.assertEqual(experiment.look_ids.user_id, self.env.user)
        self.assertIn("25 % better", experiment.look_ids[0].words)
        self.assertIn(
            "Looked at 2 times before all 50 cases per arm were there (now: 20).",
            experiment.warning_words,
        )

    def test_looks_of_single_arms(self):
        """Arms that are written one by one can't dodge the history."""
        experiment = self.make_experiment()
        control, variant = experiment.arm_ids
        control.write({"size": 10, "successes": 4})
        self.assertFalse(experiment.look_ids)
        variant.write({"size": 10, "successes": 5})
        variant.with_context(sop_look_token=True).successes = 6
        self.assertEqual(len(experiment.look_ids), 2)

    def test_early_but_clear(self):
        """Significant at 5 %, but not at what a first look may spend."""
        experiment = self.make_experiment(size_needed=500)
        self.enter(experiment, (50, 20), (50, 31))
        self.assertLess(experiment.arm_ids[1].p_value, 0.05)
        self.assertFalse(experiment.arm_ids[1].is_significant)
        self.assertEqual(
            experiment.proposal_words,
            "Wait: not all cases are there, and nothing is clear yet.",
        )

    def test_lower_is_better(self):
        experiment = self.make_experiment(direction="lower", size_needed=200)
        self.enter(experiment, (200, 40), (200, 20))
        self.assertIn("Variant: 50 % better than Control", experiment.result_words)
        self.assertEqual(experiment.proposal, "scale")
        interval = experiment.arm_ids[1].interval
        self.assertTrue(interval["low"] < interval["value"] < interval["high"])
        self.assertLess(interval["start"], 0)
        self.assertEqual(interval["goal"], 20)
        self.assertFalse(experiment.arm_ids[0].interval)

    def test_words(self):
        """Leaders read words: better, worse, maybe, not at all."""
        for control, variant, words, proposal in (
            (
                (100, 40),
                (100, 44),
                "10 % better than Control, between 20 % worse and",
                "below",
            ),
            (
                (1000, 400),
                (1000, 300),
                "25 % worse than Control, between 15 and 34 (95 % sure); more than chance "
                "(p < 0.0001)",
                "worse",
            ),
            ((100, 40), (100, 40), "no different from Control, between", "below"),
            ((100, 0), (100, 12), "12 percentage points more than Control", "by hand"),
            ((50, 20), (50, 26), "30 % better than Control", "may be chance"),
        ):
            with self.subTest(variant=variant):
                experiment = self.make_experiment()
                self.enter(experiment, control, variant)
                self.assertIn(words, experiment.result_words)
                key = {"below": "is below the 20 % of the rule", "worse": "below 0 %"}
                self.assertIn(key.get(proposal, proposal), experiment.proposal_words)

    def test_a_rule_without_significance(self):
        experiment = self.make_experiment(needs_significance=False)
        self.enter(experiment, (50, 20), (50, 26))
        self.assertEqual(
            experiment.proposal_words,
            "Scale: the lift of 30 % reaches the 20 % of the rule.",
        )

    def test_warnings(self):
        experiment = self.make_experiment(
            ("Control", True), ("A", False), ("B", False), size_needed=0
        )
        self.enter(experiment, (1, 1), (400, 399), (1000, 990))
        for words in (
            "hardly chance (p < 0.001)",
            "2 variants are compared",
            "a single case",
            "Fewer than 5 successes or failures",
            "Nobody said how many cases",
        ):
            self.assertIn(words, experiment.warning_words)
        mean = self.make_experiment(metric_kind="mean", size_needed=10)
        self.enter(mean, (10, 0, 0), (10, 5, 0))
        for words in ("deviation of 0", "shows 0"):
            self.assertIn(words, mean.warning_words)
        self.assertIn(
            "5 more than Control, which shows 0; whether that is chance can't be told",
            mean.result_words,
        )

    def test_before_and_after(self):
        experiment = self.make_experiment(
            ("Members", False), design="before_after", size_needed=0
        )
        arm = experiment.arm_ids
        arm.write({"size_before": 100, "successes_before": 50})
        arm.write({"size": 100, "successes": 70})
        self.assertIn("Members: 40 % better than before", experiment.result_words)
        self.assertIn("No comparison group", experiment.warning_words)

    def test_with_comparison_group(self):
        experiment = self.make_experiment(
            ("Berlin", True), ("Hamburg", False), design="compared", size_needed=0
        )
        experiment.arm_ids.write({"size_before": 100, "successes_before": 50})
        self.enter(experiment, (100, 55), (100, 70))
        self.assertIn(
            "Hamburg: 27 % better than if it had changed like Berlin",
            experiment.result_words,
        )
        self.assertNotIn("comparison group", experiment.warning_words)

    # === KPIS === #

    def test_results_from_kpis(self):
        """A percentage of the cases, a number of cases, and what adds up."""
        size = self.make_kpi(name="Members", aggregation="sum")
        share = self.make_kpi(name="Retention", kind="percentage", target=100)
        count = self.make_kpi(name="Stayed")
        with freeze_time("2025-04-10 12:00:00"):
            experiment = self.make_experiment()
        control, variant = experiment.arm_ids
        control.write({"size_kpi_id": size.id, "kpi_id": share.id})
        variant.write({"size_kpi_id": size.id, "kpi_id": count.id})
        for kpi, day, value in (
            (size, "2025-04-09", 999),
            (size, "2025-04-11", 20),
            (size, "2025-04-12", 30),
            (share, "2025-04-12", 10),
            (share, "2025-04-13", 40),
            (count, "2025-04-13", 35),
        ):
            kpi._measure(day, value)
        experiment.action_read_kpis()
        self.assertEqual(experiment.arm_ids.mapped("size"), [50, 50])
        self.assertEqual(experiment.arm_ids.mapped("successes"), [20, 35])
        self.assertEqual(experiment.look_count, 1)

    def test_means_from_kpis(self):
        kpi = self.make_kpi(name="Response", aggregation="average")
        experiment = self.make_experiment(metric_kind="mean", date_start="2025-04-10")
        for day, value in (("2025-04-11", 2), ("2025-04-12", 4), ("2025-04-13", 6)):
            kpi._measure(day, value)
        experiment.arm_ids[1].kpi_id = kpi
        experiment.action_read_kpis()
        variant = experiment.arm_ids[1]
        self.assertEqual((variant.size, variant.mean, variant.deviation), (3, 4, 2))

        self.assertNotIn("its measurements", experiment.warning_words)
        experiment.arm_ids[0].write({"size": 9, "mean": 3, "deviation": 1})
        self.assertIn("the cases are its measurements", experiment.warning_words)

    def test_before_from_kpis(self):
        """As long a time before the start as the experiment lasts so far."""
        size = self.make_kpi(name="Members", aggregation="sum")
        stayed = self.make_kpi(name="Stayed", aggregation="sum")
        with freeze_time("2025-04-10 12:00:00"):
            experiment = self.make_experiment(
                ("Berlin", True), ("Hamburg", False), design="compared"
            )
        hamburg = experiment.arm_ids[1]
        hamburg.write({"size_kpi_id": size.id, "kpi_id": stayed.id})
        for day, cases, stays in (
            # Seven days before, 3 to 9 April, and seven since
            ("2025-04-02", 999, 999),
            ("2025-04-03", 10, 4),
            ("2025-04-09", 30, 11),
            ("2025-04-10", 20, 11),
            ("2025-04-16", 25, 15),
        ):
            size._measure(day, cases)
            stayed._measure(day, stays)
        experiment.action_read_kpis()
        self.assertEqual((hamburg.size_before, hamburg.successes_before), (40, 15))
        self.assertEqual((hamburg.size, hamburg.successes), (45, 26))
        # Groups at the same time have no before
        split = self.make_experiment(date_start="2025-04-10")
        split.arm_ids[1].write({"size_kpi_id": size.id, "kpi_id": stayed.id})
        split.action_read_kpis()
        self.assertEqual(split.arm_ids[1].size_before, 0)

    def test_means_before_from_kpis(self):
        kpi = self.make_kpi(name="Response", aggregation="average")
        experiment = self.make_experiment(
            ("All", False),
            design="before_after",
            metric_kind="mean",
            date_start="2025-04-10",
            date_end="2025-04-12",
            size_needed=30,
        )
        for day, value in (
            ("2025-04-06", 99),
            ("2025-04-07", 2),
            ("2025-04-09", 6),
            ("2025-04-10", 5),
            ("2025-04-12", 7),
        ):
            kpi._measure(day, value)
        arm = experiment.arm_ids
        arm.kpi_id = kpi
        experiment.action_read_kpis()
        self.assertEqual((arm.size_before, arm.mean_before), (2, 4))
        self.assertEqual((arm.size, arm.mean), (2, 6))
        self.assertIn("needed before the start", experiment.warning_words)

    def test_no_kpi_no_results(self):
        experiment = self.make_experiment()
        with self.assertRaisesRegex(UserError, "No KPI of the arms"):
            experiment.action_read_kpis()

    # === GUARDS === #

    def test_what_was_written_down_stays(self):
        experiment = self.make_experiment()
        for vals in (
            {"scale_from": 5},
            {"hypothesis": "We always knew."},
            {"size_needed": 10},
            {"needs_significance": False},
        ):
            with self.assertRaisesRegex(UserError, "was written down before"):
                experiment.write(vals)
        control, variant = experiment.arm_ids
        for act in (
            lambda: variant.write({"share": 3}),
            lambda: variant.write({"is_control": True}),
            lambda: variant.unlink(),
            lambda: variant.copy(),
        ):
            with self.assertRaisesRegex(UserError, "its arms are fixed"):
                act()
        experiment.action_draft()
        experiment.scale_from = 25
        self.assertEqual(control.share, 1)

    def test_results_make_the_plan_final(self):
        experiment = self.make_experiment()
        self.enter(experiment, (50, 20), (50, 26))
        with self.assertRaisesRegex(UserError, "has results already"):
            experiment.action_draft()
        with self.assertRaisesRegex(UserError, "archive it instead"):
            experiment.unlink()
        experiment.action_cancel()
        with self.assertRaisesRegex(UserError, "its results are history"):
            experiment.arm_ids[0].successes = 1
        self.assertEqual(experiment.copy().state, "draft")

    def test_a_decision_is_final(self):
        experiment = self.make_experiment()
        self.enter(experiment, (50, 20), (50, 35))
        experiment._decide("scale", "As the rule says.")
        for vals in ({"date_end": "2030-01-01"}, {"baseline": 1}):
            with self.assertRaisesRegex(UserError, "was written down before"):
                experiment.write(vals)
        for act in (experiment.action_cancel, experiment.action_start):
            with self.assertRaisesRegex(UserError, "is decided and can't become"):
                act()
        with self.assertRaisesRegex(UserError, "its results are history"):
            experiment.arm_ids[0].size_before = 3
        experiment.name = "Welcome call, spring"
        follower = self.env["sop.experiment"].browse(
            experiment.action_follow_up()["res_id"]
        )
        self.assertEqual(follower.name, "Welcome call, spring: next round")
        self.assertEqual(follower.arm_ids.mapped("size"), [0, 0])
        self.assertFalse(follower.decision or follower.look_ids)

    def test_what_the_system_writes(self):
        experiment = self.make_experiment()
        self.enter(experiment, (50, 20), (50, 35))
        user_experiment = experiment.with_user(self.planner)
        for vals in (
            {"decision": "scale"},
            {"decided_by_id": self.lead.id},
            {"decision_figures": {}},
            {"look_ids": [Command.clear()]},
        ):
            with self.assertRaisesRegex(UserError, "is kept by the system"):
                user_experiment.write(vals)
        for vals in ({"state": "decided"}, {"state": "draft"}):
            with self.assertRaisesRegex(UserError, "Use the buttons"):
                user_experiment.with_context(sop_state_token=True).write(vals)
        with self.assertRaisesRegex(UserError, "starts as a draft"):
            self.make_experiment(state="running", start=False)
        born = user_experiment.with_context(
            default_state="decided", default_decision="scale", default_size=9
        ).create({"operation_id": self.operation.id, "name": "New"})
        self.assertEqual((born.state, born.decision), ("draft", False))
        self.assertEqual(born.arm_ids.mapped("size"), [0, 0])

    def test_start(self):
        experiment = self.make_experiment(start=False, hypothesis=" ")
        with self.assertRaisesRegex(UserError, "Write down the hypothesis"):
            experiment.action_start()
        experiment.hypothesis = "We believe"
        experiment.arm_ids[0].is_control = False
        with self.assertRaisesRegex(UserError, "needs a control"):
            experiment.action_start()
        experiment.design = "before_after"
        with self.assertRaisesRegex(UserError, "exactly one arm"):
            experiment.action_start()
        with self.assertRaisesRegex(UserError, "Start “Welcome call” before"):
            experiment.arm_ids[0].size = 5
        with self.assertRaisesRegex(UserError, "Start “Welcome call” before"):
            self.env["sop.experiment.arm"].create(
                {"experiment_id": experiment.id, "name": "X", "size": 5}
            )

    def test_decide_needs_results_and_a_reason(self):
        experiment = self.make_experiment()
        with self.assertRaisesRegex(UserError, "no results to decide on"):
            experiment._decide("scale", "Because.")
        self.enter(experiment, (50, 20), (50, 35))
        with self.assertRaisesRegex(UserError, "Say why"):
            experiment._decide("scale", " ")
        with self.assertRaisesRegex(UserError, "to scale, to iterate or to stop"):
            experiment._decide("wait", "Because.")
        self.assertEqual(experiment.state, "running")

    def test_impossible_figures(self):
        experiment = self.make_experiment()
        arm = experiment.arm_ids[0]
        for vals, words in (
            ({"size": 3, "successes": 4}, "4 successes among 3 cases"),
            ({"deviation": -1.0}, "can't be negative"),
            ({"mean": float("nan")}, "must be numbers"),
            ({"successes_before": 1}, "1 successes among 0 cases"),
        ):
            with (
                self.assertRaisesRegex(ValidationError, words),
                self.env.cr.savepoint(),
            ):
                arm.write(vals)
        with self.assertRaisesRegex(ValidationError, "more than one control"):
            self.make_experiment(("A", True), ("B", True), start=False)
        for vals, words in (
            ({"baseline": 120}, "a rate of 120.0 % can't be expected"),
            ({"baseline": 80, "target_lift": 30}, "80.0 % become 104.0 %"),
        ):
            with self.assertRaisesRegex(ValidationError, words):
                self.make_experiment(start=False, **vals)

    @mute_logger("odoo.sql_db")
    def test_constraints(self):
        experiment = self.make_experiment(start=False)
        arm = experiment.arm_ids[0]
        for record, vals in (
            (experiment, {"alpha": 0}),
            (experiment, {"power": 100}),
            (experiment, {"iterate_from": 30}),
            (experiment, {"size_needed": -1}),
            (experiment, {"date_start": "2025-02-01", "date_end": "2025-01-01"}),
            (arm, {"share": 0}),
            (arm, {"size_before": -1, "successes_before": -1}),
        ):
            with (
                self.subTest(vals=vals),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                record.write(vals)
                record.flush_recordset()

    # === SCREENS === #

    def test_form(self):
        """A form that is filled in shows figures before it is saved, and refuses nothing early."""
        form = Form(self.env["sop.experiment"])
        form.name = "Form"
        form.operation_id = self.operation
        form.hypothesis = "We believe"
        form.baseline = 10
        form.target_lift = 20
        self.assertEqual(form.size_needed, 3841)
        experiment = form.save()
        self.assertEqual(experiment.arm_ids.mapped("name"), ["Control", "Variant"])
        experiment.action_start()
        with Form(experiment) as form:
            with form.arm_ids.edit(0) as arm:
                arm.size = 50
                arm.successes = 20
            with form.arm_ids.edit(1) as arm:
                # Successes are typed after the cases they are of
                arm.successes = 35
                arm.size = 50
        self.assertEqual(experiment.look_count, 1)
        self.assertAlmostEqual(experiment.lift, 75)

    def test_queries_do_not_grow(self):
        experiments = self.env["sop.experiment"]
        for _number in range(12):
            experiment = self.make_experiment()
            self.enter(experiment, (50, 20), (50, 35))
            experiments |= experiment

        def count(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records.mapped("result_words")
            records.arm_ids.mapped("interval")
            return self.env.cr.sql_log_count - before

        count(experiments[:1])
        self.assertEqual(count(experiments), count(experiments[:2]))

    def test_against_the_rule_is_found(self):
        experiment = self.make_experiment()
        self.enter(experiment, (50, 20), (50, 35))
        experiment._decide("iterate", "Once more.")
        found = self.env["sop.experiment"].search([("is_against_rule", "=", True)])
        self.assertIn(experiment, found)
