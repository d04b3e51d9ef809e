# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.sop_budget.tests.common import CONTROLLER

from .common_proposal import ProposalCommon


class GrantsCase(ProposalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.budget.action_draft()
        cls.secret = cls.make_category("S", visibility="manager")
        cls.pay = cls.make_category("S1", cls.secret, 1000.0, analytic=True)
        cls.bonus = cls.make_category("S2", cls.secret, 500.0, analytic=True)
        cls.budget.action_submit()
        cls.budget.action_approve()
        cls.second_proposer = cls.make_user("sop_second")
        cls.env["sop.budget.member"].create(
            {
                "budget_id": cls.budget.id,
                "user_id": cls.second_proposer.id,
                "role": "proposer",
            }
        )

    @classmethod
    def grant(cls, category, user, env=None, **vals):
        return (env or cls.env)["sop.budget.grant"].create(
            {"category_id": category.id, "user_id": user.id, **vals}
        )

    def codes(self, user, *domain):
        Category = self.env["sop.budget.category"].with_user(user)
        found = Category.search([("budget_id", "=", self.budget.id), *domain])
        return sorted(found.mapped("code"))

    def member(self, user):
        return self.budget.member_ids.filtered(lambda m: m.user_id == user)


@tagged("post_install", "-at_install")
class TestGrants(GrantsCase):
    # === View === #

    def test_view_opens_a_hidden_category_and_what_is_below(self):
        viewer = self.users["viewer"]
        seen = ["P", "P1", "P2", "P3"]
        self.assertEqual(self.codes(viewer), seen)
        grant = self.grant(self.pay, viewer)
        # With the name above it, so that the tree has no holes
        self.assertEqual(self.codes(viewer), [*seen, "S", "S1"])
        self.assertEqual(self.codes(self.users["planner"]), seen)
        grant.category_id = self.secret
        self.assertEqual(self.codes(viewer), [*seen, "S", "S1", "S2"])
        grant.unlink()
        self.assertEqual(self.codes(viewer), seen)

    def test_view_shows_the_figures_too_and_nothing_beside(self):
        viewer = self.users["viewer"]
        self.grant(self.pay, viewer)
        budget = self.budget.with_user(viewer)
        self.env.invalidate_all()
        matrix = budget._get_matrix()
        rows = {row: int(matrix.planned[n].sum()) for n, row in enumerate(matrix.ids)}
        self.assertEqual(rows[self.pay.id], rows[self.secret.id])
        self.assertNotIn(self.bonus.id, rows)
        amounts = self.env["sop.budget.amount"].with_user(viewer)
        found = amounts.search([("budget_id", "=", self.budget.id)]).category_id
        self.assertIn(self.pay, found)
        self.assertNotIn(self.bonus, found)
        self.assertEqual(
            self.pay.with_user(viewer).complete_name, "Category S / Category S1"
        )
        report = budget.get_report({"budget_id": budget.id})
        self.assertEqual(report["hidden_count"], 1)

    def test_view_changes_nothing(self):
        planner = self.users["planner"]
        self.grant(self.pay, planner)
        with self.assertRefused(AccessError, ""):
            self.pay.with_user(planner).name = "x"
        self.budget.action_draft()
        with self.assertRefused(AccessError, ""):
            self.pay.amount_ids.with_user(planner).write({"amount": 1})

    def test_view_ends_with_the_role(self):
        viewer = self.users["viewer"]
        self.grant(self.pay, viewer)
        self.member(viewer).date_until = "2025-03-12"
        for day, seen in (("2025-03-12", True), ("2025-03-13", False)):
            with freeze_time(f"{day} 12:00:00"):
                self.env.invalidate_all()
                self.assertEqual("S1" in self.codes(viewer), seen, day)
                self.assertEqual(bool(self.codes(viewer)), seen, day)

    def test_rights_are_searched_and_worked_out_alike(self):
        self.grant(self.pay, self.proposer, can_propose=True)
        self.grant(self.first, self.second_proposer, can_propose=True)
        everything = self.budget.category_ids
        for user in (self.proposer, self.second_proposer, *self.users.values()):
            mine = everything.with_user(user).sudo()
            for name in ("is_granted", "may_propose", "is_named", "is_readable"):
                self.env.invalidate_all()
                own = [("id", "in", everything.ids)]
                for wanted in (True, False):
                    self.assertEqual(
                        mine.search([*own, (name, "=", wanted)]).ids,
                        mine.filtered(lambda c, n=name, w=wanted: c[n] == w).ids,
                        (user.login, name, wanted),
                    )

    # === Propose === #

    def test_propose_closes_for_everybody_else(self):
        ours, theirs = self.proposer, self.second_proposer
        self.make_proposal(10, category=self.first, user=theirs)
        grant = self.grant(self.first, ours, can_propose=True)
        self.make_proposal(10, category=self.first, user=ours)
        with self.assertRefused(AccessError, "Only some members"):
            self.make_proposal(10, category=self.first, user=theirs)
        self.make_proposal(10, category=self.second, user=theirs)
        self.assertEqual(
            self.codes(theirs, ("may_propose", "=", True)), ["P", "P2", "P3"]
        )
        # From above as well; who has the right below keeps it there
        self.grant(self.top, theirs, can_propose=True)
        self.make_proposal(10, category=self.first, user=theirs)
        with self.assertRefused(AccessError, "Only some members"):
            self.make_proposal(10, category=self.second, user=ours)
        with self.assertRefused(AccessError, "Only some members"):
            self.make_proposal(10, category=self.second, user=self.users["planner"])
        self.make_proposal(10, category=self.second, user=self.users["manager"])
        self.make_proposal(10, category=self.second, user=self.owner)
        grant.unlink()
        with self.assertRefused(AccessError, "Only some members"):
            self.make_proposal(10, category=self.first, user=ours)

    def test_propose_on_a_hidden_category(self):
        with self.assertRefused(AccessError, "may not see"):
            self.make_proposal(10, category=self.pay)
        self.grant(self.pay, self.proposer, can_propose=True)
        proposal = self.make_proposal(10, category=self.pay)
        self.submit(proposal)
        for user, seen in (
            (self.proposer, True),
            (self.owner, True),
            (self.users["auditor"], True),
            (self.users["manager"], True),
            (self.users["planner"], False),
            (self.users["viewer"], False),
            (self.users["approver"], False),
            (self.second_proposer, False),
            (self.outsider, False),
        ):
            for record in (proposal, proposal.line_ids):
                self.assertEqual(
                    record.with_user(user).has_access("read"),
                    seen,
                    (user.login, record),
                )

    def test_roles_that_never_ask(self):
        for role in ("viewer", "approver", "auditor"):
            self.grant(self.first, self.users[role], can_propose=True)
            with self.assertRefused(AccessError, ""):
                self.make_proposal(10, category=self.first, user=self.users[role])

    # === Approve === #

    def test_approve_closes_for_everybody_else(self):
        ann, other = self.users["approver"], self.users["manager"]
        both = self.first | self.second
        self.assertEqual(both._filter_by_grant("can_approve", other), both)
        self.grant(self.first, ann, can_approve=True)
        self.assertEqual(both._filter_by_grant("can_approve", other), self.second)
        self.assertEqual(both._filter_by_grant("can_approve", ann), both)
        asked = self.budget._filter_approvers(ann | other, both)
        self.assertEqual(asked, ann)
        self.assertEqual(self.budget._filter_approvers(ann | other), ann | other)

    def test_auditors_are_never_asked(self):
        auditor, viewer = self.users["auditor"], self.users["viewer"]
        asked = self.budget._filter_approvers(auditor | viewer, self.first)
        self.assertEqual(asked, viewer)

    def test_who_is_asked_reads_the_proposal(self):
        self.env["sop.approval.rule"].create(
            {
                "name": "All",
                "budget_id": self.budget.id,
                "kind": "proposal",
                "step_ids": [
                    Command.create(
                        {"name": "x", "who": "user", "user_id": self.outsider.id}
                    )
                ],
            }
        )
        proposal = self.make_proposal(10, category=self.first)
        asked = proposal.with_user(self.outsider)
        for readable in (False, True):
            self.env.invalidate_all()
            for record in (asked, proposal.line_ids.with_user(self.outsider)):
                self.assertEqual(record.has_access("read"), readable, record)
                self.assertFalse(record.has_access("write"), record)
                found = record.search([("id", "in", record.ids)])
                self.assertEqual(found, record if readable else found.browse())
            if proposal.step == "draft":
                self.submit(proposal)

    # === Who gives them === #

    def test_who_gives_rights(self):
        for role in ("viewer", "proposer", "approver", "auditor", "planner"):
            env = self.env(user=self.users[role])
            with self.assertRefused(AccessError, ""):
                self.grant(self.first, self.users["viewer"], env=env)
            with self.assertRefused(AccessError, ""):
                self.grant(self.first, self.users[role], env=env)
        manager = self.env(user=self.users["manager"])
        grant = self.grant(self.first, self.users["viewer"], env=manager)
        with self.assertRefused(AccessError, "chosen by its owner"):
            self.grant(self.first, self.users["approver"], env=manager)
        with self.assertRefused(AccessError, "chosen by its owner"):
            grant.user_id = self.users["approver"]
        self.grant(self.first, self.users["approver"], env=self.env(user=self.owner))
        with self.assertRefused(ValidationError, "give them a role there first"):
            self.grant(self.first, self.outsider)
        other = self.make_category("X", budget=self.make_budget())
        with self.assertRefused(UserError, "another budget"):
            grant.category_id = other

    def test_rights_make_sense(self):
        grant = self.grant(self.first, self.users["viewer"])
        with (
            mute_logger("odoo.sql_db"),
            self.assertRefused(CheckViolation, "not_empty"),
        ):
            grant.can_view = False

    def test_rights_go_with_the_role(self):
        viewer, proposer = self.users["viewer"], self.proposer
        self.grant(self.pay, viewer)
        self.member(viewer).unlink()
        self.assertFalse(self.secret.grant_ids + self.pay.grant_ids)
        self.grant(self.pay, proposer)
        self.member(proposer).user_id = viewer
        self.assertFalse(self.pay.grant_ids)
        self.assertIn("taken back", self.pay.message_ids[:1].body)

    # === History === #

    def test_history_names_nothing_hidden(self):
        viewer = self.users["viewer"]
        grant = self.grant(self.first, viewer, env=self.env(user=self.owner))
        for record in (self.first, self.budget):
            message = record.message_ids[:1]
            self.assertIn("P1 Category P1 given", message.body)
            self.assertIn(f"{viewer.name} (View)", message.body)
            self.assertEqual(message.author_id, self.owner.partner_id)
        grant.can_propose = True
        self.assertIn("(View) → ", self.budget.message_ids[:1].body)
        self.assertIn("(View, Propose)", self.budget.message_ids[:1].body)
        self.grant(self.pay, viewer)
        self.assertIn("S1", self.pay.message_ids[:1].body)
        body = self.budget.message_ids[:1].body
        self.assertIn("a restricted category", body)
        self.assertNotIn("S1", body)

    # === From a day until a day === #

    def test_view_counts_from_the_first_to_the_last_day(self):
        viewer = self.users["viewer"]
        grant = self.grant(
            self.pay, viewer, date_from="2025-07-01", date_until="2025-07-31"
        )
        for day, seen in [
            ("2025-06-30", False),
            ("2025-07-01", True),
            ("2025-07-31", True),
            ("2025-08-01", False),
        ]:
            with self.subTest(day=day), freeze_time(f"{day} 12:00:00"):
                self.env.invalidate_all()
                self.assertEqual(grant.in_force, seen)
                self.assertEqual("S1" in self.codes(viewer), seen)
                pay = self.pay.with_user(viewer)
                self.assertEqual(pay.has_access("read"), seen)
                Grant = self.env["sop.budget.grant"]
                found = Grant.search([("id", "=", grant.id), ("in_force", "=", True)])
                self.assertEqual(bool(found), seen)

    def test_expired_rights_neither_open_nor_close(self):
        self.grant(
            self.first,
            self.second_proposer,
            can_propose=True,
            can_approve=True,
            date_from="2025-07-01",
            date_until="2025-07-31",
        )
        first, both = self.first, self.proposer | self.second_proposer
        for day, allowed in [
            ("2025-06-30", both),
            ("2025-07-01", self.second_proposer),
            ("2025-08-01", both),
        ]:
            with self.subTest(day=day), freeze_time(f"{day} 12:00:00"):
                self.env.invalidate_all()
                for user in both:
                    may = user in allowed
                    self.assertEqual(first.with_user(user).may_propose, may, user.name)
                    found = first.with_user(user)._filter_by_grant("can_approve", user)
                    self.assertEqual(bool(found), may)

    def test_nobody_prolongs_their_own_right(self):
        proposer = self.proposer
        grant = self.grant(self.first, proposer, date_until="2025-01-31")
        for vals in ({"date_until": False}, {"date_from": "2024-01-01"}):
            with self.assertRefused(AccessError, ""):
                grant.with_user(proposer).write(vals)
        with self.assertRefused(UserError, "worked out"):
            grant.with_user(self.owner).in_force = True
        with (
            mute_logger("odoo.sql_db"),
            self.assertRefused(CheckViolation, "dates_order"),
        ):
            grant.with_user(self.owner).date_from = "2025-02-01"

    def test_history_tells_the_days(self):
        grant = self.grant(
            self.first, self.users["viewer"], date_until="2025-06-30"
        ).with_user(self.owner)
        self.assertIn("(View, until 06/30/2025)", self.budget.message_ids[:1].body)
        grant.date_until = "2025-07-31"
        body = self.budget.message_ids[:1].body
        self.assertIn("(View, until 06/30/2025) → ", body)
        self.assertIn("(View, until 07/31/2025)", body)

    # === Speed === #

    def test_rules_stay_one_query(self):
        self.budget.action_draft()
        self.env["sop.budget.category"].create(
            [{"budget_id": self.budget.id, "name": f"C{n}"} for n in range(300)]
        )
        self.grant(self.pay, self.users["viewer"])
        for role in ("viewer", "proposer", "auditor", "planner"):
            Category = self.env["sop.budget.category"].with_user(self.users[role])
            Category.search([], limit=1)
            self.env.flush_all()
            self.env.invalidate_all()
            with self.assertQueryCount(1):
                found = Category.search_fetch(
                    [("budget_id", "=", self.budget.id)], ["code"]
                )
            self.assertGreater(len(found), 300)


@tagged("post_install", "-at_install")
class TestProposersWithoutFigures(GrantsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order(cls.approved(100))
        cls.budget.proposer_sees_figures = False
        cls.alert = cls.env["sop.budget.alert"].search([], limit=1)

    def test_only_the_owner_and_managers_decide(self):
        with self.assertRefused(AccessError, "owner and the managers"):
            self.budget.with_user(self.users["planner"]).proposer_sees_figures = True
        with self.assertRefused(AccessError, ""):
            self.budget.with_user(self.proposer).proposer_sees_figures = True

    def test_others_see_what_they_saw(self):
        for role, user in self.users.items():
            budget = self.budget.with_user(user)
            self.env.invalidate_all()
            self.assertEqual(budget.hides_figures, role == "proposer", role)
            if role != "proposer":
                self.assertTrue(budget.planned_total, role)
                self.assertTrue(budget.get_report({"budget_id": budget.id})["rows"])

    def test_no_figure_in_any_model(self):
        for model in (
            "sop.budget.amount",
            "sop.budget.item",
            "sop.budget.analysis",
            "sop.budget.alert",
        ):
            domain = [("budget_id", "=", self.budget.id)]
            Model = self.env[model].with_user(self.proposer)
            self.assertFalse(Model.search_count(domain), model)
            if model != "sop.budget.alert":
                self.assertTrue(
                    Model.with_user(self.users["viewer"]).search_count(domain), model
                )

    def test_no_figure_from_any_method(self):
        budget = self.budget.with_user(self.proposer)
        options = {"budget_id": budget.id}
        row = f"c{self.first.id}"
        for call in (
            lambda: budget.get_report(options),
            lambda: budget.explain({**options, "row": row, "measure": "planned"}),
            lambda: budget.get_tie_out(options),
            budget.get_grid,
            budget.get_sheet,
            budget._get_matrix,
            lambda: budget.get_report(
                {
                    "budget_id": self.other.id,
                    "compare": "budget",
                    "compare_budget_id": budget.id,
                }
            ),
        ):
            with self.assertRefused(AccessError, "does not show you its figures"):
                call()

    @property
    def other(self):
        other = self.make_budget(name="Other")
        self.env["sop.budget.member"].create(
            {"budget_id": other.id, "user_id": self.proposer.id, "role": "viewer"}
        )
        return other

    def test_the_report_opens_another_budget(self):
        Budget = self.env["sop.budget"].with_user(self.proposer)
        self.assertFalse(Budget.get_report()["budget"])
        other = self.other
        self.assertEqual(Budget.get_report()["budget"]["id"], other.id)

    def test_totals_are_empty(self):
        budget = self.budget.with_user(self.proposer)
        self.env.invalidate_all()
        self.assertFalse(budget.planned_total or budget.actual_total)
        self.assertFalse(budget.available_total or budget.utilisation)
        first = self.first.with_user(self.proposer)
        self.assertFalse(first.planned or first.available or first.amount_ids)

    def test_names_of_what_one_may_ask_for_only(self):
        self.assertEqual(self.codes(self.proposer), ["P", "P1", "P2", "P3"])
        self.grant(self.first, self.second_proposer, can_propose=True)
        self.assertEqual(self.codes(self.proposer), ["P", "P2", "P3"])
        self.grant(self.top, self.second_proposer, can_propose=True)
        self.assertEqual(self.codes(self.proposer), [])
        self.grant(self.bonus, self.proposer, can_propose=True)
        self.assertEqual(self.codes(self.proposer), ["S", "S2"])

    def test_a_copy_has_no_figures(self):
        self.proposer.group_ids |= self.env.ref(CONTROLLER)
        self.env.invalidate_all()
        copy = self.budget.with_user(self.proposer).copy()
        self.assertFalse(copy.sudo().category_ids.amount_ids)

    def test_the_history_tells_no_sums(self):
        self.budget.action_draft()
        self.first.amount_ids[:1].amount = 12345
        self.env.cr.precommit.run()
        self.assertNotIn("12,345", self.budget.message_ids[:1].body)
        self.assertTrue(self.budget._is_discreet(self.first))

    def test_the_history_is_not_for_them(self):
        subtype = "mail.mt_comment"
        partners = (self.proposer | self.users["viewer"]).partner_id
        for record in (self.budget, self.first):
            record.message_subscribe(partner_ids=partners.ids)
            message = record.message_post(
                body="5,000", message_type="comment", subtype_xmlid=subtype
            )
            self.assertNotIn(self.proposer.partner_id, message.notified_partner_ids)
            self.assertIn(self.users["viewer"].partner_id, message.notified_partner_ids)
            for user, seen in ((self.proposer, False), (self.users["planner"], True)):
                self.env.invalidate_all()
                self.assertEqual(
                    message.with_user(user).has_access("read"), seen, record._name
                )
                found = self.env["mail.message"].with_user(user)
                self.assertEqual(
                    bool(found.search([("id", "=", message.id)])), seen, record._name
                )

    def test_own_proposals_without_the_effect(self):
        own = self.make_proposal(10)
        self.submit(own)
        theirs = self.make_proposal(10, user=self.second_proposer)
        self.submit(theirs)
        self.env.invalidate_all()
        self.assertFalse(own.effect)
        self.assertTrue(own.with_user(self.owner).effect)
        Proposal = self.env["sop.proposal"].with_user(self.proposer)
        self.assertIn(own, Proposal.search([]))
        self.assertNotIn(theirs, Proposal.search([]))
        self.assertFalse(theirs.with_user(self.proposer).has_access("read"))
        theirs.message_subscribe(partner_ids=self.proposer.partner_id.ids)
        self.assertTrue(theirs.with_user(self.proposer).has_access("read"))

    def test_administrators_are_never_shut_out(self):
        admin = self.make_user("sop_admin", "sop_budget.group_sop_budget_manager")
        self.budget.member_ids = [
            Command.create({"user_id": admin.id, "role": "proposer"})
        ]
        self.assertTrue(self.budget.with_user(admin).planned_total)
        self.assertIn("S1", self.codes(admin))
