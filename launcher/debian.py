"""Odoo 19 from Debian's package, without touching the system's own package sources.

The package depends on many others; only those are taken whose files Odoo's web client
links to. They are unpacked side by side, where the relative links find each other.
"""

from __future__ import annotations

import os
import re
import shutil
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from .console import SopError, Step, capture, check_logged, is_root, warn
from .python_env import ensure_node, node_environment
from .state import LOGS, STATE, remove_tree

SUITE = "sid"
PACKAGES = (
    "odoo-19",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-montserrat",
    "fonts-ocr-b",
    "fonts-roboto-unhinted",
    "fonts-glyphicons-halflings",
)
# Newer releases of these no longer hold the files that Odoo's web client links to.
OLD_SUITE = "bookworm"
OLD_PACKAGES = ("fonts-font-awesome", "fonts-inconsolata")
PYTHON_FOLDER = Path("usr/lib/python3/dist-packages")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# The one file that Debian left out; its licence is Apache-2.0.
NPM_PACKAGE = "@mediapipe/selfie_segmentation"
NPM_FILE = "package/selfie_segmentation.js"
PROBLEM = "Debian's packages could not be downloaded"
MEND = "check the network, then call ./sop again."
NPM_TARGET = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"


def one_line_sources(text: str) -> Iterator[tuple[str, str]]:
    """(address, suite) of the lines of a classic sources.list."""
    for line in text.splitlines():
        match = re.match(r"\s*deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+(\S+)", line)
        if match:
            yield match[1], match[2]


def deb822_sources(text: str) -> Iterator[tuple[str, str]]:
    """(address, suite) of the paragraphs of a .sources file."""
    for paragraph in re.split(r"\n\s*\n", text):
        lines = [line for line in paragraph.splitlines() if not line.startswith("#")]
        fields = dict(
            (name.strip().lower(), value.split())
            for name, _colon, value in (line.partition(":") for line in lines)
        )
        if "deb" not in fields.get("types", []) or fields.get("enabled") == ["no"]:
            continue
        for address in fields.get("uris", []):
            for suite in fields.get("suites", []):
                yield address, suite


def system_sources(folder: Path = Path("/etc/apt")) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    parts = sorted((folder / "sources.list.d").glob("*"))
    for path in [*parts, folder / "sources.list"]:
        if not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        read = deb822_sources if path.suffix == ".sources" else one_line_sources
        found.extend(read(text))
    return found


def mirror(folder: Path = Path("/etc/apt")) -> str:
    """The address of this machine's own Debian mirror."""
    chosen = os.environ.get("DEBIAN_MIRROR")
    if chosen:
        return chosen
    release = (
        r"(bookworm|trixie|forky|sid|unstable|testing|stable|oldstable)(-updates)?"
    )
    for address, suite in system_sources(folder):
        if re.fullmatch(release, suite):
            return address
    raise SopError(
        "Odoo could not be fetched from upstream, and this system has no Debian mirror.",
        "set ODOO_SOURCE to a checkout of Odoo 19.0, or DEBIAN_MIRROR to a mirror.",
    )


def write_apt_folder(folder: Path, address: str, suites: Sequence[str]) -> Path:
    """A private apt folder; the returned apt.conf is used through APT_CONFIG."""
    for name in ("state/lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "sources.list").write_text(
        "".join(
            f"deb [signed-by={KEYRING}] {address} {suite} main\n" for suite in suites
        )
    )
    conf = folder / "apt.conf"
    conf.write_text(
        f'Dir::Etc::SourceList "{folder}/sources.list";\n'
        'Dir::Etc::SourceParts "/dev/null";\n'
        f'Dir::State "{folder}/state";\n'
        'Dir::State::status "/dev/null";\n'
        f'Dir::Cache "{folder}/cache";\n'
        'Acquire::Languages "none";\n'
        'Acquire::Retries "3";\n'
        + ('APT::Sandbox::User "root";\n' if is_root() else "")
    )
    return conf


def private_apt(folder: Path, suites: Sequence[str], step: Step) -> dict[str, str]:
    """The environment in which apt-get knows these suites only, and nothing installed."""
    conf = write_apt_folder(folder, mirror(), suites)
    env = os.environ | {"APT_CONFIG": str(conf), "LC_ALL": "C"}
    update = ["apt-get", "-q", "update"]
    check_logged(update, LOGS / "debian.log", PROBLEM, MEND, env=env, step=step)
    return env


def download(folder: Path, step: Step) -> list[Path]:
    """Download the packages into the folder; return their files."""
    remove_tree(folder)
    folder.mkdir(parents=True)
    env = private_apt(folder / "apt", (SUITE, OLD_SUITE), step)
    names = [f"{name}/{SUITE}" for name in PACKAGES]
    names += [f"{name}/{OLD_SUITE}" for name in OLD_PACKAGES]
    fetch = ["apt-get", "-q", "download", *names]
    log = LOGS / "debian.log"
    check_logged(fetch, log, PROBLEM, MEND, env=env, step=step, cwd=folder)
    return sorted(folder.glob("*.deb"))


def add_left_out_file(addons: Path, work: Path) -> None:
    """Fetch the left out file from its npm package, from the registry set for npm."""
    target = addons / NPM_TARGET
    if target.exists():
        return
    work.mkdir(parents=True, exist_ok=True)
    pack = ["npm", "pack", "--silent", "--pack-destination", work, NPM_PACKAGE]
    try:
        ensure_node()
        archive = work / capture(pack, env=node_environment()).splitlines()[-1]
        with tarfile.open(archive) as tar:
            member = tar.extractfile(NPM_FILE)
            content = member.read() if member else b""
    except (SopError, OSError, IndexError, KeyError, tarfile.TarError):
        warn(
            f"{NPM_PACKAGE} could not be fetched with npm: blurring a video call's "
            "background won't work, and browser tests report a console error."
        )
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)


def dangling_links(folder: Path) -> list[Path]:
    return [
        Path(parent, name)
        for parent, folders, files in os.walk(folder)
        for name in (*folders, *files)
        if not os.path.exists(os.path.join(parent, name))
    ]


def fetch(target: Path) -> Path:
    """Download and unpack Odoo; return the folder that holds the `odoo` package."""
    for program in ("apt-get", "dpkg-deb"):
        if shutil.which(program) is None:
            raise SopError(
                f"Odoo can't be fetched: upstream is out of reach and {program} is missing.",
                "set ODOO_SOURCE to a checkout of Odoo 19.0.",
            )
    partial = target.with_suffix(".partial")
    work = STATE / "download"
    remove_tree(partial)
    with Step("Downloading Odoo 19 from Debian") as step:
        packages = download(work, step)
    with Step("Unpacking Odoo 19") as step:
        for package in packages:
            unpack = ["dpkg-deb", "-x", package, partial]
            problem = f"{package.name} could not be unpacked"
            check_logged(unpack, LOGS / "debian.log", problem, "./sop reset", step=step)
        broken = dangling_links(partial)
        if broken:
            raise SopError(
                f"Debian's package links to files that are missing: {broken[0]}."
            )
        # The package also holds a second, incomplete copy of the add-ons: out of the way.
        remove_tree(partial / PYTHON_FOLDER / "addons")
        add_left_out_file(partial / PYTHON_FOLDER / "odoo" / "addons", work / "npm")
    remove_tree(target)
    partial.rename(target)
    remove_tree(work)
    return target / PYTHON_FOLDER
