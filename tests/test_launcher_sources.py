"""Where Odoo comes from: each source in its turn. Those that can't be reached from every
machine are tried with stand-ins for git, apt-get and dpkg-deb."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from launcher import debian
from launcher.console import SopError

UNREACHABLE = "https://127.0.0.1:9/odoo.git"
FIND = "print(sources.ensure_odoo())"
# A stand-in for Debian's package: apt-get "downloads", dpkg-deb "unpacks".
APT_GET = 'case "$*" in *download*) touch odoo-19_19.0_all.deb;; esac'
DPKG_DEB = """
folder="$3/usr/lib/python3/dist-packages"
mkdir -p "$folder/odoo/addons/mail" "$folder/addons/mail"
echo "version_info = (19, 0, 0, FINAL, 0, '')" > "$folder/odoo/release.py"
"""


@pytest.fixture
def debian_stand_in(copy):
    copy.stand_in("apt-get", APT_GET)
    copy.stand_in("dpkg-deb", DPKG_DEB)
    # No network: the file that only npm has is left out with a warning.
    code = "from .console import SopError\ndef ensure_node():\n    raise SopError('no network')\n"
    path = copy.root / "launcher" / "debian.py"
    text = path.read_text().replace("from .python_env import ensure_node, ", code)
    path.write_text(text.replace("node_environment\n", "node_environment = dict\n", 1))
    return copy


def commit(folder: Path, *, branch: str) -> None:
    git = [
        "git",
        "-C",
        str(folder),
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@example.com",
    ]
    for arguments in (
        ["init", "-q", "-b", branch],
        ["add", "."],
        ["commit", "-qm", "x"],
    ):
        subprocess.run([*git, *arguments], check=True)


def test_given_folder_comes_first(copy, odoo_source):
    done = copy.python(FIND, ODOO_SOURCE=str(odoo_source), ODOO_UPSTREAM=UNREACHABLE)
    assert done.stdout.strip() == str(odoo_source)


def test_given_folder_of_another_series(copy, odoo_source):
    (odoo_source / "odoo" / "release.py").write_text(
        "version_info = (18, 0, 0, FINAL, 0, '')"
    )
    done = copy.python(FIND, ODOO_SOURCE=str(odoo_source))
    assert done.returncode == 1
    assert "holds no Odoo 19.0" in done.stderr and "Mend: " in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_importable_odoo_comes_second(copy, odoo_source):
    done = copy.python(FIND, PYTHONPATH=str(odoo_source), ODOO_UPSTREAM=UNREACHABLE)
    assert done.stdout.strip() == str(odoo_source)


def test_importable_odoo_of_another_series_is_passed_over(copy, odoo_source):
    (odoo_source / "odoo" / "release.py").write_text(
        "version_info = (17, 0, 0, FINAL, 0, '')"
    )
    done = copy.python("print(sources.from_python())", PYTHONPATH=str(odoo_source))
    assert done.stdout.strip() == "None"


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_clone_comes_third(copy, odoo_source):
    commit(odoo_source, branch="19.0")
    upstream = odoo_source.as_uri()
    done = copy.python(FIND, ODOO_UPSTREAM=upstream)
    clone = copy.state / "odoo" / "upstream"
    assert done.stdout.splitlines()[-1] == str(clone)
    shutil.rmtree(odoo_source)
    again = copy.python(FIND, ODOO_UPSTREAM=upstream)
    assert again.stdout.strip() == str(clone), "fetched once only"


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_broken_off_clone_heals(copy, odoo_source):
    commit(odoo_source, branch="19.0")
    (copy.state / "odoo" / "upstream.partial" / "odoo").mkdir(parents=True)
    (copy.state / "odoo" / "upstream" / "odoo").mkdir(parents=True)
    done = copy.python(FIND, ODOO_UPSTREAM=odoo_source.as_uri())
    assert done.returncode == 0, done.stderr


def test_debian_comes_last(debian_stand_in):
    done = debian_stand_in.python(
        FIND, ODOO_UPSTREAM=UNREACHABLE, DEBIAN_MIRROR="x://mirror"
    )
    folder = debian_stand_in.state / "odoo" / "debian" / debian.PYTHON_FOLDER
    assert done.stdout.splitlines()[-1] == str(folder), done.stderr
    assert not (folder / "addons").exists(), "the package's second copy is in the way"
    assert "could not be fetched with npm" in done.stderr
    again = debian_stand_in.python(FIND, ODOO_UPSTREAM=UNREACHABLE)
    assert again.stdout.strip() == str(folder), "fetched once only"


def test_debian_without_git(debian_stand_in):
    code = (
        "sources.shutil.which = lambda name, *rest: None if name == 'git' else name\n"
        + FIND
    )
    done = debian_stand_in.python(code, DEBIAN_MIRROR="x://mirror")
    assert done.returncode == 0, done.stderr


def test_broken_off_unpacking_heals(debian_stand_in):
    debian_stand_in.stand_in("dpkg-deb", f"{DPKG_DEB}\nexit 1")
    env = {"ODOO_UPSTREAM": UNREACHABLE, "DEBIAN_MIRROR": "x://mirror"}
    assert debian_stand_in.python(FIND, **env).returncode == 1
    assert not (debian_stand_in.state / "odoo" / "debian").exists()
    debian_stand_in.stand_in("dpkg-deb", DPKG_DEB)
    assert debian_stand_in.python(FIND, **env).returncode == 0


def test_lost_odoo_is_fetched_again(debian_stand_in):
    env = {"ODOO_UPSTREAM": UNREACHABLE, "DEBIAN_MIRROR": "x://mirror"}
    debian_stand_in.python(FIND, **env)
    shutil.rmtree(debian_stand_in.state / "odoo")
    assert debian_stand_in.python(FIND, **env).returncode == 0


def test_moved_copy_finds_its_odoo(debian_stand_in, tmp_path):
    env = {"ODOO_UPSTREAM": UNREACHABLE, "DEBIAN_MIRROR": "x://mirror"}
    debian_stand_in.python(FIND, **env)
    debian_stand_in.stand_in("apt-get", "exit 1")
    moved = type(debian_stand_in)(
        debian_stand_in.root.rename(tmp_path.parent / "moved")
    )
    try:
        done = moved.python(FIND, **env)
        assert done.stdout.startswith(str(moved.root)), done.stderr
    finally:
        shutil.rmtree(moved.root)


def test_dangling_link_is_refused(debian_stand_in):
    debian_stand_in.stand_in(
        "dpkg-deb", f'{DPKG_DEB}\nln -s nowhere "$folder/odoo/font"'
    )
    done = debian_stand_in.python(
        FIND, ODOO_UPSTREAM=UNREACHABLE, DEBIAN_MIRROR="x://mirror"
    )
    assert done.returncode == 1
    assert "links to files that are missing" in done.stderr


def test_slow_upstream_is_given_up(debian_stand_in):
    debian_stand_in.stand_in("git", "exec sleep 100")
    code = f"sources.REACH_SECONDS = 1\n{FIND}"
    done = debian_stand_in.python(code, DEBIAN_MIRROR="x://mirror")
    assert "upstream can't be reached" in done.stdout
    assert done.returncode == 0, done.stderr


def test_no_network_at_all(copy):
    copy.stand_in("apt-get", "echo 'E: Could not resolve'; exit 100")
    done = copy.python(FIND, ODOO_UPSTREAM=UNREACHABLE, DEBIAN_MIRROR="x://mirror")
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("sop: Debian's packages could not be downloaded")
    assert "Mend: check the network" in last


LISTS = """\
# deb x://commented bookworm main
deb [signed-by=/usr/share/keyrings/a.gpg arch=amd64] x://other stable-thing main
deb x://security bookworm-security main
deb [signed-by=/usr/share/keyrings/a.gpg] x://mirror/debian bookworm main contrib
"""
DEB822 = """\
Types: deb
# URIs: x://commented
URIs: x://security
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: x://disabled
Suites: bookworm

Types: deb deb-src
URIs: x://mirror/debian
Suites: bookworm bookworm-updates
Components: main
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [("sources.list", LISTS), ("sources.list.d/debian.sources", DEB822)],
)
def test_mirror_is_the_systems_own(tmp_path, monkeypatch, name, text):
    monkeypatch.delenv("DEBIAN_MIRROR", raising=False)
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / name).write_text(text)
    assert debian.mirror(tmp_path) == "x://mirror/debian"


def test_system_without_a_debian_mirror(tmp_path, monkeypatch):
    monkeypatch.delenv("DEBIAN_MIRROR", raising=False)
    (tmp_path / "sources.list").write_text("deb x://ubuntu noble main\n")
    with pytest.raises(SopError, match="no Debian mirror.*Mend: set ODOO_SOURCE"):
        debian.mirror(tmp_path)


def test_private_apt_does_not_know_the_system(tmp_path):
    conf = debian.write_apt_folder(tmp_path, "x://mirror", ["sid"]).read_text()
    assert 'Dir::Etc::SourceParts "/dev/null"' in conf
    assert 'Dir::State::status "/dev/null"' in conf
    source = (tmp_path / "sources.list").read_text()
    assert source.startswith("deb [signed-by=") and source.endswith(
        "x://mirror sid main\n"
    )
