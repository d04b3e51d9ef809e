# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is left of a granted amount, and how far its spending got: arithmetic only."""

from dataclasses import dataclass


def reserved(approved: float, consumed: float, *, freed: bool = False) -> float:
    """The part of a granted amount that no order or bill has taken over.

    Spending more than was granted leaves nothing, and being credited more than was billed
    never reserves more than was granted.

    >>> reserved(300, 200), reserved(300, 350), reserved(300, -20)
    (100, 0, 300)
    >>> reserved(300, 200, freed=True)
    0
    """
    if freed:
        return 0
    return min(max(approved - consumed, 0), approved)


@dataclass(frozen=True, slots=True)
class Spending:
    """What became of a grant, in minor units."""

    reserved: int = 0
    open: int = 0
    billed: int = 0
    paid: int = 0

    def progress(self) -> str:
        """``""`` (nothing yet), ``ordered`` or ``paid`` (nothing is left to do).

        >>> Spending(reserved=100).progress()
        ''
        >>> Spending(reserved=100, billed=200, paid=200).progress()
        'ordered'
        >>> Spending(billed=300, paid=300).progress()
        'paid'
        """
        if not self.open and not self.billed:
            return ""
        if self.reserved or self.open or self.billed != self.paid:
            return "ordered"
        return "paid"
