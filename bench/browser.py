# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""From the click on "Grid" to painted rows, in a headless Chromium, over its debug protocol."""

from __future__ import annotations

import contextlib
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import worlds
from bench.outcome import Outcome
from bench.seed_budget import find_budget
from bench.session import Database
from launcher import odoo as odoo_part
from launcher import system
from launcher.state import LOGS

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPENINGS = 7
PATIENCE = 180
LOGIN = """
document.querySelector("input[name=login]").value = "admin";
document.querySelector("input[name=password]").value = "admin";
document.querySelector("form.oe_login_form").submit();
"""
BUTTON = "button.oe_stat_button[name=action_open_grid]"
OPEN = """
new Promise((done) => {
    const start = performance.now();
    document.querySelector("%s").click();
    const look = () => {
        if (document.querySelectorAll(".sop_grid_body .sop_grid_row .sop_grid_cell").length > 20) {
            requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
        } else {
            requestAnimationFrame(look);
        }
    };
    look();
})
"""


class Page:
    """One tab of a headless browser."""

    def __init__(self, address: str) -> None:
        import websocket

        self.socket = websocket.create_connection(address, timeout=PATIENCE)
        self.number = 0
        self.send("Page.enable")
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=1400, height=900, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip

    def send(self, method: str, **values: object) -> dict[str, Any]:
        self.number += 1
        self.socket.send(
            json.dumps({"id": self.number, "method": method, "params": values})
        )
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(answer["error"])
                return answer["result"]

    def run(self, script: str) -> Any:
        answer = self.send(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def wait(self, condition: str) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with contextlib.suppress(RuntimeError):
                if self.run(f"!!({condition})"):
                    return
            time.sleep(0.1)
        raise TimeoutError(condition)

    def go(self, address: str) -> None:
        self.send("Page.navigate", url=address)


@contextlib.contextmanager
def chrome(program: str) -> Iterator[Page]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [program, "--headless=new", "--no-sandbox", "--disable-gpu"]
        command += ["--remote-debugging-port=0", "--remote-allow-origins=*"]
        command += [f"--user-data-dir={folder}", "about:blank"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(command, **quiet)  # type: ignore[call-overload]
        try:
            yield Page(page_address(Path(folder) / "DevToolsActivePort"))
        finally:
            process.terminate()
            process.wait()


def page_address(port_file: Path) -> str:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with contextlib.suppress(OSError, IndexError, StopIteration):
            port = port_file.read_text().splitlines()[0]
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
                pages = json.load(answer)
            return next(
                page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page"
            )
        time.sleep(0.2)
    raise TimeoutError("the browser did not start")


@contextlib.contextmanager
def served(database: str) -> Iterator[str]:
    """Odoo serves the database on a free port."""
    port = system.free_port()
    conf = worlds.write_conf(
        "bench-serve", db_name=database, dbfilter=f"^{database}$", http_port=port
    )
    command = [sys.executable, "-m", "odoo", "-c", str(conf)]
    with (LOGS / "bench-serve.log").open("w") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT, env=odoo_part.environment()
        )
    base = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(urllib.error.URLError, OSError):
                urllib.request.urlopen(f"{base}/web/health", timeout=5).close()
                break
            if time.monotonic() > end or process.poll() is not None:
                raise TimeoutError(
                    f"Odoo did not start, see {LOGS / 'bench-serve.log'}"
                )
            time.sleep(0.3)
        yield base
    finally:
        process.terminate()
        process.wait()
        conf.unlink()


def open_grid(page: Page, address: str) -> float:
    page.go(address)
    page.wait(f"document.querySelector('{BUTTON}')")
    time.sleep(0.5)
    return float(page.run(OPEN % BUTTON))


def measure(outcome: Outcome, database: Database) -> None:
    outcome.head("Grid of 2,000 categories in the browser")
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        print("  no Chromium here: not measured")
        return
    with database.env() as env:
        budget = find_budget(env).id
    with served(database.name) as base, chrome(program) as page:
        page.go(f"{base}/web/login")
        page.wait("document.querySelector('form.oe_login_form')")
        page.run(LOGIN)
        page.wait("document.querySelector('.o_main_navbar')")
        address = f"{base}/odoo/sop.budget/{budget}"
        times = [
            open_grid(page, address) for _turn in range(outcome.turns(OPENINGS) + 1)
        ]
    outcome.add(
        "browser_ms",
        "from the click to painted rows",
        statistics.median(times[1:]),
        "ms",
        1500,
    )
    outcome.add(
        "browser_first_ms", "    the first time in a new server", times[0], "ms"
    )
