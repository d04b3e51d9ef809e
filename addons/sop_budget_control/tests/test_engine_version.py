# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import copy
import datetime
import json
from decimal import Decimal
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..engine import version as engine

MONTHS = ["2025-01", "2025-02", "2025-03"]
texts = st.text('aZ9 "\\é€😀\x00', max_size=3)
scalars = st.one_of(st.none(), st.booleans(), st.integers(-(10**18), 10**18), texts)
trees = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)
    ),
    max_leaves=8,
)
units = st.lists(
    st.one_of(st.none(), st.integers(-(10**12), 10**12)), min_size=3, max_size=3
)


def category(code, parent=None, **vals):
    return {
        "code": code,
        "name": f"Category {code}",
        "parent": parent,
        "kind": "expense",
        "by": 7,
        **vals,
    }


def payload(amounts=None, categories=None, **parts):
    amounts = {key: list(cells) for key, cells in (amounts or {}).items()}
    return {
        "salt": "s",
        "budget": {"name": "Budget", "digits": 2},
        "months": MONTHS,
        "categories": categories or {key: category(f"C{key}") for key in amounts},
        "amounts": amounts,
        "writers": {},
        "entries": {},
        "original": {},
        "rates": {},
        "rules": {},
        "policies": {},
        "figures": {},
        "names": {"user": {"7": "Planner", "8": "Nobody here"}},
        **parts,
    }


@st.composite
def payloads(draw):
    keys = draw(st.lists(st.sampled_from(list("12345")), unique=True, max_size=5))
    return payload({key: draw(units) for key in keys})


def make_chain(contents):
    links, previous = [], engine.NO_HASH
    for number, content in enumerate(contents, start=1):
        meta = {"number": number, "name": f"Version {number}"}
        digest = engine.digest(content)
        sealed = engine.seal(previous, digest, meta)
        links.append(engine.Link(number, meta, digest, digest, previous, sealed))
        previous = sealed
    return links, previous


def change(link, **vals):
    return engine.Link(**{**vars(link), **vals})


class TestCanonical(BaseCase):
    def test_written_form(self):
        for value, text in [
            ({"b": 1, "a": [None, True]}, '{"a":[null,true],"b":1}'),
            (Decimal("1.10000000"), '"1.1"'),
            (Decimal("1E+3"), '"1000"'),
            (Decimal("-0.00"), '"0"'),
            (Decimal("100"), '"100"'),
            (datetime.date(2025, 1, 31), '"2025-01-31"'),
            ("Zürich €", '"Z\\u00fcrich \\u20ac"'),
        ]:
            with self.subTest(value=value):
                self.assertEqual(engine.canonical(value), text)

    def test_known_digest(self):
        """The same on every machine, in every year."""
        self.assertEqual(
            engine.digest(engine.canonical({"amount": 12345, "month": "2025-01"})),
            "acf8dc925aa6c3b24af6c0b3d1a57c86955fd5f7c36dcbfbd75f39e4f0e559e2",
        )

    def test_what_has_no_one_form_is_refused(self):
        for value in (1.5, {1: "a"}, Decimal("NaN"), Fraction(1, 3), {"a": {2.0}}):
            with self.subTest(value=value), self.assertRaises(engine.VersionError):
                engine.canonical(value)

    @given(trees)
    def test_reading_and_writing_again_changes_nothing(self, tree):
        text = engine.canonical(tree)
        self.assertEqual(engine.canonical(json.loads(text)), text)
        self.assertTrue(text.isascii())

    @given(st.dictionaries(texts, trees, max_size=4))
    def test_order_of_keys_does_not_matter(self, tree):
        turned = dict(reversed(tree.items()))
        self.assertEqual(engine.canonical(tree), engine.canonical(turned))

    @settings(suppress_health_check=[HealthCheck.too_slow])
    @given(trees, trees)
    def test_different_content_different_text(self, one, other):
        same = engine.canonical(one) == engine.canonical(other)
        # True == 1 in Python, but not in what was kept
        self.assertEqual(
            same, json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
        )


class TestChain(BaseCase):
    def codes(self, links, kept=3, head=None):
        head = self.head if head is None else head
        return [(b.number, b.code) for b in engine.check_chain(links, kept, head)]

    def setUp(self):
        super().setUp()
        self.links, self.head = make_chain(["a", "b", "c"])

    def test_untouched(self):
        self.assertEqual(self.codes(self.links), [])
        self.assertEqual(engine.check_chain([], 0, ""), [])

    def test_content(self):
        self.links[1] = change(self.links[1], content=engine.digest("x"))
        self.assertEqual(self.codes(self.links), [(2, "content")])

    def test_content_with_its_digest(self):
        digest = engine.digest("x")
        self.links[1] = change(self.links[1], content=digest, payload_digest=digest)
        self.assertEqual(self.codes(self.links), [(2, "description")])

    def test_content_sealed_anew(self):
        """Who writes one seal anew breaks the next one."""
        link, digest = self.links[1], engine.digest("x")
        sealed = engine.seal(link.previous, digest, link.meta)
        self.links[1] = change(
            link, content=digest, payload_digest=digest, sealed=sealed
        )
        self.assertEqual(self.codes(self.links), [(3, "order")])
        self.assertEqual(self.codes(self.links[:2], kept=2), [(2, "head")])

    def test_description(self):
        meta = {**self.links[2].meta, "name": "Nicer"}
        self.links[2] = change(self.links[2], meta=meta)
        self.assertEqual(self.codes(self.links), [(3, "description")])

    def test_deleted(self):
        first, second, third = self.links
        self.assertEqual(self.codes([first, third]), [(2, "missing")])
        self.assertEqual(self.codes([second, third]), [(1, "missing")])
        self.assertEqual(self.codes([first, second]), [(3, "lost_last")])
        self.assertEqual(
            self.codes([]), [(1, "lost_last"), (2, "lost_last"), (3, "lost_last")]
        )

    def test_order(self):
        first, second, third = self.links
        swapped = [
            first,
            change(second, number=3, meta={**second.meta, "number": 3}),
            change(third, number=2, meta={**third.meta, "number": 2}),
        ]
        found = self.codes(swapped)
        self.assertIn((2, "description"), found)
        self.assertIn((3, "description"), found)
        self.assertIn((2, "order"), found)

    def test_added(self):
        extra = change(self.links[2], number=4, previous=self.head)
        found = self.codes([*self.links, extra])
        self.assertIn((4, "foreign"), found)
        self.assertIn((3, "twice"), self.codes([*self.links, self.links[2]]))

    def test_head(self):
        self.assertEqual(self.codes(self.links, head="0" * 64), [(3, "head")])
        self.assertEqual(
            [b.code for b in engine.check_chain([], 0, self.head)], ["head"]
        )

    @given(
        st.lists(st.text(max_size=5), min_size=1, max_size=6),
        st.data(),
    )
    def test_any_single_change_is_found(self, contents, data):
        links, head = make_chain(contents)
        kept = len(links)
        place = data.draw(st.integers(0, kept - 1))
        link = links[place]
        how = data.draw(
            st.sampled_from(
                ("content", "meta", "payload_digest", "previous", "sealed", "gone")
            )
        )
        if how == "gone":
            del links[place]
        elif how == "meta":
            links[place] = change(link, meta={**link.meta, "name": "x"})
        else:
            wrong = engine.digest(getattr(link, how) + "x")
            links[place] = change(link, **{how: wrong})
        found = engine.check_chain(links, kept, head)
        numbers = {b.number for b in found}
        # Told at the version itself or at the one that follows on it
        self.assertTrue(numbers & {place + 1, place + 2}, found)


class TestDiff(BaseCase):
    def test_nothing(self):
        content = payload({"1": [1, None, 0]})
        self.assertEqual(engine.diff(content, copy.deepcopy(content), "month"), [])
        # An empty cell and one of zero are the same plan
        self.assertEqual(engine.diff(content, payload({"1": [1, 0, None]})), [])

    def test_amounts(self):
        old = payload({"1": [100, 200, None]}, writers={"1": 7})
        new = payload({"1": [150, None, 50]}, writers={"1": [7, None, 8]})
        changes = engine.diff(old, new)
        self.assertEqual(
            [(c.month, c.what, c.old, c.new) for c in changes],
            [
                ("2025-01", "changed", 100, 150),
                ("2025-02", "removed", 200, 0),
                ("2025-03", "added", 0, 50),
            ],
        )
        self.assertEqual([engine.writer(new, c) for c in changes], [7, None, 8])

    def test_months_moved(self):
        """Amounts are compared by month, not by position."""
        old = payload({"1": [1, 2, 3]})
        new = payload({"1": [2, 3, 4]}, months=["2025-02", "2025-03", "2025-04"])
        self.assertEqual(
            [(c.month, c.old, c.new) for c in engine.diff(old, new)],
            [("2025-01", 1, 0), ("2025-04", 0, 4)],
        )

    def test_categories(self):
        old = payload({"1": [1, 1, 1], "2": [2, 2, 2]})
        new = copy.deepcopy(old)
        new["categories"]["1"]["name"] = "Renamed"
        new["categories"]["1"]["by"] = 8
        del new["categories"]["2"], new["amounts"]["2"]
        new["categories"]["3"] = category("C3")
        changes = [c for c in engine.diff(old, new) if c.section == "category"]
        self.assertEqual(
            [(c.category, c.what, c.field, c.old, c.new) for c in changes],
            [
                ("1", "changed", "name", "Category 1".replace(" 1", " C1"), "Renamed"),
                ("2", "removed", "", "C2 Category C2", None),
                ("3", "added", "", None, "C3 Category C3"),
            ],
        )
        self.assertEqual(engine.writer(new, changes[0]), 8)

    def test_rows(self):
        rate = {"rate": "1.1", "date": "2025-01-01", "by": 7}
        old = payload(rates={"1": rate}, rules={"9": {"category": 1, "prefix": "61"}})
        new = payload(rates={"1": {**rate, "by": 8}, "2": rate})
        changes = engine.diff(old, new)
        self.assertEqual(
            [(c.section, c.what, c.row, c.category) for c in changes],
            [("rate", "added", "2", ""), ("rule", "removed", "9", "1")],
        )
        self.assertEqual(engine.writer(new, changes[0]), 7)

    def test_entries(self):
        entry = [3, "100", "1.1", "2025-01-01"]
        old = payload({"1": [110, 0, 0]}, entries={"1": {"2025-01": entry}})
        new = payload({"1": [110, 0, 0]}, writers={"1": 8})
        [found] = engine.diff(old, new)
        self.assertEqual((found.section, found.what), ("entry", "removed"))
        self.assertEqual(engine.writer(new, found), 8)

    def test_figures(self):
        old = payload({"1": [0, 0, 0]}, figures={"actual": {"1": [10, 20, 0]}})
        new = payload({"1": [0, 0, 0]}, figures={"actual": {"1": [10, 25, 5]}})
        self.assertEqual(engine.diff(old, new), [])
        [found] = engine.diff(old, new, "total")
        self.assertEqual((found.field, found.old, found.new), ("actual", 30, 40))
        self.assertEqual(
            [(c.month, c.old, c.new) for c in engine.diff_figures(old, new, True)],
            [("2025-02", 20, 25), ("2025-03", 0, 5)],
        )

    def test_trace(self):
        steps = [
            payload({"1": [1, 1, 0]}),
            payload({"1": [2, 1, 0]}),
            payload({"1": [2, 3, 0]}),
        ]
        found = engine.trace(steps)
        self.assertEqual(
            [found[c.path] for c in engine.diff(steps[0], steps[-1])], [1, 2]
        )

    @given(payloads(), payloads())
    def test_forth_and_back(self, old, new):
        forth, back = engine.diff(old, new), engine.diff(new, old)
        self.assertEqual(
            sorted((c.path, str(c.old), str(c.new)) for c in forth),
            sorted((c.path, str(c.new), str(c.old)) for c in back),
        )

    @given(payloads(), payloads())
    def test_old_and_changes_make_new(self, old, new):
        cells = {
            (key, month): amount
            for key in old["amounts"]
            for month, amount in engine.cells_by_month(
                MONTHS, old["amounts"][key]
            ).items()
        }
        for found in engine.diff(old, new):
            if found.section == "amount":
                place = (found.category, found.month)
                self.assertEqual(cells.pop(place, 0), found.old)
                if found.new:
                    cells[place] = found.new
        for key, row in new["amounts"].items():
            for month, amount in engine.cells_by_month(MONTHS, row).items():
                self.assertEqual(cells.pop((key, month), 0), amount)
        self.assertEqual(cells, {})


class TestRestrict(BaseCase):
    def setUp(self):
        super().setUp()
        self.content = payload(
            {"2": [1, 1, 1], "3": [5, 5, 5], "4": [9, 9, 9]},
            {
                "1": category("A"),
                "2": category("A1", 1),
                "3": category("A2", 1, analytic=30, by=8),
                "4": category("B", analytic=40),
            },
            writers={"2": 7, "3": 8, "4": [7, None, 7]},
            figures={"actual": {"3": [7, 0, 0], "4": [1, 0, 0]}},
            rules={"9": {"category": 3, "prefix": "6"}, "10": {"category": 4}},
        )
        self.content["names"]["analytic"] = {"30": "Wages of one", "40": "Rent"}

    def test_hidden_leaves_no_trace(self):
        shown = engine.restrict(self.content, {"1", "2", "4"})
        self.assertEqual(shown["hidden"], 1)
        for part in ("categories", "amounts", "writers"):
            self.assertNotIn("3", shown[part])
        self.assertEqual(shown["figures"], {"actual": {"4": [1, 0, 0]}})
        self.assertEqual(list(shown["rules"]), ["10"])
        text = engine.canonical(shown)
        for trace in ("A2", "Wages", "Nobody here", '"salt"'):
            self.assertNotIn(trace, text)
        self.assertIn("Rent", text)

    def test_below_hidden_is_hidden(self):
        shown = engine.restrict(self.content, {"2", "3", "4"})
        self.assertEqual(list(shown["categories"]), ["4"])

    def test_total(self):
        self.assertEqual(engine.total(self.content, ("expense",)), 45)
        shown = engine.restrict(self.content, {"1", "2"})
        self.assertEqual(engine.total(shown, ("expense",)), 3)
        self.assertEqual(engine.total(shown, ("income",)), 0)
