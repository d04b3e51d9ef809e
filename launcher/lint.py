"""./sop lint: the OCA's tool chain, from versions that are pinned in requirements/.

Everything is installed into the state folder once; after that it runs offline.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from . import sources
from .console import Step, check_logged, run_logged, say
from .python_env import ensure_node, make_venv, node_environment
from .state import (
    ADDONS,
    LOGS,
    REQUIREMENTS,
    ROOT,
    STATE,
    digest,
    drop_stamp,
    locked,
    read_stamp,
    remove_tree,
    write_stamp,
)

TOOLS = STATE / "tools"
NODE = STATE / "node"
NODE_FILES = ("package.json", "package-lock.json")
WEB_FILES = "addons/**/*.{js,xml,scss}"
PRETTIER = ("--no-error-on-unmatched-pattern", "--log-level=warn")
STATUS = ("--default-dev-status=Beta",)
FIX_HINT = "./sop lint --fix formats the files; the rest is to be mended by hand."


@dataclass(frozen=True)
class Check:
    name: str
    command: tuple[str | Path, ...]


def ensure_tools() -> None:
    make_venv(TOOLS, ("lint.txt",), "Installing the lint tools")
    ensure_node()
    wanted = digest(*((REQUIREMENTS / name).read_text() for name in NODE_FILES))
    with locked("node"):
        if read_stamp("node").get("key") == wanted and (NODE / "node_modules").is_dir():
            return
        drop_stamp("node")
        remove_tree(NODE)
        NODE.mkdir()
        for name in NODE_FILES:
            shutil.copy(REQUIREMENTS / name, NODE / name)
        with Step("Installing the lint tools for JavaScript and XML") as step:
            check_logged(
                ["npm", "ci", "--no-audit", "--no-fund"],
                LOGS / "node.log",
                "The npm packages could not be installed",
                "check the network, then call ./sop lint again.",
                step=step,
                cwd=NODE,
                env=node_environment(),
            )
        write_stamp("node", key=wanted)


def addon_folders() -> list[Path]:
    return sorted(path.parent for path in ADDONS.glob("*/__manifest__.py"))


def checks() -> list[Check]:
    """The checks, the slowest first: they run side by side."""
    tools = TOOLS / "bin"
    node = ("node",)
    modules = NODE / "node_modules"
    found = [
        Check(
            "ruff", (tools / "ruff", "check", "--quiet", "--output-format=concise", ".")
        ),
        Check("ruff format", (tools / "ruff", "format", "--check", "--quiet", ".")),
    ]
    if not addon_folders():
        return found
    manifestoo = (tools / "manifestoo", "--odoo-series", sources.SERIES)
    paths = ",".join(map(str, sources.addons_paths(sources.ensure_odoo())))
    manifestoo += ("--no-addons-path-from-import-odoo", "--addons-path", paths)
    manifestoo += ("--select-addons-dir", str(ADDONS))
    prettier = (*node, modules / "prettier" / "bin" / "prettier.cjs")
    eslint = (*node, modules / "eslint" / "bin" / "eslint.js", "--max-warnings=0")
    return [
        Check("pylint-odoo", (tools / "pylint", *addon_folders())),
        Check("prettier", (*prettier, "--list-different", *PRETTIER, WEB_FILES)),
        Check("eslint", (*eslint, "--no-error-on-unmatched-pattern", "addons/**/*.js")),
        *found,
        Check("licences", (*manifestoo, "check-licenses")),
        Check("development status", (*manifestoo, "check-dev-status", *STATUS)),
    ]


def run_check(check: Check) -> tuple[Check, int, str]:
    done = subprocess.run(
        [str(part) for part in check.command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=node_environment(),
        cwd=ROOT,
        check=False,
        text=True,
    )
    lines = dict.fromkeys(done.stdout.strip().splitlines())
    return check, done.returncode, "\n".join(lines)


def fix() -> None:
    """Format everything that a program can format."""
    tools, modules = TOOLS / "bin", NODE / "node_modules"
    prettier = modules / "prettier" / "bin" / "prettier.cjs"
    eslint = modules / "eslint" / "bin" / "eslint.js"
    commands: list[list[str | Path]] = [
        [tools / "ruff", "check", "--fix", "--quiet", "."],
        [tools / "ruff", "format", "--quiet", "."],
        [
            "node",
            eslint,
            "--fix",
            "--no-error-on-unmatched-pattern",
            "addons/**/*.js",
        ],
        ["node", prettier, "--write", *PRETTIER, WEB_FILES],
    ]
    for command in commands:
        run_logged(command, LOGS / "fix.log", env=node_environment(), cwd=ROOT)


def lint(*, fix_first: bool) -> int:
    """Run all checks; 0 when every one of them passes."""
    ensure_tools()
    started = time.monotonic()
    if fix_first:
        fix()
    with ThreadPoolExecutor(max_workers=2) as pool:
        results = list(pool.map(run_check, checks()))
    failed = []
    for check, status, output in results:
        say(f"{'ok    ' if status == 0 else 'FAILED'}  {check.name}")
        if status:
            failed.append(check.name)
            print(output, file=sys.stderr, flush=True)
    seconds = time.monotonic() - started
    say(
        f"lint: {len(results) - len(failed)} of {len(results)} passed in {seconds:.0f} s"
    )
    if failed:
        say(FIX_HINT)
    return 1 if failed else 0
