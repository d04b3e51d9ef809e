"""Our add-ons, Odoo's configuration, and Odoo's programs."""

from __future__ import annotations

import ast
import hashlib
import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from . import pdf, postgres, sources
from .console import SopError, say
from .state import ADDONS, DATA, VENV

KEY_SUFFIXES = {
    ".py",
    ".xml",
    ".csv",
    ".js",
    ".scss",
    ".css",
    ".po",
    ".json",
    ".svg",
    ".png",
}


@dataclass(frozen=True)
class Addon:
    name: str
    folder: Path
    depends: tuple[str, ...]
    auto_install: bool


def read_manifest(folder: Path) -> dict[str, object]:
    path = folder / "__manifest__.py"
    try:
        manifest = ast.literal_eval(path.read_text(encoding="utf-8"))
    except (ValueError, SyntaxError) as error:
        raise SopError(f"{path} can't be read: {error}.", "mend this file.") from None
    if not isinstance(manifest, dict):
        raise SopError(f"{path} holds no dictionary.", "mend this file.")
    return manifest


def our_addons(folder: Path = ADDONS) -> dict[str, Addon]:
    """Every folder of addons/ with a manifest that may be installed."""
    found = {}
    for path in sorted(folder.glob("*/__manifest__.py")):
        manifest = read_manifest(path.parent)
        if manifest.get("installable", True):
            depends = manifest.get("depends", ["base"])
            found[path.parent.name] = Addon(
                name=path.parent.name,
                folder=path.parent,
                depends=tuple(depends) if isinstance(depends, (list, tuple)) else (),
                # A list of modules means: as soon as these are there.
                auto_install=bool(manifest.get("auto_install")),
            )
    return found


def closure(addons: Mapping[str, Addon], names: Iterable[str]) -> dict[str, Addon]:
    """The named add-ons of ours with all of ours that they depend on."""
    chosen: dict[str, Addon] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in addons and name not in chosen:
            chosen[name] = addons[name]
            waiting += addons[name].depends
    return {name: chosen[name] for name in sorted(chosen)}


def official_modules(addons: Mapping[str, Addon]) -> list[str]:
    """The official add-ons that ours name in their manifests."""
    wanted = {name for addon in addons.values() for name in addon.depends}
    return sorted(wanted - set(our_addons()))


def install_list(addons: Mapping[str, Addon]) -> list[str]:
    """What to name at the install: glue add-ons follow by themselves (auto_install)."""
    return sorted(name for name, addon in addons.items() if not addon.auto_install)


def is_part_of_key(path: Path, addon: Path) -> bool:
    """Whether a change of this file asks for a new install (tests do not)."""
    parts = path.relative_to(addon).parts
    if parts[0] in ("tests", "readme") or parts[:2] == ("static", "tests"):
        return False
    return path.suffix in KEY_SUFFIXES and "__pycache__" not in parts


def files_key(addons: Mapping[str, Addon]) -> str:
    """A hash of the files that an installed database depends on."""
    total = hashlib.sha256()
    for name, addon in sorted(addons.items()):
        for path in sorted(addon.folder.rglob("*")):
            if path.is_file() and is_part_of_key(path, addon.folder):
                total.update(f"{name}/{path.relative_to(addon.folder)}\0".encode())
                total.update(path.read_bytes())
    return total.hexdigest()[:12]


def write_conf(path: Path, odoo: Path, **options: object) -> Path:
    """Odoo's configuration file: loopback only, no database manager."""
    paths = [*sources.addons_paths(odoo)[1:]]
    if our_addons():
        paths.append(ADDONS)
    values: dict[str, object] = {
        "addons_path": ",".join(map(str, paths)),
        "data_dir": DATA,
        "http_interface": "127.0.0.1",
        "list_db": False,
        "with_demo": False,
        "workers": 0,
    }
    values |= options
    lines = [f"{name} = {value}" for name, value in values.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[options]\n" + "\n".join(lines) + "\n")
    path.chmod(0o600)
    return path


def environment() -> dict[str, str]:
    """Odoo's environment: the database server, and no settings from outside."""
    env = postgres.environment()
    for name in ("PGDATABASE", "ODOO_RC", "OPENERP_SERVER", "PYTHONPATH", "PYTHONHOME"):
        env.pop(name, None)
    env["VIRTUAL_ENV"] = str(VENV)
    env["PATH"] = f"{VENV / 'bin'}:{env.get('PATH', os.defpath)}:{pdf.BIN}"
    return env


def run_script(python: Path, conf: Path, script: str, log: Path) -> str:
    """What a script prints that runs in Odoo's shell, with `env` at hand."""
    command = [python, "-m", "odoo", "shell", "-c", conf, "--no-http", "--logfile", log]
    done = subprocess.run(
        [str(part) for part in command],
        # Not being a terminal, Odoo's shell runs what it reads there.
        input=script,
        capture_output=True,
        env=environment() | {"PYTHONIOENCODING": "utf-8"},
        check=False,
        encoding="utf-8",
    )
    if done.returncode:
        say(done.stderr.strip())
        raise SopError(
            f"A script failed in Odoo's shell (log: {log}).",
            "read the log; ./sop update, if the add-ons changed.",
        )
    return done.stdout.strip()
