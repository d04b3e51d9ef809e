"""Where Odoo 19 comes from. The first source that works is used."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from pathlib import Path

from . import debian
from .console import SopError, Step, run_logged, say
from .state import (
    FREE_DISK_FOR_SETUP,
    LOGS,
    STATE,
    drop_stamp,
    locked,
    read_stamp,
    remove_tree,
    require_disk,
    write_stamp,
)

SERIES = "19.0"
UPSTREAM = os.environ.get("ODOO_UPSTREAM", "https://github.com/odoo/odoo.git")
REACH_SECONDS = 8


def series_of(folder: Path) -> str:
    """The Odoo series of the package in folder/odoo, or an empty string."""
    release = folder / "odoo" / "release.py"
    if not release.is_file():
        return ""
    text = release.read_text(encoding="utf-8")
    match = re.search(r"^version_info = \((\d+), (\d+)", text, re.MULTILINE)
    return f"{match[1]}.{match[2]}" if match else ""


def from_environment() -> Path | None:
    value = os.environ.get("ODOO_SOURCE")
    if not value:
        return None
    folder = Path(value).expanduser().resolve()
    if series_of(folder) != SERIES:
        raise SopError(
            f"ODOO_SOURCE={value} holds no Odoo {SERIES}.",
            "set it to the folder that contains odoo/release.py, or unset it.",
        )
    return folder


def from_python() -> Path | None:
    try:
        spec = importlib.util.find_spec("odoo")
    except (ImportError, ValueError):
        return None
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(place).resolve().parent
        if series_of(folder) == SERIES:
            return folder
    return None


def from_upstream() -> Path | None:
    """A shallow clone; given up within seconds when upstream can't be reached."""
    if shutil.which("git") is None:
        return None
    target = STATE / "odoo" / "upstream"
    log = LOGS / "clone.log"
    env = os.environ | {"GIT_TERMINAL_PROMPT": "0"}
    reach = ["git", "ls-remote", "--exit-code", UPSTREAM, f"refs/heads/{SERIES}"]
    if run_logged(reach, log, env=env, timeout=REACH_SECONDS):
        say("    upstream can't be reached from here, trying Debian's package")
        return None
    partial = target.with_suffix(".partial")
    remove_tree(partial)
    remove_tree(target)
    slow = ["-c", "http.lowSpeedLimit=10000", "-c", "http.lowSpeedTime=20"]
    clone = ["git", *slow, "clone", "--depth", "1", "--branch", SERIES, UPSTREAM]
    with Step(f"Cloning Odoo {SERIES}") as step:
        if run_logged([*clone, partial], log, env=env, step=step):
            return None
    partial.rename(target)
    return target if series_of(target) == SERIES else None


def ensure_odoo() -> Path:
    """The folder that holds the `odoo` package; fetched on the first call."""
    explicit = from_environment()
    if explicit:
        return explicit
    with locked("odoo"):
        # Relative to the state folder, so that a moved copy still finds it.
        known = STATE / read_stamp("odoo").get("folder", "nothing")
        if series_of(known) == SERIES:
            return known
        drop_stamp("odoo")
        folder = from_python()
        if folder is None:
            require_disk(FREE_DISK_FOR_SETUP)
            (STATE / "odoo").mkdir(parents=True, exist_ok=True)
            folder = from_upstream() or debian.fetch(STATE / "odoo" / "debian")
        if series_of(folder) != SERIES:
            raise SopError(f"{folder} holds no Odoo {SERIES}.", "./sop reset")
        write_stamp("odoo", folder=os.path.relpath(folder, STATE))
        return folder


def addons_paths(folder: Path) -> list[Path]:
    """The folders of official add-ons that belong to this source."""
    candidates = (folder / "odoo" / "addons", folder / "addons")
    return [path for path in candidates if path.is_dir()]
