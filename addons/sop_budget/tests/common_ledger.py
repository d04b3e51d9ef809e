# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json
from contextlib import contextmanager
from datetime import date

from odoo.fields import Command

from .common import SopBudgetCommon
from .ledger_oracle import Oracle, read_items, shown_figures

YEAR = (date(2025, 1, 1), date(2025, 12, 31))
#: Accounts of both companies: code, type, kind.
ACCOUNTS = (
    ("X691000", "expense", "expense"),
    ("X691100", "expense", "expense"),
    ("X692000", "expense_direct_cost", "expense"),
    ("X693000", "expense_depreciation", "expense"),
    ("X791000", "income", "income"),
    ("X792000", "income_other", "income"),
    ("X291000", "asset_fixed", "capital"),
    ("X491000", "liability_current", None),
)
#: What recognises the leaves: analytic account (index), account codes, prefixes.
LEAVES = (
    ("E1", "expense", 0, (), ""),
    ("E2", "expense", None, (), "X6911"),
    ("E3", "expense", None, (), "X69, X4999"),
    ("E4", "expense", 1, ("X692000",), ""),
    ("E5", "expense", 1, (), "X691"),
    ("E6", "expense", 2, (), ""),
    ("E7", "expense", None, ("X693000",), ""),
    ("I1", "income", 0, (), ""),
    ("I2", "income", None, ("X791000",), ""),
    ("C1", "capital", 2, (), ""),
)


class LedgerCase(SopBudgetCommon):
    """Two companies whose budgets recognise the books in every way there is.

    ``cls.analytics``: four accounts of the budgets' plan (the last belongs to no category),
    then two of another plan.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.companies = cls.company | cls.setup_other_company()["company"]
        cls.env.user.company_ids |= cls.companies
        cls.accounts = cls.env["account.account"].create(
            [
                {
                    "name": code,
                    "account_type": account_type,
                    "company_ids": [Command.set(cls.companies.ids)],
                    "code_mapping_ids": [
                        Command.create({"company_id": company.id, "code": code})
                        for company in cls.companies
                    ],
                }
                for code, account_type, _kind in ACCOUNTS
            ]
        )
        cls.analytics = cls.env["account.analytic.account"]
        for number, plan in enumerate([cls.plan] * 4 + [cls.other_plan] * 2):
            cls.analytics |= cls.make_analytic(
                f"Analytic {number}", plan, company_id=False
            )
        cls.budgets = cls.budget | cls.make_budget(
            name="Second budget", company_id=cls.companies[1].id
        )
        cls.oracles = [cls.make_oracle(budget) for budget in cls.budgets]
        cls.moves = {company: cls.make_move(company) for company in cls.companies}
        cls.env["sop.budget.map"]._rebuild_pending()
        cls.env.flush_all()

    @classmethod
    def make_oracle(cls, budget):
        """The leaves of :data:`LEAVES` below two levels of parents, and their oracle."""
        codes = dict(
            zip((code for code, *_more in ACCOUNTS), cls.accounts, strict=True)
        )
        parents = {
            kind: cls.make_category(kind, budget=budget, kind=kind)
            for kind in ("expense", "income", "capital")
        }
        rules = []
        for code, kind, analytic, names, prefixes in LEAVES:
            category = cls.make_category(
                code,
                parents[kind],
                account_ids=[Command.set([codes[name].id for name in names])],
                account_prefixes=prefixes or False,
                analytic=cls.analytics[analytic] if analytic is not None else False,
            )
            where = (
                category.id,
                kind,
                cls.analytics[analytic].id if analytic is not None else None,
            )
            rules += [(*where, 100, {codes[name].id}) for name in names]
            for prefix in filter(None, map(str.strip, prefixes.split(","))):
                accounts = {
                    a.id for name, a in codes.items() if name.startswith(prefix)
                }
                rules.append((*where, len(prefix), accounts or {0}))
            if not names and not prefixes:
                rules.append((*where, 0, None))
        kinds = {
            account.id: kind
            for account, (_code, _type, kind) in zip(
                cls.accounts, ACCOUNTS, strict=True
            )
            if kind
        }
        return Oracle(budget, kinds, rules, cls.analytics[:4].ids)

    @classmethod
    def make_move(cls, company):
        """Ids that an item of a company is inserted with."""
        journal = cls.env["account.journal"].search(
            [("company_id", "=", company.id), ("type", "=", "general")], limit=1
        )
        move = cls.env["account.move"].create(
            {
                "move_type": "entry",
                "date": "2025-01-01",
                "company_id": company.id,
                "journal_id": journal.id,
            }
        )
        return {
            "move": move.id,
            "company": company.id,
            "currency": company.currency_id.id,
            "journal": journal.id,
        }

    def insert_item(
        self, company, account, day, cents, distribution=None, state="posted"
    ):
        """A journal item, by SQL: the trigger works below the ORM."""
        self.env.cr.execute(
            """
            INSERT INTO account_move_line (move_id, company_id, company_currency_id, currency_id,
                   journal_id, display_type, name, account_id, date, parent_state,
                   balance, debit, credit, amount_currency, analytic_distribution)
            SELECT %(move)s, %(company)s, %(currency)s, %(currency)s, %(journal)s, 'product',
                   'item', %(account)s, %(day)s, %(state)s, %(amount)s::numeric,
                   greatest(%(amount)s::numeric, 0), greatest(-%(amount)s::numeric, 0),
                   %(amount)s::numeric, %(distribution)s
         RETURNING id
            """,
            {
                **self.moves[company],
                "amount": f"{cents / 100:.2f}",
                "account": account.id,
                "day": day,
                "state": state,
                "distribution": None
                if distribution is None
                else json.dumps(distribution),
            },
        )
        return self.env.cr.fetchone()[0]

    @contextmanager
    def undone(self):
        """Nothing that happens inside stays."""
        self.env.flush_all()
        self.env.cr.execute("SAVEPOINT undone")
        try:
            yield
        finally:
            self.env.clear()
            self.env.cr.execute("ROLLBACK TO SAVEPOINT undone")

    def assert_exact(self, dates=YEAR, message=None):
        """Every figure of both budgets is what the items say, and nothing is lost."""
        for budget, oracle in zip(self.budgets, self.oracles, strict=True):
            items = read_items(self.env.cr, budget.company_id)
            expected = oracle.figures(items, *dates)
            matrix = budget._get_matrix(*dates, measures=("actual",))
            self.assertEqual(shown_figures(matrix), expected, message)
            booked = sum(
                cents
                for account, day, cents, _d in items
                if account in oracle.kinds and dates[0] <= day <= dates[1]
            )
            self.assertEqual(sum(expected.values()), booked)

    def assert_ties_out(self, dates=YEAR):
        for budget in self.budgets:
            tie_out = budget._get_tie_out(*dates)
            self.assertFalse(tie_out["totals"]["difference"])
            self.assertFalse([row for row in tie_out["accounts"] if row["difference"]])
