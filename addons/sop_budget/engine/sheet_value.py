# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Amounts and months as people type them.

Amounts: ``1,234.50``, ``1.234,50 €``, ``1 234,50``, ``1'234.50``, ``12,34,567``,
``(1,234.50)``, ``1.234,50-``, ``USD 1,200``, ``15k``, ``1.200,-``; a lone dash is 0.

Months: dates, ``2025-01``, ``01/2025``, ``Jan 25``, ``janvier 2025``, ``tháng 1``,
``1月``, ``M01``, ``Jan``; names in the languages of :data:`LOCALES`.
"""

from __future__ import annotations

import datetime
import functools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from .sheet import Cell, CellError, Fault, cell_text

#: Beyond this an amount is a mistake, and cents would no longer fit a float.
MAX_AMOUNT = Decimal(10) ** 13

#: Languages whose names of months are known, the more common ones first: it decides
#: where two languages use one name for two months.
LOCALES = (
    "en",
    "fr",
    "de",
    "es",
    "pt",
    "it",
    "nl",
    "vi",
    "id",
    "pl",
    "tr",
    "ru",
    "uk",
    "sv",
    "da",
    "nb",
    "fi",
    "cs",
    "sk",
    "hu",
    "ro",
    "bg",
    "el",
    "hr",
    "sl",
    "lt",
    "lv",
    "et",
    "ca",
    "ms",
    "fil",
    "th",
    "ar",
    "he",
    "fa",
    "hi",
    "bn",
    "ja",
    "ko",
    "zh",
)

# Amounts -----------------------------------------------------------------------------

_SAME = str.maketrans(
    {
        "\u00a0": " ",
        "\u202f": " ",
        "\u2009": " ",
        "\u2007": " ",
        "\u200e": "",
        "\u200f": "",
        "\u2212": "-",
        "\u2013": "-",
        "\u2014": "-",
        "\u2010": "-",
        "\u2011": "-",
        "’": "'",
        "`": "'",
        "_": "'",
        "٫": ".",
        "٬": "'",
        "（": "(",
        "）": ")",
    }
)
_AMOUNT = re.compile(
    r"(?P<sign1>[-+(]?)\s*(?P<word1>[^\d\s().,'+\-][^\d().,'+\-]*)?\s*"
    r"(?P<sign2>[-+(]?)\s*"
    r"(?P<digits>[.,]?\d[\d.,' ]*?)(?P<cents>[.,]\s*--?)?\s*"
    r"(?P<sign3>[-)]?)\s*(?P<word2>[^\d\s().,'+\-][^\d().,'+\-]*)?(?P<sign4>[-)]?)"
)
#: Digits in groups: by threes, or the Indian way (12,34,567).
_GROUPS = re.compile(
    r"\d{1,3}(?:(?P<sign>[.,' ])\d{3})(?:(?P=sign)\d{3})*|\d{1,2}(?:,\d{2})+,\d{3}"
)
_SCALE = {"k": 1000, "m": 1_000_000}


@dataclass(frozen=True)
class Amount:
    """A number and, where the cell names one, the code of its currency."""

    value: Decimal
    currency: str | None = None


def _plain(text: str) -> str:
    """Text with one kind of blank, minus and digit."""
    text = text.translate(_SAME).strip()
    if text.isascii():
        return text
    return "".join(
        char if char.isascii() else str(unicodedata.decimal(char, char))
        for char in text
    )


def guess_decimal_sign(texts: Iterable[str], default: str = ".") -> str:
    """Find out whether "." or "," parts the cents, from all the amounts of a file.

    ``1.234,5`` and ``12,5`` tell; ``1,234`` alone could be both and counts as
    thousands when nothing tells, because plans rarely have three decimals.

    :param default: the sign of the reader's language, for files that tell nothing
    """
    votes: Counter[str] = Counter()
    unclear: Counter[str] = Counter()
    for text in texts:
        signs = re.sub(r"[^\d.,]", "", _plain(text)).strip(".,")
        found = re.findall(r"[.,]", signs)
        if not found:
            continue
        last = found[-1]
        before, _sign, after = signs.rpartition(last)
        if len(set(found)) == 2:
            votes[last] += 1
        elif len(found) > 1:
            votes[_other(last)] += 1
        elif len(after) != 3 or len(before) > 3 or before in ("0", ""):
            votes[last] += 1
        else:
            unclear[last] += 1
    for counter, flip in ((votes, False), (unclear, True)):
        if counter["."] != counter[","]:
            sign = "." if counter["."] > counter[","] else ","
            return _other(sign) if flip else sign
    return default


def _other(sign: str) -> str:
    return "," if sign == "." else "."


def parse_amount(
    cell: Cell,
    decimal_sign: str = ".",
    currencies: Mapping[str, str] | None = None,
    scale: int = 1,
) -> Amount | None:
    """Read a cell as an amount.

    :param decimal_sign: "." or ","; the other one, blanks and apostrophes may group
        the digits, in threes only: what doesn't fit is an error, never a guess
    :param currencies: code of the currency by sign or code, in lower case
    :param scale: what one stands for, 1000 in a sheet of thousands
    :return: None for an empty cell
    :raise CellError: ``not_amount``, ``date_not_amount``, ``percent``, ``currency``,
        ``too_large``, ``sheet_error``, ``no_value``
    """
    if cell is None:
        return None
    if isinstance(cell, Fault):
        if cell.text:
            raise CellError("sheet_error", error=cell.text)
        raise CellError("no_value")
    if isinstance(cell, bool):
        raise CellError("not_amount")
    if isinstance(cell, datetime.date):
        raise CellError("date_not_amount")
    if isinstance(cell, int | float):
        return Amount(_bounded(Decimal(repr(cell)) * scale))
    amount = _parse_text(cell, decimal_sign, currencies or {})
    return amount and Amount(_bounded(amount.value * scale), amount.currency)


def _bounded(value: Decimal) -> Decimal:
    if abs(value) >= MAX_AMOUNT:
        raise CellError("too_large")
    return value


def _parse_text(
    cell: str, decimal_sign: str, currencies: Mapping[str, str]
) -> Amount | None:
    text = _plain(cell)
    if not text.strip("- "):
        return Amount(Decimal(0)) if text else None
    if "%" in text:
        raise CellError("percent")
    match = _AMOUNT.fullmatch(text) if len(text) <= 60 else None
    if not match:
        raise CellError("not_amount")
    sign = "".join(match[f"sign{place}"] or "" for place in (1, 2, 3, 4))
    if sign not in ("", "-", "+", "()"):
        raise CellError("not_amount")
    scale, currency = _read_words(match["word1"], match["word2"], currencies)
    number = _parse_digits(match["digits"].strip(), decimal_sign) * scale
    return Amount(_bounded(-number if sign in ("-", "()") else number), currency)


def _read_words(
    before: str | None, after: str | None, currencies: Mapping[str, str]
) -> tuple[int, str | None]:
    """What stands around the digits: a scale ("15k") and a currency."""
    scale = 1
    words = [(before or "").strip()]
    last = (after or "").strip()
    first_word, _blank, rest = last.partition(" ")
    if first_word.lower() in _SCALE:
        scale, last = _SCALE[first_word.lower()], rest.strip()
    words = [word.rstrip(".").lower() for word in (*words, last) if word]
    if not words:
        return scale, None
    found = {currencies.get(word) for word in words}
    if len(found) > 1 or None in found:
        if max(map(len, words)) > 4:
            raise CellError("not_amount")
        raise CellError("currency", currency=" ".join(words).upper())
    return scale, found.pop()


def _parse_digits(digits: str, decimal_sign: str) -> Decimal:
    whole, sign, cents = digits.partition(decimal_sign)
    if sign and not cents.isdecimal():
        # "1.234.567" although the dot parts the cents in this file
        raise CellError("not_amount")
    if not whole.isdecimal():
        match = _GROUPS.fullmatch(whole)
        if (whole and not match) or (match and match["sign"] == decimal_sign):
            raise CellError("not_amount")
        whole = re.sub(r"\D", "", whole)
    try:
        return Decimal(f"{whole or 0}.{cents or 0}")
    except InvalidOperation as error:
        raise CellError("not_amount") from error


# Months ------------------------------------------------------------------------------

#: Abbreviations in use beside those of the language data.
_MORE_NAMES = {
    "en": {"sept": 9, "febr": 2},
    "de": {"jaen": 1, "janner": 1, "feber": 2, "mrz": 3},
    "es": {"set": 9, "setiembre": 9},
    "vi": {f"t{number}": number for number in range(1, 13)}
    | {f"thang {number}": number for number in range(1, 13)},
}
_ISO = re.compile(r"(?P<year>\d{4})\s*[-/.M]?\s*(?P<month>\d{1,2})(?:[-/.]\d{1,2})?.*")
_MONTH_YEAR = re.compile(r"(?:M|T)?(?P<month>\d{1,2})\s*[-/.]\s*(?P<year>\d{4})")
_DAY_MONTH_YEAR = re.compile(
    r"(?P<one>\d{1,2})[-/. ]\s?(?P<two>\d{1,2})[-/. ]\s?(?P<year>\d{4}|\d{2})(?: .*)?"
)
_NUMBERED = re.compile(
    r"(?:M|Month|Mois|Monat|Mes|Tháng|Thg|Th)\.?\s?(?P<month>\d{1,2})"
    r"(?:\s*[-/, ]\s*(?:năm\s*)?(?P<year>\d{4}))?",
    re.IGNORECASE,
)
_YEAR_WORD = re.compile(r"(?:FY|'|’)?(?P<year>(?:19|20|21)\d{2}|\d{2})")
_CJK = re.compile(r"(?:(?P<year>\d{4})\s*[年년]\s*)?(?P<month>\d{1,2})\s*[月월]")


@dataclass(frozen=True)
class Month:
    """A month whose year may be unknown ("Jan")."""

    month: int
    year: int | None = None

    def first_day(self) -> datetime.date | None:
        if self.year is None:
            return None
        return datetime.date(self.year, self.month, 1)


def simplify(text: str) -> str:
    """Lower case without accents, dots and needless blanks, to compare texts."""
    decomposed = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D"))
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(re.sub(r"[^\w]+", " ", plain.casefold().replace("_", " ")).split())


def _load_months(locale: str) -> Mapping | None:
    """What the language data says about months, None for an unknown language.

    A whole language takes a megabyte of memory and the months a kilobyte: what this
    loads is let go again.
    """
    from babel import Locale, localedata
    from babel.core import UnknownLocaleError

    cache = getattr(localedata, "_cache", {})
    before = set(cache)
    try:
        months = Locale.parse(locale.replace("-", "_")).months
        return {
            context: {width: dict(months[context][width]) for width in widths}
            for context, widths in _CONTEXTS.items()
        }
    except (UnknownLocaleError, ValueError):
        return None
    finally:
        for name in set(cache) - before:
            cache.pop(name, None)


_CONTEXTS = dict.fromkeys(("format", "stand-alone"), ("wide", "abbreviated"))


@functools.cache
def month_names(locale: str) -> Mapping[str, int]:
    """Names of the months of a language, simplified, long and short."""
    names: dict[str, int] = {}
    months = _load_months(locale)
    if not months:
        return names
    for context, widths in _CONTEXTS.items():
        for width in widths:
            for number, name in months[context][width].items():
                simple = simplify(name)
                if simple and not simple.isdecimal():
                    names.setdefault(simple, number)
    for simple, number in _MORE_NAMES.get(locale[:2], {}).items():
        names.setdefault(simple, number)
    # People cut names to three letters where the language data has other ones.
    short = Counter(
        name[:3] for name in map(simplify, months["format"]["wide"].values())
    )
    for number, name in months["format"]["wide"].items():
        head = simplify(name)[:3]
        if short[head] == 1 and head.isalpha() and len(head) == 3:
            names.setdefault(head, number)
    return names


def best_locale(texts: Iterable[str], preferred: str = "en") -> str:
    """The language that knows the most of some words as names of months.

    The reader's own language wins a draw, then the order of :data:`LOCALES`.
    """
    words = Counter(
        word
        for text in texts
        for word in {simplify(text), *_name_parts(simplify(text))}
        if word
    )
    candidates = [preferred, *LOCALES]
    scores = [
        sum(count for word, count in words.items() if word in month_names(locale))
        for locale in candidates
    ]
    return candidates[scores.index(max(scores))]


def _name_parts(simple: str) -> list[str]:
    """Words of a text, and "jan" of "jan25"."""
    return re.findall(r"[^\W\d_]+", simple)


def parse_month(
    cell: Cell, locale: str = "en", day_first: bool = True, header: bool = False
) -> Month | None:
    """Read a cell as a month.

    :param locale: language of the names, see :func:`best_locale`; English always works
    :param day_first: how to read 03/04/2025
    :param header: the cell heads a column, so it is no bare number ("2025", "12")
        and no serial number of a day
    :return: None for an empty cell
    :raise CellError: ``not_month``, ``sheet_error``, ``no_value``
    """
    if cell is None:
        return None
    if isinstance(cell, Fault):
        raise (
            CellError("sheet_error", error=cell.text)
            if cell.text
            else CellError("no_value")
        )
    if isinstance(cell, datetime.date):
        return _month(cell.month, cell.year)
    if isinstance(cell, bool):
        raise CellError("not_month")
    if isinstance(cell, int | float):
        return _month_of_number(cell, header)
    text = _plain(cell)
    month = (
        _month_of_digits(text, day_first, header)
        or _month_of_words(text, locale)
        or _month_of_words(text, "en")
    )
    if not month:
        raise CellError("not_month")
    return month


def _month(month: int, year: int | None = None) -> Month | None:
    if year is not None and year < 100:
        year += 2000
    if 1 <= month <= 12 and (year is None or 1950 <= year <= 2200):
        return Month(month, year)
    return None


def _month_of_number(number: float, header: bool) -> Month:
    """202503, or (not in a header) 3 and Excel's serial number of a day."""
    if number == int(number):
        number = int(number)
        found = _month(number % 100, number // 100) if number > 195000 else None
        if not found and not header and number <= 12:
            found = _month(number)
        if not found and not header and 20000 < number < 100000:
            day = datetime.date(1899, 12, 30) + datetime.timedelta(number)
            found = _month(day.month, day.year)
        if found:
            return found
    raise CellError("not_month")


def _month_of_digits(text: str, day_first: bool, header: bool) -> Month | None:
    if text.isdecimal():
        try:
            return _month_of_number(int(text[:9]), header)
        except CellError:
            return None
    for pattern in (_CJK, _NUMBERED):
        if match := pattern.fullmatch(text):
            return _month(int(match["month"]), _group_year(match))
    if match := _DAY_MONTH_YEAR.fullmatch(text):
        one, two = int(match["one"]), int(match["two"])
        if one > 12 or (day_first and two <= 12):
            one, two = two, one
        return _month(one, int(match["year"]))
    for pattern in (_ISO, _MONTH_YEAR):
        if match := pattern.fullmatch(text):
            found = _month(int(match["month"]), int(match["year"]))
            if found:
                return found
    return None


def _group_year(match: re.Match[str]) -> int | None:
    year = match.groupdict().get("year")
    return int(year) if year else None


def _month_of_words(text: str, locale: str) -> Month | None:
    """A name of a month, with or without a year, and nothing else but a day."""
    names = month_names(locale)
    simple = simplify(text)
    if simple in names:
        return _month(names[simple])
    # "jan25" and "thang 1 2025": part letters from digits, then look for the longest
    # run of words that is a name; what is left over must be a year or a day.
    words = re.findall(r"[^\W\d_]+\d{1,2}(?!\d)|[^\W\d_]+|\d+", simple)
    parts = re.findall(r"[^\W\d_]+|\d+", simple)
    for tokens in (words, parts):
        for size in (3, 2, 1):
            for start in range(len(tokens) - size + 1):
                name = " ".join(tokens[start : start + size])
                if name in names:
                    rest = tokens[:start] + tokens[start + size :]
                    return _with_year(names[name], rest)
    return None


def _with_year(month: int, rest: list[str]) -> Month | None:
    """The month with the year found in the other words, None if they say more."""
    rest = [word for word in rest if word not in ("de", "del", "of", "nam", "g", "r")]
    years = [word for word in rest if _YEAR_WORD.fullmatch(word)]
    if len(rest) > 2 or len(years) != len(rest):
        return None
    if len(rest) == 2:
        # "15 Jan 2025" or "Jan 15 2025": the longer one is the year.
        rest = [word for word in rest if len(word) == 4]
        if len(rest) != 1:
            return None
    return _month(month, int(rest[0]) if rest else None)


def is_day_first(texts: Iterable[str], default: bool = True) -> bool:
    """Whether dates such as 03/04/2025 begin with the day, from all dates of a file.

    A number above 12 is a day; so is the 1 that stays while the other one changes.
    """
    matches = [_DAY_MONTH_YEAR.fullmatch(_plain(text)) for text in texts]
    dates = [(int(match["one"]), int(match["two"])) for match in matches if match]
    for one, two in dates:
        if one > 12 or two > 12:
            return one > 12
    first, second = {one for one, _two in dates}, {two for _one, two in dates}
    if len(first) > 1 and second == {1}:
        return False
    if len(second) > 1 and first == {1}:
        return True
    return default


def text_of(cell: Cell) -> str:
    """A cell as cleaned text for names and codes, without spaces that indent it."""
    return cell_text(cell).strip()
