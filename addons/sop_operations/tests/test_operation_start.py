# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, freeze_time, tagged

from .common_operation import OperationCommon


@tagged("post_install", "-at_install")
@freeze_time("2025-05-04 12:00:00")
class TestStart(OperationCommon):
    def start(self, user=None, **vals):
        wizard = self.env["sop.operation.start"].with_user(user or self.planner)
        action = wizard.create(vals).action_start()
        domain = action.get("domain") or [("id", "=", action["res_id"])]
        return self.env["sop.operation"].search(domain)

    def test_from_the_budget(self):
        self.link(self.p2, 8000)
        Start = self.env["sop.operation.start"].with_user(self.planner)
        with Form(Start) as form:
            self.assertEqual(form.budget_id, self.budget)
            form.category_ids.add(self.o1)
            form.category_ids.add(self.p2)
            with form.line_ids.edit(0) as line:
                line.name = "Climate"
                line.code = "OP-CL"
            form.category_ids.remove(self.p2.id)
            form.category_ids.add(self.p2)
            with form.kpi_ids.new() as kpi:
                kpi.name = "Participants"
                kpi.target = 300
        action = form.save().action_start()
        found = self.env["sop.operation"].search(action["domain"], order="id")
        self.assertEqual(found.mapped("name"), ["Climate", "Travel"])
        self.assertEqual(found.mapped("code"), ["OP-CL", False])
        self.assertEqual(found.funding_ids.mapped("amount"), [30000, 30000])
        self.assertEqual(found.kpi_ids.mapped("target"), [300, 300])
        self.assertEqual(found.user_id, self.planner)

    def test_needs_first(self):
        operation = self.start(
            way="operation",
            name="Hackathon",
            need_ids=[
                Command.create({"name": "Prizes", "amount": 15000}),
                Command.create({"name": "Venue", "amount": 10000}),
            ],
        )
        self.assertEqual(operation.need_ids.mapped("amount"), [15000, 10000])
        self.assertTrue(operation.is_organic)

    def test_organic(self):
        operation = self.start(
            way="organic",
            name="Discord",
            is_ongoing=True,
            kpi_ids=[Command.create({"name": "Daily active members", "target": 100})],
        )
        self.assertTrue(operation.is_organic)
        self.assertEqual(operation.period, "Ongoing")
        self.assertEqual(operation.kpi_ids.target, 100)

    def pair(self, **vals):
        return {
            "way": "pair",
            "name": "Demo Day",
            "budget_id": self.budget.id,
            "category_parent_id": self.top.id,
            "category_name": "Demo day",
            "amount": 10000,
            "date_start": "2025-05-01",
            "date_end": "2025-07-31",
            "kpi_ids": [
                Command.create({"name": "Demo days", "target": 2}),
                Command.create({"name": "Guests", "target": 200}),
            ],
            **vals,
        }

    def test_pair(self):
        self.budget.member_ids.filtered(
            lambda m: m.user_id == self.planner
        ).role = "planner"
        operation = self.start(**self.pair())
        category = operation.funding_ids.category_id
        self.assertEqual(category.parent_id, self.top)
        self.assertEqual(
            self.planned_of(category),
            {"2025-05": 3333.34, "2025-06": 3333.33, "2025-07": 3333.33},
        )
        self.assertEqual(operation.allocated, 10000)
        self.assertEqual(operation.funding_ids.share, 100)
        self.assertEqual(operation.kpi_ids.mapped("name"), ["Demo days", "Guests"])

    def test_pair_needs_the_role_in_the_budget(self):
        with self.assertRefused((AccessError, UserError), ""):
            self.start(**self.pair())
        self.assertFalse(self.env["sop.operation"].search([("name", "=", "Demo Day")]))

    def test_what_is_missing(self):
        for vals, message in (
            ({"way": "budget"}, "Choose the categories"),
            ({"way": "organic"}, "Give the operation a name"),
            ({"way": "operation", "name": "X"}, "Say what “X” needs"),
            ({"way": "pair", "name": "X", "budget_id": False}, "Choose a budget"),
        ):
            with self.assertRefused(UserError, message):
                self.start(**vals)

    def test_who_starts(self):
        for user in (self.viewer, self.lead):
            with self.assertRefused(AccessError, ""):
                self.start(user, way="organic", name="X")
        line = {"category_id": self.secret.id, "name": "S", "amount": 1}
        with self.assertRefused(AccessError, ""):
            self.start(way="budget", line_ids=[Command.create(line)])


@tagged("post_install", "-at_install")
class TestStartTours(OperationCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The budget that runs, whenever that is
        cls.budget.date_to = "2034-12-31"

    def find(self, name):
        return self.env["sop.operation"].search([("name", "=", name)])

    def test_from_the_budget(self):
        self.start_tour("/odoo", "sop_operations_start_from_budget", login="op_planner")
        operation = self.find("Competition")
        self.assertEqual(operation.funding_ids.amount, 15000)
        self.assertEqual(operation.kpi_ids.target, 300)

    def test_from_needs(self):
        self.start_tour("/odoo", "sop_operations_start_from_needs", login="op_planner")
        self.assertEqual(
            self.find("Hackathon").need_ids.mapped("amount"), [15000, 10000]
        )

    def test_organic(self):
        self.start_tour("/odoo", "sop_operations_start_organic", login="op_planner")
        operation = self.find("Discord community")
        self.assertTrue(operation.is_organic and operation.is_ongoing)
