"""The virtual environments: for Odoo and the tests, for the lint tools, for Node.js."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from .console import Step, capture, check_logged
from .state import (
    LOGS,
    REQUIREMENTS,
    STATE,
    VENV,
    digest,
    drop_stamp,
    locked,
    read_stamp,
    remove_tree,
    write_stamp,
)

NODE = STATE / "nodejs"
ODOO_FILES = ("odoo.txt", "addons.txt", "test.txt")


def python_of(venv: Path) -> Path:
    return venv / "bin" / "python"


def make_venv(venv: Path, files: Sequence[str], title: str) -> bool:
    """Make or refresh a virtual environment; True when there was something to do."""
    packages = digest(*((REQUIREMENTS / name).read_text() for name in files))
    python = f"{sys.version_info[0]}.{sys.version_info[1]} {venv}"
    with locked(venv.name):
        stamp = read_stamp(venv.name)
        works = capture([python_of(venv), "-c", "import pip; print('yes')"]) == "yes"
        # Without a stamp the last install was broken off, whatever pip thinks of it.
        usable = works and stamp.get("python") == python
        if usable and stamp.get("packages") == packages:
            return False
        drop_stamp(venv.name)
        log = LOGS / f"{venv.name}.log"
        with Step(title) as step:
            if not usable:
                new_venv(venv, log, step)
            install_packages(venv, files, log, step)
        write_stamp(venv.name, python=python, packages=packages)
        return True


def new_venv(venv: Path, log: Path, step: Step) -> None:
    remove_tree(venv)
    check_logged(
        # Not the one of a virtual environment that ./sop may be called in.
        [getattr(sys, "_base_executable", sys.executable), "-m", "venv", venv],
        log,
        "The virtual environment could not be made",
        "apt-get install -y python3-venv",
        step=step,
    )


def install_packages(venv: Path, files: Sequence[str], log: Path, step: Step) -> None:
    install = [python_of(venv), "-m", "pip", "install", "--no-input"]
    install.append("--disable-pip-version-check")
    for name in files:
        install += ["-r", REQUIREMENTS / name]
    check_logged(
        install,
        log,
        "The Python packages could not be installed",
        "check the network, then call ./sop again.",
        step=step,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
    )


def ensure_node() -> Path:
    """The folder with `node` and `npm`, the same version on every system."""
    make_venv(NODE, ("node.txt",), "Installing Node.js")
    return NODE / "bin"


def node_environment() -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    env["PATH"] = f"{NODE / 'bin'}:{env.get('PATH', os.defpath)}"
    return env


def ensure_venv(odoo: Path) -> Path:
    """The Python program that can import Odoo and everything that the add-ons need."""
    make_venv(VENV, ODOO_FILES, "Installing Odoo's Python packages")
    python = python_of(VENV)
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    path_file = VENV / "lib" / version / "site-packages" / "sop_odoo.pth"
    wanted = f"{odoo}\n"
    if not path_file.exists() or path_file.read_text() != wanted:
        path_file.write_text(wanted)
    return python
