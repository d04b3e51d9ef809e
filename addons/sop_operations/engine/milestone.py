# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""How a milestone stands on a day."""

from __future__ import annotations

from datetime import date

#: Days before the target date from which on an open milestone is a warning.
SOON = 7


def get_state(stage: str, target: date | None, today: date) -> str:
    """``missed`` once the target date has passed; else what people say of it."""
    if stage != "completed" and target and target < today:
        return "missed"
    return stage


def get_days_late(
    stage: str, target: date | None, completed: date | None, today: date
) -> int:
    """Whole days after the target date: of the completion, or until today; 0 when in time."""
    end = completed if stage == "completed" else today
    return max((end - target).days, 0) if end and target else 0


def get_days_until(stage: str, target: date | None, today: date) -> int:
    """Whole days from today to the target date; negative when late, 0 when completed."""
    return (target - today).days if target and stage != "completed" else 0


def get_color_state(
    stage: str, target: date | None, completed: date | None, today: date
) -> str:
    """Success, warning, danger or muted. First match wins.

    Completed in time is success and completed late a warning; missed is danger; due within
    a week is a warning; whatever else is muted.
    """
    late = get_days_late(stage, target, completed, today)
    if stage == "completed":
        return "warning" if late else "success"
    if late:
        return "danger"
    if target and get_days_until(stage, target, today) <= SOON:
        return "warning"
    return "muted"
