"""The state folder heals: whatever was broken off, the next call makes anew."""

from __future__ import annotations

import shutil
import subprocess
import time

import pytest

from launcher import postgres, python_env


@pytest.fixture
def empty_requirements(copy):
    (copy.root / "requirements" / "node.txt").write_text("# nothing\n")
    return copy


def test_broken_stamp_counts_as_none(copy):
    code = "print(state.read_stamp('venv'))"
    for text in ("{", "[1]", ""):
        (copy.state / "stamps").mkdir(parents=True, exist_ok=True)
        (copy.state / "stamps" / "venv.json").write_text(text)
        assert copy.python(code).stdout.strip() == "{}"


def test_stamp_is_written_whole(copy):
    code = "state.write_stamp('a', key='1')\nprint(state.read_stamp('a'))"
    assert copy.python(code).stdout.strip() == "{'key': '1'}"
    assert [path.name for path in (copy.state / "stamps").iterdir()] == ["a.json"]


def test_second_process_waits(copy):
    code = (
        "import time\nwith state.locked('x'):\n"
        "    print('in', flush=True)\n    time.sleep(1)\n    print('out', flush=True)"
    )
    program = "from launcher import state\nstate.prepare()\n" + code
    command = [python_env.sys.executable, "-c", program]
    options = {"cwd": copy.root, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **options) as first:
        assert first.stdout.readline() == "in\n"
        second = copy.python(code)
    words = second.stdout.split()
    assert second.stdout.lstrip().startswith("waiting for another ./sop (x)")
    assert words[-2:] == ["in", "out"]


def test_environment_is_made_once_and_heals(empty_requirements):
    copy = empty_requirements
    code = "print(python_env.make_venv(state.STATE / 'nodejs', ['node.txt'], 'Making'))"
    assert copy.python(code).stdout.splitlines()[-1] == "True"
    assert copy.python(code).stdout.strip() == "False"
    (copy.state / "nodejs" / "bin" / "python").unlink()
    assert copy.python(code).stdout.splitlines()[-1] == "True", "it was broken"
    (copy.root / "requirements" / "node.txt").write_text("# something else\n")
    assert copy.python(code).stdout.splitlines()[-1] == "True", "the versions changed"


def test_removal_outlasts_a_writer(copy):
    """What a killed call started may still write to the folder that is removed."""
    folder = copy.root / "folder"
    folder.mkdir()
    (copy.root / "folder.trash-1").mkdir()
    writer = "import time\nfor i in range(2000):\n    open(str(i), 'w').close(); time.sleep(.0005)"
    with subprocess.Popen([python_env.sys.executable, "-c", writer], cwd=folder):
        while not list(folder.iterdir()):
            time.sleep(0.01)
        done = copy.python("state.remove_tree(Path('folder'))")
    assert done.returncode == 0, done.stderr
    assert not list(copy.root.glob("folder*"))


def test_child_ends_with_its_parent(copy):
    code = "import time\nconsole.run_logged(['sleep', '61.5'], Path('log'))"
    program = f"from pathlib import Path\nfrom launcher import console\n{code}"
    parent = subprocess.Popen([python_env.sys.executable, "-c", program], cwd=copy.root)
    find = ["pgrep", "-P", str(parent.pid)]
    if shutil.which("pgrep") is None:
        find = ["sh", "-c", f"cat /proc/{parent.pid}/task/{parent.pid}/children"]
    end = time.monotonic() + 10
    child = ""
    while not child and time.monotonic() < end:
        child = subprocess.run(
            find, capture_output=True, text=True, check=False
        ).stdout.strip()
        time.sleep(0.05)
    assert child
    parent.kill()
    parent.wait()
    while time.monotonic() < end and is_running(child):
        time.sleep(0.05)
    assert not is_running(child)


def is_running(process: str) -> bool:
    try:
        with open(f"/proc/{process}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_reset_asks(copy):
    copy.python("pass")
    done = copy.run("reset")
    assert done.returncode == 1
    assert "Mend: ./sop reset --yes" in done.stderr
    assert copy.state.exists()
    done = copy.run("reset", "--yes")
    assert done.returncode == 0, done.stderr
    assert not copy.state.exists()


needs_postgres = pytest.mark.skipif(
    postgres.postgres_bin() is None, reason="PostgreSQL is used from elsewhere (PGHOST)"
)
SELECT = "with postgres.server():\n    print(postgres.sql('postgres', '{}'))"


@needs_postgres
class TestPostgres:
    def select(self, copy, statement):
        done = copy.python(SELECT.format(statement))
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()[-1]

    def is_up(self, copy):
        return (copy.state / "postgres" / "data" / "postmaster.pid").exists()

    @pytest.fixture(autouse=True)
    def stop(self, copy):
        yield
        if self.is_up(copy):
            copy.python("postgres.stop()")

    def test_only_a_socket_and_only_while_used(self, copy):
        assert self.select(copy, "SHOW listen_addresses") == ""
        assert not self.is_up(copy)
        # Beside the cluster, or elsewhere where that path is too long
        folder = copy.python("print(postgres.socket_folder())").stdout.strip()
        mode = postgres.Path(folder).stat().st_mode
        assert mode & 0o077 == 0

    def test_last_user_stops_it(self, copy):
        done = copy.python(
            "with postgres.server():\n"
            "    with postgres.server():\n        pass\n"
            "    print(postgres.sql('postgres', 'SELECT 7'))"
        )
        assert done.stdout.splitlines()[-1] == "7", done.stderr
        assert not self.is_up(copy)

    def test_broken_off_set_up_heals(self, copy):
        (copy.state / "postgres" / "data.partial" / "base").mkdir(parents=True)
        assert self.select(copy, "SELECT 1") == "1"

    def test_killed_server_heals(self, copy):
        copy.python("postgres.start()")
        pid_file = copy.state / "postgres" / "data" / "postmaster.pid"
        subprocess.run(["kill", "-9", pid_file.read_text().split()[0]], check=True)
        assert self.select(copy, "SELECT 1") == "1"

    def test_databases_with_their_files(self, copy):
        done = copy.python(
            "files = databases.FILESTORE\n"
            "with postgres.server():\n"
            "    postgres.sql('postgres', 'CREATE DATABASE one')\n"
            "    (files / 'one').mkdir(parents=True)\n"
            "    (files / 'one' / 'file').write_text('x')\n"
            "    databases.copy('one', 'two')\n"
            "    databases.rename('two', 'three')\n"
            "    databases.drop('one')\n"
            "    print(databases.names(''), [path.name for path in files.iterdir()])\n"
            "    print((files / 'three' / 'file').read_text())"
        )
        assert done.stdout.splitlines()[-2:] == [
            "['postgres', 'template0', 'template1', 'three'] ['three']",
            "x",
        ], done.stderr

    def test_copy_of_nothing_is_said(self, copy):
        done = copy.python("with postgres.server():\n    databases.copy('none', 'two')")
        assert done.returncode == 1
        assert 'database "none" does not exist' in done.stderr

    def test_runs_of_killed_processes_are_dropped(self, copy):
        done = copy.python(
            "with postgres.server():\n"
            "    for process in ('999999999', '1'):\n"
            "        name = testing.RUN_PREFIX + process + '_a'\n"
            "        postgres.sql('postgres', f'CREATE DATABASE {name}')\n"
            "    postgres.sql('postgres', 'CREATE DATABASE sop_run_other_999999999_a')\n"
            "    testing.drop_left_over_runs()\n"
            "    for name in databases.names('sop_run_'):\n"
            "        print(name.replace(testing.RUN_PREFIX, 'ours_'))"
        )
        left = sorted(done.stdout.splitlines()[-2:])
        assert left == ["ours_1_a", "sop_run_other_999999999_a"], done.stderr

    def test_long_path_to_the_socket(self, copy):
        folder = copy.root / ("long" * 25)
        for name in ("launcher", "requirements", "sop"):
            folder.mkdir(exist_ok=True)
            shutil.move(copy.root / name, folder / name)
        assert self.select(type(copy)(folder), "SELECT 1") == "1"
