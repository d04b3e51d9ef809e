# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a version of a budget keeps, how it is sealed, and what two of them differ in.

A version's content is a tree of texts, whole numbers, lists and named values, written down
in one way only (:func:`canonical`), so that its SHA-256 is the same on every machine. Each
version seals its content, its own description and the seal of the one before it; the budget
remembers how many there are and the last seal. Money is in whole minor units.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Payload = dict[str, Any]

#: What stands before the first version.
NO_HASH = "0" * 64


class VersionError(ValueError):
    """Something that has no single written form."""


# === WRITING AND SEALING === #


def canonical(value: Any) -> str:
    """The one written form of ``value``: ASCII, keys sorted, no spaces, no floats.

    >>> canonical({"b": [1, None], "a": Decimal("1.50")})
    '{"a":"1.5","b":[1,null]}'

    :raise VersionError: for floats, keys that are no text, and unknown types
    """
    return json.dumps(
        _plain(value), ensure_ascii=True, sort_keys=True, separators=(",", ":")
    )


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise VersionError(f"Not a number: {value!r}")
        # Never an exponent, and no digits that say nothing
        text = format(value, "f")
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return "0" if text in ("-0", "") else text
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise VersionError("Keys are texts.")
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, Sequence):
        return [_plain(part) for part in value]
    raise VersionError(f"No written form for {type(value).__name__}.")


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def seal(previous: str, payload_digest: str, meta: Mapping[str, Any]) -> str:
    """The fingerprint of a version: of its content, its description and all before it."""
    return digest(canonical([previous, payload_digest, meta]))


# === CHECKING THE CHAIN === #


@dataclass(frozen=True)
class Link:
    """A version as it is found. ``content`` is the digest of the content that is there now."""

    number: int
    meta: Mapping[str, Any]
    content: str
    payload_digest: str
    previous: str
    sealed: str


@dataclass(frozen=True)
class Break:
    """Something wrong: ``missing``, ``lost_last``, ``content``, ``description``, ``order``,
    ``foreign``, ``twice`` or ``head``; ``number`` is the version that it is about.
    """

    number: int
    code: str


def check_chain(links: Iterable[Link], kept: int, head: str) -> list[Break]:
    """Everything that doesn't fit, in the order of the numbers.

    :param kept: how many versions the budget knows of
    :param head: seal of the last of them, as the budget remembers it
    """
    breaks: list[Break] = []
    previous, last = NO_HASH, 0
    ordered = sorted(links, key=lambda link: (link.number, link.sealed))
    for link in ordered:
        if link.number == last:
            breaks.append(Break(link.number, "twice"))
            continue
        breaks += [
            Break(number, "missing")
            for number in range(last + 1, min(link.number, kept + 1))
        ]
        breaks += _check_link(link, kept)
        # After a gap the one before is unknown: the gap is told already
        if link.number == last + 1 and link.previous != previous:
            breaks.append(Break(link.number, "order"))
        previous, last = link.sealed, link.number
    breaks += [Break(number, "lost_last") for number in range(last + 1, kept + 1)]
    at_head = [link.sealed for link in ordered if link.number == kept]
    if (at_head and head not in at_head) or (not kept and head not in ("", NO_HASH)):
        breaks.append(Break(kept, "head"))
    return sorted(breaks, key=lambda found: found.number)


def _check_link(link: Link, kept: int) -> list[Break]:
    found = []
    if link.number > kept or link.number < 1:
        found.append(Break(link.number, "foreign"))
    if link.content != link.payload_digest:
        found.append(Break(link.number, "content"))
    if link.sealed != seal(link.previous, link.payload_digest, link.meta):
        found.append(Break(link.number, "description"))
    return found


# === WHAT A READER MAY SEE === #

#: Parts that are kept by category: ``{category: …}``.
BY_CATEGORY = ("amounts", "original", "writers", "entries")
#: Parts whose rows name a category.
OF_CATEGORY = ("rules", "policies")
#: Which names a row of a category, rule or policy uses: field → table of names.
REFERENCES = {
    "responsible": "user",
    "by": "user",
    "source": "source",
    "analytic": "analytic",
    "account": "account",
    "accounts": "account",
}


def restrict(payload: Payload, shown: Iterable[str]) -> Payload:
    """The payload without the categories that aren't shown, nor a trace of them.

    What is below a category that isn't shown is left out as well.
    """
    categories = payload["categories"]
    wanted = set(shown) & set(categories)
    kept = {key for key in wanted if set(ancestors(categories, key)) <= wanted}
    result = {key: part for key, part in payload.items() if key != "salt"}
    result["categories"] = {key: categories[key] for key in categories if key in kept}
    for part in BY_CATEGORY:
        result[part] = {k: v for k, v in payload.get(part, {}).items() if k in kept}
    for part in OF_CATEGORY:
        result[part] = {
            key: row
            for key, row in payload.get(part, {}).items()
            if row.get("category") is None or str(row["category"]) in kept
        }
    result["figures"] = {
        measure: {key: units for key, units in cells.items() if key in kept}
        for measure, cells in payload.get("figures", {}).items()
    }
    result["names"] = _used_names(result, payload.get("names", {}))
    result["hidden"] = len(categories) - len(kept)
    return result


def ancestors(categories: Mapping[str, Any], key: str) -> list[str]:
    """Keys of the categories above one; a parent that isn't there is named as well."""
    found: list[str] = []
    parent = categories[key]["parent"]
    while parent is not None and str(parent) not in found:
        found.append(str(parent))
        parent = categories.get(str(parent), {}).get("parent")
    return found


def _used_names(payload: Payload, names: Mapping[str, Any]) -> dict[str, Any]:
    used: dict[str, set[str]] = {}
    rows = [*payload["categories"].values(), *payload.get("rates", {}).values()]
    for part in OF_CATEGORY:
        rows += payload[part].values()
    for row in rows:
        for name, table in REFERENCES.items():
            value = row.get(name)
            values = value if isinstance(value, list) else [value]
            used.setdefault(table, set()).update(str(v) for v in values if v)
    for writers in payload["writers"].values():
        values = writers if isinstance(writers, list) else [writers]
        used.setdefault("user", set()).update(str(v) for v in values if v)
    return {
        table: {
            key: name
            for key, name in known.items()
            if key in used.get(table, ()) or table not in used
        }
        for table, known in names.items()
    }


# === DIFFERENCES === #


@dataclass(frozen=True)
class Change:
    """One difference. ``what`` is added, removed or changed.

    ``old`` and ``new`` are minor units where ``is_money``, otherwise what was kept.
    """

    section: str
    what: str
    field: str
    old: Any = None
    new: Any = None
    category: str = ""
    month: str = ""
    row: str = ""
    is_money: bool = False

    @property
    def path(self) -> tuple[str, ...]:
        return (self.section, self.category, self.row, self.field, self.month)


#: Fields of a category that aren't the plan, but who wrote it or what it comes to.
_SILENT = ("by", "visible", "leaf", "external", "plan")


def diff(old: Payload, new: Payload, figures: str = "") -> list[Change]:
    """What changed from one payload to another, in a readable order.

    :param figures: ``total`` or ``month``: what the books say is compared as well
    """
    return [
        *_diff_fields("budget", old["budget"], new["budget"]),
        *_diff_rows("rate", old.get("rates", {}), new.get("rates", {})),
        *_diff_categories(old, new),
        *_diff_amounts("amount", old, new),
        *_diff_entries(old, new),
        *_diff_rows("rule", old.get("rules", {}), new.get("rules", {})),
        *_diff_rows("policy", old.get("policies", {}), new.get("policies", {})),
        *(diff_figures(old, new, figures == "month") if figures else ()),
    ]


def _diff_fields(
    section: str, old: Mapping[str, Any], new: Mapping[str, Any], **place: str
) -> list[Change]:
    return [
        Change(section, "changed", name, old.get(name), new.get(name), **place)
        for name in dict.fromkeys((*old, *new))
        if name not in _SILENT and old.get(name) != new.get(name)
    ]


def _diff_categories(old: Payload, new: Payload) -> list[Change]:
    before, after = old["categories"], new["categories"]
    changes: list[Change] = []
    for key in dict.fromkeys((*before, *after)):
        if key not in after:
            name = _title(before[key])
            changes.append(Change("category", "removed", "", name, None, category=key))
        elif key not in before:
            name = _title(after[key])
            changes.append(Change("category", "added", "", None, name, category=key))
        else:
            changes += _diff_fields("category", before[key], after[key], category=key)
    return changes


def _title(category: Mapping[str, Any]) -> str:
    return f"{category['code']} {category['name']}"


def _diff_amounts(section: str, old: Payload, new: Payload) -> list[Change]:
    before, after = old.get("amounts", {}), new.get("amounts", {})
    changes = []
    for key in dict.fromkeys((*before, *after)):
        old_cells = cells_by_month(old["months"], before.get(key))
        new_cells = cells_by_month(new["months"], after.get(key))
        for month in sorted({*old_cells, *new_cells}):
            was, now = old_cells.get(month, 0), new_cells.get(month, 0)
            if was != now:
                what = "changed" if was and now else "added" if now else "removed"
                changes.append(
                    Change(section, what, "", was, now, key, month, is_money=True)
                )
    return changes


def cells_by_month(
    months: Sequence[str], units: Sequence[int | None] | None
) -> dict[str, int]:
    """``{month: units}`` of a row; cells that are empty or zero are left out."""
    if not units:
        return {}
    return {m: amount for m, amount in zip(months, units, strict=True) if amount}


def _diff_entries(old: Payload, new: Payload) -> list[Change]:
    """How amounts were entered in a foreign currency."""
    before, after = old.get("entries", {}), new.get("entries", {})
    changes = []
    for key in dict.fromkeys((*before, *after)):
        was, now = before.get(key, {}), after.get(key, {})
        for month in sorted({*was, *now}):
            if was.get(month) != now.get(month):
                what = _what(month in was, month in now)
                entry = (was.get(month), now.get(month))
                changes.append(Change("entry", what, "", *entry, key, month))
    return changes


def _what(was: bool, now: bool) -> str:
    return "changed" if was and now else "added" if now else "removed"


def _diff_rows(
    section: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> list[Change]:
    """Rows that are kept whole: rates, matching rules, policies."""
    changes = []
    for key in dict.fromkeys((*old, *new)):
        was, now = _without_writer(old.get(key)), _without_writer(new.get(key))
        if was != now:
            category = (now or was or {}).get("category")
            changes.append(
                Change(
                    section,
                    _what(was is not None, now is not None),
                    "",
                    was,
                    now,
                    category="" if category is None else str(category),
                    row=key,
                )
            )
    return changes


def _without_writer(row: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return row and {name: value for name, value in row.items() if name != "by"}


def diff_figures(old: Payload, new: Payload, by_month: bool = False) -> list[Change]:
    """What orders, proposals and journal items came to, then and now."""
    changes = []
    before, after = old.get("figures", {}), new.get("figures", {})
    for measure in dict.fromkeys((*before, *after)):
        was, now = before.get(measure, {}), after.get(measure, {})
        for key in dict.fromkeys((*was, *now)):
            old_cells = cells_by_month(old["months"], was.get(key))
            new_cells = cells_by_month(new["months"], now.get(key))
            if not by_month:
                old_cells = {"": sum(old_cells.values())}
                new_cells = {"": sum(new_cells.values())}
            for month in sorted({*old_cells, *new_cells}):
                pair = (old_cells.get(month, 0), new_cells.get(month, 0))
                if pair[0] != pair[1]:
                    changes.append(
                        Change(
                            "figure",
                            "changed",
                            measure,
                            *pair,
                            category=key,
                            month=month,
                            is_money=True,
                        )
                    )
    return changes


def trace(payloads: Sequence[Payload]) -> dict[tuple[str, ...], int]:
    """Which step brought each difference: ``{path: index of the payload}``, the last one.

    A category that came or went takes the steps of everything in it along.
    """
    steps: dict[tuple[str, ...], int] = {}
    for index in range(1, len(payloads)):
        for change in diff(payloads[index - 1], payloads[index], "total"):
            steps[change.path] = index
    return steps


def writer(payload: Payload, change: Change) -> int | None:
    """Who last wrote what changed, as the payload after the change knows it."""
    if change.section in ("amount", "entry"):
        writers = payload.get("writers", {}).get(change.category)
        if isinstance(writers, list):
            months = payload["months"]
            place = months.index(change.month) if change.month in months else -1
            return writers[place] if place >= 0 else None
        return writers
    if change.section == "category":
        return payload["categories"].get(change.category, {}).get("by")
    if change.section in ("rule", "policy", "rate"):
        part = {"rule": "rules", "policy": "policies", "rate": "rates"}[change.section]
        return payload.get(part, {}).get(change.row, {}).get("by")
    return None


# === TOTALS === #


def total(payload: Payload, kinds: Iterable[str], part: str = "amounts") -> int:
    """What the shown categories of some kinds plan in all."""
    wanted = set(kinds)
    return sum(
        amount or 0
        for key, units in payload.get(part, {}).items()
        if payload["categories"].get(key, {}).get("kind") in wanted
        for amount in units
    )
