# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import TransactionCase, loaded_demo_data
from odoo.tools import convert_file

PROGRAMME = (
    ("sop_budget", "demo/sop_budget_demo.xml"),
    ("sop_budget", "demo/sop_budget_demo_documents.xml"),
    ("sop_operations", "demo/operations_demo.xml"),
)


class DemoCase(TransactionCase):
    """The demo data of the programme, loaded as if today were another day."""

    def load_files(self, *more):
        if loaded_demo_data(self.env) and self.env.ref(
            "sop_budget.sop_budget_demo", raise_if_not_found=False
        ):
            self.skipTest("The database has the demo data of another day")
        for module, name in (*PROGRAMME, *more):
            convert_file(self.env, module, name, {}, mode="init", noupdate=True)
        self.env.invalidate_all()
        return self.env.ref("sop_budget.sop_budget_demo")

    def assertProgrammeStays(self):
        """Whatever else the company does: the figures that the manual names."""
        table = self.env["sop.budget"]._get_terminal_table()
        rows = {line.split("  ")[0]: line.split() for line in table.splitlines()}
        self.assertEqual(rows["All sources"][2], "593,000")
        self.assertEqual(rows["All sources"][-4:-1], ["67,000", "178,800", "347,200"])
        self.assertEqual(rows["Not in any category"][-2:], ["1,500", "-1,500"])
        return rows

    def assertProcesses(self, *processes, empty=()):
        """Each card has a figure in some months; those named have none."""
        company = self.env.ref("sop_budget.res_company_demo")
        metrics = (
            self.env["sop.process.metric"]
            .with_context(allowed_company_ids=company.ids, sop_period="twelve_months")
            .search([("process", "in", processes)])
        )
        self.assertTrue(metrics)
        blank = metrics.filtered(lambda metric: not metric.has_trend)
        self.assertEqual(set(blank.mapped("code")), set(empty))
        return {metric.code: metric for metric in metrics}
