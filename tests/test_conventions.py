"""Conventions of the whole repository that can be read from its files."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher.odoo import our_addons, read_manifest
from launcher.state import ADDONS, ROOT

ADDON_NAMES = sorted(our_addons())
README_FRAGMENTS = ("DESCRIPTION.md", "USAGE.md")
# What an application says beside: why it is there, how to set it up, what it can't do.
APPLICATION_FRAGMENTS = ("CONTEXT.md", "CONFIGURE.md", "ROADMAP.md")
REQUIRED_KEYS = {
    "name",
    "summary",
    "version",
    "development_status",
    "category",
    "license",
    "author",
    "depends",
}
KNOWN_KEYS = REQUIRED_KEYS | {
    "data",
    "application",
    "assets",
    "auto_install",
    "demo",
    "external_dependencies",
    "installable",
    "maintainers",
    "post_init_hook",
    "pre_init_hook",
    "uninstall_hook",
    "website",
}
# Names of other products; ours start with `sop`.
FOREIGN_NAMES = {
    "account_budget",
    "budget.line",
    "budget.analytic",
    "crossovered.budget",
}
# The import name of a package, where it is not the name on the package index.
IMPORT_NAMES = {"dateutil": "python-dateutil"}
# About sixty
LONGEST_FUNCTION = 66
# Engines are imported where they are used, migrations by Odoo.
NOT_IMPORTED = ("engine", "migrations")
# Engines may build on those of a lower room.
ENGINE = re.compile(r"odoo\.addons\.sop_\w+\.engine\b")
# Written in two parts: this file must not hold what it looks for.
NOT_IN_THE_REPOSITORY = [
    re.compile(pattern)
    for pattern in (
        r"(?<![\w./])/ho" + r"me/\w",
        r"(?<![\w./])/ro" + r"ot/\w",
        r"(?<![\w./])/wo" + r"rk/\w",
        r"(?<![\w./])/op" + r"t/(?!odoo|sop)\w",
        r"registry\.np" + r"mjs",
        r"py" + r"pi\.org",
        r"pythonho" + r"sted",
        r"deb\.deb" + r"ian",
        r"<<<<" + r"<<< ",
        r">>>>" + r">>> ",
    )
]


def tracked_files() -> list[Path]:
    """The files of the repository, new ones included, ignored ones not."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if shutil.which("git"):
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, check=False, text=True
        )
        if done.returncode == 0:
            names = done.stdout.split("\0")
            return [path for name in names if (path := ROOT / name).is_file()]
    return [
        path
        for path in ROOT.rglob("*")
        if path.is_file() and not {".sop", ".git"} & set(path.relative_to(ROOT).parts)
    ]


def text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def python_files(*, tests: bool) -> Iterator[tuple[Path, ast.Module]]:
    for path in tracked_files():
        if path.suffix == ".py" and (tests or "tests" not in path.parts):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def imported_modules(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def closure_of(name: str) -> set[str]:
    """The add-on and all of ours that it may know."""
    addons = our_addons()
    known, waiting = set(), [name]
    while waiting:
        current = waiting.pop()
        if current in addons and current not in known:
            known.add(current)
            waiting += addons[current].depends
    return known


def test_there_are_addons() -> None:
    assert ADDON_NAMES


def test_no_machine_path_registry_host_or_conflict() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in tracked_files()
        for pattern in NOT_IN_THE_REPOSITORY
        if (match := pattern.search(text_of(path)))
    ]
    assert wrong == []


def test_licence_of_the_repository() -> None:
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in (ROOT / "LICENSE").read_text()


@pytest.mark.parametrize("name", ADDON_NAMES)
def test_manifest(name: str) -> None:
    manifest = read_manifest(ADDONS / name)
    assert not REQUIRED_KEYS - set(manifest)
    assert not set(manifest) - KNOWN_KEYS
    assert name.startswith("sop_")
    assert manifest["license"] == "LGPL-3"
    assert re.fullmatch(r"19\.0\.\d+\.\d+\.\d+", str(manifest["version"]))
    assert "\n" not in str(manifest["name"]) + str(manifest["summary"])


@pytest.mark.parametrize("name", ADDON_NAMES)
def test_manifest_names_every_data_file(name: str) -> None:
    """A view or data file that no manifest names is never loaded."""
    folder = ADDONS / name
    manifest = read_manifest(folder)
    named = {*manifest.get("data", []), *manifest.get("demo", [])}
    rooms = ("data", "demo", "report", "security", "views", "wizards")
    found = {
        str(path.relative_to(folder))
        for room in rooms
        for path in (folder / room).rglob("*")
        if path.suffix in (".xml", ".csv")
    }
    code = "".join(text_of(path) for path in folder.rglob("*.py"))
    loaded_by_code = {path for path in found if Path(path).name in code}
    assert sorted(found - named - loaded_by_code) == []


@pytest.mark.parametrize("name", ADDON_NAMES)
def test_files_of_an_addon(name: str) -> None:
    folder = ADDONS / name
    fragments = list(README_FRAGMENTS)
    if read_manifest(folder).get("application"):
        fragments += APPLICATION_FRAGMENTS
    wanted = [folder / "readme" / fragment for fragment in fragments]
    wanted += [folder / "static" / "description" / "icon.png", folder / "__init__.py"]
    wanted += [folder / "i18n" / f"{name}.pot", folder / "tests" / "__init__.py"]
    missing = [str(path.relative_to(folder)) for path in wanted if not path.is_file()]
    assert missing == []


@pytest.mark.parametrize("name", ADDON_NAMES)
def test_python_packages_are_declared_and_pinned(name: str) -> None:
    pins = (ROOT / "requirements" / "addons.txt").read_text().lower()
    pins += (ROOT / "requirements" / "odoo.txt").read_text().lower()
    declared = read_manifest(ADDONS / name).get("external_dependencies", {})
    for package in declared.get("python", []):
        pattern = rf"^{re.escape(IMPORT_NAMES.get(package, package).lower())}=="
        assert re.search(pattern, pins, re.MULTILINE), f"{package} is not pinned"


@pytest.mark.parametrize("name", ADDON_NAMES)
def test_every_package_and_test_is_imported(name: str) -> None:
    """A folder or test file that its __init__ does not import is dead."""
    folder = ADDONS / name
    dead = []
    for init in folder.rglob("__init__.py"):
        text = init.read_text(encoding="utf-8")
        for path in init.parent.glob(
            "test_*.py" if init.parent.name == "tests" else "*.py"
        ):
            stem = path.stem
            if not stem.startswith("__") and not re.search(rf"\b{stem}\b", text):
                dead.append(str(path.relative_to(folder)))
    assert [
        path for path in sorted(dead) if path.split("/")[0] not in NOT_IMPORTED
    ] == []


@pytest.mark.parametrize("name", ADDON_NAMES)
def test_a_lower_room_never_names_a_higher_one(name: str) -> None:
    foreign = set(ADDON_NAMES) - closure_of(name)
    wrong = []
    for path in tracked_files():
        parts = path.relative_to(ROOT).parts
        if parts[:2] != ("addons", name) or "readme" in parts or "tests" in parts:
            continue
        if path.suffix in (".py", ".xml", ".csv", ".js"):
            text = text_of(path)
            wrong += [
                f"{path.name}: {n}" for n in foreign if re.search(rf"\b{n}\b", text)
            ]
    assert wrong == []


def test_engines_know_nothing_of_odoo() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {module}"
        for path, tree in python_files(tests=False)
        if "engine" in path.parts
        for module in imported_modules(tree)
        if module.split(".")[0] == "odoo" and not ENGINE.match(module)
    ]
    assert wrong == []


def test_no_import_from_the_inside_of_the_orm() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {module}"
        for path, tree in python_files(tests=True)
        for module in imported_modules(tree)
        if module.startswith("odoo.orm")
    ]
    assert wrong == []


def test_no_foreign_model_names() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {node.value}"
        for path, tree in python_files(tests=False)
        if ADDONS in path.parents
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value in FOREIGN_NAMES
    ]
    assert wrong == []


def code_lines(function: ast.AST) -> int:
    """Lines of a function; a statement of SQL or a text counts as one line."""
    texts = sum(
        node.end_lineno - node.lineno
        for node in ast.walk(function)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return function.end_lineno - function.lineno + 1 - texts


def test_functions_stay_short() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name} has {length} lines"
        for path, tree in python_files(tests=False)
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (length := code_lines(node)) > LONGEST_FUNCTION
    ]
    assert wrong == []


def test_launcher_needs_the_standard_library_only() -> None:
    wrong = set()
    for path, tree in python_files(tests=False):
        if path.parent == ROOT / "launcher" and path.name != "pytest_plugin.py":
            wrong |= {module.split(".")[0] for module in imported_modules(tree)}
    assert sorted(wrong - set(sys.stdlib_module_names)) == []
