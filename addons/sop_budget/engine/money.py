# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Money as whole minor units.

Wherever sums have to be exact, an amount is an ``int`` that counts the smallest unit
of its currency (cents for two decimals). The rest of the engine only sees such
integers; amounts become floats again at the border to the ORM.

Rounding is half away from zero, as currencies in Odoo round.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from fractions import Fraction

#: Anything an amount may be given as.
Number = int | float | Decimal | Fraction | str

#: Enough digits for every amount a database column can hold; ROUND_HALF_UP of the
#: decimal module is half away from zero.
_CONTEXT = Context(prec=60, rounding=ROUND_HALF_UP)

#: Powers of ten beyond which a number isn't an amount, a rate or a quantity.
_MAX_EXPONENT = 40


class MoneyError(ValueError):
    """An amount that is no finite number."""


def to_decimal(value: Number) -> Decimal:
    """Return ``value`` as the decimal number that a person would read.

    A float is taken by its shortest notation: ``1.005`` is 1.005 and not the binary
    number 1.00499999999999989… behind it.

    :raise MoneyError: for text that is no number, for nan, infinities and numbers
        of more than 40 digits
    """
    if isinstance(value, Fraction):
        return _CONTEXT.divide(Decimal(value.numerator), Decimal(value.denominator))
    try:
        number = Decimal(repr(float(value)) if isinstance(value, float) else value)
    except (InvalidOperation, TypeError, ValueError) as error:
        raise MoneyError(f"Not a number: {value!r}") from error
    if not number.is_finite() or number.adjusted() > _MAX_EXPONENT:
        raise MoneyError(f"Not a number of this world: {value!r}")
    # A number this small is noise; as a fraction it would cost time and memory.
    return number if number.adjusted() > -_MAX_EXPONENT else Decimal(0)


def round_half_away(value: Number) -> int:
    """Round to a whole number, halves away from zero: 2.5 → 3, −2.5 → −3."""
    if isinstance(value, int):
        return value
    if isinstance(value, Fraction):
        whole = (2 * abs(value.numerator) + value.denominator) // (
            2 * value.denominator
        )
        return whole if value >= 0 else -whole
    return int(to_decimal(value).to_integral_value(ROUND_HALF_UP, _CONTEXT))


def to_units(amount: Number, decimal_places: int = 2) -> int:
    """Return ``amount`` in minor units of a currency with ``decimal_places``.

    >>> to_units(33333.335), to_units(-0.005), to_units("12", 0)
    (3333334, -1, 12)

    :raise MoneyError: when the amount is no finite number
    """
    if isinstance(amount, int):
        return amount * 10**decimal_places
    if isinstance(amount, Fraction):
        return round_half_away(amount * 10**decimal_places)
    return round_half_away(to_decimal(amount).scaleb(decimal_places, _CONTEXT))


def from_units(units: int, decimal_places: int = 2) -> float:
    """Return the float nearest to ``units`` minor units.

    ``to_units(from_units(n)) == n`` for every ``|n| <= 10**15``.
    """
    return int(units) / 10**decimal_places


def convert(amount: Number, rate: Number, decimal_places: int = 2) -> int:
    """Convert an amount in a foreign currency to minor units of the company's.

    :param rate: company currency per 1 unit of the foreign currency, positive
    :raise MoneyError: when the rate isn't positive or something is no finite number
    """
    factor = Fraction(to_decimal(rate))
    if factor <= 0:
        raise MoneyError(f"An exchange rate must be positive: {rate!r}")
    return to_units(Fraction(to_decimal(amount)) * factor, decimal_places)
