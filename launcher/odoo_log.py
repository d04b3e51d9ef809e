"""Warnings and errors in Odoo's log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

# The start of a log line: date, time, process, level, database, logger, message.
LINE = re.compile(r"^\d{4}-\d\d-\d\d \S+ \d+ (?P<level>[A-Z]+) \S+ (?P<rest>.*)$")
BAD_LEVELS = {"WARNING", "ERROR", "CRITICAL"}

# Lines that are not ours and that we can't prevent; each with its reason.
NOT_OURS = tuple(
    re.compile(pattern)
    for pattern in (
        # Odoo's own note to whoever runs the server as root, as containers do.
        r"Running as user 'root' is a security risk",
        # The page was still loading something when the test ended and the browser closed.
        r"Error received after termination",
    )
)


def offending_lines(path: Path) -> Iterator[str]:
    """The warnings and errors of a log that are ours to mend."""
    if not path.is_file():
        return
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            match = LINE.match(line)
            if not match or match["level"] not in BAD_LEVELS:
                continue
            if not any(known.search(match["rest"]) for known in NOT_OURS):
                yield line.rstrip()
