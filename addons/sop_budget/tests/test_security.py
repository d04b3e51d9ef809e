# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import SopBudgetCommon
from .common_rpc import RpcCase

MODELS = (
    "sop.budget",
    "sop.budget.category",
    "sop.budget.amount",
    "sop.budget.member",
    "sop.budget.rate",
    "sop.budget.rule",
)
R, RW, NONE = "r", "rwcu", ""
# What each role may do with the records of its budget: read, write, create, unlink
RIGHTS = {
    "outsider": dict.fromkeys(MODELS, NONE),
    "viewer": dict.fromkeys(MODELS, R),
    "proposer": dict.fromkeys(MODELS, R),
    "approver": dict.fromkeys(MODELS, R),
    "auditor": dict.fromkeys(MODELS, R),
    "planner": {
        "sop.budget": "rwc",
        "sop.budget.category": RW,
        "sop.budget.amount": RW,
        "sop.budget.member": R,
        "sop.budget.rate": RW,
        "sop.budget.rule": RW,
    },
    "manager": dict.fromkeys(MODELS, RW),
    "owner": dict.fromkeys(MODELS, RW),
}


@tagged("post_install", "-at_install")
class TestSecurityRpc(RpcCase, SopBudgetCommon):
    """Each role tries each operation on each model over HTTP, as a browser would."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign = cls.setup_other_currency("EUR")
        cls.leaf = cls.make_category("A", amounts={"2025-01": 100})
        cls.hidden = cls.make_category(
            "S", amounts={"2025-01": 5000}, visibility="manager"
        )
        cls.rule = cls.env["sop.budget.rule"].create(
            {"category_id": cls.leaf.id, "account_prefix": "77"}
        )
        cls.rate = cls.env["sop.budget.rate"].create(
            {"budget_id": cls.budget.id, "currency_id": cls.foreign.id, "rate": 2}
        )
        cls.member = cls.env["sop.budget.member"].create(
            {"budget_id": cls.budget.id, "user_id": cls.env.user.id, "role": "viewer"}
        )
        cls.spare_user = cls.make_user("sop_spare")
        cls.records = {
            "sop.budget": cls.budget,
            "sop.budget.category": cls.leaf,
            "sop.budget.amount": cls.leaf.amount_ids,
            "sop.budget.member": cls.member,
            "sop.budget.rate": cls.rate,
            "sop.budget.rule": cls.rule,
        }
        cls.write_vals = {
            "sop.budget": {"name": "Renamed"},
            "sop.budget.category": {"name": "Renamed"},
            "sop.budget.amount": {"amount": 7},
            "sop.budget.member": {"role": "proposer"},
            "sop.budget.rate": {"rate": 3},
            "sop.budget.rule": {"note": "why"},
        }
        cls.create_vals = {
            "sop.budget": {
                "name": "New",
                "date_from": "2025-01-01",
                "date_to": "2025-12-31",
                "company_id": cls.company.id,
            },
            "sop.budget.category": {"budget_id": cls.budget.id, "name": "New"},
            "sop.budget.amount": {
                "category_id": cls.leaf.id,
                "month": "2025-02-01",
                "amount": 1,
            },
            "sop.budget.member": {
                "budget_id": cls.budget.id,
                "user_id": cls.spare_user.id,
            },
            "sop.budget.rate": {
                "budget_id": cls.budget.id,
                "currency_id": cls.env.ref("base.JPY").id,
                "rate": 2,
            },
            "sop.budget.rule": {"category_id": cls.leaf.id, "account_prefix": "88"},
        }

    def try_model(self, operation, model):
        return self.try_operation(
            operation,
            self.records[model],
            {"w": self.write_vals[model], "c": self.create_vals[model]}.get(operation),
        )

    def test_rights_by_role(self):
        found = {}
        with mute_logger("odoo.http", "odoo.addons.base.models.ir_rule"):
            for role in RIGHTS:
                user = {"owner": self.owner, "outsider": self.outsider}.get(role)
                self.authenticate(*[(user or self.users[role]).login] * 2)
                found[role] = {
                    model: "".join(
                        sorted(op for op in "rwcu" if self.try_model(op, model))
                    )
                    for model in MODELS
                }
        expected = {
            role: {model: "".join(sorted(ops)) for model, ops in rights.items()}
            for role, rights in RIGHTS.items()
        }
        for role in RIGHTS:
            self.assertEqual(found[role], expected[role], role)

    def test_hidden_category_by_rpc(self):
        for role, seen in (
            ("viewer", False),
            ("approver", False),
            ("planner", False),
            ("manager", True),
            ("auditor", True),
        ):
            self.authenticate(*[self.users[role].login] * 2)
            domain = [("budget_id", "=", self.budget.id)]
            codes = {
                row["code"]
                for row in self.call(
                    "sop.budget.category", "search_read", domain, ["code"]
                )
            }
            self.assertEqual("S" in codes, seen, role)
            groups = self.call(
                "sop.budget.amount", "formatted_read_group", domain, [], ["amount:sum"]
            )
            self.assertEqual(groups[0]["amount:sum"], 5100 if seen else 100, role)

    def test_hidden_items_are_not_taken_by_rpc(self):
        self.hidden.account_ids = self.expense
        self.env["sop.budget.map"]._rebuild_pending()
        analytic = self.make_analytic("Team A")
        self.authenticate(*[self.users["planner"].login] * 2)
        with (
            mute_logger("odoo.http"),
            self.assertRaisesRegex(JsonRpcException, "UserError"),
        ):
            self.call(
                "sop.budget.category",
                "write",
                self.leaf.ids,
                {"analytic_account_id": analytic.id},
            )
        self.env.invalidate_all()
        self.assertFalse(self.leaf.analytic_account_id)

    def test_state_is_not_writable_by_rpc(self):
        self.authenticate(*[self.owner.login] * 2)
        with (
            mute_logger("odoo.http"),
            self.assertRaisesRegex(JsonRpcException, "UserError"),
        ):
            self.call(
                "sop.budget",
                "write",
                self.budget.ids,
                {"state": "approved"},
                context={"sop_state_token": "x"},
            )
        self.assertEqual(self.budget.state, "draft")


@tagged("post_install", "-at_install")
class TestBackDoors(SopBudgetCommon):
    """Ways round the guards that a client other than ours could try."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leaf = cls.make_category("A", amounts={"2025-01": 100})
        cls.approved = cls.make_budget(name="Approved")
        cls.approved_leaf = cls.make_category(
            "B", budget=cls.approved, amounts={"2025-01": 77}
        )
        cls.approved.action_submit()
        cls.approved.action_approve()
        cls.planner = cls.users["planner"]
        cls.env["sop.budget.member"].create(
            {"budget_id": cls.approved.id, "user_id": cls.planner.id, "role": "viewer"}
        )

    def as_planner(self, record):
        return record.with_user(self.planner)

    def test_nobody_makes_themselves_a_member(self):
        vals = {
            "budget_id": self.budget.id,
            "user_id": self.outsider.id,
            "role": "manager",
        }
        Member = self.env["sop.budget.member"].with_user(self.outsider)
        with self.assertRefused(AccessError, ""):
            Member.create(vals)
        del vals["budget_id"]
        with self.assertRefused(AccessError, ""):
            Member.with_context(default_budget_id=self.budget.id).create(vals)

    def test_parts_stay_in_their_budget(self):
        amount = self.as_planner(self.leaf.amount_ids)
        with self.assertRefused(UserError, "can't be moved"):
            amount.write({"category_id": self.approved_leaf.id, "month": "2025-02-01"})
        rule = self.env["sop.budget.rule"].create(
            {"category_id": self.leaf.id, "account_prefix": "77"}
        )
        with self.assertRefused(UserError, "can't be moved"):
            self.as_planner(rule).category_id = self.approved_leaf
        rate = self.env["sop.budget.rate"].create(
            {
                "budget_id": self.budget.id,
                "currency_id": self.setup_other_currency("EUR").id,
                "rate": 2,
            }
        )
        with self.assertRefused(UserError, "can't be moved"):
            self.as_planner(rate).budget_id = self.approved

    def test_derived_fields_are_not_written(self):
        amount, leaf = self.leaf.amount_ids, self.leaf
        for record, vals in (
            (amount, {"budget_id": self.approved.id}),
            (amount, {"kind": "income"}),
            (leaf, {"is_leaf": False}),
            (leaf, {"visibility_effective": "manager"}),
            (leaf, {"company_id": 1}),
            (self.budget, {"currency_id": self.env.ref("base.JPY").id}),
        ):
            with self.assertRefused(UserError, "worked out|moved"):
                self.as_planner(record).write(vals)
        with self.assertRefused(UserError, "worked out"):
            self.as_planner(self.env["sop.budget.category"]).create(
                {"budget_id": self.budget.id, "name": "x", "is_leaf": False}
            )

    def test_no_budget_is_born_approved(self):
        Budget = self.env["sop.budget"].with_user(self.users["manager"])
        budget = Budget.with_context(default_state="approved").create(
            {"name": "New", "date_from": "2025-01-01", "date_to": "2025-12-31"}
        )
        self.assertEqual(budget.state, "draft")

    def test_hidden_children_are_not_deleted(self):
        top = self.make_category("P")
        secret = self.make_category("P1", top, visibility="manager")
        with self.assertRefused(UserError, "may not see"):
            self.as_planner(top).unlink()
        self.assertTrue(secret.exists())

    def test_what_planners_leave_alone(self):
        with self.assertRefused(AccessError, "owner and the managers"):
            self.as_planner(self.leaf).visibility = "planner"
        for vals in ({"active": False}, {"is_template": True}):
            with self.assertRefused(AccessError, "owner and the managers"):
                self.as_planner(self.budget).write(vals)
        self.approved.member_ids.filtered(
            lambda m: m.user_id == self.planner
        ).role = "planner"
        self.approved.action_close()
        with self.assertRefused(UserError, "closed"):
            self.as_planner(self.approved).scope_expense = False
        with self.assertRefused(UserError, "closed"):
            self.as_planner(self.approved_leaf).name = "Other"

    def test_hidden_amounts_follow_the_rate(self):
        rate = self.env["sop.budget.rate"].create(
            {
                "budget_id": self.budget.id,
                "currency_id": self.setup_other_currency("EUR").id,
                "rate": 2,
            }
        )
        secret = self.make_category("S", visibility="manager")
        Amount = self.env["sop.budget.amount"]
        amount = Amount.create(
            {
                "category_id": secret.id,
                "month": "2025-01-01",
                **Amount._prepare_entry_vals(100, rate),
            }
        )
        self.as_planner(rate).rate = 3
        self.assertEqual(amount.amount, 300)
        with self.assertRefused(ValidationError, "entered in"):
            self.as_planner(rate).currency_id = self.env.ref("base.JPY")

    def test_hidden_names_are_in_no_message(self):
        self.make_category("SECRET", visibility="manager", amounts={"2025-12": 5})
        with self.assertRefused(ValidationError, "^a category that you may not see"):
            self.as_planner(self.budget).date_to = "2025-11-30"

    def test_copies_belong_to_their_maker(self):
        copy = self.as_planner(self.budget).copy()
        self.assertEqual(copy.user_id, self.planner)
        self.assertEqual(copy.category_ids.code, "A")
        self.as_planner(self.budget).action_save_as_template()

    def test_wizards_name_nothing_unreadable(self):
        secret = self.make_category("S", visibility="manager", amounts={"2025-01": 5})
        Template = self.env["sop.budget.template.create"]
        with self.assertRefused(AccessError, ""):
            Template.with_user(self.outsider).create({"template_id": self.budget.id})
        with self.assertRefused(AccessError, ""):
            self.as_planner(self.env["sop.budget.amount.entry"]).create(
                {"category_id": secret.id}
            )

    def test_accounts_beside_hidden_categories(self):
        budget = self.make_budget(plan_id=False, user_id=self.owner.id)
        self.env["sop.budget.member"].create(
            {"budget_id": budget.id, "user_id": self.planner.id, "role": "planner"}
        )
        seen = self.make_category("A", budget=budget)
        hidden = self.make_category("S", budget=budget, visibility="manager")
        self.as_planner(budget).action_create_analytic_accounts()
        self.assertTrue(seen.analytic_account_id)
        self.assertFalse(hidden.analytic_account_id)

    def test_open_orders_are_not_written(self):
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.partner_a.id,
                "order_line": [
                    Command.create({"product_id": self.product_a.id, "price_unit": 100})
                ],
            }
        )
        order.button_confirm()
        line = order.order_line
        before = line.sop_open_amount
        self.assertTrue(before)
        line.write({"sop_open_amount": 0, "sop_stage": "none"})
        self.env.flush_all()
        line.invalidate_recordset()
        self.assertEqual((line.sop_open_amount, line.sop_stage), (before, "open"))


@tagged("post_install", "-at_install")
class TestCompanies(SopBudgetCommon):
    def test_other_company_sees_nothing(self):
        other = self.setup_other_company()["company"]
        stranger = self.make_user("sop_stranger", "sop_budget.group_sop_budget_manager")
        stranger.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        self.make_category("A", amounts=1)
        env = self.env(user=stranger, context={"allowed_company_ids": other.ids})
        for model in MODELS:
            self.assertFalse(env[model].search([]), model)
        own = env["sop.budget"].create(
            {"name": "Own", "date_from": "2025-01-01", "date_to": "2025-12-31"}
        )
        self.assertEqual(own.company_id, other)
