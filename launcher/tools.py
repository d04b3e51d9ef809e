"""./sop bench, pot and reset."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from . import databases, postgres, serving, testing
from . import odoo as odoo_part
from .console import SopError, Step, check_logged, run_attended, say
from .state import LOGS, ROOT, STAMPS, STATE, remove_tree, require_disk


def bench(arguments: Sequence[str]) -> int:
    """Run bench/bench.py with Odoo's configuration in ODOO_RC and the server's in PG*."""
    script = ROOT / "bench" / "bench.py"
    if not script.is_file():
        raise SopError(f"{script} is missing.", "use a complete copy.")
    place = serving.set_up(browser=True)
    require_disk()
    conf = odoo_part.write_conf(
        STATE / "conf" / "bench.conf",
        place.odoo,
        http_port=serving.system.free_port(),
        log_level="warn",
        max_cron_threads=0,
    )
    env = odoo_part.environment() | {"ODOO_RC": str(conf), "SOP_STATE": str(STATE)}
    with postgres.server():
        command = [str(place.python), str(script), *arguments]
        return run_attended(command, env=env)


def bare_lines(text: str) -> list[str]:
    """A translation template without the date it was made on."""
    return [line for line in text.splitlines() if "-Date: " not in line]


def pot() -> int:
    """Write i18n/<add-on>.pot of every add-on of ours, where the texts changed."""
    place = serving.set_up()
    addons = odoo_part.our_addons()
    files = {
        name: addon.folder / "i18n" / f"{name}.pot" for name, addon in addons.items()
    }
    old = {name: path.read_text() for name, path in files.items() if path.is_file()}
    with postgres.server():
        template = testing.suite_template(place.python, place.odoo, [])
        database = testing.new_run("pot")
        databases.copy(template, database)
        try:
            export(place, database, sorted(addons))
        finally:
            databases.drop(database)
    for name, path in files.items():
        if name in old and bare_lines(path.read_text()) == bare_lines(old[name]):
            path.write_text(old[name])
        else:
            say(f"    wrote {path.relative_to(ROOT)}")
    return 0


def export(place: serving.Place, database: str, names: list[str]) -> None:
    """Odoo writes the templates into the add-ons themselves."""
    conf = odoo_part.write_conf(STATE / "conf" / f"{database}.conf", place.odoo)
    command = [place.python, "-m", "odoo", "i18n", "export", "-c", conf]
    command += ["-d", database, *names, "-l", "pot"]
    with Step("Exporting the texts of the add-ons") as step:
        check_logged(
            command,
            LOGS / "pot.log",
            "The texts could not be exported",
            "read the log.",
            step=step,
            env=odoo_part.environment(),
        )
    conf.unlink()


def confirmed() -> bool:
    if not sys.stdin.isatty():
        raise SopError("Nobody is there to ask.", "./sop reset --yes")
    answer = input(f"Delete {STATE} with all databases, Odoo and logs? Type yes: ")
    return answer.strip().lower() == "yes"


def drop_databases_elsewhere() -> None:
    """On a server that isn't ours (PGHOST) only what ./sop made is dropped."""
    made = [path.stem for path in STAMPS.glob("sop_*.json")]
    made += [
        path.stem.removeprefix("database-") for path in STAMPS.glob("database-*.json")
    ]
    for name in made:
        databases.drop(name)


def reset(*, yes: bool) -> int:
    """Delete the state folder with everything in it, after asking."""
    if not yes and not confirmed():
        say("Nothing was deleted.")
        return 1
    if postgres.external():
        drop_databases_elsewhere()
    elif Path(postgres.CLUSTER / "data" / "PG_VERSION").is_file():
        postgres.stop()
    remove_tree(STATE)
    say(f"Deleted {STATE}.")
    return 0
