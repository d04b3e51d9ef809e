# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from ..models.sop_kpi_discreet import KEPT
from .common_operation import OperationCommon


@tagged("post_install", "-at_install")
@freeze_time("2025-05-04 12:00:00")
class TestDiscreetSources(OperationCommon):
    """Whoever reads a KPI reads its value; what it is made of only with rights to that.

    ``controller`` plans operations and sees all of the budget, ``planner`` all but the
    severance in it, and ``outsider`` plans operations without any role in the budget.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.controller = cls.make_person("controller", "planner")
        cls.outsider = cls.make_person("outsider", "planner")
        cls.env["sop.budget.member"].create(
            {
                "budget_id": cls.budget.id,
                "user_id": cls.controller.id,
                "role": "manager",
            }
        )

    def make_source(self, user=None, **vals):
        return (
            self.env["sop.kpi"]
            .with_user(user or self.controller)
            .create(
                {
                    "operation_id": self.operation.id,
                    "name": "From a budget",
                    "source": "budget",
                    "budget_id": self.budget.id,
                    "budget_measure": "planned",
                    "target_kind": "none",
                    **vals,
                }
            )
        )

    def make_formula(self, formula, **vals):
        return self.make_source(
            source="formula", budget_id=False, formula=formula, **vals
        )

    def test_names_are_for_those_who_may_read_them(self):
        open_ones = self.make_source(budget_category_id=self.o1.id)
        open_ones |= self.make_formula("budget.O1.planned")
        secret = self.make_source(budget_category_id=self.secret.id, source_shared=True)
        secret |= self.make_formula("budget.S.planned * 2", source_shared=True)
        for user, sees_open, sees_secret in (
            (self.controller, True, True),
            (self.planner, True, False),
            (self.outsider, False, False),
            (self.viewer, True, False),
            (self.lead, False, False),
        ):
            for kpis, sees in ((open_ones, sees_open), (secret, sees_secret)):
                with self.subTest(user=user.login, kpis=kpis):
                    self.env.invalidate_all()
                    kpis = kpis.with_user(user)
                    self.assertEqual(kpis.mapped("source_visible"), [sees] * 2)
                    by_budget, by_formula = kpis.read([*KEPT, "source_visible"])
                    self.assertEqual(bool(by_budget["budget_id"]), sees)
                    self.assertEqual(bool(by_budget["budget_category_id"]), sees)
                    self.assertEqual(bool(by_formula["formula"]), sees)
                    self.assertNotIn("Severance", str(by_budget) if not sees else "")
        for name in (*KEPT.values(), "error"):
            with self.assertRefused(AccessError, name):
                secret.with_user(self.planner).read([name])

    def test_hidden_figures_are_shown_by_a_decision(self):
        hidden = "Hidden categories are in"
        account = self.operation
        account.action_create_analytic_account()
        self.post_bill(
            50,
            "2025-04-10",
            distribution={
                f"{account.analytic_account_id.id},{self.secret.analytic_account_id.id}": 100
            },
        )
        for vals in (
            {"budget_category_id": self.secret.id},
            {"budget_category_id": self.top.id},
            {},
            {"source": "formula", "formula": "budget.S.actual"},
            {"source": "formula", "formula": "budget.O.actual / 2"},
            {"source": "formula", "formula": "operation.spent"},
        ):
            with self.subTest(vals=vals):
                with self.assertRefused(ValidationError, hidden):
                    self.make_source(**vals)
                kpi = self.make_source(**vals, source_shared=True)
                kpi._roll_up()
                self.assertTrue(kpi.has_value)
                self.assertIn("shown to all who read", kpi.message_ids[0].preview)
                self.assertEqual(
                    kpi.message_ids[0].author_id, self.controller.partner_id
                )
                with self.assertRefused(ValidationError, hidden):
                    kpi.source_shared = False
        # What is hidden from who sets it isn't in it
        for vals in (
            {},
            {"budget_category_id": self.o1.id},
            {"source": "formula", "formula": "operation.spent"},
        ):
            kpi = self.make_source(user=self.planner, **vals)
            kpi._roll_up()
            self.assertFalse(kpi.sudo().error_text)
        self.assertEqual(kpi.value, 0)

    def test_money_for_the_operation_from_a_hidden_category(self):
        self.link(self.o1, 100)
        self.make_formula("operation.allocated")
        self.link(self.secret, 100)
        with self.assertRefused(ValidationError, "Hidden categories are in"):
            self.make_formula("operation.allocated")

    def test_what_is_hidden_later_is_read_no_more(self):
        kpi = self.make_source(budget_category_id=self.o1.id)
        kpi._roll_up()
        self.assertEqual(kpi.value, 30000)
        self.o1.visibility = "manager"
        self.env.flush_all()
        kpi.sudo()._roll_up()
        self.assertIn("Hidden categories are in", kpi.error_text)
        self.assertEqual(
            kpi.with_user(self.viewer).error_text,
            "Those who may see its source are told why it can't be read.",
        )

    def test_who_may_not_read_it_decides_nothing(self):
        kpi = self.make_source(budget_category_id=self.o1.id)
        for user, vals in (
            (self.outsider, {"source_shared": True}),
            (self.planner, {"budget_category_id": self.secret.id}),
        ):
            with self.assertRefused(AccessError, "rights of"):
                kpi.with_user(user).write(vals)
        with self.assertRefused(AccessError, ""):
            kpi.with_user(self.outsider).copy()
        with self.assertRefused(AccessError, ""):
            kpi.with_user(self.planner).write({"source_category_id": self.p2.id})
        with self.assertRefused(AccessError, ""):
            kpi.with_user(self.viewer).write({"budget_category_id": self.p2.id})
        copied = kpi.with_user(self.planner).copy()
        self.assertEqual(copied.budget_category_id, self.o1)
        self.assertEqual(copied.source_user_id, self.planner)

    def test_another_source_forgets_the_old(self):
        kpi = self.make_source(budget_category_id=self.o1.id)
        kpi.with_user(self.outsider).write({"source": "manual"})
        self.assertFalse(kpi.sudo().source_budget_id)
        self.assertTrue(kpi.with_user(self.outsider).source_visible)

    def test_on_the_form(self):
        kpi = self.make_source(budget_category_id=self.o1.id)
        with Form(kpi.with_user(self.outsider)) as form:
            self.assertFalse(form.budget_id)
            form.target_kind = "whole"
            form.target = 5
        self.assertEqual((kpi.target, kpi.source_user_id), (5, self.controller))
        self.assertEqual(kpi.sudo().source_category_id, self.o1)
        with Form(kpi.with_user(self.controller)) as form:
            form.budget_category_id = self.p2
        self.assertEqual(kpi.budget_category_id, self.p2)
