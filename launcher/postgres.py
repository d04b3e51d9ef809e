"""A private PostgreSQL: a unix socket only, no network port, started while it is used.

With PGHOST set, that server is used instead and nothing is started.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from .console import SopError, Step, capture, is_root, run_logged, tail
from .state import LOCKS, LOGS, ROOT, STATE, digest, locked, remove_tree
from .system import postgres_bin

CLUSTER = STATE / "postgres"
USER = "sop"
LONGEST_SOCKET_PATH = 90
START_ATTEMPTS = 5
SETTINGS = {
    "listen_addresses": "''",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    # A crash of the machine may lose the last second of work, never the database.
    "synchronous_commit": "off",
    "jit": "off",
    "timezone": "'UTC'",
}


def external() -> bool:
    return bool(os.environ.get("PGHOST"))


def socket_folder() -> Path:
    """Beside the cluster; in the temporary folder when that path is too long."""
    folder = CLUSTER / "socket"
    if len(str(folder)) <= LONGEST_SOCKET_PATH:
        return folder
    return Path(tempfile.gettempdir()) / f"sop-{digest(ROOT)}"


def environment() -> dict[str, str]:
    """The environment in which every program finds the database server."""
    if external():
        return dict(os.environ)
    env = {name: value for name, value in os.environ.items() if name[:2] != "PG"}
    env |= {"PGHOST": str(socket_folder()), "PGUSER": USER, "PGPORT": "5432"}
    tools = postgres_bin()
    if tools:
        env["PATH"] = f"{env.get('PATH', os.defpath)}:{tools}"
    return env


def reachable_by(user: pwd.struct_passwd, path: Path) -> bool:
    """Whether the user may enter every folder above the path."""
    for folder in path.parents:
        mode, owner = folder.stat().st_mode, folder.stat().st_uid
        allowed = mode & 0o100 if owner == user.pw_uid else mode & 0o001
        if not allowed:
            return False
    return True


def as_server_user(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root: then its own user runs it."""
    if not is_root():
        return command
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        raise SopError(
            "There is no user `postgres`, and PostgreSQL refuses to run as root.",
            "apt-get install -y postgresql, or run ./sop as another user.",
        ) from None
    change = [
        "setpriv",
        f"--reuid={user.pw_uid}",
        f"--regid={user.pw_gid}",
        "--init-groups",
    ]
    if not reachable_by(user, CLUSTER):
        # The copy lies in a folder closed to others, such as root's home.
        change += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return [*change, *command]


def programs() -> Path:
    """The programs of the version that made the cluster, or the newest."""
    newest = postgres_bin()
    if newest is None:
        raise SopError("PostgreSQL is not installed.", "apt-get install -y postgresql")
    version_file = CLUSTER / "data" / "PG_VERSION"
    if version_file.is_file():
        version = version_file.read_text().strip()
        same = Path(f"/usr/lib/postgresql/{version}/bin")
        if (same / "pg_ctl").exists():
            return same
        if newest.parent.name != version and newest.parent.parent.name == "postgresql":
            raise SopError(
                f"The database was made by PostgreSQL {version}, which is not installed.",
                f"apt-get install -y postgresql-{version}, or ./sop reset",
            )
    return newest


def make_cluster(tools: Path) -> None:
    partial = CLUSTER / "data.partial"
    CLUSTER.mkdir(parents=True, exist_ok=True)
    remove_tree(partial)
    if is_root():
        user = pwd.getpwnam("postgres")
        os.chown(CLUSTER, user.pw_uid, user.pw_gid)
    log = LOGS / "postgres-setup.log"
    command = [str(tools / "initdb"), "-D", str(partial), "-U", USER, "--auth=trust"]
    command += ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    with Step("Making a private PostgreSQL") as step:
        if run_logged(as_server_user(command), log, step=step, cwd=Path("/")):
            raise SopError(
                f"PostgreSQL could not be set up: {tail(log, 2)}", "./sop reset"
            )
        settings = "".join(f"{name} = {value}\n" for name, value in SETTINGS.items())
        with (partial / "postgresql.conf").open("a") as conf:
            conf.write(settings)
        partial.rename(CLUSTER / "data")


def start() -> None:
    tools = programs()
    data = CLUSTER / "data"
    if not (data / "PG_VERSION").is_file():
        make_cluster(tools)
    if running(tools):
        return
    folder = make_socket_folder()
    log = CLUSTER / "postgres.log"
    command = [str(tools / "pg_ctl"), "-D", str(data), "-l", str(log), "-w", "-t", "60"]
    command += ["-o", f"-k '{folder}' -c listen_addresses=''", "start"]
    for _attempt in range(START_ATTEMPTS):
        if quiet_call(command) == 0:
            return
        # The remains of a killed server may need a moment to go.
        time.sleep(1)
    raise SopError(
        f"PostgreSQL did not start: {tail(log, 1)}", f"see {log}, or ./sop reset"
    )


def make_socket_folder() -> Path:
    """For the server's user alone; in the temporary folder it could be someone else's."""
    folder = socket_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    user = pwd.getpwnam("postgres") if is_root() else pwd.getpwuid(os.geteuid())
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (
        os.geteuid(),
        user.pw_uid,
    ):
        raise SopError(f"{folder} belongs to somebody else.", "remove it.")
    os.chown(folder, user.pw_uid, user.pw_gid)
    folder.chmod(0o700)
    return folder


def quiet_call(command: list[str]) -> int:
    """Run one of the server's programs as its user, apart from our terminal's signals."""
    return subprocess.call(
        as_server_user(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
    )


def running(tools: Path) -> bool:
    command = [
        str(tools / "pg_isready"),
        "-q",
        "-h",
        str(socket_folder()),
        "-p",
        "5432",
    ]
    return subprocess.call(command, stdin=subprocess.DEVNULL) == 0


def stop() -> None:
    tools = programs()
    command = [
        str(tools / "pg_ctl"),
        "-D",
        str(CLUSTER / "data"),
        "-m",
        "fast",
        "-w",
        "stop",
    ]
    quiet_call(command)


@contextlib.contextmanager
def server() -> Iterator[None]:
    """The server runs in here; the last ./sop to leave stops it."""
    if external():
        check_external()
        yield
        return
    with (LOCKS / "postgres-users.lock").open("w") as users:
        with locked("postgres"):
            start()
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield
        finally:
            with locked("postgres"):
                fcntl.flock(users, fcntl.LOCK_UN)
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    stop()


def check_external() -> None:
    psql = shutil.which("psql")
    if psql is None:
        raise SopError("psql is not installed.", "apt-get install -y postgresql-client")
    if sql("postgres", "SELECT 1") != "1":
        raise SopError(
            f"The PostgreSQL server at PGHOST={os.environ['PGHOST']} refuses the connection.",
            "check PGHOST, PGPORT, PGUSER and PGPASSWORD, or unset PGHOST.",
        )


def sql(database: str, statement: str) -> str:
    """The result of a statement as bare text; empty when it fails."""
    command = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database]
    return capture([*command, "-c", statement], env=environment())
