# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What was measured, beside what was asked for."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

FULL_ROWS = 1_000_000


@dataclass(frozen=True)
class Line:
    """One measured figure. ``limit`` None: only told. ``least``: the limit is a minimum."""

    key: str
    title: str
    value: float
    unit: str
    limit: float | None = None
    least: bool = False

    @property
    def met(self) -> bool | None:
        if self.limit is None:
            return None
        return self.value >= self.limit if self.least else self.value <= self.limit


def written(value: float, unit: str) -> str:
    if unit == "×":
        return f"{value:,.2f} ×" if value < 10 else f"{value:,.0f} ×"
    if unit == "ms":
        return f"{value:,.1f} ms" if value < 100 else f"{value:,.0f} ms"
    return f"{value:,.0f} {unit}".strip()


@dataclass
class Outcome:
    """Collects lines under headings and prints each as soon as it is known."""

    rows: int
    lines: list[Line] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    @property
    def trial(self) -> bool:
        return self.rows < FULL_ROWS

    def turns(self, number: int) -> int:
        """How often to repeat a measure; a trial only shows that everything runs."""
        return max(number // 5, 2) if self.trial else number

    def head(self, text: str) -> None:
        print(f"\n{text}", flush=True)

    def add(
        self,
        key: str,
        title: str,
        value: float,
        unit: str,
        limit: float | None = None,
        *,
        least: bool = False,
    ) -> None:
        line = Line(key, title, value, unit, limit, least)
        self.lines.append(line)
        target, mark = "", ""
        if limit is not None:
            target = f"{'≥' if least else '≤'} {written(limit, unit)}"
            mark = "ok" if line.met else "NOT MET"
        shown = written(value, unit)
        print(f"  {title:<62} {shown:>12}  {target:<13} {mark}".rstrip(), flush=True)

    def end(self) -> int:
        """A word at the end; exit status 1 when a target was missed."""
        asked = [line for line in self.lines if line.limit is not None]
        missed = [line for line in asked if not line.met]
        minutes = (time.monotonic() - self.started) / 60
        print(
            f"\n{len(asked) - len(missed)} of {len(asked)} targets met, {minutes:.0f} min."
        )
        for line in missed:
            print(f"  not met: {line.title}")
        if self.trial:
            print(
                f"The targets are meant for {FULL_ROWS:,} journal items; this was a trial."
            )
            return 0
        return 1 if missed else 0

    def write(self, path: Path) -> None:
        lines = [{**asdict(line), "met": line.met} for line in self.lines]
        data = {"rows": self.rows, "figures": lines}
        path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")
