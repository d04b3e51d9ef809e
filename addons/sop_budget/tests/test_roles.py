# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from ..models.sop_budget_member import INCLUDED_ROLES, ROLES
from .common import SopBudgetCommon

# Who may do what each role may do
ALLOWED = {
    "viewer": {"viewer", "proposer", "approver", "auditor", "planner", "manager"},
    "proposer": {"proposer", "planner", "manager"},
    "approver": {"approver", "manager"},
    "auditor": {"auditor", "manager"},
    "planner": {"planner", "manager"},
    "manager": {"manager"},
}


@tagged("post_install", "-at_install")
class TestRoles(SopBudgetCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leaf = cls.make_category("A", amounts={"2025-01": 100})
        cls.hidden = cls.make_category(
            "S", amounts={"2025-01": 5000}, visibility="manager"
        )

    def member(self, role):
        return self.budget.member_ids.filtered(
            lambda m: m.user_id == self.users.get(role, role)
        )

    def codes(self, budget):
        Category = budget.env["sop.budget.category"]
        return Category.search([("budget_id", "=", budget.id)]).mapped("code")

    def last_message(self):
        return self.budget.message_ids[:1]

    # === What a role includes === #

    def test_arithmetic_of_roles(self):
        self.assertEqual(
            set(INCLUDED_ROLES), {role for role, _label in ROLES} | {False}
        )
        for asked, allowed in ALLOWED.items():
            for role, user in self.users.items():
                budget = self.budget.with_user(user)
                self.assertEqual(
                    budget._has_role(asked), role in allowed, (asked, role)
                )
            self.assertFalse(self.budget.with_user(self.outsider)._has_role(asked))
            self.assertTrue(self.budget.with_user(self.owner)._has_role(asked))
        for role in self.users:
            with self.as_role(role) as budget:
                self.assertEqual(budget.user_role, role)
                self.assertEqual(budget.can_edit, role in ("planner", "manager"), role)

    def test_auditor_reads_all_and_changes_nothing(self):
        with self.as_role("auditor") as budget:
            self.assertEqual(self.codes(budget), ["A", "S"])
            self.assertEqual(budget.planned_total, 5100)
            self.assertEqual(
                budget.get_report({"budget_id": budget.id})["hidden_count"], 0
            )
            self.assertEqual(len(budget.category_ids.amount_ids), 2)
            leaf = self.leaf.with_env(budget.env)
            for change in (
                lambda: budget.write({"name": "x"}),
                lambda: leaf.write({"name": "x"}),
                lambda: leaf.amount_ids.write({"amount": 1}),
                lambda: budget.save_grid([]),
                budget.action_submit,
                budget.action_cancel,
                budget.action_create_analytic_accounts,
                lambda: budget.message_ids[:1].write({"body": "y"}),
                budget.unlink,
            ):
                with self.assertRefused((AccessError, UserError), ""):
                    change()

    def test_approver_reads_what_viewers_read(self):
        with self.as_role("approver") as budget:
            self.assertEqual(self.codes(budget), ["A"])
            with self.assertRefused(UserError, "not plan it"):
                budget._check_editable()

    # === Until when === #

    def test_time_limits(self):
        member = self.member("viewer")
        viewer = self.users["viewer"]
        budget = self.budget.with_user(viewer)
        member.write({"date_from": "2025-03-10", "date_until": "2025-03-12"})
        self.company.resource_calendar_id.tz = "UTC"
        for moment, allowed in (
            ("2025-03-09 23:59:59", False),
            ("2025-03-10 00:00:00", True),
            ("2025-03-12 23:59:59", True),
            ("2025-03-13 00:00:00", False),
            # Nothing is kept from one day to the next, in either direction
            ("2025-03-12 12:00:00", True),
        ):
            with freeze_time(moment):
                self.env.invalidate_all()
                self.assertEqual(budget.has_access("read"), allowed, moment)
                self.assertEqual(budget._get_role(), allowed and "viewer", moment)
                self.assertEqual(member.in_force, allowed, moment)
                for model in ("sop.budget", "sop.budget.category", "sop.budget.amount"):
                    found = self.env[model].with_user(viewer).search_count([])
                    self.assertEqual(bool(found), allowed, (moment, model))

    def test_days_are_those_of_the_company(self):
        member = self.member("planner")
        member.date_until = "2025-03-12"
        budget = self.budget.with_user(self.users["planner"])
        self.company.resource_calendar_id.tz = "Asia/Manila"
        for moment, allowed in (
            ("2025-03-12 15:59:59", True),
            ("2025-03-12 16:00:00", False),
        ):
            with freeze_time(moment):
                for zone in ("UTC", "Etc/GMT+12", "Pacific/Kiritimati"):
                    self.env.invalidate_all()
                    # Neither the client nor the own preferences lengthen a role
                    budget.env.user.sudo().tz = zone
                    found = budget.with_context(tz=zone)
                    self.assertEqual(found.has_access("read"), allowed, (moment, zone))
                    self.assertEqual(
                        found._get_role(), allowed and "planner", (moment, zone)
                    )
        self.company.resource_calendar_id.tz = "UTC"
        with freeze_time("2025-03-12 16:00:00"):
            self.env.invalidate_all()
            self.assertTrue(budget.has_access("read"))

    def test_in_force_is_searched_both_ways(self):
        self.member("viewer").date_until = "2025-03-12"
        Member = self.env["sop.budget.member"]
        own = [("budget_id", "=", self.budget.id)]
        with freeze_time("2025-03-13 12:00:00"):
            self.env.invalidate_all()
            over = Member.search(own + [("in_force", "=", False)])
            self.assertEqual(over, self.member("viewer"))
            self.assertEqual(
                Member.search(own + [("in_force", "!=", False)]),
                self.budget.member_ids - over,
            )
            self.assertEqual(
                Member.search_count(own + [("in_force", "in", [True, False])]),
                len(self.budget.member_ids),
            )

    def test_dates_make_sense(self):
        with mute_logger("odoo.sql_db"):
            with self.assertRefused(CheckViolation, "dates_order"):
                self.member("viewer").write(
                    {"date_from": "2025-03-10", "date_until": "2025-03-09"}
                )
            with self.assertRefused(CheckViolation, "auditor_until"):
                self.member("auditor").date_until = False

    def test_followers_hear_nothing_once_their_role_is_over(self):
        viewer, planner = self.users["viewer"], self.users["planner"]
        partners = (viewer | planner).partner_id
        for record in (self.budget, self.leaf):
            record.message_subscribe(partner_ids=partners.ids)
        with freeze_time("2025-03-13 12:00:00"):
            self.member("viewer").date_until = "2025-03-12"
            for record in (self.budget, self.leaf):
                message = record.message_post(
                    body="x", message_type="comment", subtype_xmlid="mail.mt_comment"
                )
                told = message.notified_partner_ids & partners
                self.assertEqual(told, planner.partner_id, record._name)
        self.member("planner").unlink()
        self.member("viewer").user_id = self.outsider
        for record in (self.budget, self.leaf):
            self.assertFalse(record.message_partner_ids & partners, record._name)

    def test_nobody_is_assigned_what_they_may_not_see(self):
        viewer, manager = self.users["viewer"], self.users["manager"]
        both = (self.leaf | self.hidden).with_user(self.owner)
        mails = self.env["mail.message"]
        domain = [
            ("model", "=", "sop.budget.category"),
            ("subject", "like", "assigned"),
        ]
        for user, told in ((viewer, self.leaf), (manager, self.leaf | self.hidden)):
            before = mails.sudo().search(domain)
            both.with_context(
                tracking_disable=False, mail_notrack=False, mail_create_nolog=False
            ).user_id = user
            news = mails.sudo().search(domain) - before
            self.assertEqual(set(news.mapped("res_id")), set(told.ids))
            self.assertEqual(news.partner_ids, user.partner_id)
            following = both.filtered(
                lambda c, u=user: u.partner_id in c.message_partner_ids
            )
            self.assertEqual(following.sudo(False), told)
        self.assertIn(viewer.partner_id, self.leaf.message_partner_ids)

    # === Who hands out roles === #

    def test_managers_give_the_lower_roles_only(self):
        with self.as_role("manager") as budget:
            Member = self.env["sop.budget.member"].with_env(budget.env)
            for role in ROLES:
                vals = {
                    "budget_id": budget.id,
                    "user_id": self.outsider.id,
                    "role": role[0],
                    "date_until": "2099-12-31",
                }
                if role[0] in ("viewer", "proposer", "planner"):
                    Member.create(vals).unlink()
                    continue
                with self.assertRefused(AccessError, "chosen by its owner"):
                    Member.create(vals)
                with self.assertRefused(AccessError, "chosen by its owner"):
                    budget.member_ids = [Command.create(vals)]
                with self.assertRefused(AccessError, "chosen by its owner"):
                    Member.with_context(default_role=role[0]).create(vals)
                with self.assertRefused(AccessError, "chosen by its owner"):
                    self.member("viewer").with_env(budget.env).role = role[0]
                for change in ({"role": "viewer"}, {"date_until": "2099-01-01"}):
                    with self.assertRefused(AccessError, "chosen by its owner"):
                        self.member(role[0]).with_env(budget.env).write(change)
                with self.assertRefused(AccessError, "chosen by its owner"):
                    self.member(role[0]).with_env(budget.env).unlink()
            with self.assertRefused(AccessError, "Only the owner"):
                budget.user_id = self.users["manager"]

    def test_owner_gives_every_role(self):
        with self.as_role("owner") as budget:
            for role in ("approver", "auditor", "manager"):
                self.member(role).with_env(budget.env).unlink()
                budget.member_ids = [
                    Command.create(
                        {
                            "user_id": self.users[role].id,
                            "role": role,
                            "date_until": "2099-12-31",
                        }
                    )
                ]
                self.assertEqual(budget._get_role(self.users[role]), role)

    def test_roles_are_for_colleagues_only(self):
        """By RPC as well: no portal user, nobody from elsewhere, nobody who has left."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        strangers = {
            "no internal user": self.make_user("sop_portal", "base.group_portal"),
            "no access to budgets": self.make_user("sop_none", "base.group_user"),
            "is archived": self.make_user("sop_gone"),
            "does not work in": new_test_user(
                self.env,
                "sop_elsewhere",
                groups="sop_budget.group_sop_budget_user",
                company_id=other.id,
                company_ids=[Command.set(other.ids)],
            ),
        }
        strangers["is archived"].active = False
        with self.as_role("owner") as budget:
            for reason, user in strangers.items():
                vals = {"budget_id": budget.id, "user_id": user.id}
                for field, change in (
                    ("Owner", lambda u=user: budget.write({"user_id": u.id})),
                    ("User", lambda v=vals: budget.member_ids.create(v)),
                    (
                        "User",
                        lambda u=user: budget.member_ids[0].write({"user_id": u.id}),
                    ),
                ):
                    with self.assertRefused(ValidationError, f"“{field}”.*{reason}"):
                        change()

    def test_owner_who_left(self):
        """Somebody else takes over; the former owner gets no role that they can't have."""
        self.owner.active = False
        admin = self.make_user("sop_admin", "sop_budget.group_sop_budget_manager")
        self.budget.with_user(admin).user_id = admin
        self.assertFalse(self.member(self.owner))

    def test_owner_hands_over(self):
        planner = self.users["planner"]
        with self.as_role("owner") as budget:
            self.assertTrue(budget.can_hand_over)
            budget.user_id = planner
            self.assertEqual(budget._get_role(), "manager")
            self.assertFalse(budget.can_hand_over)
            with self.assertRefused(AccessError, "Only the owner"):
                budget.user_id = self.owner
        self.assertEqual(self.budget._get_role(planner), "manager")
        self.assertFalse(self.member("planner"))
        message = self.last_message()
        self.assertIn(f"{self.owner.name} → {planner.name}", message.body)
        self.assertEqual(message.author_id, self.owner.partner_id)

    def test_former_owner_with_a_time_limit(self):
        """A hand-over gives the former owner a role for good, not one that is over."""
        with self.as_role("owner") as budget:
            budget.user_id = self.users["viewer"]
        self.assertTrue(self.member(self.owner).in_force)
        self.assertFalse(self.member(self.owner).date_until)

    # === Who sees what is moved === #

    def test_planners_uncover_nothing_by_moving(self):
        top = self.make_category("T", visibility="planner")
        middle = self.make_category("T1", top)
        low = self.make_category("T2", middle)
        open_top = self.make_category("O")
        self.make_category("O1", open_top)
        with self.as_role("planner") as budget:
            for place in (False, open_top.id):
                for category in (low, middle):
                    with self.assertRefused(AccessError, "seen by more people"):
                        budget.move_grid_row(category.id, place)
                    with self.assertRefused(AccessError, "seen by more people"):
                        category.with_env(budget.env).parent_id = place
            budget.move_grid_row(low.id, top.id)
            self.assertEqual(low.visibility_effective, "planner")
        with self.as_role("manager") as budget:
            budget.move_grid_row(low.id, open_top.id)
            self.assertEqual(low.visibility_effective, "all")

    # === History === #

    def test_every_change_of_rights_is_logged(self):
        name = self.users["viewer"].name
        member = self.member("viewer").with_user(self.owner)
        member.role = "planner"
        message = self.last_message()
        self.assertIn(f"{name} (Viewer) → {name} (Planner)", message.body)
        self.assertEqual(message.author_id, self.owner.partner_id)
        member.date_until = "2025-06-30"
        self.assertIn("Planner, until 06/30/2025", self.last_message().body)
        count = len(self.budget.message_ids)
        member.date_until = "2025-06-30"
        self.assertEqual(len(self.budget.message_ids), count)
        member.user_id = self.outsider
        self.assertIn(f"→ {self.outsider.name} (Planner", self.last_message().body)
        self.assertIn(self.outsider.partner_id, self.budget.message_partner_ids)
        member.unlink()
        self.assertIn("removed", self.last_message().body)

    def test_owner_and_member_at_once(self):
        with self.assertRefused(ValidationError, "needs no role"):
            self.member("viewer").user_id = self.owner

    # === Speed === #

    def test_rules_stay_one_query(self):
        """Roles and their dates are part of the one query that reads, for any number of rows."""
        self.env["sop.budget.category"].create(
            [{"budget_id": self.budget.id, "name": f"C{n}"} for n in range(300)]
        )
        for role in ("viewer", "auditor", "planner"):
            Category = self.env["sop.budget.category"].with_user(self.users[role])
            Category.search([], limit=1)
            self.env.flush_all()
            self.env.invalidate_all()
            with self.assertQueryCount(1):
                found = Category.search_fetch(
                    [("budget_id", "=", self.budget.id)], ["code"]
                )
            self.assertGreater(len(found), 300)
