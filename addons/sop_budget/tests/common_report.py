# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields

from .common import report_without_claims
from .common_commitments import CommitmentCommon

#: Every measure that needs nothing to compare with.
ALL_MEASURES = [
    *("planned", "to_date", "committed", "preparing", "actual", "available"),
    *("variance", "variance_percent", "utilisation", "burn"),
    *("burn_rate", "runway", "projection"),
]


class ReportCommon(CommitmentCommon):
    """A small budget of 2025 with something in every state; all figures known by hand.

    ======================= ======= ========= ======
    category                planned committed actual
    ======================= ======= ========= ======
    P Personnel                2600       500   1160
    · P1 Salaries              2400         0    900   (analytic; a split bill, an entry)
    · P2 Travel                 200       500    260   (analytic, a second rule; over)
    T Tools (external)         1200         0    300   (account)
    Not in any category           –         0     40
    G Grants (income)          5000         0   1500   (account)
    C Laptops (capital)         900         0      0   (account)
    ======================= ======= ========= ======
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        report_without_claims(cls)
        cls.assets = cls.company_data["default_account_assets"]
        cls.assets.account_type = "asset_fixed"
        cls.grant = cls.env["sop.funding.source"].create(
            {"name": "Foundation", "is_external": True}
        )
        cls.salaries_analytic = cls.make_analytic("Salaries")
        cls.travel_analytic = cls.make_analytic("Travel")
        cls.personnel = cls.make_category("P", name="Personnel")
        cls.salaries = cls.make_category(
            "P1",
            cls.personnel,
            amounts=200.0,
            analytic=cls.salaries_analytic,
            name="Salaries",
        )
        cls.travel = cls.make_category(
            "P2",
            cls.personnel,
            amounts={"2025-04": 150.0, "2025-05": 50.0},
            analytic=cls.travel_analytic,
            name="Travel",
        )
        cls.tools = cls.make_category(
            "T",
            amounts=100.0,
            name="Tools",
            source_id=cls.grant.id,
            account_ids=cls.expense_3.ids,
        )
        cls.grants = cls.make_category(
            "G",
            kind="income",
            amounts={"2025-06": 5000.0},
            name="Grants",
            account_ids=cls.revenue.ids,
        )
        cls.laptops = cls.make_category(
            "C",
            kind="capital",
            amounts={"2025-09": 900.0},
            name="Laptops",
            account_ids=cls.assets.ids,
        )
        cls.post_documents()
        cls.env.flush_all()

    @classmethod
    def post_documents(cls):
        cls.split_bill = cls.post_bill(
            1000.0,
            "2025-02-10",
            distribution={cls.salaries_analytic: 80, cls.travel_analytic: 20},
        )
        cls.salary_entry = cls.post_entry(
            100.0, "2025-03-31", distribution={cls.salaries_analytic: 100}
        )
        cls.travel_bill = cls.post_bill(
            60.0, "2025-05-20", distribution={cls.travel_analytic: 100}
        )
        cls.tools_bill = cls.post_bill(300.0, "2025-05-15", account=cls.expense_3)
        cls.stray_bill = cls.post_bill(40.0, "2025-06-03")
        cls.income_entry = cls.post_entry(-1500.0, "2025-06-20", account=cls.revenue)
        cls.order = cls.make_order(
            {
                "price": 50.0,
                "quantity": 10.0,
                "analytic_distribution": {str(cls.travel_analytic.id): 100},
            }
        )

    # === READING === #

    def get_report(self, user=None, **options):
        options = {"budget_id": self.budget.id, "as_of": "2025-06-30", **options}
        return (
            self.env["sop.budget"].with_user(user or self.env.user).get_report(options)
        )

    def get_figures(self, report):
        """``{row key: {(column key, measure): value}}`` of a report."""
        names = [
            (column["key"], measure["key"])
            for column in report["columns"]
            for measure in report["measures"]
        ]
        return {
            row["key"]: dict(zip(names, row["values"], strict=True))
            for row in [*report["rows"], *report["totals"]]
        }

    def get_column(self, report, measure, column="whole"):
        """``{name of the row: value}`` of one measure; totals by their key."""
        figures = self.get_figures(report)
        names = {row["key"]: row["code"] or row["key"] for row in report["rows"]}
        return {
            names.get(key, key): values[column, measure]
            for key, values in figures.items()
        }

    def explain(self, row, measure, user=None, **options):
        options = {
            "budget_id": self.budget.id,
            "as_of": "2025-06-30",
            "date_from": "2025-01-01",
            "date_to": "2025-12-31",
            "row": row if isinstance(row, str) else f"c{row.id}",
            "measure": measure,
            **options,
        }
        return self.env["sop.budget"].with_user(user or self.env.user).explain(options)

    def assertFigures(self, found, expected):
        """Figures to the cent; None is no figure."""
        rounded = {
            name: value if value is None else round(value, 4)
            for name, value in found.items()
        }
        self.assertEqual({name: rounded[name] for name in expected}, expected)

    def day(self, text):
        return fields.Date.to_date(text)
