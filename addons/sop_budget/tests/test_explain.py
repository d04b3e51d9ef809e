# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .common_report import ReportCommon


@tagged("post_install", "-at_install")
class TestExplain(ReportCommon):
    def parts(self, found):
        return [(part["sign"], part["name"], part["value"]) for part in found["parts"]]

    def names(self, found):
        return [row["name"] for row in found["documents"]["rows"]]

    # === FORMULAS === #

    def test_available_is_said_in_numbers(self):
        found = self.explain(self.travel, "available")
        self.assertEqual(found["formula"], "Available = planned − committed − actual")
        self.assertEqual(
            self.parts(found),
            [
                ("+", "Planned", 200.0),
                ("−", "Committed", 500.0),
                ("−", "Actual", 260.0),
            ],
        )
        self.assertEqual(found["value"], -560.0)
        self.assertEqual(found["documents"]["sum"], -560.0)
        part = self.env["sop.budget"].explain(found["parts"][2]["options"])
        self.assertEqual((part["title"], part["value"]), ("Actual: P2 Travel", 260.0))

    def test_income_has_its_own_words(self):
        found = self.explain(self.grants, "available")
        self.assertEqual(found["name"], "Still to come")
        self.assertIn("ordered by customers", found["formula"])
        found = self.explain(self.grants, "variance")
        self.assertEqual(
            self.parts(found), [("+", "Actual", 1500.0), ("−", "Planned", 5000.0)]
        )

    def test_shares_and_rates_name_their_parts(self):
        for measure, expected in {
            "variance_percent": [("", "Variance", 1500.0), ("÷", "Planned", 2400.0)],
            "utilisation": [
                ("", "Committed", 0.0),
                ("+", "Actual", 900.0),
                ("÷", "Planned", 2400.0),
            ],
            "burn": [("", "Actual", 900.0), ("÷", "Planned", 2400.0)],
            "runway": [("", "Available", 1500.0), ("÷", "Per month", 150.0)],
            "burn_rate": [
                ("", "Actual up to 2025-06-30", 900.0),
                ("÷", "Months gone by", 6.0),
            ],
        }.items():
            with self.subTest(measure=measure):
                self.assertEqual(
                    self.parts(self.explain(self.salaries, measure)), expected
                )
        found = self.explain(self.salaries, "projection")
        self.assertEqual(found["parts"][1]["value"], 181 / 365)
        early = self.explain(self.salaries, "burn_rate", as_of="2024-01-01")
        self.assertEqual(self.parts(early), [("÷", "Months gone by", 0.0)])

    def test_plan_to_date_month_by_month(self):
        found = self.explain(self.travel, "to_date", as_of="2025-05-10")
        self.assertEqual(
            self.parts(found),
            [("+", "Apr 2025", 150.0), ("+", "May 2025: 10 of 31 days", 16.13)],
        )
        self.assertEqual(found["value"], 166.13)
        self.assertIsNone(found["documents"])

    def test_a_cut_month_is_explained_by_its_days(self):
        found = self.explain(
            self.travel, "planned", date_from="2025-04-16", date_to="2025-05-31"
        )
        self.assertEqual(
            self.parts(found),
            [("+", "Apr 2025: 15 of 30 days", 75.0), ("+", "May 2025", 50.0)],
        )
        # Both months are there, and it is said why they are more than the figure
        documents = found["documents"]
        self.assertEqual((documents["count"], documents["sum"]), (2, 200.0))
        self.assertIn("75.00", documents["partial_text"])
        left = self.explain(
            self.travel, "available", date_from="2025-04-16", date_to="2025-05-31"
        )
        self.assertEqual(
            left["documents"]["sum"] - left["value"], documents["sum"] - found["value"]
        )
        whole = self.explain(self.travel, "planned")["documents"]
        self.assertEqual(whole["partial_text"], "")
        self.assertEqual(self.explain(self.travel, "planned")["parts"], [])

    def test_the_balance(self):
        found = self.explain("t_balance", "actual")
        self.assertEqual(
            self.parts(found),
            [
                ("+", "Total income", 1500.0),
                ("−", "Total investments", 0.0),
                ("−", "Total expenses", 1500.0),
            ],
        )
        self.assertIsNone(found["documents"])
        self.assertIsNone(self.explain("t_balance", "available")["value"])

    def test_comparison_with_last_year(self):
        self.post_bill(70.0, "2024-02-29", distribution={self.travel_analytic: 100})
        found = self.explain(
            self.travel,
            "compare",
            compare="last_year",
            date_from="2025-02-01",
            date_to="2025-02-28",
        )
        [part] = found["parts"]
        self.assertEqual(
            (part["value"], part["options"]["date_to"]), (70.0, "2024-02-29")
        )
        past = self.env["sop.budget"].explain(part["options"])
        self.assertEqual((past["value"], past["documents"]["sum"]), (70.0, 70.0))
        found = self.explain(self.travel, "compare_difference", compare="last_year")
        self.assertEqual(
            self.parts(found), [("+", "Actual", 260.0), ("−", "Actual last year", 70.0)]
        )
        found = self.explain(self.travel, "compare_percent", compare="last_year")
        self.assertEqual([sign for sign, _name, _value in self.parts(found)], ["", "÷"])

    def test_comparison_with_a_budget(self):
        other = self.make_budget(
            name="Last", date_from="2024-01-01", date_to="2024-12-31"
        )
        self.make_category("P2", budget=other, amounts={"2024-04": 120.0})
        options = {"compare": "budget", "compare_budget_id": other.id}
        found = self.explain(self.travel, "compare", **options)
        past = self.env["sop.budget"].explain(found["parts"][0]["options"])
        self.assertEqual((past["subtitle"], past["value"]), ("Last", 120.0))
        found = self.explain(self.tools, "compare", **options)
        self.assertEqual((found["value"], found["parts"]), (None, []))

    def test_what_a_row_is_made_of(self):
        found = self.explain(self.personnel, "actual")
        self.assertEqual(
            [(part["name"], part["value"]) for part in found["breakdown"]],
            [("P1 Salaries", 900.0), ("P2 Travel", 260.0)],
        )
        found = self.explain("t_expense", "actual")
        self.assertEqual(
            [(part["name"], part["value"]) for part in found["breakdown"]],
            [
                ("P Personnel", 1160.0),
                ("T Tools", 300.0),
                ("Not in any category", 40.0),
            ],
        )
        self.assertEqual(self.explain("u_expense", "actual")["breakdown"], [])

    def test_cards_speak_of_all_spending(self):
        found = self.explain("t_expense+t_capital", "planned")
        self.assertEqual(
            (found["title"], found["value"]), ("Planned: Total spending", 4700.0)
        )
        self.assertEqual(found["documents"]["sum"], 4700.0)

    # === DOCUMENTS === #

    def test_documents_with_their_share(self):
        found = self.explain(self.travel, "actual")
        documents = found["documents"]
        self.assertEqual(
            (documents["count"], documents["sum"], documents["hidden"]), (2, 260.0, 0)
        )
        self.assertEqual(
            self.names(found), [self.split_bill.name, self.travel_bill.name]
        )
        [split, whole] = documents["rows"]
        self.assertEqual(
            (split["amount"], split["share"]), (200.0, "20.0% of 1,000.00")
        )
        self.assertEqual(whole["share"], "")
        self.assertEqual(
            (split["res_model"], split["res_id"]), ("account.move", self.split_bill.id)
        )
        items = self.env["sop.budget.item"].search(documents["action"]["domain"])
        self.assertEqual(sum(items.mapped("amount")), 260.0)

    def test_orders_are_documents_too(self):
        found = self.explain(self.travel, "committed")
        [document] = found["documents"]["rows"]
        self.assertEqual(
            (document["name"], document["amount"], document["res_model"]),
            (self.order.name, 500.0, "purchase.order"),
        )

    def test_an_order_without_an_account_counts_by_its_analytic_account(self):
        self.order.order_line.sop_account_id = False
        self.env.flush_all()
        self.assertEqual(self.explain(self.travel, "committed")["value"], 500.0)
        self.assertEqual(
            self.explain(self.travel, "committed")["documents"]["sum"], 500.0
        )
        self.budget.scope_expense = False
        self.assertEqual(
            self.explain(self.travel, "committed")["documents"]["sum"], 0.0
        )

    def test_who_may_not_read_bills_is_told_how_many_there_are(self):
        found = self.explain(self.travel, "actual", user=self.users["viewer"])
        documents = found["documents"]
        self.assertEqual(
            (found["value"], documents["count"], documents["sum"]), (260.0, 0, 0.0)
        )
        self.assertEqual((documents["hidden"], documents["hidden_sum"]), (2, 260.0))
        self.assertIn("may not read: 2", documents["hidden_text"])
        self.assertEqual(documents["rows"], [])
        # The plan is the budget's own
        planned = self.explain(self.travel, "planned", user=self.users["viewer"])
        self.assertEqual(
            (planned["documents"]["count"], planned["documents"]["hidden"]), (2, 0)
        )

    def test_hidden_categories_stay_hidden(self):
        self.salaries.visibility = "manager"
        viewer = self.make_user(
            "sop_reader",
            "sop_budget.group_sop_budget_user,account.group_account_invoice",
        )
        self.env["sop.budget.member"].create(
            {"budget_id": self.budget.id, "user_id": viewer.id, "role": "viewer"}
        )
        found = self.explain("t_expense", "actual", user=viewer)
        self.assertEqual(found["value"], 600.0)
        documents = found["documents"]
        self.assertEqual((documents["sum"], documents["hidden"]), (600.0, 0))
        self.assertNotIn(self.salary_entry.name, self.names(found))
        with self.assertRefused(UserError, "no row"):
            self.explain(self.salaries, "actual", user=viewer)
        items = self.env["sop.budget.item"].with_user(viewer)
        self.assertFalse(items.search([("category_id", "=", self.salaries.id)]))
        self.assertNotIn(self.salaries, items.search([]).sudo().category_id)

    def test_sources_count_their_own_categories(self):
        found = self.explain("t_expense", "actual", source="external")
        self.assertEqual((found["value"], found["documents"]["sum"]), (300.0, 300.0))
        self.assertIn("externally funded", found["note"])
        found = self.explain(self.personnel, "actual", source="internal")
        self.assertEqual(found["documents"]["sum"], 1160.0)
        self.assertIn("internal money", found["note"])

    def test_foreign_documents_tell_their_rate(self):
        self.post_bill(
            100.0,
            "2025-06-10",
            distribution={self.travel_analytic: 100},
            currency_id=self.other_currency.id,
        )
        found = self.explain(self.travel, "actual", date_from="2025-06-01")
        self.assertEqual(found["value"], 200.0)
        [rate] = found["rates"]
        self.assertEqual(
            (rate["currency"], rate["rate"], rate["date"]), ("EUR", 2.0, "2025-06-10")
        )

    def test_amounts_entered_in_a_currency_tell_their_rate(self):
        rate = self.env["sop.budget.rate"].create(
            {
                "budget_id": self.budget.id,
                "currency_id": self.other_currency.id,
                "rate": 1.08,
                "date": "2025-01-02",
            }
        )
        amount = self.travel.amount_ids[0]
        amount.write(amount._prepare_entry_vals(150.0, rate))
        found = self.explain(self.travel, "planned")
        self.assertEqual(
            [(rate["currency"], rate["rate"], rate["date"]) for rate in found["rates"]],
            [("EUR", 1.08, "2025-01-02")],
        )

    # === RULES === #

    def test_rules_in_their_precedence(self):
        account = self.expense_2
        self.env["sop.budget.rule"].create(
            [
                {"category_id": self.tools.id, "account_prefix": "9"},
                {
                    "category_id": self.tools.id,
                    "account_prefix": "98",
                    "note": "licences",
                },
                {
                    "category_id": self.tools.id,
                    "analytic_account_id": self.salaries_analytic.id,
                    "account_id": account.id,
                },
                {
                    "category_id": self.tools.id,
                    "analytic_account_id": self.salaries_analytic.id,
                    "account_prefix": "9",
                },
            ]
        )
        rules = self.explain(self.tools, "actual")["rules"]
        self.assertEqual(
            [(rule["text"].split(" ")[0], rule["note"]) for rule in rules],
            [
                ("Analytic", ""),
                ("Analytic", ""),
                ("Account", ""),
                ("Accounts", "licences"),
                ("Accounts", ""),
            ],
        )
        self.assertIn(f"on account {account.display_name}", rules[0]["text"])
        found = self.explain(self.travel, "actual")
        self.assertEqual(
            found["rules"], [{"text": "Analytic account Travel", "note": ""}]
        )
        self.assertIn("most specific rule wins", found["precedence"])
        self.assertEqual(self.explain("t_expense", "actual")["rules"], [])
        self.assertIn(
            "no category claims",
            self.explain("u_expense", "actual")["rules"][0]["text"],
        )

    # === REFUSALS === #

    def test_wrong_questions_are_refused(self):
        for options, message in [
            ({"row": "c999999"}, "no row"),
            ({"row": ""}, "no row"),
            ({"measure": "speed"}, "no option"),
            (
                {"date_from": "2025-05-01", "date_to": "2025-04-01"},
                "first and a last day",
            ),
            (
                {"date_from": "0001-01-01", "date_to": "9999-12-31"},
                "at most 120 months",
            ),
            (
                {
                    "date_from": "0001-01-01",
                    "date_to": "0001-12-31",
                    "compare": "last_year",
                },
                "between 2015 and 2035",
            ),
            (
                {"date_from": "2036-01-01", "date_to": "2036-01-31"},
                "between 2015 and 2035",
            ),
            (
                {"date_from": "2015-01-01", "date_to": "2025-01-01"},
                "at most 120 months",
            ),
            ({"date_from": ["2025"]}, "is no date"),
            ({"measure": "compare"}, "nothing to compare"),
            ({"budget_id": False}, "belongs to a budget"),
        ]:
            question = {"row": "t_expense", "measure": "actual", **options}
            with self.subTest(options=options), self.assertRefused(UserError, message):
                self.explain(**question)
        with self.assertRefused(UserError, "belongs to a budget"):
            self.env["sop.budget"].explain(None)
        with self.assertRefused(AccessError, ""):
            self.explain("t_expense", "actual", user=self.outsider)


@tagged("post_install", "-at_install")
class TestItems(ReportCommon):
    def items(self, *domain, user=None):
        items = self.env["sop.budget.item"].with_user(user or self.env.user)
        return items.search([("budget_id", "=", self.budget.id), *domain])

    def test_ids_are_one_of_a_kind_and_find_their_record(self):
        items = self.items()
        self.assertEqual(len(items), len(set(items.ids)))
        names = items.mapped("name")
        self.env.invalidate_all()
        found = self.env["sop.budget.item"].browse(items.ids)
        self.assertEqual(found.mapped("name"), names)
        self.assertEqual(
            self.env["sop.budget.item"].search([("id", "in", items.ids)]), items
        )
        self.assertEqual(
            self.env["sop.budget.item"].search([("id", "=", items[0].id)]), items[0]
        )
        self.assertFalse(
            self.env["sop.budget.item"].search([("id", "in", [5, 2**40 + 7])])
        )

    def test_an_id_is_found_without_reading_all_documents(self):
        item = self.items(("measure", "=", "actual"))[0]
        query = self.env["sop.budget.item"]._search([("id", "in", item.ids)])
        plan = "\n".join(
            row[0] for row in self.env.execute_query(self.explain_sql(query))
        )
        self.assertNotIn("Seq Scan on account_move_line", plan)

    def explain_sql(self, query):
        # Tests hold few rows: without this every plan would read all of them
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        return SQL("EXPLAIN %s", query.select())

    def test_parts_of_a_split_line_are_the_line(self):
        parts = self.items(
            ("res_id", "=", self.split_bill.id), ("measure", "=", "actual")
        )
        self.assertEqual(sorted(parts.mapped("amount")), [200.0, 800.0])
        self.assertEqual(parts.category_id, self.salaries | self.travel)
        self.assertEqual(sorted(parts.mapped("share")), [0.2, 0.8])

    def test_shares_below_and_above_all(self):
        low = self.post_bill(
            100.0, "2025-07-01", distribution={self.travel_analytic: 30}
        )
        high = self.post_bill(
            100.0,
            "2025-07-02",
            distribution={self.travel_analytic: 80, self.salaries_analytic: 50},
        )
        for move, expected in ((low, {30.0, 70.0}), (high, {80.0, 50.0, -30.0})):
            parts = self.items(("res_id", "=", move.id), ("measure", "=", "actual"))
            self.assertEqual(set(parts.mapped("amount")), expected)
            rest = parts.filtered(lambda item: not item.analytic_account_id)
            self.assertFalse(rest.category_id)

    def test_income_reads_the_right_way_round(self):
        item = self.items(("account_id", "=", self.revenue.id))
        self.assertEqual(
            (item.amount, item.effect, item.kind), (1500.0, -1500.0, "income")
        )

    def test_an_item_opens_its_document(self):
        for item in self.items():
            action = item.action_open_document()
            record = self.env[action["res_model"]].browse(action["res_id"])
            self.assertTrue(record.exists())
        order = self.items(("measure", "=", "committed"))
        self.assertEqual(order.action_open_document()["res_id"], self.order.id)

    def test_another_company_is_another_world(self):
        company = self.setup_other_company(name="Elsewhere")["company"]
        stranger = self.make_user(
            "sop_stranger",
            "sop_budget.group_sop_budget_manager,account.group_account_invoice",
        )
        stranger.write({"company_ids": [(6, 0, company.ids)], "company_id": company.id})
        items = self.env["sop.budget.item"].with_user(stranger).with_company(company)
        self.assertFalse(items.search([]))
        analysis = (
            self.env["sop.budget.analysis"].with_user(stranger).with_company(company)
        )
        self.assertFalse(analysis.search([]))

    def test_nothing_is_read_without_a_role(self):
        self.assertFalse(self.items(user=self.outsider))
        for model in ("sop.budget.item", "sop.budget.analysis", "sop.budget.alert"):
            with self.assertRefused(AccessError, ""):
                self.env[model].with_user(
                    self.make_user(f"x{model}", "base.group_user")
                ).search([])

    def test_items_are_made_by_nobody(self):
        for model in ("sop.budget.item", "sop.budget.analysis", "sop.budget.alert"):
            with self.assertRefused(AccessError, ""):
                self.env[model].with_user(self.owner).create({})


@tagged("post_install", "-at_install")
class TestAssign(ReportCommon):
    def open_wizard(self, user=None, items=None, **vals):
        budget = self.budget.with_user(user or self.env.user)
        action = (
            items.action_assign()
            if items
            else budget.action_assign_unassigned("u_expense")
        )
        Wizard = self.env["sop.budget.assign"].with_user(user or self.env.user)
        return Wizard.with_context(**action["context"]).create(
            {"category_id": self.tools.id, **vals}
        )

    def unassigned(self):
        return self.env["sop.budget.item"].search(
            [("budget_id", "=", self.budget.id), ("category_id", "=", False)]
        )

    def test_one_click(self):
        wizard = self.open_wizard()
        self.assertEqual(
            (wizard.selector, wizard.account_ids), ("account", self.expense)
        )
        self.assertEqual((wizard.item_count, wizard.item_amount), (1, 40.0))
        self.assertEqual((wizard.left_count, wizard.left_amount), (0, 0.0))
        self.assertIn("move to the category: 1", wizard.preview)
        wizard.note = "because"
        wizard.action_assign()
        rule = self.tools.rule_ids
        self.assertEqual((rule.account_id, rule.note), (self.expense, "because"))
        self.assertFalse(self.unassigned())
        self.assertFigures(
            self.get_column(self.get_report(), "actual"),
            {"T": 340.0, "u_expense": 0.0, "P1": 900.0},
        )

    def test_an_analytic_account_of_its_own_says_most(self):
        event = self.make_analytic("Event")
        bill = self.post_bill(500.0, "2025-06-12", distribution={event: 100})
        wizard = self.open_wizard()
        self.assertEqual(
            (wizard.selector, wizard.analytic_account_ids), ("analytic", event)
        )
        self.assertEqual((wizard.item_count, wizard.left_count), (1, 1))
        wizard.action_assign()
        self.assertEqual(self.tools.rule_ids.analytic_account_id, event)
        self.assertEqual(self.unassigned().mapped("res_id"), self.stray_bill.ids)
        self.assertNotIn(bill.id, self.unassigned().mapped("res_id"))

    def test_an_analytic_account_that_is_taken_needs_the_account_too(self):
        # The travel account owns nothing on capital accounts
        self.post_bill(
            300.0,
            "2025-06-15",
            account=self.assets,
            distribution={self.travel_analytic: 100},
        )
        self.laptops.account_ids = False
        wizard = (
            self.env["sop.budget.assign"]
            .with_context(
                **self.budget.action_assign_unassigned("u_capital")["context"]
            )
            .create({"category_id": self.laptops.id})
        )
        self.assertEqual(wizard.selector, "both")
        wizard.action_assign()
        rule = self.laptops.rule_ids
        self.assertEqual(
            (rule.analytic_account_id, rule.account_id),
            (self.travel_analytic, self.assets),
        )
        self.assertFigures(self.get_column(self.get_report(), "actual"), {"C": 300.0})

    def test_several_accounts_share_a_beginning(self):
        accounts = self.env["account.account"].create(
            [
                {
                    "code": f"98770{number}",
                    "name": f"N{number}",
                    "account_type": "expense",
                }
                for number in range(3)
            ]
        )
        for account in accounts:
            self.post_bill(10.0, "2025-06-20", account=account)
        items = self.unassigned().filtered(lambda item: item.account_id in accounts)
        wizard = self.open_wizard(items=items)
        self.assertEqual((wizard.selector, wizard.account_prefix), ("prefix", "98770"))
        self.assertEqual((wizard.item_count, wizard.item_amount), (3, 30.0))
        wizard.action_assign()
        self.assertEqual(self.tools.rule_ids.account_prefix, "98770")
        self.assertEqual(len(self.unassigned()), 1)

    def test_selected_items_only(self):
        other = self.post_bill(10.0, "2025-06-20", account=self.expense_2)
        items = self.unassigned().filtered(lambda item: item.res_id == other.id)
        wizard = self.open_wizard(items=items)
        self.assertEqual(wizard.account_ids, self.expense_2)
        self.assertEqual(wizard.choice_account_ids, self.expense | self.expense_2)
        wizard.account_ids |= self.expense
        self.assertEqual((wizard.item_count, wizard.left_count), (2, 0))
        wizard.action_assign()
        self.assertEqual(self.tools.rule_ids.account_id, self.expense | self.expense_2)

    def test_incomplete_or_empty_is_refused(self):
        wizard = self.open_wizard()
        wizard.selector = "prefix"
        wizard.account_prefix = " "
        self.assertIn("Choose what", wizard.preview)
        with self.assertRefused(UserError, "Choose what"):
            wizard.action_assign()
        wizard.account_prefix = "zzz"
        self.assertIn("No item", wizard.preview)
        with self.assertRefused(UserError, "No item"):
            wizard.action_assign()

    def test_items_that_do_not_go_together_are_refused(self):
        with self.assertRefused(UserError, "already"):
            self.env["sop.budget.item"].search(
                [("category_id", "=", self.tools.id)]
            ).action_assign()
        self.post_entry(-5.0, "2025-06-20", account=self.copy_account(self.revenue))
        with self.assertRefused(UserError, "one kind"):
            self.unassigned().action_assign()

    def test_only_planners_assign(self):
        with self.assertRefused(AccessError, "planners"):
            self.budget.with_user(self.users["viewer"]).action_assign_unassigned(
                "u_expense"
            )
        with self.assertRefused(UserError, "no option"):
            self.budget.action_assign_unassigned("u_moon")
