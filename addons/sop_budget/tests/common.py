# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from contextlib import contextmanager
from unittest.mock import patch

from odoo import fields
from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from ..models.sop_budget_report import SopBudget

ROLES = ("viewer", "proposer", "approver", "auditor", "planner", "manager")
USER = "sop_budget.group_sop_budget_user"
# May start budgets and tie them to the books
CONTROLLER = "sop_budget.group_sop_budget_controller"
TYING = ("planner", "manager")
PLANS = ("Budget of tests", "Other plan of tests")


def report_without_claims(cls):
    """Reports as this add-on has them, whatever is installed beside it."""
    for name in ("_get_report_measures", "_get_default_report_measures"):
        own = getattr(SopBudget, name)
        cls.startClassPatcher(patch.object(cls.registry["sop.budget"], name, own))


def new_test_users(env, groups_by_login, company, **vals):
    """Users of a company, ``{login: groups}``: all at once is much faster than one by one."""
    return env["res.users"].create(
        [
            {
                "login": login,
                "password": login.ljust(8, "x"),
                "name": f"{login} ({groups})",
                "email": f"{login}@example.com",
                "company_id": company.id,
                "company_ids": [Command.set(company.ids)],
                "group_ids": [
                    Command.set([env.ref(group).id for group in groups.split(",")])
                ],
                **vals,
            }
            for login, groups in groups_by_login.items()
        ]
    )


class SopBudgetCommon(AccountTestInvoicingCommon):
    """A company of its own with a generic chart, two analytic plans, and one person per role.

    ``cls.budget`` spans 2025 and is owned by ``cls.owner``; ``cls.users[role]`` are its members.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids |= cls.env.ref("sop_budget.group_sop_budget_manager")
        cls.company = cls.company_data["company"]
        cls.currency = cls.company.currency_id
        cls.expense = cls.company_data["default_account_expense"]
        cls.revenue = cls.company_data["default_account_revenue"]
        cls.expense_2 = cls.copy_account(cls.expense, {"name": "Travel"})
        cls.expense_3 = cls.copy_account(cls.expense, {"name": "Office"})
        cls.payable = cls.company_data["default_account_payable"]
        cls.plan, cls.other_plan = map(cls.find_plan, PLANS)
        groups = {
            f"sop_{role}": CONTROLLER if role in TYING else USER for role in ROLES
        }
        cls.owner, cls.outsider, *members = cls.make_users(
            {"sop_owner": CONTROLLER, "sop_outsider": USER, **groups}
        )
        cls.users = dict(zip(ROLES, members, strict=True))
        cls.budget = cls.make_budget()
        cls.env["sop.budget.member"].create(
            [
                {
                    "budget_id": cls.budget.id,
                    "user_id": user.id,
                    "role": role,
                    "date_until": role == "auditor" and "2099-12-31",
                }
                for role, user in cls.users.items()
            ]
        )

    @classmethod
    def find_plan(cls, name):
        """Made beforehand by ``./sop test``: its column in the ledger takes seconds."""
        plans = cls.env["account.analytic.plan"]
        return plans.search([("name", "=", name)]) or plans.create({"name": name})

    @classmethod
    def make_users(cls, groups_by_login):
        return new_test_users(cls.env, groups_by_login, cls.company)

    @classmethod
    def make_user(cls, login, groups=CONTROLLER, **kwargs):
        return new_test_user(
            cls.env,
            login,
            groups=groups,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
            **kwargs,
        )

    @classmethod
    def make_budget(cls, **vals):
        # Who owns a budget works in its company
        companies = cls.env["res.company"].browse(vals.get("company_id") or [])
        cls.owner.sudo().company_ids |= companies
        return cls.env["sop.budget"].create(
            {
                "name": "Budget 2025",
                "company_id": cls.company.id,
                "date_from": "2025-01-01",
                "date_to": "2025-12-31",
                "plan_id": cls.plan.id,
                "user_id": cls.owner.id,
                **vals,
            }
        )

    @classmethod
    def make_analytic(cls, name, plan=None, **vals):
        return cls.env["account.analytic.account"].create(
            {
                "name": name,
                "plan_id": (plan or cls.plan).id,
                "company_id": cls.company.id,
                **vals,
            }
        )

    @classmethod
    def make_category(cls, code, parent=None, amounts=None, analytic=False, **vals):
        """``amounts``: ``{"2025-01": 100.0}`` or one number for each month of the budget.

        ``analytic=True`` gives it an analytic account of its own.
        """
        budget = parent.budget_id if parent else vals.pop("budget", cls.budget)
        if analytic is True:
            analytic = cls.make_analytic(f"Analytic {code}", budget.plan_id)
        category = cls.env["sop.budget.category"].create(
            {
                "budget_id": budget.id,
                "parent_id": parent.id if parent else False,
                "code": code,
                "name": vals.pop("name", f"Category {code}"),
                "analytic_account_id": analytic.id if analytic else False,
                **vals,
            }
        )
        if amounts is not None:
            cls.set_amounts(category, amounts)
        return category

    @classmethod
    def set_amounts(cls, category, amounts):
        if not isinstance(amounts, dict):
            amounts = dict.fromkeys(
                (month.strftime("%Y-%m") for month in category.budget_id._get_months()),
                amounts,
            )
        return cls.env["sop.budget.amount"].create(
            [
                {"category_id": category.id, "month": f"{month}-01", "amount": amount}
                for month, amount in amounts.items()
            ]
        )

    @classmethod
    def post_entry(
        cls, amount, date, account=None, distribution=None, post=True, **vals
    ):
        """A posted entry of two items: ``account`` is debited, the payable account credited.

        ``distribution``: ``{analytic account or "id,id" key: percent}``.
        """
        move = cls.env["account.move"].create(
            {
                "move_type": "entry",
                "date": date,
                "journal_id": cls.company_data["default_journal_misc"].id,
                "line_ids": [
                    Command.create(
                        {
                            "name": "debit",
                            "account_id": (account or cls.expense).id,
                            "balance": amount,
                            "analytic_distribution": cls.to_distribution(distribution),
                        }
                    ),
                    Command.create(
                        {
                            "name": "credit",
                            "account_id": cls.payable.id,
                            "balance": -amount,
                        }
                    ),
                ],
                **vals,
            }
        )
        if post:
            move.action_post()
        return move

    @staticmethod
    def to_distribution(distribution):
        return {
            key if isinstance(key, str) else str(key.id): percent
            for key, percent in (distribution or {}).items()
        } or False

    @classmethod
    def post_bill(
        cls, amount, date, account=None, distribution=None, post=True, **vals
    ):
        """A vendor bill of one line without taxes."""
        return cls._create_invoice(
            "in_invoice",
            invoice_date=date,
            date=date,
            post=post,
            invoice_line_ids=[
                Command.create(
                    {
                        "name": "line",
                        "quantity": 1,
                        "price_unit": amount,
                        "account_id": (account or cls.expense).id,
                        "tax_ids": [Command.clear()],
                        "analytic_distribution": cls.to_distribution(distribution),
                    }
                )
            ],
            **vals,
        )

    @contextmanager
    def assertRefused(self, exception, message):
        """``exception`` with a matching message is raised, and nothing of it stays."""
        with self.assertRaisesRegex(exception, message), self.env.cr.savepoint():
            yield
            self.env.flush_all()

    @contextmanager
    def as_role(self, role):
        """The budget as a member in that role sees it; “owner” and “outsider” too."""
        user = {"owner": self.owner, "outsider": self.outsider}.get(role) or self.users[
            role
        ]
        yield self.budget.with_user(user)

    def planned_of(self, category):
        """``{"2025-01": amount}`` of the amounts that are stored."""
        return {
            fields.Date.to_string(amount.month)[:7]: amount.amount
            for amount in category.amount_ids.sorted("month")
        }
