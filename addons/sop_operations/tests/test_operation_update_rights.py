# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.sop_budget.tests.common_rpc import RpcCase

from .common_activity import ActivityData

PEOPLE = ("lead", "member", "planner", "viewer", "admin", "stranger")


@tagged("post_install", "-at_install")
@freeze_time("2025-06-10 12:00:00")
class TestOperationUpdateRights(ActivityData, RpcCase):
    """Who reads and writes which update over HTTP, as a browser would try it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # What is refused is logged
        cls.enterClassContext(mute_logger("odoo.http"))
        cls.set_up_activity()
        # Nobody reads the operation but who is involved and who reads all
        mentioned = [Command.link(cls.stranger.id)]
        make = cls.env["sop.operation.update"].with_user(cls.member).create
        common = {"operation_id": cls.operation.id, "body": "<p>Text</p>"}
        cls.updates = {
            "private": make({"name": "P", "visibility": "private", **common}),
            "mentioned": make(
                {
                    "name": "M",
                    "visibility": "private",
                    "mentioned_user_ids": mentioned,
                    **common,
                }
            ),
            "operation": make({"name": "O", **common}),
            "public": make({"name": "E", "visibility": "public", **common}),
            "general": make({"name": "G"}),
        }

    def try_all(self, operation, vals=None):
        """``{person: names of the updates}`` that the server let pass."""
        passed = {}
        for person in PEOPLE:
            user = getattr(self, person)
            self.authenticate(user.login, user.login)
            passed[person] = {
                name
                for name, update in self.updates.items()
                if self.try_operation(operation, update, vals)
            }
        return passed

    def test_read(self):
        everything = {"operation", "public", "general"}
        self.assertEqual(
            self.try_all("r"),
            {
                "member": {*everything, "private", "mentioned"},
                "lead": everything,
                "planner": everything,
                "viewer": everything,
                "admin": everything,
                "stranger": {"mentioned", "public", "general"},
            },
        )

    def test_search_and_messages(self):
        private = self.updates["private"]
        private.with_user(self.member).message_post(body="Between us")
        self.authenticate(self.admin.login, self.admin.login)
        domain = [("id", "in", [u.id for u in self.updates.values()])]
        found = self.call("sop.operation.update", "search", domain)
        self.assertNotIn(private.id, found)
        self.assertFalse(
            self.call(
                "mail.message",
                "search_read",
                [("model", "=", private._name), ("res_id", "=", private.id)],
            )
        )
        self.authenticate(self.member.login, self.member.login)
        self.assertTrue(
            self.call(
                "mail.message",
                "search_read",
                [("model", "=", private._name), ("res_id", "=", private.id)],
            )
        )

    def test_reword(self):
        self.assertEqual(
            self.try_all("w", {"name": "Other"}),
            {person: set() for person in PEOPLE} | {"member": set(self.updates)},
        )

    def test_pin(self):
        sorting = {"operation", "public"}
        self.assertEqual(
            self.try_all("w", {"is_pinned": True}),
            {
                "member": set(self.updates),
                "lead": sorting
                if self.operation.with_user(self.lead).has_access("write")
                else set(),
                "planner": sorting,
                "viewer": set(),
                "admin": {*sorting, "general"},
                "stranger": set(),
            },
        )

    def test_delete(self):
        readable = {"operation", "public", "general"}
        self.assertEqual(
            self.try_all("u"),
            {person: set() for person in PEOPLE}
            | {"member": set(self.updates), "admin": readable},
        )

    def test_create(self):
        nothing = self.env["sop.operation.update"]
        allowed = {"lead", "member", "planner", "admin"}
        for person in PEOPLE:
            user = getattr(self, person)
            self.authenticate(user.login, user.login)
            vals = {"name": "New", "operation_id": self.operation.id}
            with self.subTest(person=person):
                self.assertEqual(
                    self.try_operation("c", nothing, vals), person in allowed
                )
                self.assertTrue(self.try_operation("c", nothing, {"name": "General"}))
                self.assertFalse(
                    self.try_operation(
                        "c", nothing, {"name": "Forged", "is_automatic": True}
                    )
                )

    def test_what_hangs_on_a_private_update(self):
        item = self.env["sop.action.item"].create(
            {
                "name": "Secret",
                "update_id": self.updates["private"].id,
                "user_id": self.member.id,
                "date_due": "2025-06-20",
            }
        )
        for person in PEOPLE:
            user = getattr(self, person)
            self.authenticate(user.login, user.login)
            with self.subTest(person=person):
                self.assertEqual(self.try_operation("r", item), person == "member")
                self.assertEqual(
                    self.try_operation(
                        "c",
                        item,
                        {
                            "name": "Smuggled in",
                            "update_id": self.updates["private"].id,
                            "date_due": "2025-06-20",
                        },
                    ),
                    person == "member",
                )

    def test_action_item_stays_with_its_update(self):
        private = self.updates["private"]
        item = self.env["sop.action.item"].create(
            {
                "name": "Secret",
                "update_id": private.id,
                "user_id": self.member.id,
                "date_due": "2025-06-20",
            }
        )
        retrospective = self.env["sop.retrospective"].create(
            {"operation_id": self.operation.id}
        )
        item = item.with_user(self.member)
        for vals in (
            {"update_id": self.updates["public"].id},
            {"update_id": False, "retrospective_id": retrospective.id},
        ):
            with (
                self.subTest(vals=vals),
                self.assertRaisesRegex(UserError, "stays with what it comes from"),
            ):
                item.write(vals)
        item.write({"update_id": private.id, "name": "Still secret"})
        self.assertEqual(item.name, "Still secret")

    def test_moved_where_one_may_write(self):
        foreign = self.env["sop.operation"].create(
            {"name": "Foreign", "company_id": self.company.id}
        )
        retrospective = self.env["sop.retrospective"].create(
            {"operation_id": self.operation.id}
        )
        for part in (self.updates["operation"], retrospective):
            part = part.with_user(self.member)
            with self.subTest(part=part), self.assertRaises(AccessError):
                part.operation_id = foreign
            part.invalidate_recordset()
            foreign.member_ids = self.member
            part.operation_id = foreign
            foreign.member_ids = False

    def test_milestones(self):
        milestone = self.make_milestone("Judging", "2025-06-20", user_id=self.member.id)
        may_edit = self.operation.with_user(self.lead).has_access("write")
        table = {
            "planner": "rwc",
            "admin": "rwcu",
            "viewer": "r",
            "member": "r",
            "lead": "rwc" if may_edit else "r",
            "stranger": "",
        }
        vals = {
            "w": {"name": "Other"},
            "c": {
                "name": "New",
                "operation_id": self.operation.id,
                "date_target": "2025-06-20",
            },
        }
        for person, rights in table.items():
            user = getattr(self, person)
            self.authenticate(user.login, user.login)
            for operation in "rwcu":
                with self.subTest(person=person, operation=operation):
                    self.assertEqual(
                        self.try_operation(operation, milestone, vals.get(operation)),
                        operation in rights,
                    )
        self.authenticate(self.member.login, self.member.login)
        self.assertTrue(self.try_operation("w", milestone, {"progress": 50}))
        self.assertFalse(self.try_operation("w", milestone, {"reminded_target": False}))

    def test_notes_to_download(self):
        url = "/sop_operations/updates/markdown?update_ids="
        private, shared = self.updates["private"].id, self.updates["operation"].id
        for person, status in (("member", 200), ("lead", 200), ("stranger", 404)):
            user = getattr(self, person)
            self.authenticate(user.login, user.login)
            response = self.url_open(f"{url}{private},{shared}")
            with self.subTest(person=person):
                self.assertEqual(response.status_code, status)
                self.assertEqual("# P" in response.text, person == "member")
        for wrong in ("", "1;2", "nonsense", ",".join(["1"] * 501)):
            self.assertEqual(self.url_open(f"{url}{wrong}").status_code, 400)
