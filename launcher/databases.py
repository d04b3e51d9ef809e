"""Databases and their filestores: made, copied, renamed and dropped together."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from . import odoo as odoo_part
from . import postgres
from .console import SopError, Step, check_logged, run_logged, tail
from .state import DATA, LOGS, STATE

FILESTORE = DATA / "filestore"


def exists(name: str) -> bool:
    return (
        postgres.sql("postgres", f"SELECT 1 FROM pg_database WHERE datname = '{name}'")
        == "1"
    )


def names(prefix: str) -> list[str]:
    query = f"SELECT datname FROM pg_database WHERE starts_with(datname, '{prefix}') ORDER BY 1"
    return postgres.sql("postgres", query).splitlines()


def drop(name: str) -> None:
    run_logged(
        ["dropdb", "--if-exists", "--force", name],
        LOGS / "databases.log",
        env=postgres.environment(),
    )
    shutil.rmtree(FILESTORE / name, ignore_errors=True)


def copy(source: str, target: str) -> None:
    """Copy a database; the files of its filestore never change, so links are enough."""
    log = LOGS / "databases.log"
    command = ["createdb", "-T", source, target]
    if run_logged(command, log, env=postgres.environment()):
        raise SopError(f"The database {source} could not be copied: {tail(log, 1)}")
    if (FILESTORE / source).is_dir():
        shutil.copytree(
            FILESTORE / source,
            FILESTORE / target,
            copy_function=_link,
            dirs_exist_ok=True,
        )


def _link(source: str, target: str) -> None:
    try:
        Path(target).hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)


def rename(source: str, target: str) -> None:
    postgres.sql("postgres", f'ALTER DATABASE "{source}" RENAME TO "{target}"')
    if not exists(target):
        raise SopError(f"The database {source} could not be renamed to {target}.")
    shutil.rmtree(FILESTORE / target, ignore_errors=True)
    if (FILESTORE / source).is_dir():
        (FILESTORE / source).rename(FILESTORE / target)


def install(
    python: Path,
    odoo: Path,
    database: str,
    modules: Sequence[str],
    log: Path,
    title: str,
    *options: str,
    template: str | None = None,
) -> None:
    """Install modules into a new database, or into a copy of the template."""
    log.unlink(missing_ok=True)
    drop(database)
    if template:
        copy(template, database)
    conf = odoo_part.write_conf(STATE / "conf" / f"{database}.conf", odoo)
    command = [python, "-m", "odoo", "-c", conf, "-d", database, "--stop-after-init"]
    command += ["--no-http", "-i", ",".join(modules), *options]
    with Step(title) as step:
        check_logged(
            command,
            log,
            f"{', '.join(modules)} could not be installed",
            "read the log; the next call starts again.",
            step=step,
            env=odoo_part.environment(),
        )
    conf.unlink()
