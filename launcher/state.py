"""The state folder .sop/: where everything that ./sop fetches or makes is kept."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from .console import SopError, say

ROOT = Path(__file__).resolve().parent.parent
ADDONS = ROOT / "addons"
REQUIREMENTS = ROOT / "requirements"
# Several working copies may share one by a link: then it is the same for all of them
STATE = (ROOT / ".sop").resolve()
LOGS = STATE / "logs"
LOCKS = STATE / "locks"
STAMPS = STATE / "stamps"
DATA = STATE / "data"
VENV = STATE / "venv"

FREE_DISK_FOR_SETUP = 5 * 1024**3
FREE_DISK_FOR_WORK = 1024**3
REMOVE_ATTEMPTS = 60


def prepare() -> None:
    """Make the state folder, and refuse one that belongs to another user."""
    try:
        for folder in (STATE, LOGS, LOCKS, STAMPS, DATA):
            folder.mkdir(parents=True, exist_ok=True)
    except PermissionError:
        raise SopError(
            f"The folder {ROOT} can't be written.", "use a copy that you own."
        ) from None
    owner = STATE.stat().st_uid
    if owner != os.geteuid():
        raise SopError(
            f"The folder {STATE} belongs to another user (id {owner}).",
            "run ./sop as that user, or use a copy of your own.",
        )


def require_disk(needed: int = FREE_DISK_FOR_WORK) -> None:
    free = shutil.disk_usage(STATE).free
    if free < needed:
        raise SopError(
            f"Only {free / 1024**3:.1f} GB of disk are free at {STATE}, "
            f"{needed / 1024**3:.0f} GB are needed.",
            "free some space, then call ./sop again.",
        )


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """Only one process at a time may be in here; the others wait and are told so."""
    path = LOCKS / f"{name}.lock"
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"    waiting for another ./sop ({name}) ...")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def digest(*parts: object) -> str:
    text = json.dumps([str(part) for part in parts])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def read_stamp(name: str) -> dict[str, str]:
    """What the last finished set-up step wrote; empty when it did not finish."""
    try:
        stamp = json.loads((STAMPS / f"{name}.json").read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(name: str, **values: str) -> None:
    path = STAMPS / f"{name}.json"
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(values, indent=1))
    partial.replace(path)


def drop_stamp(name: str) -> None:
    (STAMPS / f"{name}.json").unlink(missing_ok=True)


def remove_tree(path: Path) -> None:
    """Remove a file or folder, even while what a killed call left behind writes to it."""
    if path.is_symlink() or path.is_file():
        path.unlink()
        return
    if path.exists():
        path.rename(path.with_name(f"{path.name}.trash-{os.getpid()}"))
    for trash in path.parent.glob(f"{path.name}.trash-*"):
        for _attempt in range(REMOVE_ATTEMPTS):
            shutil.rmtree(trash, ignore_errors=True)
            if not trash.exists():
                break
            time.sleep(0.5)
        else:
            raise SopError(f"{trash} can't be removed.", "remove it, then call again.")
