# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Which days a digest tells of."""

from __future__ import annotations

from datetime import date, timedelta

ONE_DAY = timedelta(days=1)
#: Days of one digest, and how far back it reaches when some could not be sent.
SPANS = {"daily": (1, 7), "weekly": (7, 28)}


def get_span(kind: str, today: date, until: date | None) -> tuple[date, date] | None:
    """First and last day to tell of on a day, or nothing when all was told.

    A daily digest ends yesterday, a weekly one on the last Sunday. Days that were missed are
    told of as well, up to a limit.

    >>> get_span("daily", date(2025, 6, 10), date(2025, 6, 8))
    (datetime.date(2025, 6, 9), datetime.date(2025, 6, 9))
    >>> get_span("weekly", date(2025, 6, 10), None)
    (datetime.date(2025, 6, 2), datetime.date(2025, 6, 8))
    """
    length, longest = SPANS[kind]
    end = today - (ONE_DAY if kind == "daily" else timedelta(days=today.weekday() + 1))
    if until and until >= end:
        return None
    start = until + ONE_DAY if until else end - timedelta(days=length - 1)
    return max(start, end - timedelta(days=longest - 1)), end
