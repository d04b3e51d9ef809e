"""Programs of the operating system that Odoo needs, and how to get them."""

from __future__ import annotations

import os
import shutil
import socket
import urllib.request
from pathlib import Path

from . import pdf
from .console import SopError, Step, check_logged, is_root
from .state import LOGS, STATE, locked

BROWSERS = (
    "google-chrome",
    "google-chrome-stable",
    "chromium",
    "chromium-browser",
)
POSTGRES = "PostgreSQL"
BROWSER = "a browser"
PDF_TOOL = "the PDF tool"
VENV_MODULE = "Python's venv module"
PACKAGES = {
    POSTGRES: "postgresql",
    BROWSER: "chromium",
    PDF_TOOL: pdf.PROGRAM,
    VENV_MODULE: "python3-venv",
}
# Ubuntu's chromium is a snap, which can't read the folders that Odoo's tests give it.
CHROME = "https://dl.google.com/linux/direct/google-chrome-stable_current_amd64.deb"
# Another apt may be at work, such as the system's own updates.
APT_WAIT = "-o DPkg::Lock::Timeout=300"


def postgres_bin() -> Path | None:
    """The folder with PostgreSQL's newest server programs, if there is one."""
    found = [
        path.parent
        for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")
        if (path.parent / "pg_ctl").exists() and (path.parent / "postgres").exists()
    ]
    if found:
        return max(found, key=lambda path: int(path.parent.name))
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


def find_browser() -> str | None:
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def has_venv() -> bool:
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return False
    return True


def missing_programs(*, browser: bool, server: bool) -> list[str]:
    """The names (keys of PACKAGES) of what is not installed."""
    present = {
        POSTGRES: not server or postgres_bin() is not None,
        BROWSER: not browser or find_browser() is not None,
        PDF_TOOL: pdf.find() is not None,
        VENV_MODULE: has_venv(),
    }
    return [name for name, found in present.items() if not found]


def ensure_programs(*, browser: bool, server: bool) -> None:
    """Install missing system packages as root; say the command otherwise."""
    if not missing_programs(browser=browser, server=server):
        return
    with locked("system"):
        missing = missing_programs(browser=browser, server=server)
        if PDF_TOOL in missing and not pdf.packaged():
            pdf.fetch()
            missing.remove(PDF_TOOL)
        if missing:
            install(missing)
        still = missing_programs(browser=browser, server=server)
    if still:
        raise SopError(
            f"Still not found after the install: {', '.join(still)}.",
            f"apt-get install -y {packages_of(still)}",
        )


def packages_of(missing: list[str]) -> str:
    return " ".join(PACKAGES[name] for name in missing)


def install(missing: list[str]) -> None:
    names = ", ".join(missing)
    command = f"apt-get install -y {packages_of(missing)}"
    on_ubuntu = pdf.os_release().get("ID") == "ubuntu"
    if on_ubuntu and BROWSER in missing:
        command = command.replace(PACKAGES[BROWSER], "./chrome.deb")
    if shutil.which("apt-get") is None:
        raise SopError(
            f"Not installed: {names}.", "install it with your package manager."
        )
    if not is_root():
        fetch = f"wget -O chrome.deb {CHROME} && " if "./chrome.deb" in command else ""
        raise SopError(f"Not installed: {names}.", f"{fetch}sudo {command}")
    with Step(f"Installing {packages_of(missing)}") as step:
        if "./chrome.deb" in command:
            download_chrome(STATE / "chrome.deb")
        # A source that can't be reached must not stop the others: the install decides.
        script = (
            f"apt-get -q update; {command.replace('apt-get', f'apt-get -q {APT_WAIT}')}"
        )
        check_logged(
            ["sh", "-c", script],
            LOGS / "system.log",
            f"The system's packages could not be installed: {names}",
            f"check the network, then: {command}",
            step=step,
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
            cwd=STATE,
        )


def download_chrome(target: Path) -> None:
    try:
        with urllib.request.urlopen(CHROME, timeout=60) as answer:
            with target.open("wb") as file:
                shutil.copyfileobj(answer, file)
    except OSError as error:
        raise SopError(
            f"The browser could not be downloaded: {error}.",
            "install Google Chrome, or check the network.",
        ) from None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
