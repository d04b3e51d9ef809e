"""wkhtmltopdf for systems that no longer package it (Debian 13): Debian 12's, unpacked
into the state folder with the libraries it was built for, which only it sees."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from . import debian
from .console import SopError, Step, check_logged
from .state import LOGS, STATE, remove_tree

PROGRAM = "wkhtmltopdf"
FOLDER = STATE / "pdf"
BIN = STATE / "bin"
LAST_DEBIAN_WITH_IT = 12
WRAPPER = """\
#!/bin/sh
export FONTCONFIG_SYSROOT='{folder}' QT_PLUGIN_PATH='{libraries}/qt5/plugins'
export QT_QPA_PLATFORM=offscreen
exec '{loader}' --library-path '{libraries}:{folder}/lib/{triplet}' \\
    '{folder}/usr/bin/wkhtmltopdf' "$@"
"""


def os_release(path: Path = Path("/etc/os-release")) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    pairs = (line.partition("=") for line in lines)
    return {name: value.strip("\"'") for name, _equals, value in pairs}


def packaged() -> bool:
    """Whether this system's own packages have it."""
    release = os_release()
    version = release.get("VERSION_ID", "99")
    is_debian = release.get("ID") == "debian"
    return not is_debian or (version.isdigit() and int(version) <= LAST_DEBIAN_WITH_IT)


def find() -> str | None:
    """The system's program, or the one in the state folder."""
    system = shutil.which(PROGRAM)
    if system or not FOLDER.is_dir():
        return system
    # Anew each time: the wrapper names this folder, which may have been moved.
    return write_wrapper()


def fetch() -> None:
    """Unpack Debian 12's program with everything that it needs."""
    work = STATE / "download-pdf"
    partial = FOLDER.with_suffix(".partial")
    remove_tree(partial)
    remove_tree(work)
    with Step("Fetching the PDF tool from Debian 12") as step:
        env = debian.private_apt(work / "apt", (debian.OLD_SUITE,), step)
        # With no package installed, as the private apt sees it, all that is needed is named.
        options = ["-y", "--no-install-recommends", "--download-only"]
        options += ["-o", "Debug::NoLocking=1", "-o", f"Dir::Cache::Archives={work}"]
        check_logged(
            ["apt-get", "-q", "install", *options, PROGRAM],
            LOGS / "pdf.log",
            "The PDF tool could not be downloaded",
            "check the network, then call ./sop again.",
            env=env,
            step=step,
        )
        for package in sorted(work.glob("*.deb")):
            problem = f"{package.name} could not be unpacked"
            unpack = ["dpkg-deb", "-x", package, partial]
            check_logged(unpack, LOGS / "pdf.log", problem, "./sop reset", step=step)
    remove_tree(FOLDER)
    partial.rename(FOLDER)
    write_wrapper()
    remove_tree(work)


def write_wrapper() -> str:
    libraries = next((FOLDER / "usr" / "lib").glob("*-linux-gnu"), None)
    loader = next(FOLDER.glob("lib*/ld-linux*"), None) or next(
        FOLDER.glob("lib/*/ld-linux*"), None
    )
    if libraries is None or loader is None:
        raise SopError("Debian's PDF tool is not built for this machine.")
    BIN.mkdir(exist_ok=True)
    wrapper = BIN / PROGRAM
    text = WRAPPER.format(
        folder=FOLDER, libraries=libraries, triplet=libraries.name, loader=loader
    )
    wrapper.write_text(text)
    os.chmod(wrapper, 0o755)
    return str(wrapper)
