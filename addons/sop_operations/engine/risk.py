# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""How serious a risk is: likelihood times impact, each from 1 to 5."""

from __future__ import annotations

#: From this product on: danger, warning; anything less: success
SERIOUS, NOTABLE = 15, 8


def score(likelihood: int, impact: int) -> int:
    """1 (rare and slight) to 25 (sure to come and ruinous)."""
    return likelihood * impact


def color(value: int, is_open: bool = True) -> str:
    """First match wins: closed risks are muted, then by the product."""
    if not is_open:
        return "muted"
    if value >= SERIOUS:
        return "danger"
    return "warning" if value >= NOTABLE else "success"
