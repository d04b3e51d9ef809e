# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Rich texts as Markdown: what the editor of notes writes, and no more."""

from __future__ import annotations

import re

from lxml import html as lxml_html

SPECIAL = re.compile(r"([\\`*_\[\]<>#|])")
SPACES = re.compile(r"\s+")
HEADINGS = {f"h{level}": "#" * level for level in range(1, 7)}
EMPHASIS = {"b": "**", "strong": "**", "i": "*", "em": "*", "code": "`"}
#: Elements that begin a line of their own.
BLOCKS = {
    *HEADINGS,
    "blockquote",
    "div",
    "hr",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "ul",
}
#: Deeper than that, the text goes on at the same depth.
DEEPEST = 12
#: Schemes that a link may have.
SCHEMES = ("http://", "https://", "mailto:", "/")


def escape(text: str) -> str:
    """A text whose characters mean nothing in Markdown.

    >>> escape("5 * 3 [a]")
    '5 \\\\* 3 \\\\[a\\\\]'
    """
    return SPECIAL.sub(r"\\\1", text)


def get_text(source: str) -> str:
    """The words of a rich text, in one line."""
    if not source.strip():
        return ""
    root = lxml_html.fragment_fromstring(source, create_parent="div")
    return SPACES.sub(" ", " ".join(root.itertext())).strip()


def to_markdown(source: str) -> str:
    """A rich text as Markdown.

    >>> to_markdown("<h3>Agenda</h3><ul><li>Jury</li></ul>")
    '### Agenda\\n\\n- Jury'
    """
    if not source.strip():
        return ""
    root = lxml_html.fragment_fromstring(source, create_parent="div")
    return "\n\n".join(_blocks(root, 0))


def _blocks(element, depth: int) -> list[str]:
    """The paragraphs inside an element."""
    result: list[str] = []
    line = [_plain(element.text)]

    def close_line() -> None:
        text = "".join(line).strip()
        if text:
            result.append(text)
        line.clear()

    for child in element:
        if not isinstance(child.tag, str):
            pass
        elif child.tag in BLOCKS:
            close_line()
            result += _block(child, depth)
        else:
            line.append(_inline(child, depth))
        line.append(_plain(child.tail))
    close_line()
    return result


def _block(element, depth: int) -> list[str]:
    tag = element.tag
    if tag in HEADINGS:
        text = _inside(element, depth).strip()
        return [f"{HEADINGS[tag]} {text}"] if text else []
    if tag in ("ul", "ol"):
        items = _list(element, depth + 1)
        return ["\n".join(items)] if items else []
    if tag == "hr":
        return ["---"]
    if tag == "pre":
        return [f"```\n{element.text_content().strip()}\n```"]
    if tag == "table":
        return _table(element, depth)
    inner = _blocks(element, depth + 1) if depth < DEEPEST else [_words(element)]
    if tag == "blockquote":
        return ["\n".join(f"> {line}" for line in "\n\n".join(inner).split("\n"))]
    return inner


def _list(element, depth: int) -> list[str]:
    if depth > DEEPEST:
        return [f"- {_words(element)}"]
    lines = []
    for number, item in enumerate(element.iterchildren("li"), start=1):
        mark = f"{number}." if element.tag == "ol" else "-"
        checked = "o_checked" in item.get("class", "")
        if "o_checklist" in element.get("class", ""):
            mark += " [x]" if checked else " [ ]"
        text = "\n".join(_blocks(item, depth))
        if not text:
            continue
        indent = " " * (len(mark.split()[0]) + 1)
        first, *others = text.split("\n")
        lines += [f"{mark} {first}", *(f"{indent}{line}" for line in others)]
    return lines


def _table(element, depth: int) -> list[str]:
    rows = [
        [
            _inside(cell, depth).strip().replace("\n", " ")
            for cell in row.iterchildren("td", "th")
        ]
        for row in element.iter("tr")
    ]
    if not rows:
        return []
    width = max(map(len, rows))
    lines = ["| " + " | ".join(row + [""] * (width - len(row))) + " |" for row in rows]
    lines.insert(1, "|" + " --- |" * width)
    return ["\n".join(lines)]


def _inside(element, depth: int) -> str:
    if depth > DEEPEST:
        return _words(element)
    parts = [_plain(element.text)]
    for child in element:
        if isinstance(child.tag, str):
            parts.append(_inline(child, depth + 1))
        parts.append(_plain(child.tail))
    return "".join(parts)


def _inline(element, depth: int) -> str:
    tag = element.tag
    if tag == "br":
        return "\n"
    if tag == "img":
        return escape(element.get("alt") or "")
    text = _inside(element, depth)
    words = text.strip()
    if tag == "a" and words:
        link = element.get("href") or ""
        if link.startswith(SCHEMES) and not re.search(r"[\s()<>]", link):
            return f"[{words}]({link})"
    elif tag in EMPHASIS and words:
        mark = EMPHASIS[tag]
        return text.replace(words, f"{mark}{words}{mark}", 1)
    return text


def _plain(text: str | None) -> str:
    return escape(SPACES.sub(" ", text or ""))


def _words(element) -> str:
    return escape(SPACES.sub(" ", element.text_content()).strip())
