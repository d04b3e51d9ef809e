"""A copy of the launcher in a folder of its own, so that tests can break things."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from launcher.state import ROOT

# The interpreter below the virtual environment, which does not know Odoo.
PYTHON = getattr(sys, "_base_executable", sys.executable)


@dataclass(frozen=True)
class Copy:
    """./sop and its parts, copied, with stand-ins for other programs."""

    root: Path

    @property
    def state(self) -> Path:
        return self.root / ".sop"

    @property
    def programs(self) -> Path:
        return self.root / "programs"

    def stand_in(self, name: str, script: str) -> None:
        """A shell script that the launcher finds before the real program."""
        self.programs.mkdir(exist_ok=True)
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def environment(self, **more: str) -> dict[str, str]:
        names = ("LANG", "LC_ALL", "TMPDIR")
        env = {name: os.environ[name] for name in names if name in os.environ}
        env["PATH"] = f"{self.programs}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
        env["HOME"] = str(self.root)
        return env | more

    def run(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return self.call([PYTHON, "sop", *arguments], env)

    def python(self, code: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run code with the launcher's parts at hand, its errors shown as by ./sop."""
        lines = "\n".join(f"    {line}" for line in code.strip().splitlines())
        program = (
            "import sys\nfrom pathlib import Path\n"
            "from launcher import console, databases, debian, odoo, pdf, postgres\n"
            "from launcher import python_env, serving, sources, state, system, testing\n"
            "try:\n    state.prepare()\n" + lines + "\n"
            "except console.SopError as error:\n    sys.exit(f'sop: {error}')\n"
        )
        return self.call([PYTHON, "-c", program], env)

    def call(
        self, command: list[str], env: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.root,
            env=self.environment(**env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            text=True,
            timeout=120,
        )


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    shutil.copy(ROOT / "sop", tmp_path / "sop")
    for folder in ("launcher", "requirements"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignore)
    (tmp_path / "addons").mkdir()
    return Copy(tmp_path)


@pytest.fixture
def odoo_source(tmp_path: Path) -> Path:
    """A folder that looks like a checkout of Odoo 19.0."""
    folder = tmp_path / "odoo-source"
    (folder / "odoo" / "addons").mkdir(parents=True)
    (folder / "addons").mkdir()
    (folder / "odoo" / "__init__.py").touch()
    release = "version_info = (19, 0, 0, FINAL, 0, '')\n"
    (folder / "odoo" / "release.py").write_text(release)
    return folder
