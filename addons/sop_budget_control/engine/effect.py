# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a request would do to the categories that it asks for, in whole minor units."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effect:
    """The figures of one category, and what a request asks of it.

    ``pending`` is what others ask for: the request itself is in ``asked`` only. ``held`` is
    what approved expenses take that are not in the books yet.

    >>> effect = Effect(planned=1200, reserved=300, pending=100, committed=200, actual=0, asked=500)
    >>> effect.available, effect.after_pending, effect.used_if_approved, effect.left
    (700, 600, 1000, 200)
    >>> effect.percent, effect.left_after_pending, effect.is_short
    (83, 100, False)
    """

    planned: int = 0
    reserved: int = 0
    pending: int = 0
    committed: int = 0
    actual: int = 0
    asked: int = 0
    held: int = 0

    @property
    def used(self) -> int:
        return self.reserved + self.committed + self.actual + self.held

    @property
    def available(self) -> int:
        return self.planned - self.used

    @property
    def after_pending(self) -> int:
        return self.available - self.pending

    @property
    def used_if_approved(self) -> int:
        return self.used + self.asked

    @property
    def left(self) -> int:
        return self.planned - self.used_if_approved

    @property
    def left_after_pending(self) -> int:
        return self.left - self.pending

    @property
    def percent(self) -> int | None:
        """Of the plan, if approved; None where nothing is planned."""
        return share(self.used_if_approved, self.planned)

    @property
    def is_short(self) -> bool:
        return self.left < 0

    def bar(self) -> tuple[int, int, int]:
        """Widths of used, asked and others' pending in percent: 100 at most in all.

        >>> Effect(planned=100, actual=50, asked=80, pending=30).bar()
        (50, 50, 0)
        >>> Effect(asked=5).bar()
        (0, 100, 0)
        """
        rest, widths = 100, []
        for part in (self.used, self.asked, self.pending):
            wanted = share(part, self.planned)
            if wanted is None:
                wanted = 100 if part > 0 else 0
            widths.append(max(min(wanted, rest), 0))
            rest -= widths[-1]
        return widths[0], widths[1], widths[2]


def share(part: int, whole: int) -> int | None:
    """A rounded percentage; None where there is no whole.

    >>> share(1, 3), share(2, 3), share(5, 0)
    (33, 67, None)
    """
    if whole <= 0:
        return None
    return (200 * part + whole) // (2 * whole)
