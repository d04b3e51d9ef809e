"""Each thing that may be missing: one clear line with the mend, and exit code 1."""

from __future__ import annotations

import shutil
import socket
import sys

import pytest

from launcher import console, pdf, state, system
from launcher.console import SopError

UBUNTU = {"ID": "ubuntu", "VERSION_ID": "24.04"}
BOOKWORM = {"ID": "debian", "VERSION_ID": "12"}
TRIXIE = {"ID": "debian", "VERSION_ID": "13"}


@pytest.fixture
def bare_system(monkeypatch, tmp_path):
    """A system with apt-get, without anything of ours; not root."""
    monkeypatch.setattr(system, "postgres_bin", lambda: None)
    monkeypatch.setattr(system, "has_venv", lambda: False)
    monkeypatch.setattr(system, "is_root", lambda: False)
    monkeypatch.setattr(pdf, "find", lambda: None)
    monkeypatch.setattr(pdf, "os_release", lambda: BOOKWORM)
    programs = {"apt-get": "apt-get"}
    monkeypatch.setattr(
        system.shutil, "which", lambda name, path=None: programs.get(name)
    )
    monkeypatch.setattr(system, "LOGS", tmp_path)
    monkeypatch.setattr(system, "STATE", tmp_path)
    monkeypatch.setattr(state, "LOCKS", tmp_path)
    return programs


def failure(**options) -> str:
    with pytest.raises(SopError) as caught:
        system.ensure_programs(**({"browser": True, "server": True} | options))
    text = str(caught.value)
    assert "\n" not in text and "Mend: " in text
    return text


def test_everything_is_missing(bare_system):
    command = "sudo apt-get install -y postgresql chromium wkhtmltopdf python3-venv"
    assert failure().endswith(f"Mend: {command}")


def test_missing_browser(bare_system, monkeypatch):
    monkeypatch.setattr(system, "postgres_bin", lambda: "/usr/bin")
    monkeypatch.setattr(system, "has_venv", lambda: True)
    monkeypatch.setattr(pdf, "find", lambda: pdf.PROGRAM)
    expected = "Not installed: a browser. Mend: sudo apt-get install -y chromium"
    assert failure() == expected
    system.ensure_programs(browser=False, server=True)


def test_missing_browser_on_ubuntu(bare_system, monkeypatch):
    monkeypatch.setattr(pdf, "os_release", lambda: UBUNTU)
    text = failure()
    assert system.CHROME in text and "./chrome.deb" in text and " chromium" not in text


def test_missing_pdf_tool(bare_system, monkeypatch):
    monkeypatch.setattr(system, "postgres_bin", lambda: "/usr/bin")
    monkeypatch.setattr(system, "has_venv", lambda: True)
    bare_system["chromium"] = "/usr/bin/chromium"
    expected = "Not installed: the PDF tool. Mend: sudo apt-get install -y wkhtmltopdf"
    assert failure() == expected


def test_pdf_tool_that_is_no_longer_packaged(bare_system, monkeypatch):
    monkeypatch.setattr(pdf, "os_release", lambda: TRIXIE)
    fetched = []
    monkeypatch.setattr(pdf, "fetch", lambda: fetched.append(True))
    assert "wkhtmltopdf" not in failure().split("Mend: ")[1]
    assert fetched


def test_postgres_elsewhere_is_not_asked_for(bare_system):
    assert "PostgreSQL" not in failure(server=False)


def test_system_without_apt(bare_system):
    del bare_system["apt-get"]
    assert "your package manager" in failure()


def test_install_as_root(bare_system, monkeypatch):
    monkeypatch.setattr(system, "is_root", lambda: True)
    commands = []
    monkeypatch.setattr(
        system, "check_logged", lambda command, *r, **k: commands.append(command)
    )
    assert "Still not found" in failure()
    assert "install -y postgresql chromium wkhtmltopdf python3-venv" in commands[0][2]


def test_install_that_fails(copy):
    copy.stand_in("apt-get", "echo 'E: no network'; exit 100")
    done = copy.python(
        "system.is_root = lambda: True\nsystem.postgres_bin = lambda: None\n"
        "system.ensure_programs(browser=False, server=True)"
    )
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert "could not be installed" in last and "Mend: check the network" in last


def test_full_disk(copy):
    done = copy.python(
        "import collections\nusage = collections.namedtuple('usage', 'free')\n"
        "state.shutil.disk_usage = lambda path: usage(5 * 1024**2)\nstate.require_disk()"
    )
    assert done.returncode == 1
    assert (
        "0.0 GB of disk are free" in done.stderr
        and "Mend: free some space" in done.stderr
    )


def test_port_in_use(copy):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = copy.run("run", "--port", str(port))
    assert done.returncode == 1
    expected = f"sop: Port {port} is in use by another program. Mend: ./sop run --port {port + 1}"
    assert done.stderr.strip() == expected


@pytest.mark.parametrize("version", [(3, 9, 2), (3, 14, 0)])
def test_wrong_python(copy, version):
    code = (
        f"import sys, runpy\nsys.version_info = {version}\nsys.argv = ['sop', 'run']\n"
        "runpy.run_path('sop', run_name='__main__')"
    )
    done = copy.call([sys.executable, "-c", code], {})
    assert done.returncode == 1
    assert f"Python {version[0]}.{version[1]} can't run" in done.stderr
    assert "Mend: " in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_folder_of_another_user(copy, monkeypatch):
    done = copy.python("state.os.geteuid = lambda: 12345\nstate.prepare()")
    assert done.returncode == 1
    assert "belongs to another user" in done.stderr and "Mend: " in done.stderr


def test_no_cluster_as_root_without_its_user(copy):
    done = copy.python(
        "def missing(name):\n    raise KeyError\n"
        "postgres.is_root = lambda: True\npostgres.pwd.getpwnam = missing\n"
        "postgres.as_server_user(['initdb'])"
    )
    assert done.returncode == 1
    assert "no user `postgres`" in done.stderr and "Mend: " in done.stderr


def test_cluster_of_a_version_that_is_gone(copy):
    data = copy.state / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9\n")
    done = copy.python(
        "postgres.postgres_bin = lambda: Path('/usr/lib/postgresql/99/bin')\npostgres.programs()"
    )
    assert done.returncode == 1
    assert "made by PostgreSQL 9" in done.stderr and "Mend: " in done.stderr


def test_server_elsewhere_that_refuses(copy):
    if shutil.which("psql") is None:
        copy.stand_in("psql", "exit 2")
    code = "with postgres.server():\n    pass"
    done = copy.python(code, PGHOST="/nonexistent")
    assert done.returncode == 1
    assert "PGHOST=/nonexistent refuses" in done.stderr and "Mend: " in done.stderr


def test_packages_that_can_not_be_fetched(copy):
    (copy.root / "requirements" / "node.txt").write_text("sop-no-such-package==1\n")
    done = copy.python("python_env.ensure_node()", PIP_NO_INDEX="1")
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert (
        "Python packages could not be installed" in last
        and "Mend: check the network" in last
    )


def test_odoo_that_does_not_start(copy):
    done = copy.python(
        "import subprocess\nlog = Path('log')\nlog.write_text('the reason')\n"
        "server = subprocess.Popen(['false'])\nserver.wait()\n"
        "serving.wait_until_served(server, 'http://127.0.0.1:9', log)"
    )
    assert done.returncode == 1
    assert "the reason" in done.stdout and "Odoo ended at once" in done.stderr


def test_errors_are_one_line():
    assert str(SopError("It is broken.", "mend it.")) == "It is broken. Mend: mend it."
    assert console.tail(state.ROOT / "no such file") == ""
