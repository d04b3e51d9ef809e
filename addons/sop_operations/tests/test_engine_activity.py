# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..engine import graph, markdown, milestone


class TestGraph(BaseCase):
    def test_path_ends_where_it_starts(self):
        edges = {1: [2], 2: [3, 4], 3: [], 4: [2]}
        self.assertEqual(graph.find_cycle(edges, [1]), [2, 4, 2])
        self.assertEqual(graph.find_cycle({1: [1]}, [1]), [1, 1])
        self.assertEqual(graph.find_cycle({1: [2], 2: []}, [1, 2]), [])

    def test_long_chains_need_no_recursion(self):
        edges = {n: [n + 1] for n in range(50_000)}
        self.assertEqual(graph.find_cycle(edges, [0]), [])

    @given(
        st.dictionaries(
            st.integers(0, 8), st.lists(st.integers(0, 8), max_size=4), max_size=9
        )
    )
    def test_found_exactly_when_there_is_one(self, edges):
        path = graph.find_cycle(edges, sorted(edges))
        # Oracle: take away what waits for nothing until nothing changes
        left = {node: set(edges.get(node, ())) for node in range(9)}
        while free := {node for node, needs in left.items() if not needs & left.keys()}:
            left = {node: needs for node, needs in left.items() if node not in free}
        self.assertEqual(bool(path), bool(left))
        if path:
            self.assertEqual(path[0], path[-1])
            for node, following in zip(path, path[1:], strict=False):
                self.assertIn(following, edges[node])


class TestMilestoneDays(BaseCase):
    today = date(2025, 6, 10)

    def test_states(self):
        for stage, target, state in (
            ("pending", date(2025, 6, 10), "pending"),
            ("pending", date(2025, 6, 9), "missed"),
            ("in_progress", date(2025, 6, 9), "missed"),
            ("completed", date(2025, 6, 9), "completed"),
            ("pending", None, "pending"),
        ):
            self.assertEqual(milestone.get_state(stage, target, self.today), state)

    def test_late(self):
        target = date(2025, 6, 7)
        for stage, completed, late in (
            ("completed", date(2025, 6, 8), 1),
            ("completed", date(2025, 6, 7), 0),
            ("completed", date(2025, 6, 1), 0),
            ("in_progress", None, 3),
        ):
            self.assertEqual(
                milestone.get_days_late(stage, target, completed, self.today), late
            )

    def test_colors(self):
        for stage, target, completed, color in (
            ("completed", date(2025, 6, 9), date(2025, 6, 9), "success"),
            ("completed", date(2025, 6, 8), date(2025, 6, 9), "warning"),
            ("pending", date(2025, 6, 9), None, "danger"),
            ("pending", date(2025, 6, 17), None, "warning"),
            ("pending", date(2025, 6, 18), None, "muted"),
            ("pending", None, None, "muted"),
        ):
            self.assertEqual(
                milestone.get_color_state(stage, target, completed, self.today), color
            )


class TestMarkdown(BaseCase):
    def test_notes(self):
        source = (
            "<h3>Agenda</h3><ol><li>Jury</li><li><p>Prizes</p><ul><li>First</li></ul></li>"
            "</ol><p>We <b>agree</b> on <a href='https://example.com/a'>this</a>.<br>Done</p>"
            "<blockquote><p>Well said</p></blockquote>"
            "<table><tr><th>A</th><th>B</th></tr><tr><td>1</td></tr></table><hr>"
        )
        self.assertEqual(
            markdown.to_markdown(source),
            "### Agenda\n"
            "\n"
            "1. Jury\n"
            "2. Prizes\n"
            "   - First\n"
            "\n"
            "We **agree** on [this](https://example.com/a).\n"
            "Done\n"
            "\n"
            "> Well said\n"
            "\n"
            "| A | B |\n"
            "| --- | --- |\n"
            "| 1 |  |\n"
            "\n"
            "---",
        )

    def test_nothing(self):
        for source in ("", "  ", "<p><br></p>", "<h3></h3><ul><li><br></li></ul>"):
            self.assertEqual(markdown.to_markdown(source), "")
        self.assertEqual(markdown.get_text(""), "")

    def test_characters_that_mean_something(self):
        self.assertEqual(markdown.to_markdown("<p># 5 * 3</p>"), "\\# 5 \\* 3")
        self.assertEqual(
            markdown.to_markdown("<a href='javascript:alert(1)'>Click</a>"), "Click"
        )

    def test_words(self):
        self.assertEqual(
            markdown.get_text("<p>500</p><p><b>of</b> them</p>"), "500 of them"
        )

    @given(st.text(max_size=200))
    def test_any_text(self, text):
        markdown.to_markdown(f"<div>{text}</div>".replace("\x00", ""))

    def test_nested_without_end(self):
        deep = "<div>" * 200 + "x" + "</div>" * 200
        self.assertIn("x", markdown.to_markdown(deep))
