"""./sop test and the command line: what is installed, what counts as a failure."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from launcher import cli, lint, odoo, odoo_log, serving, testing, tools
from launcher.console import SopError
from launcher.odoo import Addon
from launcher.state import ADDONS, ROOT

BY_FILE = ["--dist", "loadfile", "--no-loadscope-reorder"]
LOG_LINE = "2026-01-01 10:00:00,000 1 {} db odoo.addons.x: text\n"


def addon(name: str, *depends: str, auto_install: bool = False) -> Addon:
    return Addon(name, Path(name), depends, auto_install)


SUITE = {
    "sop_a": addon("sop_a", "account"),
    "sop_b": addon("sop_b", "sop_a", "crm"),
    "sop_a_sale": addon("sop_a_sale", "sop_a", "sale", auto_install=True),
}


def test_closure_follows_our_addons_only():
    assert list(odoo.closure(SUITE, ["sop_b"])) == ["sop_a", "sop_b"]
    assert list(odoo.closure(SUITE, ["sop_a_sale"])) == ["sop_a", "sop_a_sale"]


def test_glue_is_not_named_at_the_install():
    assert odoo.install_list(SUITE) == ["sop_a", "sop_b"]


def test_official_modules(monkeypatch):
    monkeypatch.setattr(odoo, "our_addons", lambda: SUITE)
    assert odoo.official_modules(SUITE) == ["account", "crm", "sale"]


def make_addon(folder: Path, name: str, manifest: str) -> Path:
    (folder / name / "tests").mkdir(parents=True)
    (folder / name / "static" / "tests").mkdir(parents=True)
    (folder / name / "__manifest__.py").write_text(manifest)
    return folder / name


def test_manifests_are_read(tmp_path):
    make_addon(tmp_path, "sop_a", "{'depends': ['base'], 'auto_install': ['base']}")
    make_addon(tmp_path, "sop_off", "{'installable': False}")
    found = odoo.our_addons(tmp_path)
    assert list(found) == ["sop_a"]
    assert found["sop_a"].auto_install and found["sop_a"].depends == ("base",)


@pytest.mark.parametrize("manifest", ["{'depends': [", "[]", "import os"])
def test_broken_manifest_is_named(tmp_path, manifest):
    make_addon(tmp_path, "sop_a", manifest)
    with pytest.raises(SopError, match="sop_a/__manifest__.py.*Mend: "):
        odoo.our_addons(tmp_path)


def test_key_changes_with_code_not_with_tests(tmp_path):
    folder = make_addon(tmp_path, "sop_a", "{}")
    addons = odoo.our_addons(tmp_path)
    before = odoo.files_key(addons)
    (folder / "tests" / "test_a.py").write_text("x = 1")
    (folder / "static" / "tests" / "tour.js").write_text("x")
    (folder / "notes.txt").write_text("x")
    assert odoo.files_key(addons) == before
    (folder / "models.py").write_text("x = 1")
    assert odoo.files_key(addons) != before


def test_configuration_is_for_this_machine_only(tmp_path):
    path = odoo.write_conf(tmp_path / "odoo.conf", tmp_path, db_name="x")
    text = path.read_text()
    assert "http_interface = 127.0.0.1\n" in text
    assert "list_db = False\n" in text
    assert "db_name = x\n" in text
    assert path.stat().st_mode & 0o077 == 0


def test_environment_of_the_caller_does_not_reach_odoo(monkeypatch):
    for name in ("PGDATABASE", "ODOO_RC", "OPENERP_SERVER", "PYTHONPATH"):
        monkeypatch.setenv(name, "x")
    assert not {"PGDATABASE", "ODOO_RC", "OPENERP_SERVER", "PYTHONPATH"} & set(
        odoo.environment()
    )


def test_only_the_addons_of_the_paths_are_installed():
    names = sorted(odoo.our_addons())
    path = str(ADDONS / names[0])
    assert testing.addons_of([path]) == [names[0]]
    assert testing.addons_of(["-q", f"{path}/__init__.py::TestX::test_y"]) == [names[0]]
    assert testing.addons_of(["-x"]) == [], "all"
    assert testing.addons_of([path, str(ROOT / "tests")]) == [], "all"


def test_browser_only_where_a_test_uses_it(tmp_path):
    plain, tour = tmp_path / "test_a.py", tmp_path / "test_b.py"
    plain.write_text("class TestA: pass")
    tour.write_text("class TestB(HttpCase): pass")
    assert not testing.wants_browser([str(plain)])
    assert testing.wants_browser([f"{tour}::TestB"])
    assert testing.wants_browser([str(tmp_path)])
    assert testing.wants_browser(["-k", "no_such_name"]), "all tests are meant"


@pytest.mark.parametrize(
    "cpus, arguments, expected",
    [
        (2, ["--tb=short"], ["-n", "2", *BY_FILE]),
        (16, [], ["-n", "4", *BY_FILE]),
        (1, [], []),
        (None, [], []),
        (2, ["-n", "0"], []),
        (2, ["-n3"], []),
        (2, ["--collect-only"], []),
        (2, ["--pdb"], []),
        (2, [f"{__file__}::test_log_lines"], []),
    ],
)
def test_whole_runs_are_divided(monkeypatch, cpus, arguments, expected):
    monkeypatch.setattr(os, "cpu_count", lambda: cpus)
    assert testing.in_parallel(arguments) == expected


def test_paths_may_be_given_from_any_folder(tmp_path, monkeypatch):
    (tmp_path / "test_a.py").touch()
    monkeypatch.chdir(tmp_path)
    assert testing.from_root("test_a.py::TestA") == f"{tmp_path}/test_a.py::TestA"
    assert testing.from_root("-k") == "-k"
    assert testing.from_root("name") == "name"


def test_log_lines(tmp_path):
    log = tmp_path / "odoo.log"
    levels = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
    text = "".join(LOG_LINE.format(level) for level in levels)
    known = LOG_LINE.format("WARNING").replace(
        "text", "Running as user 'root' is a security risk"
    )
    log.write_text(text + known + "WARNING without a date\n")
    found = [line.split()[3] for line in odoo_log.offending_lines(log)]
    assert found == ["WARNING", "ERROR", "CRITICAL"]
    assert not list(odoo_log.offending_lines(tmp_path / "none"))


class TestPlugin:
    """The exit status, with pytest called as ./sop test calls it (without Odoo)."""

    def call_pytest(
        self, folder: Path, test: str, *arguments: str, log: str = "", install: str = ""
    ):
        (folder / "test_it.py").write_text(f"import unittest\n{test}\n")
        (folder / "odoo.log").write_text(log)
        (folder / "install.log").write_text(install)
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "launcher.pytest_plugin",
            "-p",
            "no:odoo",
        ]
        command += [
            "-p",
            "no:cacheprovider",
            "-c",
            os.devnull,
            "--rootdir",
            str(folder),
        ]
        env = os.environ | {
            "PYTHONPATH": str(ROOT),
            "SOP_ENDED": str(folder / "ended"),
            "SOP_ODOO_LOG": str(folder / "odoo.log"),
            "SOP_INSTALL_LOGS": f"{folder / 'install.log'}{os.pathsep}{folder / 'none.log'}",
        }
        return subprocess.run(
            [*command, str(folder), *arguments],
            env=env,
            cwd=folder,
            capture_output=True,
            check=False,
            text=True,
        )

    def test_quiet_success(self, tmp_path):
        done = self.call_pytest(
            tmp_path, "def test_a(): pass", log=LOG_LINE.format("INFO")
        )
        assert done.returncode == 0
        assert "fail the run" not in done.stdout
        assert (tmp_path / "ended").exists()

    def test_end_in_the_middle_leaves_no_word(self, tmp_path):
        done = self.call_pytest(tmp_path, "import os\ndef test_a(): os._exit(0)")
        assert done.returncode == 0
        assert not (tmp_path / "ended").exists(), "so ./sop test knows better"

    def test_workers_side_by_side(self, tmp_path):
        line = LOG_LINE.format("WARNING")
        done = self.call_pytest(tmp_path, "def test_a(): pass", "-n", "1", log=line)
        assert done.returncode == 1
        assert done.stdout.count(line) == 1
        assert "No test was executed" not in done.stdout

    @pytest.mark.parametrize("which", ["log", "install"])
    def test_warning_fails(self, tmp_path, which):
        line = LOG_LINE.format("WARNING")
        done = self.call_pytest(tmp_path, "def test_a(): pass", **{which: line})
        assert done.returncode == 1
        assert line in done.stdout

    def test_failure_keeps_its_status(self, tmp_path):
        done = self.call_pytest(
            tmp_path, "def test_a(): assert 0", log=LOG_LINE.format("ERROR")
        )
        assert done.returncode == 1

    def test_wrong_argument_keeps_its_status(self, tmp_path):
        done = self.call_pytest(tmp_path, "def test_a(): pass", "--no-such-option")
        assert done.returncode == 4

    def test_nothing_chosen_is_a_failure(self, tmp_path):
        done = self.call_pytest(tmp_path, "def test_a(): pass", "-k", "no_such_name")
        assert done.returncode == 5

    def test_everything_skipped_is_a_failure(self, tmp_path):
        test = "@unittest.skip('not now')\ndef test_a(): pass"
        done = self.call_pytest(tmp_path, test)
        assert done.returncode == 5
        assert "No test was executed" in done.stdout

    def test_skipped_browser_is_a_failure(self, tmp_path):
        test = (
            "class TestA(unittest.TestCase):\n    def test_a(self):\n"
            "        self.skipTest('Chrome executable not found')\n"
            "    def test_b(self):\n        pass\n"
        )
        done = self.call_pytest(tmp_path, test)
        assert done.returncode == 1
        assert "The browser could not be used" in done.stdout

    def test_listing_tests_is_no_failure(self, tmp_path):
        done = self.call_pytest(tmp_path, "def test_a(): pass", "--collect-only")
        assert done.returncode == 0


class TestCommandLine:
    def test_help_names_every_command(self, copy):
        done = copy.run("--help")
        assert done.returncode == 0
        commands = ("run", "test", "lint", "bench", "shell", "update", "pot", "reset")
        assert not [name for name in commands if f"\n    {name} " not in done.stdout]

    @pytest.mark.parametrize(
        "arguments", [[], ["no-such-command"], ["run", "--port", "x"]]
    )
    def test_wrong_use(self, copy, arguments):
        assert copy.run(*arguments).returncode == 2

    def test_arguments_go_to_pytest(self, monkeypatch):
        given = []
        monkeypatch.setattr(testing, "test", lambda rest: given.extend(rest) or 3)
        assert cli.main(["test", "-k", "x", "--help", "tests"]) == 3
        assert given == ["-k", "x", "--help", "tests"]

    def test_arguments_go_to_the_bench(self, monkeypatch):
        given = []
        monkeypatch.setattr(tools, "bench", lambda rest: given.extend(rest) or 0)
        arguments = ["--json", "out.json", "--rows", "1000", "--peers"]
        assert cli.main(["bench", *arguments]) == 0
        assert given == arguments

    @pytest.mark.parametrize("name", ["a b", "-x", "a'b", ""])
    def test_wrong_name_of_a_database(self, name):
        with pytest.raises(SopError, match="is no name for a database.*Mend: "):
            serving.check_name(name)

    def test_arguments_of_run(self, monkeypatch):
        given = []
        monkeypatch.setattr(serving, "run", lambda *a, **k: given.append((a, k)) or 0)
        cli.main(["run", "--once", "--empty", "--port", "8070", "--database", "mine"])
        assert given == [(("mine", 8070), {"once": True, "empty": True})]

    def test_interruption(self, monkeypatch, capsys):
        def stop(**_options):
            raise KeyboardInterrupt

        monkeypatch.setattr(lint, "lint", stop)
        assert cli.main(["lint"]) == 130
        assert "goes on from here" in capsys.readouterr().err


def test_bench_without_its_program(monkeypatch, tmp_path):
    monkeypatch.setattr(tools, "ROOT", tmp_path)
    with pytest.raises(SopError, match="bench.py is missing"):
        tools.bench([])


def test_translation_template_without_its_date():
    text = '"POT-Creation-Date: 2026-01-01 10:00+0000\\n"\nmsgid "A"\n'
    assert tools.bare_lines(text) == ['msgid "A"']


class TestLint:
    def test_failed_check_shows_its_output_once(self):
        command = (sys.executable, "-c", "print('wrong\\n' * 3); raise SystemExit(2)")
        _check, status, output = lint.run_check(lint.Check("x", command))
        assert (status, output) == (2, "wrong")

    @pytest.mark.parametrize(
        ("script", "status"), [("", 0), ("raise SystemExit(1)", 1)]
    )
    def test_status(self, monkeypatch, script, status):
        check = lint.Check("x", (sys.executable, "-c", script))
        monkeypatch.setattr(lint, "ensure_tools", lambda: None)
        monkeypatch.setattr(lint, "checks", lambda: [check])
        assert lint.lint(fix_first=False) == status
