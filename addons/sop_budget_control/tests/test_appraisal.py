# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common_approval import ApprovalCommon


@tagged("post_install", "-at_install")
class TestAppraisal(ApprovalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.planner = cls.users["planner"]
        cls.make_rule(cls.anna, cls.bert, kind="proposal")
        cls.budget.action_add_standard_criteria()
        cls.criteria = cls.budget.criterion_ids
        cls.proposal = cls.ask(300)

    def give(self, *scores, user=None, proposal=None):
        """Scores in the order of the criteria; None leaves one open."""
        proposal = (proposal or self.proposal).with_user(user or self.anna)
        proposal._appraise(
            {
                criterion: (score, "")
                for criterion, score in zip(self.criteria, scores, strict=False)
                if score is not None
            }
        )

    def result(self, proposal=None):
        proposal = proposal or self.proposal
        return (
            proposal.is_appraised,
            proposal.appraisal_score,
            proposal.appraisal_result,
        )

    def test_standard_criteria(self):
        self.assertEqual(self.criteria.mapped("weight"), [25, 20, 25, 15, 15])
        self.assertEqual(self.criteria.mapped("kind"), ["score"] * 4 + ["yes_no"])
        with self.assertRaisesRegex(UserError, "has criteria already"):
            self.budget.action_add_standard_criteria()

    def test_weighted_result_and_suggestion(self):
        self.assertEqual(self.result(), (False, 0, False))
        self.give(8, 7, 9, 6)
        self.assertEqual(self.result(), (False, 0, False))
        self.assertEqual(self.proposal.appraisal_missing, "Complete funding")
        self.give(None, None, None, None, 10)
        # 0.25 × 8 + 0.2 × 7 + 0.25 × 9 + 0.15 × 6 + 0.15 × 10
        self.assertEqual(self.result(), (True, 8.05, "approve"))
        self.assertFalse(self.proposal.appraisal_missing)
        # It suggests only
        self.assertEqual(self.proposal.step, "in_review")
        for scores, score, result in [
            ((7, 7, 7, 7, 10), 7.45, "condition"),
            ((6, 6, 6, 6, 0), 5.1, "revise"),
            ((1, 1, 1, 1, 0), 0.85, "disapprove"),
        ]:
            self.give(*scores)
            self.assertEqual(self.result(), (True, score, result))

    def test_mean_of_several_scorers(self):
        self.give(8, 8, 8, 8, 10)
        self.give(6, user=self.planner)
        # Priority is 7: 0.25 × 7 + 0.6 × 8 + 0.15 × 10
        self.assertEqual(self.result(), (True, 8.05, "approve"))

    def test_scores_are_kept(self):
        self.give(8)
        self.give(8)
        first = self.proposal.score_ids
        self.assertEqual(len(first), 1)
        self.give(5)
        self.assertEqual(self.proposal.score_ids.sorted("id").mapped("score"), [8, 5])
        self.assertTrue(first.replaced)
        self.assertEqual(first.user_id, self.anna)
        self.assertTrue(first.display_name.endswith("Priority: 8"))
        with self.assertRaisesRegex(UserError, "stays as it was given"):
            first.sudo().score = 10
        with self.assertRaisesRegex(UserError, "Scores are kept"):
            first.sudo().unlink()
        self.assertFalse(self.proposal.copy().score_ids)
        with (
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
            mute_logger("odoo.sql_db"),
        ):
            (first - first).sudo().create(
                {
                    "proposal_id": self.proposal.id,
                    "criterion_id": self.criteria[0].id,
                    "user_id": self.anna.id,
                    "date": "2025-06-01 10:00:00",
                    "score": 1,
                }
            )

    def test_what_is_decided_keeps_its_result(self):
        self.give(8, 7, 9, 6, 10)
        self.by(self.proposal, self.anna).action_approve()
        self.give(9, user=self.anna)
        self.assertEqual(self.proposal.appraisal_score, 8.3)
        self.by(self.proposal, self.bert).action_approve()
        self.assertEqual(self.proposal.step, "approved")
        self.criteria[0].weight = 90
        self.budget.appraisal_approve_from = 10
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.result(), (True, 8.3, "approve"))
        with self.assertRaisesRegex(AccessError, "is approved: proposals are scored"):
            self.give(1)

    def test_rules_that_change_under_review(self):
        self.give(8, 7, 9, 6, 10)
        self.budget.appraisal_approve_from = 9
        self.assertEqual(self.proposal.appraisal_result, "condition")
        # Archived: 25 × 8 + 20 × 7 + 25 × 9 + 15 × 6 over 85
        self.criteria[4].active = False
        self.assertEqual(self.proposal.appraisal_score, 7.71)
        with self.assertRaisesRegex(ValidationError, "no criterion of this budget"):
            self.give(None, None, None, None, 10)
        self.criteria.active = False
        self.assertFalse(self.proposal.has_criteria)
        self.assertEqual(self.result(), (False, 0, False))
        with self.assertRaisesRegex(AccessError, "nothing to score"):
            self.give(1)

    def test_who_may_score(self):
        for user in (self.anna, self.bert, self.planner, self.manager, self.owner):
            self.assertTrue(self.by(self.proposal, user).can_appraise, user.login)
        for user, reason in [
            (self.proposer, "You ask for"),
            (self.cleo, "who is asked"),
            (self.users["viewer"], "who is asked"),
            (self.users["auditor"], "who is asked"),
        ]:
            with self.assertRaisesRegex(AccessError, reason):
                self.give(5, user=user)
            self.assertFalse(self.by(self.proposal, user).can_appraise)
            with self.assertRaisesRegex(AccessError, reason):
                self.by(self.proposal, user).action_appraise()
        own = self.ask(10, user=self.owner)
        with self.assertRaisesRegex(AccessError, "You ask for"):
            self.give(5, user=self.owner, proposal=own)

    def test_bad_scores(self):
        for place, score in [(0, 0), (0, 11), (4, 5), (4, 1)]:
            with self.assertRaisesRegex(ValidationError, "is no score"):
                self.give(*[None] * place, score)
        with self.assertRaisesRegex(UserError, "at least one"):
            self.give()

    def test_criteria_are_guarded(self):
        priority = self.criteria[0]
        self.give(8)
        with self.assertRaisesRegex(UserError, "scores are kept"):
            priority.kind = "yes_no"
        with self.assertRaisesRegex(UserError, "scores are kept"):
            priority.unlink()
        self.criteria[1].unlink()
        with (
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
            mute_logger("odoo.sql_db"),
        ):
            self.criteria[2].weight = 0
            self.env.flush_all()
        with self.assertRaisesRegex(UserError, "can't be moved to another budget"):
            priority.budget_id = self.make_budget(name="Elsewhere")
        with self.assertRaisesRegex(ValidationError, "each at most as high"):
            self.budget.appraisal_condition_from = 9
        with self.assertRaisesRegex(AccessError, "owner and the managers"):
            self.by(self.budget, self.planner).action_add_standard_criteria()
        with self.assertRaisesRegex(AccessError, "owner and the managers"):
            self.by(self.budget, self.planner).appraisal_revise_from = 1

    def test_criteria_go_along_with_a_copy(self):
        copied = self.budget.copy()
        self.assertEqual(copied.criterion_ids.mapped("weight"), [25, 20, 25, 15, 15])
        self.assertFalse(copied.criterion_ids & self.criteria)

    def test_mean_in_lists_leaves_out_what_is_not_scored(self):
        self.give(8, 7, 9, 6, 10)
        other = self.ask(10)
        [(mean,)] = self.env["sop.proposal"]._read_group(
            [("id", "in", (self.proposal | other).ids)], [], ["appraisal_score:avg"]
        )
        self.assertEqual(mean, 8.05)

    def test_window(self):
        self.give(8, None, None, None, 0)
        action = self.by(self.proposal, self.anna).action_appraise()
        wizard = self.env[action["res_model"]].with_user(self.anna)
        wizard = wizard.browse(action["res_id"])
        self.assertEqual(wizard.line_ids.mapped("points"), [8, 0, 0, 0, 0])
        self.assertEqual(wizard.line_ids[4].answer, "no")
        with Form(wizard) as form:
            for place, (name, value) in enumerate(
                [("points", 9), *[("points", 7)] * 3, ("answer", "yes")]
            ):
                with form.line_ids.edit(place) as line:
                    setattr(line, name, value)
                    line.note = "Seen"
        wizard.action_confirm()
        # 0.25 × 9 + 0.6 × 7 + 0.15 × 10
        self.assertEqual(self.result(), (True, 7.95, "condition"))
        current = self.proposal.score_ids.filtered(lambda s: not s.replaced)
        self.assertEqual(set(current.mapped("note")), {"Seen"})

    def test_who_is_asked_need_not_be_a_member(self):
        stranger = self.make_user("sop_stranger_x", "sop_budget.group_sop_budget_user")
        self.env["sop.approval.rule"].search(
            [("budget_id", "=", self.budget.id)]
        ).unlink()
        self.make_rule(stranger, kind="proposal")
        proposal = self.by(self.ask(10), stranger)
        action = proposal.action_appraise()
        wizard = self.env[action["res_model"]].with_user(stranger)
        wizard = wizard.browse(action["res_id"])
        self.assertEqual(wizard.line_ids.mapped("weight"), [25, 20, 25, 15, 15])
        wizard.line_ids[0].points = 7
        wizard.action_confirm()
        self.assertEqual(proposal.score_ids.score, 7)
        self.assertFalse(proposal.performance_ids)


@tagged("post_install", "-at_install")
class TestCategoryPerformance(ApprovalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Performance = cls.env["sop.category.performance"]

    def judge(self, category=None, **vals):
        return self.Performance.create(
            {
                "category_id": (category or self.third).id,
                "has_outputs": True,
                "outputs": 80,
                "quality": "4",
                "has_satisfaction": True,
                "satisfaction": 70,
                "date": "2025-07-01",
                **vals,
            }
        )

    def test_performance(self):
        row = self.judge()
        # Nothing used: 0.3 × 80 + 0.25 × 75 + 0.25 × 70
        self.assertEqual((row.has_utilisation, row.utilisation), (True, 0))
        self.assertEqual((row.has_performance, row.performance), (True, 60.25))
        self.assertEqual(row.as_score, 6)
        self.approved(500)
        self.env.invalidate_all()
        self.assertEqual((row.utilisation, row.performance), (50, 70.25))
        self.assertEqual(row.display_name, f"{self.third.display_name} (2025-07-01)")

    def test_what_nobody_knows_is_no_zero(self):
        for vals in (
            {"has_outputs": False},
            {"quality": False},
            {"has_satisfaction": False},
        ):
            row = self.judge(**vals)
            self.assertFalse(row.has_performance or row.as_score, vals)
        self.budget.action_draft()
        unplanned = self.make_category("P4", self.top)
        row = self.judge(unplanned)
        self.assertFalse(row.has_utilisation or row.has_performance)

    def test_only_grows(self):
        row = self.judge()
        with self.assertRaisesRegex(UserError, "stays as it was"):
            row.quality = "5"
        with self.assertRaisesRegex(UserError, "Judgements are kept"):
            row.sudo().unlink()
        with self.assertRaisesRegex(UserError, "kept by the system"):
            self.Performance.with_user(self.users["planner"]).create(
                {"category_id": self.third.id, "user_id": self.owner.id}
            )
        for vals in ({"satisfaction": 101}, {"outputs": -1}):
            with (
                self.subTest(vals),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
                mute_logger("odoo.sql_db"),
            ):
                self.judge(**vals)

    def test_hint_is_the_latest_of_the_same_category(self):
        self.judge(date="2025-03-01")
        latest = self.judge(date="2025-05-01")
        self.judge(self.first)
        proposal = self.make_proposal(10).with_env(self.env)
        self.assertEqual(proposal.performance_ids, latest)
        # Last year's, with the same code and name
        earlier = self.make_budget(name="Earlier")
        twin = self.second.copy({"budget_id": earlier.id, "parent_id": False})
        twin.write({"code": self.second.code, "name": self.second.name})
        old = self.judge(twin)
        proposal = self.make_proposal(10, category=self.second).with_env(self.env)
        self.assertEqual(proposal.performance_ids, old)
        # Another category that only has the same code
        twin.name = "Other"
        proposal.invalidate_recordset()
        self.assertFalse(proposal.performance_ids)

    def test_closed_to_who_sees_no_figures(self):
        self.judge()
        proposal = self.make_proposal(10)
        self.assertTrue(proposal.performance_ids)
        self.budget.proposer_sees_figures = False
        proposal.invalidate_recordset()
        self.assertFalse(proposal.performance_ids)
        self.assertFalse(self.Performance.with_user(self.proposer).search([]))
