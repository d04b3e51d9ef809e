"""What our test runs add to pytest-odoo: quiet logs, browsers that are really used, and
no success without a test."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from launcher.odoo_log import offending_lines

NO_TEST_STATUS = pytest.ExitCode.NO_TESTS_COLLECTED
# Odoo skips a test when the browser can't be used; here that is a failure.
BROWSER_TROUBLE = ("chrome", "websocket-client", "HttpCase and --odoo-http")
# Odoo gives the browser ten seconds to start; just installed, or on a busy machine, it
# needs more.
BROWSER_SECONDS = 90


class RunCheck:
    def __init__(self) -> None:
        self.executed = 0
        self.offending: list[str] = []

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items):
        """Files that say `LONG = True` first: the last one keeps one processor waiting."""
        items.sort(
            key=lambda item: not getattr(getattr(item, "module", None), "LONG", False)
        )

    def pytest_collection_finish(self, session):
        common = sys.modules.get("odoo.tests.common")
        if common:
            common.CHECK_BROWSER_ITERATIONS = BROWSER_SECONDS * 10
            common.BROWSER_WAIT = BROWSER_SECONDS
        files = sys.modules.get("odoo.addons.base.models.ir_attachment")
        if files and hasattr(session.config, "workerinput"):
            # Workers share one filestore: what one of them knows nothing of, and would
            # remove, the others still need.
            files.IrAttachment._gc_file_store_unsafe = lambda self: None

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item, call):
        outcome = yield
        report = outcome.get_result()
        if report.skipped and isinstance(report.longrepr, tuple):
            reason = str(report.longrepr[2])
            if any(word.lower() in reason.lower() for word in BROWSER_TROUBLE):
                report.outcome = "failed"
                report.longrepr = f"The browser could not be used: {reason}"

    def pytest_runtest_logreport(self, report):
        if report.when == "call" and not report.skipped:
            self.executed += 1

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session, exitstatus):
        if hasattr(session.config, "workerinput"):
            return  # One of several workers (-n): the process that started them decides.
        logs = os.environ.get("SOP_INSTALL_LOGS", "").split(os.pathsep)
        for log in [*logs, os.environ.get("SOP_ODOO_LOG", "")]:
            self.offending += offending_lines(Path(log))
        if exitstatus != pytest.ExitCode.OK or session.config.option.collectonly:
            return
        if not self.executed:
            session.exitstatus = NO_TEST_STATUS
        elif self.offending:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        if self.offending:
            terminalreporter.section(
                "warnings and errors in Odoo's log fail the run", red=True
            )
            for line in self.offending:
                terminalreporter.line(line)
        if not self.executed and not terminalreporter.config.option.collectonly:
            terminalreporter.line("No test was executed: that is a failure.", red=True)


def pytest_unconfigure(config):
    """Leave word that the run came to its end: Odoo's server exits with 0 when killed."""
    if not hasattr(config, "workerinput") and os.environ.get("SOP_ENDED"):
        Path(os.environ["SOP_ENDED"]).touch()


def be_patient_with_hypothesis():
    """No example fails for the time it takes: the machine may be slow, or the first
    text may wait for Hypothesis's table of characters. Under CI Hypothesis does the same
    by itself."""
    from hypothesis import HealthCheck, settings

    if settings.get_current_profile_name() == "default":
        patient = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
        settings.register_profile("patient", **patient)
        settings.load_profile("patient")


def pytest_configure(config):
    be_patient_with_hypothesis()
    config.pluginmanager.register(RunCheck(), "sop-run-check")
