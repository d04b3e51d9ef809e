"""./sop run, shell and update: a database with the suite, kept between calls."""

from __future__ import annotations

import re
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from . import databases, postgres, sources, system
from . import odoo as odoo_part
from .console import (
    SopError,
    Step,
    check_logged,
    end_with_parent,
    run_attended,
    say,
    tail,
)
from .python_env import ensure_venv
from .state import LOGS, STATE, locked, read_stamp, require_disk, write_stamp

DATABASE = "sop"
EMPTY_DATABASE = "sop_empty"
PORT = 8069
LOGIN = "admin"
START_SECONDS = 120
TABLE_SCRIPT = """
if "sop.budget" in env and hasattr(env["sop.budget"], "_get_terminal_table"):
    print(env["sop.budget"]._get_terminal_table() or "")
"""


@dataclass(frozen=True)
class Place:
    """Where everything is, once it is set up."""

    python: Path
    odoo: Path


def set_up(*, browser: bool = False) -> Place:
    """Everything but a database: system packages, Odoo, its Python packages."""
    system.ensure_programs(browser=browser, server=not postgres.external())
    odoo = sources.ensure_odoo()
    return Place(python=ensure_venv(odoo), odoo=odoo)


def conf_of(place: Place, database: str, port: int = PORT) -> Path:
    """The configuration for a database that is served to this machine only."""
    return odoo_part.write_conf(
        STATE / "conf" / f"{database}.conf",
        place.odoo,
        db_name=database,
        dbfilter=f"^{database}$",
        http_port=port,
        max_cron_threads=1,
    )


def modules_key() -> str:
    return odoo_part.files_key(odoo_part.our_addons())


def ensure_database(place: Place, database: str, *, demo: bool) -> bool:
    """Make the database with the suite unless it is there; True when it was made.

    It gets its name only when it is complete, so an interrupted call leaves nothing behind.
    """
    with locked(f"database-{database}"):
        if databases.exists(database):
            return False
        make_database(place, database, demo=demo)
    return True


def make_database(place: Place, database: str, *, demo: bool) -> None:
    require_disk()
    addons = odoo_part.our_addons()
    modules = sorted(
        {*odoo_part.official_modules(addons), *odoo_part.install_list(addons)}
    )
    temporary = f"{database}_setup"
    options = ["--with-demo"] if demo else []
    title = (
        "Installing the suite with its demo company" if demo else "Installing the suite"
    )
    log = LOGS / f"{database}-install.log"
    databases.install(
        place.python, place.odoo, temporary, modules, log, title, *options
    )
    databases.rename(temporary, database)
    write_stamp(f"database-{database}", key=modules_key())


def print_table(place: Place, database: str) -> None:
    """The demo budget, plan against actual."""
    conf = conf_of(place, database)
    table = odoo_part.run_script(place.python, conf, TABLE_SCRIPT, LOGS / "table.log")
    if table:
        say(f"\n{table}\n")


def check_name(name: str) -> None:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,50}", name):
        raise SopError(
            f"{name!r} is no name for a database.", "use letters and digits."
        )


def check_port(port: int) -> None:
    if not system.port_is_free(port):
        raise SopError(
            f"Port {port} is in use by another program.", f"./sop run --port {port + 1}"
        )


def wait_until_served(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if server.poll() is not None:
            say(tail(log))
            raise SopError(f"Odoo ended at once (log: {log}).", "see the log.")
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise SopError(f"Odoo did not answer at {url} (log: {log}).", "see the log.")


def serve(place: Place, database: str, port: int) -> int:
    """Serve on loopback until interrupted."""
    log = LOGS / "odoo.log"
    conf = conf_of(place, database, port)
    command = [place.python, "-m", "odoo", "-c", conf, "--logfile", log]
    with (
        (LOGS / "odoo-errors.log").open("wb") as errors,
        subprocess.Popen(
            [str(part) for part in command],
            env=odoo_part.environment(),
            stdin=subprocess.DEVNULL,
            stderr=errors,
            preexec_fn=end_with_parent,
        ) as server,
    ):
        try:
            with Step("Starting Odoo"):
                wait_until_served(server, f"http://127.0.0.1:{port}/web/login", log)
            say(f"\n    http://localhost:{port}    login {LOGIN}, password {LOGIN}")
            say(f"    (this machine only; log: {log}; Ctrl-C ends it)\n")
            return server.wait()
        except KeyboardInterrupt:
            say("\nEnding; the data is kept. ./sop run starts it again.")
            return 0
        finally:
            server.terminate()
            server.wait()


def run(database: str | None, port: int, *, once: bool, empty: bool) -> int:
    """Make the database on the first call, print the demo budget, then serve."""
    name = database or (EMPTY_DATABASE if empty else DATABASE)
    check_name(name)
    if not once:
        check_port(port)
    place = set_up()
    with postgres.server():
        made = ensure_database(place, name, demo=not empty)
        if not made and read_stamp(f"database-{name}").get("key") != modules_key():
            say(f"    The add-ons changed since {name} was made: ./sop update is due.")
        if not empty:
            print_table(place, name)
        return 0 if once else serve(place, name, port)


def require_database(name: str) -> None:
    check_name(name)
    if not databases.exists(name):
        raise SopError(f"There is no database {name}.", "./sop run makes it.")


def shell(database: str | None) -> int:
    """Odoo's interactive shell on the database."""
    name = database or DATABASE
    place = set_up()
    with postgres.server():
        require_database(name)
        conf = conf_of(place, name)
        command = [place.python, "-m", "odoo", "shell", "-c", conf, "--no-http"]
        return run_attended(command, env=odoo_part.environment())


def update(database: str | None) -> int:
    """Upgrade our add-ons in place, and install the new ones."""
    name = database or DATABASE
    place = set_up()
    with postgres.server():
        require_database(name)
        addons = odoo_part.our_addons()
        log = LOGS / f"{name}-update.log"
        command = [place.python, "-m", "odoo", "-c", conf_of(place, name), "--no-http"]
        command += ["--stop-after-init", "-u", ",".join(addons)]
        command += ["-i", ",".join(odoo_part.install_list(addons))]
        with Step(f"Upgrading {', '.join(addons)}") as step:
            check_logged(
                command,
                log,
                "The add-ons could not be upgraded",
                "read the log; the next call starts again.",
                step=step,
                env=odoo_part.environment(),
            )
        write_stamp(f"database-{name}", key=modules_key())
    return 0
