"""./sop test: pytest-odoo on a copy of a prepared database.

Two prepared databases: the official add-ons that ours need (made once), and on top of a
copy of it our add-ons (made anew whenever their files change, tests not counted). Each
run works on a copy of the second, with a port, a log and a filestore of its own.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from . import databases, postgres, sources, system
from . import odoo as odoo_part
from .console import SopError, Step, run_attended
from .python_env import ensure_venv
from .state import (
    ADDONS,
    DATA,
    LOGS,
    ROOT,
    STAMPS,
    STATE,
    digest,
    drop_stamp,
    locked,
    read_stamp,
    require_disk,
    write_stamp,
)

# Always there, so that tests may use tours, orders and bills whatever our manifests say.
BASE_MODULES = ("account", "purchase", "sale", "web_tour")
# On a server that is used from elsewhere too, only our own runs are ours to drop.
RUN_PREFIX = f"sop_run_{digest(ROOT, platform.node())[:6]}_"
KEPT_TEMPLATES = 16
UNUSED_SECONDS = 20 * 60
MOST_PROCESSES = 4
BROWSER_TEST = re.compile(r"HttpCase|browser_js|start_tour")
# Analytic plans of the tests: making one adds a column to the ledger, which takes seconds
# and would be done for every class of tests.
PLANS = """
names = ("Budget of tests", "Other plan of tests")
env["account.analytic.plan"].create([{"name": name} for name in names])
env.cr.commit()
"""
# The web client itself, and the pages before the login.
BUNDLES = """
for name in ("web.assets_web", "web.assets_frontend_lazy", "web.assets_frontend_minimal"):
    env["ir.qweb"]._get_asset_bundle(name, css=False, js=True).js()
for name in ("web.assets_web", "web.assets_frontend"):
    env["ir.qweb"]._get_asset_bundle(name, css=True, js=False).css()
env.cr.commit()
"""


def addons_of(arguments: Sequence[str]) -> list[str]:
    """The add-ons that the given paths lie in; empty when all are meant."""
    found = set()
    for argument in arguments:
        path = Path(argument.split("::")[0])
        if argument.startswith("-") or not path.exists():
            continue
        resolved = path.resolve()
        if ADDONS not in resolved.parents:
            return []
        found.add(resolved.relative_to(ADDONS).parts[0])
    return sorted(found)


def from_root(argument: str) -> str:
    """A path that is given from the caller's folder, as pytest sees it from ours."""
    path = Path(argument.split("::")[0])
    if argument.startswith("-") or not path.exists():
        return argument
    return str(path.resolve()) + argument[len(argument.split("::")[0]) :]


def base_template(python: Path, odoo: Path) -> str:
    """The prepared database with the official add-ons."""
    addons = odoo_part.our_addons()
    modules = sorted({*BASE_MODULES, *odoo_part.official_modules(addons)})
    release = (odoo / "odoo" / "release.py").read_text()
    # Files of its filestore lie in the state folder: another one has its own.
    name = (
        f"sop_base_{digest(DATA.resolve(), odoo.resolve(), release, PLANS, *modules)}"
    )
    with locked("template-base"):
        if not ready(name):
            title = f"Installing {', '.join(modules)} for the tests"
            build(python, odoo, name, modules, title, script=PLANS)
    return name


def suite_template(python: Path, odoo: Path, chosen: Sequence[str]) -> str:
    """The prepared database with our add-ons: all, or the chosen and what they need."""
    everything = odoo_part.our_addons()
    if not everything:
        return base_template(python, odoo)
    if chosen:
        return chosen_template(python, odoo, odoo_part.closure(everything, chosen))
    base = base_template(python, odoo)
    name = f"sop_suite_{digest(base, odoo_part.files_key(everything), *everything)}"
    with locked("template-all"):
        if not ready(name):
            title = f"Installing {', '.join(everything)} for the tests"
            modules = odoo_part.install_list(everything)
            build(python, odoo, name, modules, title, template=base)
            check_all_installed(name, everything)
            prune(keep=(base, name))
    return name


def chosen_template(
    python: Path, odoo: Path, addons: dict[str, odoo_part.Addon]
) -> str:
    """Some of our add-ons in layers, so that a change installs only what lies above it."""
    needed = {name for addon in addons.values() for name in addon.depends}
    top = sorted(set(addons) - needed)
    lower = {name: addon for name, addon in addons.items() if name in needed}
    if lower:
        below = chosen_template(python, odoo, lower)
    else:
        below = base_template(python, odoo)
    name = f"sop_suite_{digest(below, odoo_part.files_key(addons), *addons)}"
    with locked(f"template-{'-'.join(top)}"):
        if not ready(name):
            title = f"Installing {', '.join(top)} for the tests"
            options = ["--skip-auto-install"]
            build(python, odoo, name, top, title, *options, template=below)
            prune(keep=(below, name))
    return name


def ready(name: str) -> bool:
    """Whether the template was finished; notes that it is in use."""
    if not read_stamp(name) or not databases.exists(name):
        return False
    (STAMPS / f"{name}.json").touch()
    return True


def build(
    python: Path,
    odoo: Path,
    name: str,
    modules: list[str],
    title: str,
    *options: str,
    template: str | None = None,
    script: str = "",
) -> None:
    require_disk()
    drop_stamp(name)
    log = LOGS / f"{name}.log"
    databases.install(
        python, odoo, name, modules, log, title, *options, template=template
    )
    if script:
        run_in(python, odoo, name, script, log)
    logs = [str(log)]
    if template and template.startswith("sop_suite_"):
        logs.insert(0, read_stamp(template).get("logs", ""))
    write_stamp(name, modules=" ".join(modules), logs=os.pathsep.join(logs))


def run_in(python: Path, odoo: Path, name: str, script: str, log: Path) -> None:
    """Run a script in Odoo's shell on a database."""
    conf = odoo_part.write_conf(STATE / "conf" / f"{name}.conf", odoo, db_name=name)
    odoo_part.run_script(python, conf, script, log)
    conf.unlink()


def wants_browser(arguments: Sequence[str]) -> bool:
    """Whether a test that is meant uses the browser; yes when no path is given."""
    paths = [Path(argument.split("::")[0]) for argument in arguments]
    chosen = [path for path in paths if path.exists()]
    files = [
        file
        for path in chosen
        for file in (path.rglob("*.py") if path.is_dir() else [path])
    ]
    return not chosen or any(BROWSER_TEST.search(file.read_text()) for file in files)


def browser_template(python: Path, odoo: Path, suite: str) -> str:
    """The same with the web client's files built, once and not in every browser test."""
    name = f"{suite}_web"
    with locked(f"template-{name}"):
        if not ready(name):
            drop_stamp(name)
            databases.drop(name)
            databases.copy(suite, name)
            log = LOGS / f"{name}.log"
            log.unlink(missing_ok=True)
            with Step("Building the web client for the tests"):
                run_in(python, odoo, name, BUNDLES, log)
            write_stamp(
                name, logs=f"{read_stamp(suite).get('logs', '')}{os.pathsep}{log}"
            )
    return name


def check_all_installed(name: str, addons: dict[str, odoo_part.Addon]) -> None:
    query = "SELECT name FROM ir_module_module WHERE state = 'installed'"
    missing = sorted(set(addons) - set(postgres.sql(name, query).split()))
    if missing:
        drop_stamp(name)
        raise SopError(
            f"Not installed with the suite: {', '.join(missing)}.",
            "see their `depends` and `auto_install`.",
        )


def last_used(stamp: Path) -> float:
    """When; never, where another run has just removed it."""
    try:
        return stamp.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def prune(keep: tuple[str, ...]) -> None:
    """Drop prepared databases that nobody has used for a while, but the newest few."""
    stamps = [
        path for kind in ("suite", "base") for path in STAMPS.glob(f"sop_{kind}_*")
    ]
    stamps.sort(key=last_used, reverse=True)
    too_old = time.time() - UNUSED_SECONDS
    for stamp in stamps[KEPT_TEMPLATES:]:
        if stamp.stem not in keep and last_used(stamp) < too_old:
            stamp.unlink(missing_ok=True)
            databases.drop(stamp.stem)
            (LOGS / f"{stamp.stem}.log").unlink(missing_ok=True)


def new_run(kind: str) -> str:
    """A name of its own for the database of this process."""
    return f"{RUN_PREFIX}{os.getpid()}_{kind}"


def drop_left_over_runs() -> None:
    """Databases of runs that were killed: their process is gone."""
    for name in databases.names(RUN_PREFIX):
        process = name.removeprefix(RUN_PREFIX).split("_")[0]
        if not Path("/proc", process).exists():
            databases.drop(name)
            shutil.rmtree(STATE / "runs" / name, ignore_errors=True)


def pytest_command(python: Path, conf: Path, arguments: Sequence[str]) -> list[str]:
    command = [str(python), "-m", "pytest", "-p", "launcher.pytest_plugin"]
    options = [f"--odoo-config={conf}", "--odoo-log-level=info", "--odoo-http"]
    return [*command, *options, *arguments]


def in_parallel(arguments: Sequence[str]) -> list[str]:
    """A whole run is divided over the processors, each with a database of its own.

    File by file, as the tests of one file expect each other's caches. ``-n 0`` undoes it.
    """
    processes = min(os.cpu_count() or 1, MOST_PROCESSES)
    chosen = any(Path(argument.split("::")[0]).exists() for argument in arguments)
    said = any(re.match(r"-n|--numprocesses|--pdb|--co", part) for part in arguments)
    if processes < 2 or chosen or said:
        return []
    return ["-n", str(processes), "--dist", "loadfile", "--no-loadscope-reorder"]


def run_pytest(
    python: Path, odoo: Path, template: str, arguments: Sequence[str]
) -> int:
    name = new_run("test")
    folder = STATE / "runs" / name
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "odoo.log"
    try:
        databases.copy(template, name)
        conf = odoo_part.write_conf(
            folder / "odoo.conf",
            odoo,
            db_name=name,
            dbfilter=f"^{name}$",
            logfile=log,
            screenshots=LOGS / "screenshots",
            # A long run is no leak, and no request of a user.
            limit_memory_soft=0,
            limit_memory_hard=0,
        )
        env = odoo_part.environment()
        env |= {
            "PYTHONPATH": str(ROOT),
            "HYPOTHESIS_STORAGE_DIRECTORY": str(STATE / "hypothesis"),
            "SOP_ENDED": str(folder / "ended"),
            "SOP_ODOO_LOG": str(log),
            "SOP_INSTALL_LOGS": read_stamp(template).get("logs", ""),
        }
        command = pytest_command(python, conf, [*in_parallel(arguments), *arguments])
        status = run_attended(command, env=env, cwd=ROOT)
        if status == 0 and not (folder / "ended").exists():
            raise SopError("The tests were broken off.", "run them again.")
    finally:
        databases.drop(name)
        if log.is_file():
            shutil.copy(log, LOGS / "test.log")
        shutil.rmtree(folder, ignore_errors=True)
    return status


def test(arguments: Sequence[str]) -> int:
    """Run the tests; the exit status is pytest's."""
    arguments = [from_root(argument) for argument in arguments]
    browser = wants_browser(arguments)
    system.ensure_programs(browser=browser, server=not postgres.external())
    odoo = sources.ensure_odoo()
    python = ensure_venv(odoo)
    require_disk()
    with postgres.server():
        drop_left_over_runs()
        template = suite_template(python, odoo, addons_of(arguments))
        if browser:
            template = browser_template(python, odoo, template)
        return run_pytest(python, odoo, template, arguments)
