"""The command line of ./sop."""

from __future__ import annotations

import argparse
import io
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from . import lint, serving, state, testing, tools
from .console import SopError

DESCRIPTION = """\
A real Odoo 19 with the SOP suite, in one command.

Everything that is fetched or made is kept in .sop/ beside this program; nothing else is
changed, but for system packages that are missing (as root they are installed, otherwise
the command is said). PGHOST in the environment: that PostgreSQL server is used.
ODOO_SOURCE in the environment: that checkout of Odoo 19.0 is used."""


def add_database(command: argparse.ArgumentParser) -> None:
    text = f"database to use (default: {serving.DATABASE})"
    command.add_argument("--database", metavar="NAME", help=text)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="sop",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run = commands.add_parser(
        "run", help="serve Odoo with the suite and its demo company"
    )
    run.add_argument(
        "--once", action="store_true", help="end after the demo budget's table"
    )
    run.add_argument(
        "--empty", action="store_true", help="a database without demo data"
    )
    run.add_argument(
        "--port", type=int, default=serving.PORT, help="default: %(default)s"
    )
    add_database(run)
    # The arguments of these two are pytest's and the bench's own: see main().
    commands.add_parser("test", help="run the tests; all arguments go to pytest")
    bench = "measure speed on a large ledger (--rows N, --json FILE, --peers; --help)"
    commands.add_parser("bench", help=bench)
    lint_command = commands.add_parser("lint", help="check style and conventions")
    lint_command.add_argument(
        "--fix", action="store_true", help="format the files first"
    )
    add_database(commands.add_parser("shell", help="Odoo's interactive shell"))
    add_database(commands.add_parser("update", help="upgrade the add-ons in place"))
    commands.add_parser("pot", help="write the translation templates")
    reset = commands.add_parser("reset", help="delete .sop/ with all data (asks first)")
    reset.add_argument("--yes", action="store_true", help="do not ask")
    return top


def dispatch(options: argparse.Namespace, rest: Sequence[str]) -> int:
    command = options.command
    if command == "reset":
        return tools.reset(yes=options.yes)
    state.prepare()
    if command == "run":
        return serving.run(
            options.database, options.port, once=options.once, empty=options.empty
        )
    if command == "test":
        return testing.test(rest)
    if command == "lint":
        return lint.lint(fix_first=options.fix)
    if command == "bench":
        return tools.bench(rest)
    if command == "pot":
        return tools.pot()
    action = serving.shell if command == "shell" else serving.update
    return action(options.database)


def interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(arguments: Sequence[str]) -> int:
    # A terminal that can't show a character must not end the program.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    # A polite end (as `kill` asks for) must clean up as Ctrl-C does.
    signal.signal(signal.SIGTERM, interrupt)
    rest: Sequence[str] = []
    if arguments[:1] in (["test"], ["bench"]):
        arguments, rest = arguments[:1], arguments[1:]
    options = parser().parse_args(arguments)
    try:
        return dispatch(options, rest)
    except SopError as error:
        print(f"sop: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nsop: interrupted; the next call goes on from here.", file=sys.stderr)
        return 130
