# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..engine.sheet import CellError, Fault
from ..engine.sheet_value import (
    LOCALES,
    Amount,
    Month,
    best_locale,
    guess_decimal_sign,
    is_day_first,
    month_names,
    parse_amount,
    parse_month,
    simplify,
)
from .sheet_files import CURRENCIES


class TestAmounts(BaseCase):
    def _parse(self, text, sign="."):
        return parse_amount(text, sign, CURRENCIES)

    def test_what_people_write(self):
        for text, value, currency in [
            ("1,234.50", "1234.50", None),
            ("1 234.50", "1234.50", None),
            ("1\u00a0234.50", "1234.50", None),
            ("1\u202f234.50", "1234.50", None),
            ("1'234.50", "1234.50", None),
            ("1’234", "1234", None),
            ("12,34,567", "1234567", None),
            ("(1,234.50)", "-1234.50", None),
            ("-1,234.50", "-1234.50", None),
            ("−5", "-5", None),
            ("1,234.50-", "-1234.50", None),
            ("$(1,200)", "-1200", "USD"),
            ("($1,200)", "-1200", "USD"),
            ("-$1,200", "-1200", "USD"),
            ("$-5", "-5", "USD"),
            ("USD 1,200", "1200", "USD"),
            ("1,200 usd", "1200", "USD"),
            ("€ 5", "5", "EUR"),
            ("15k", "15000", None),
            ("1.5m", "1500000", None),
            ("15k $", "15000", "USD"),
            ("1,200.-", "1200", None),
            ("1,200.--", "1200", None),
            ("+5", "5", None),
            (".5", "0.5", None),
            ("-", "0", None),
            ("–", "0", None),
            ("١٢٣٤", "1234", None),
        ]:
            with self.subTest(text=text):
                amount = self._parse(text)
                self.assertEqual(amount, Amount(Decimal(value), currency))

    def test_decimal_comma(self):
        for text, value in [
            ("1.234,50", "1234.50"),
            ("1.234", "1234"),
            ("1,5", "1.5"),
            ("1 234,50 €", "1234.50"),
            ("1.234,-", "1234"),
            ("1.234.567,8", "1234567.8"),
        ]:
            with self.subTest(text=text):
                self.assertEqual(self._parse(text, ",").value, Decimal(value))

    def test_numbers_of_the_sheet(self):
        self.assertEqual(self._parse(0.1).value, Decimal("0.1"))
        self.assertEqual(self._parse(-3).value, Decimal(-3))
        self.assertIsNone(self._parse(None))
        self.assertIsNone(self._parse("  "))

    def test_nothing_is_guessed(self):
        for cell, code in [
            ("1,23", "not_amount"),
            ("1.2.3", "not_amount"),
            ("1,234,56", "not_amount"),
            ("1,234.567,8", "not_amount"),
            ("12 34", "not_amount"),
            ("1e5", "not_amount"),
            ("--5", "not_amount"),
            ("(5", "not_amount"),
            ("5)", "not_amount"),
            ("(-5)", "not_amount"),
            ("abc", "not_amount"),
            ("n/a", "not_amount"),
            ("=1+1", "not_amount"),
            ("5 apples", "not_amount"),
            ("9" * 80, "not_amount"),
            (True, "not_amount"),
            ("5 %", "percent"),
            ("£5", "currency"),
            ("5 GBP", "currency"),
            ("€ 5 USD", "currency"),
            ("9" * 14, "too_large"),
            (1e13, "too_large"),
            (date(2025, 1, 1), "date_not_amount"),
            (Fault("#REF!"), "sheet_error"),
            (Fault(), "no_value"),
        ]:
            with self.subTest(cell=cell), self.assertRaises(CellError) as caught:
                self._parse(cell)
            self.assertEqual(caught.exception.code, code)

    def test_decimal_sign_found_out(self):
        for texts, sign in [
            (["1,234.50"], "."),
            (["1.234,50"], ","),
            (["12,5", "1.000"], ","),
            (["1,234,567"], "."),
            (["1,234", "5,678"], "."),
            (["1.234", "5.678"], ","),
            (["1.234", "5,5"], ","),
            (["0,125"], ","),
            (["€ 1.200,-"], ","),
            (["100", "abc"], "?"),
            ([], "?"),
        ]:
            with self.subTest(texts=texts):
                self.assertEqual(guess_decimal_sign(texts, "?"), sign)

    @given(
        st.decimals(-(10**12), 10**12, places=2),
        st.sampled_from([(",", "."), (".", ","), (" ", ","), ("'", "."), ("", ".")]),
        st.sampled_from(["{}", "{} €", "$ {}", "USD {}", "({})", "{}-"]),
    )
    def test_written_amounts_come_back(self, value, signs, pattern):
        group, point = signs
        text = f"{abs(value):,.2f}".replace(",", "\0").replace(".", point)
        text = pattern.format(text.replace("\0", group))
        minus = "(" in pattern or pattern.endswith("-")
        amount = self._parse(text, point)
        self.assertEqual(amount.value, -abs(value) if minus else abs(value))
        self.assertEqual(guess_decimal_sign([text]), point)

    @settings(max_examples=1000)
    @given(
        st.text(st.sampled_from("0123456789.,'’-+()$€k% xe\u00a0\u202f−"), max_size=14)
    )
    def test_any_text_is_an_amount_or_an_error(self, text):
        for sign in ".,":
            try:
                amount = self._parse(text, sign)
            except CellError:
                continue
            if amount:
                digits = [char for char in text if char.isdigit()]
                read = [c for c in str(abs(amount.value)) if c.isdigit()]
                kept = "".join(digits).strip("0")
                self.assertEqual("".join(read).strip("0")[: len(kept)], kept)


class TestMonths(BaseCase):
    def test_what_people_write(self):
        for text, month, year in [
            ("2025-01", 1, 2025),
            ("2025-01-15", 1, 2025),
            ("2025/1", 1, 2025),
            ("2025M01", 1, 2025),
            ("202501", 1, 2025),
            ("01/2025", 1, 2025),
            ("1.2025", 1, 2025),
            ("15/01/2025", 1, 2025),
            ("01/15/2025", 1, 2025),
            ("15.1.25", 1, 2025),
            ("Jan 2025", 1, 2025),
            ("January, 2025", 1, 2025),
            ("Jan-25", 1, 2025),
            ("Jan'25", 1, 2025),
            ("2025 Jan", 1, 2025),
            ("15 Jan 2025", 1, 2025),
            ("Jan", 1, None),
            ("SEPT.", 9, None),
            ("M1", 1, None),
            ("Month 12", 12, None),
            ("M 3", 3, None),
            ("1月", 1, None),
            ("2025年1月", 1, 2025),
            ("tháng 1/2025", 1, 2025),
            ("Tháng 12", 12, None),
            (date(2025, 3, 9), 3, 2025),
            (202503, 3, 2025),
        ]:
            with self.subTest(text=text):
                found = parse_month(text, "en", header=True)
                self.assertEqual(found, Month(month, year))

    def test_names_of_many_languages(self):
        for text, locale, month in [
            ("janv. 2025", "fr", 1),
            ("août", "fr", 8),
            ("aout", "fr", 8),
            ("März", "de", 3),
            ("Jänner", "de", 1),
            ("dez.", "de", 12),
            ("enero", "es", 1),
            ("março", "pt", 3),
            ("T1", "vi", 1),
            ("thg 5", "vi", 5),
            ("янв 2025", "ru", 1),
            ("Δεκ", "el", 12),
            ("listopad", "pl", 11),
            ("listopad", "hr", 10),
        ]:
            with self.subTest(text=text, locale=locale):
                self.assertEqual(parse_month(text, locale, header=True).month, month)

    def test_every_language_knows_twelve_months(self):
        for locale in LOCALES:
            with self.subTest(locale=locale):
                names = month_names(locale)
                self.assertTrue(names or locale in ("ja", "ko", "zh", "vi"))
                if names:
                    self.assertEqual(set(names.values()), set(range(1, 13)))
        self.assertEqual(month_names("xx"), {})

    def test_the_language_of_a_file(self):
        self.assertEqual(best_locale(["janv.", "févr.", "mars"], "en"), "fr")
        self.assertEqual(best_locale(["Januar", "Feber", "Mai"], "de"), "de")
        self.assertEqual(best_locale(["listopad", "prosinac"], "en"), "hr")
        self.assertEqual(best_locale(["Code", "Name"], "vi"), "vi")

    def test_no_month(self):
        for cell in (
            "2025",
            "12",
            "Q1",
            "Total",
            "Mar Vista rent",
            "FY25",
            "13/2025",
            "31.12",
            "Jan 99999",
            7,
            99,
            True,
            Fault("#N/A"),
            Fault(),
        ):
            with self.subTest(cell=cell), self.assertRaises(CellError):
                parse_month(cell, "en", header=True)
        self.assertIsNone(parse_month(None))

    def test_in_cells_numbers_are_months_or_days(self):
        self.assertEqual(parse_month(3), Month(3))
        self.assertEqual(parse_month("3"), Month(3))
        self.assertEqual(parse_month(45658), Month(1, 2025))
        with self.assertRaises(CellError):
            parse_month(45658.5)

    def test_day_or_month_first(self):
        self.assertEqual(parse_month("03/04/2025", day_first=True).month, 4)
        self.assertEqual(parse_month("03/04/2025", day_first=False).month, 3)
        self.assertTrue(is_day_first(["01/02/2025", "13/02/2025"], default=False))
        self.assertFalse(is_day_first(["01/02/2025", "02/13/2025"], default=True))
        self.assertTrue(is_day_first(["x"], default=True))

    @given(st.dates(date(1990, 1, 1), date(2100, 12, 31)))
    def test_written_months_come_back(self, day):
        for pattern in ("%Y-%m", "%m/%Y", "%B %Y", "%b %Y", "%Y-%m-%d", "%d %b %Y"):
            found = parse_month(day.strftime(pattern), header=True)
            self.assertEqual(found, Month(day.month, day.year))

    @settings(max_examples=500)
    @given(st.text(max_size=20))
    def test_any_text_is_a_month_or_an_error(self, text):
        try:
            month = parse_month(text)
        except CellError:
            return
        self.assertTrue(month is None or 1 <= month.month <= 12)


class TestSimplify(BaseCase):
    def test_simplify(self):
        for text, simple in [
            ("  Số  Tiền ", "so tien"),
            ("Đơn vị", "don vi"),
            ("Funding_source.", "funding source"),
            ("Straße", "strasse"),
            ("N°", "n"),
        ]:
            with self.subTest(text=text):
                self.assertEqual(simplify(text), simple)
