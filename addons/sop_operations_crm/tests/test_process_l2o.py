# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import tagged

from odoo.addons.sop_operations.tests.common_process import ProcessCommon

from . import process_sql


@tagged("post_install", "-at_install")
class TestLeadOpportunity(ProcessCommon):
    """Leads and opportunities on known days; figures are worked out by hand."""

    sql = (*ProcessCommon.sql, process_sql)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids |= cls.env.ref("sales_team.group_sale_manager")
        cls.env.user.group_ids |= cls.env.ref("crm.group_use_lead")
        cls.won_stage = cls.env["crm.stage"].create({"name": "Done", "is_won": True})
        cls.stage = cls.env["crm.stage"].create({"name": "Begun", "sequence": 0})
        cls.reason = cls.env["crm.lost.reason"].create({"name": "Too slow"})
        cls.source = cls.env["utm.source"].create({"name": "Fair of tests"})

    def make_lead(self, created, kind="lead", revenue=0.0, **vals):
        lead = self.env["crm.lead"].create(
            {
                "name": "Lead",
                "type": kind,
                "company_id": self.company.id,
                "team_id": False,
                "user_id": self.env.user.id,
                "stage_id": self.stage.id,
                "expected_revenue": revenue,
                **vals,
            }
        )
        self.flush_changes()
        self.set_created(lead, created)
        return lead

    def convert(self, lead, moment):
        lead.convert_opportunity(self.partner_a)
        # The moment is the database's own, which can't be frozen
        lead.date_conversion = moment
        self.flush_changes()

    def win(self, lead, moment):
        with self.on(moment):
            lead.write({"stage_id": self.won_stage.id, "probability": 100})
            self.flush_changes()
        lead.date_closed = moment

    def lose(self, lead, moment):
        with self.on(moment):
            lead.action_set_lost(lost_reason_id=self.reason.id)
            self.flush_changes()
        lead.date_closed = moment

    def test_leads(self):
        converted, lost, old, young = (
            self.make_lead(f"2025-0{month}-01 08:00:00", source_id=self.source.id)
            for month in (3, 3, 4, 6)
        )
        self.convert(converted, "2025-03-05 20:00:00")
        self.lose(lost, "2025-03-20 08:00:00")
        direct = self.make_lead("2025-03-01 08:00:00", "opportunity")
        self.check("l2o_leads", 4, cases=4)
        self.assertEqual(
            set(self.get_cases("l2o_leads").mapped("category")), {"Fair of tests"}
        )
        self.check("l2o_conversion", 25, cases=4)
        self.check("l2o_opportunities", 2, cases=2)
        self.assertEqual(
            set(self.get_cases("l2o_opportunities").mapped("res_id")),
            {converted.id, direct.id},
        )
        self.check("l2o_lead_to_opportunity", 4.5, cases=1)
        result = self.get_result("l2o_lead_to_opportunity")
        self.assertEqual((result.open, result.stuck), (2, 2))
        self.check("l2o_lead_age", 2, cases=2)
        result = self.get_result("l2o_lead_age")
        self.assertEqual((result.stuck, result.worst_id), (1, old.id))
        self.assertTrue(young)

    def test_response(self):
        answered, noted, silent = (
            self.make_lead("2025-03-01 08:00:00") for _lead in range(3)
        )
        author = self.env.user.partner_id.id
        for moment, lead, subtype in (
            ("2025-03-02 08:00:00", answered, "mail.mt_note"),
            ("2025-03-03 08:00:00", answered, "mail.mt_comment"),
            ("2025-03-09 08:00:00", answered, "mail.mt_comment"),
            ("2025-03-02 08:00:00", noted, "mail.mt_note"),
        ):
            with self.on(moment):
                lead.message_post(
                    body="Words",
                    message_type="comment",
                    subtype_xmlid=subtype,
                    author_id=author,
                )
        # The customer's own words are no answer
        silent.message_post(
            body="Words",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            author_id=self.partner_a.id,
        )
        self.lose(silent, "2025-03-20 08:00:00")
        self.check("l2o_response", 2, cases=1)
        self.assertEqual(self.get_result("l2o_response").open, 1)

    def test_opportunities(self):
        deals = [
            self.make_lead("2025-03-01 08:00:00", "opportunity", revenue)
            for revenue in (10_000, 20_000, 30_000, 5_000)
        ]
        self.win(deals[0], "2025-03-21 08:00:00")  # 20 days
        self.win(deals[1], "2025-04-10 08:00:00")  # 40 days
        self.lose(deals[2], "2025-04-20 08:00:00")
        self.lose(deals[3], "2025-04-20 08:00:00")
        waiting = self.make_lead(
            "2025-03-02 08:00:00", "opportunity", 40_000, probability=25
        )
        nobody = self.make_lead(
            "2025-06-20 08:00:00", "opportunity", 8_000, company_id=False
        )
        nobody.probability = 50
        waiting.probability = 25
        self.flush_changes()

        self.check("l2o_win_rate", 50, cases=4)
        self.check("l2o_average_deal", 15_000, cases=2)
        self.check("l2o_cycle", 30, cases=2)
        self.check("l2o_lost", 2, cases=2)
        self.assertEqual(
            set(self.get_cases("l2o_lost").mapped("category")), {"Too slow"}
        )
        self.check("l2o_pipeline", 48_000, cases=2)
        self.check("l2o_weighted", 14_000, cases=2)
        result = self.get_result("l2o_pipeline")
        self.assertEqual((result.stuck, result.stuck_amount), (1, 40_000))
        # 2 × 50 % × 15,000 / 30 days
        self.assertAlmostEqual(self.get_value("l2o_velocity"), 500)

        coverage = self.get_metric("l2o_coverage")
        self.assertIsNone(self.get_value("l2o_coverage"))
        self.assertIn("Set the sales target", coverage.problem)
        coverage.target = 60_000
        self.assertAlmostEqual(self.get_value("l2o_coverage"), 80)
        # 60,000 at a win rate of 50 % take 120,000
        self.assertAlmostEqual(self.get_value("l2o_needed"), 120_000)
        action = self.get_metric("l2o_velocity").action_open_cases()
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(found & (waiting + nobody), waiting + nobody)

        # Lost, then opened again
        deals[3].action_unarchive()
        deals[3].probability = 10
        self.flush_changes()
        self.check("l2o_reopened", 100 / 6, cases=6)
        self.check("l2o_win_rate", 100 * 2 / 3, cases=3)

    def test_equal_to_plain_sql(self):
        """Leads and opportunities to every end; one is won, one lost and taken up again."""
        leads = [self.make_lead(f"2025-03-0{n} 08:00:00") for n in range(1, 7)]
        for n, lead in enumerate(leads[:3]):
            self.convert(lead, f"2025-03-{10 + 4 * n} {8 + n:02}:00:00")
            lead.expected_revenue = 1000 * (n + 1)
        self.lose(leads[3], "2025-03-20 08:00:00")
        for lead, moment in ((leads[0], "2025-03-02"), (leads[4], "2025-03-09")):
            with self.on(f"{moment} 10:00:00"):
                lead.message_post(
                    body="Words",
                    message_type="comment",
                    subtype_xmlid="mail.mt_comment",
                    author_id=self.env.user.partner_id.id,
                )
        self.win(leads[0], "2025-04-02 08:00:00")
        self.lose(leads[1], "2025-04-12 08:00:00")
        deals = [
            self.make_lead("2025-04-01 08:00:00", "opportunity", revenue)
            for revenue in (5_000, 7_000, 9_000, 11_000)
        ]
        self.win(deals[0], "2025-05-01 20:00:00")
        self.lose(deals[1], "2025-05-03 08:00:00")
        deals[1].action_unarchive()
        deals[1].probability = 10
        deals[2].probability = 40
        nobody = self.make_lead(
            "2025-06-20 08:00:00", "opportunity", 8_000, company_id=False
        )
        nobody.probability = 50
        self.flush_changes()
        codes = self.check_family("l2o_")
        target = 60_000
        self.get_metric("l2o_coverage").target = target
        for code, statement in process_sql.FIGURES.items():
            with self.subTest(code=code):
                values = {"first": "2025-01-01", "last": "2025-06-30", "target": target}
                self.cr.execute(statement, {"company": self.company.id, **values})
                expected = self.cr.fetchone()[0]
                self.assertTrue(expected)
                self.assertAlmostEqual(self.get_value(code), float(expected))
        found = self.metrics.search([("process", "=", "l2o")])
        self.assertEqual(len(codes) + len(process_sql.FIGURES), len(found))

    def test_published_example(self):
        """450,000 at a win rate of 25 % take a pipeline of 1,800,000."""
        deals = [
            self.make_lead("2025-03-01 08:00:00", "opportunity") for _deal in range(4)
        ]
        self.win(deals[0], "2025-04-01 08:00:00")
        for deal in deals[1:]:
            self.lose(deal, "2025-04-01 08:00:00")
        self.get_metric("l2o_coverage").target = 450_000
        self.assertAlmostEqual(self.get_value("l2o_needed"), 1_800_000)

    def test_every_metric_computes(self):
        for metric in self.metrics.search([("process", "=", "l2o")]):
            with self.subTest(metric=metric.code):
                self.assertTrue(metric.value_text)
                self.assertFalse(metric.has_value and metric.measure == "duration")
                self.get_cases(metric.code)
