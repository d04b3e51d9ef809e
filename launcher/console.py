"""What the person at the terminal sees, and how other programs are called."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


class SopError(Exception):
    """A failure with one clear line: what is wrong and how to mend it."""

    def __init__(self, problem: str, mend: str = "") -> None:
        super().__init__(f"{problem} Mend: {mend}" if mend else problem)


def say(text: str) -> None:
    print(text, flush=True)


def warn(text: str) -> None:
    print(f"warning: {text}", file=sys.stderr, flush=True)


class Step:
    """One line of progress: on a terminal it counts the seconds while the work runs."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.started = time.monotonic()
        self.live = sys.stdout.isatty()

    def __enter__(self) -> Step:
        print(f"==> {self.title} ...", end="" if self.live else "\n", flush=True)
        return self

    def tick(self) -> None:
        if self.live:
            seconds = int(time.monotonic() - self.started)
            print(f"\r==> {self.title} ... {seconds} s", end="", flush=True)

    def __exit__(self, kind: object, *_rest: object) -> None:
        seconds = time.monotonic() - self.started
        word = "failed" if kind else "done"
        start = f"\r==> {self.title} ..." if self.live else "   "
        print(f"{start} {word} in {seconds:.0f} s", flush=True)


def tail(path: Path, lines: int = 12) -> str:
    if not path.is_file():
        return ""
    text = path.read_text(encoding="utf-8", errors="replace")
    return "\n".join(text.splitlines()[-lines:])


def end_with_parent() -> None:
    """For a child process: the kernel ends it when this program is killed."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


def run_logged(
    command: Sequence[str | Path],
    log: Path,
    *,
    step: Step | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float | None = None,
) -> int:
    """Run a program with its output in a log file; return its exit status."""
    log.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with log.open("ab") as output:
        output.write(f"\n$ {' '.join(map(str, command))}\n".encode())
        output.flush()
        with subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(env) if env is not None else None,
            cwd=cwd,
            preexec_fn=end_with_parent,
        ) as process:
            try:
                while process.poll() is None:
                    if timeout and time.monotonic() - started > timeout:
                        return 124
                    if step:
                        step.tick()
                    time.sleep(0.1)
            finally:
                if process.poll() is None:
                    process.terminate()
    return process.returncode


def check_logged(
    command: Sequence[str | Path],
    log: Path,
    problem: str,
    mend: str = "",
    **options: object,
) -> None:
    """Run a program; when it fails show the end of its output and stop."""
    status = run_logged(command, log, **options)  # type: ignore[arg-type]
    if status:
        print(f"\n{tail(log)}", file=sys.stderr, flush=True)
        raise SopError(f"{problem} (exit status {status}, log: {log}).", mend)


def run_attended(
    command: Sequence[str | Path],
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> int:
    """Run a program that owns the terminal until it ends; return its exit status.

    Ctrl-C reaches it directly, and it decides; being ended ourselves, we end it first.
    """
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        with subprocess.Popen(
            [str(part) for part in command],
            env=dict(env) if env is not None else None,
            cwd=cwd,
            preexec_fn=end_with_parent,
        ) as process:
            try:
                return process.wait()
            finally:
                process.terminate()
    finally:
        signal.signal(signal.SIGINT, before)


def capture(command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> str:
    """The standard output of a program, or an empty string when it fails."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(env) if env is not None else None,
            check=False,
        )
    except OSError:
        return ""
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else ""


def is_root() -> bool:
    return os.geteuid() == 0
