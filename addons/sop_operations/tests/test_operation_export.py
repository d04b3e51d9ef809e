# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import csv
import doctest
import io
import json
from unittest.mock import patch

from odoo.tests import BaseCase, HttpCase, tagged

from ..engine import export
from ..models import sop_workspace_dump as dump
from .common_operation import OperationCommon


class TestEngineExport(BaseCase):
    def test_doctest(self):
        self.assertEqual(doctest.testmod(export).failed, 0)
        self.assertTrue(doctest.testmod(export).attempted)

    def test_csv(self):
        risky = ["=1+1", "+1", "-2", "@SUM(A1)", "\t=1", "\r=1"]
        text = export.to_csv(["Été"], [[value] for value in (*risky, -2.5, 'a"b,c\nd')])
        self.assertTrue(text.startswith("\ufeffÉté\r\n"))
        rows = list(csv.reader(io.StringIO(text[1:], newline="")))
        self.assertEqual(
            [row[0] for row in rows],
            ["Été", *(f"'{value}" for value in risky), "-2.5", 'a"b,c\nd'],
        )


@tagged("post_install", "-at_install")
class TestExport(OperationCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kpi = cls.make_kpi(user_id=cls.keeper.id)
        cls.kpi._measure(cls.operation.date_start, 40.0)
        cls.link(cls.o1, 100)
        cls.link(cls.secret, 77777)
        cls.update = cls.log(
            "=HYPERLINK(1)", type="decision", body="<p>Go <b>on</b></p>"
        )
        cls.private = cls.log("Private thought", visibility="private")
        cls.operation.action_start()

    @classmethod
    def log(cls, name, **vals):
        return (
            cls.env["sop.operation.update"]
            .with_user(cls.lead)
            .create({"operation_id": cls.operation.id, "name": name, **vals})
        )

    def get(self, url, user):
        self.env.flush_all()
        self.authenticate(user.login, user.login)
        return self.url_open(url)

    def table(self, answer):
        self.assertEqual(answer.status_code, 200)
        self.assertIn("text/csv", answer.headers["Content-Type"])
        self.assertTrue(answer.content.startswith(b"\xef\xbb\xbf"))
        text = answer.content.decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text, newline="")))

    def test_timeline(self):
        url = self.operation.action_download_timeline()["url"]
        own = self.table(self.get(url, self.lead))
        self.assertIn("Private thought", [row[3] for row in own])
        rows = self.table(self.get(url, self.viewer))
        titles = [row[3] for row in rows]
        self.assertNotIn("Private thought", titles)
        [row] = [row for row in rows if row[3] == "'=HYPERLINK(1)"]
        self.assertEqual(row[1], self.operation.display_name)
        self.assertEqual((row[2], row[5]), ("Decision", self.lead.name))
        self.assertIn("Go", row[4])
        self.assertEqual(self.get(url, self.stranger).status_code, 404)
        url = (self.update | self.private).action_download_csv()["url"]
        self.assertEqual(len(self.table(self.get(url, self.viewer))), 2)
        for bad in ("", "1;2", "1," * 600 + "1"):
            url = f"/sop_operations/operations/history?operation_ids={bad}"
            self.assertEqual(self.get(url, self.viewer).status_code, 400)

    def test_history(self):
        tracked = self.operation.with_user(self.planner).with_context(
            tracking_disable=False, mail_notrack=False
        )
        # What was prepared while the class was set up is over
        self.env.flush_all()
        self.env.cr.precommit.run()
        tracked.date_end = "2025-06-15"
        self.env.flush_all()
        self.env.cr.precommit.run()
        url = self.operation.action_download_history()["url"]
        rows = self.table(self.get(url, self.viewer))
        found = {tuple(row[2:]) for row in rows[1:]}
        self.assertIn(("End", "2025-06-01", "2025-06-15", "", self.planner.name), found)
        self.assertIn(("Participants", "", "40.0", "", self.env.user.name), found)
        self.assertIn(("Decision", "", "", "'=HYPERLINK(1)", self.lead.name), found)
        self.assertIn(
            ("Planned", "In Progress"), [tuple(row[3:5]) for row in rows if row[3]]
        )
        self.assertEqual(self.get(url, self.stranger).status_code, 404)

    def parse(self, user):
        self.env.flush_all()
        self.env.invalidate_all()
        text = "".join(self.env["sop.workspace.dump"].with_user(user)._iterate())
        return json.loads(text), text

    def test_workspace(self):
        answer = self.get("/sop_operations/workspace.json", self.viewer)
        data = json.loads(answer.content)
        self.assertEqual((data["schema"], data["version"]), ("sop.workspace", 1))
        self.assertEqual(
            data["counts"], {name: len(rows) for name, rows in data["records"].items()}
        )
        self.assertEqual(
            list(data["records"]), self.env["sop.workspace.dump"]._get_models()
        )
        [operation] = [
            row for row in data["records"]["sop.operation"] if row["code"] == "OP-O1"
        ]
        self.assertEqual(operation["date_start"], "2025-04-07")
        self.assertEqual(operation["user_id"], self.lead.id)
        self.assertEqual(data["people"][str(self.lead.id)], self.lead.name)
        [value] = data["records"]["sop.kpi.value"]
        self.assertEqual((value["kpi_id"], value["value"]), (self.kpi.id, 40))
        # What the form of Operations shows as kept for nobody is not there
        self.assertNotIn("source_formula", data["records"]["sop.kpi"][0])
        self.assertNotIn("favorite_user_ids", operation)
        self.authenticate(None, None)
        answer = self.url_open("/sop_operations/workspace.json", allow_redirects=False)
        self.assertNotEqual(answer.status_code, 200)

    def test_workspace_hides_what_is_hidden(self):
        data, text = self.parse(self.viewer)
        self.assertEqual(data["counts"]["sop.operation.funding"], 1)
        for hidden in ("77777", "Private thought", "Severance"):
            self.assertNotIn(hidden, text)
        self.owner.group_ids |= self.env.ref(
            "sop_operations.group_sop_operations_viewer"
        )
        data, _text = self.parse(self.owner)
        self.assertEqual(data["counts"]["sop.operation.funding"], 2)
        _data, text = self.parse(self.lead)
        self.assertIn("Private thought", text)
        data, _text = self.parse(self.stranger)
        self.assertEqual(data["counts"]["sop.operation"], 0)
        self.assertEqual(data["counts"]["sop.kpi.value"], 0)
        foreign = self.env["res.company"].create({"name": "Another company"})
        self.env.user.company_ids |= foreign
        self.make_operation(name="Elsewhere", company_id=foreign.id)
        self.assertNotIn("Elsewhere", self.parse(self.viewer)[1])

    def test_queries_depend_on_batches_alone(self):
        def count(act):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            act()
            return self.env.cr.sql_log_count - before

        viewed = self.operation.with_user(self.viewer)
        workspace = self.env["sop.workspace.dump"].with_user(self.viewer)
        acts = (
            lambda: list(workspace._iterate()),
            viewed._get_history_csv,
            lambda: viewed.update_ids._get_csv(),
        )
        few = [(count(act), count(act))[1] for act in acts]
        for number in range(8):
            self.log(f"Update {number}", type="decision")
            self.kpi._measure(f"2025-04-{10 + number}", float(number))
            self.make_kpi(name=f"KPI {number}")
        many = [count(act) for act in acts]
        for found, least in zip(many, few, strict=True):
            self.assertLessEqual(found, least)
        whole = json.loads("".join(workspace._iterate()))
        with patch.object(dump, "BATCH", 3):
            pieces = json.loads("".join(workspace._iterate()))
        self.assertEqual(whole["records"], pieces["records"])
