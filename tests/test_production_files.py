"""docker-compose.yml, Dockerfile and odoo.conf, as far as they can be checked without a
container engine: they parse, mount what exists, pin what ./sop pins, and hold no secret."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest
import yaml

from odoo.tools import config

from launcher import odoo as odoo_part
from launcher import sources
from launcher.state import ROOT

SECRET = re.compile(
    r"(password|passwd|secret|token|api_?key)\s*[:=]\s*(\S+)", re.IGNORECASE
)


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def options() -> dict[str, str]:
    parser = configparser.RawConfigParser()
    parser.read(ROOT / "odoo.conf")
    assert parser.sections() == ["options"]
    return dict(parser["options"])


def dockerfile_lines(instruction: str) -> list[str]:
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    return re.findall(rf"^{instruction}\s+(.*)$", text, re.MULTILINE)


def test_image_is_the_series_of_the_launcher(compose: dict) -> None:
    assert dockerfile_lines("FROM") == [f"odoo:{sources.SERIES}"]
    assert compose["services"]["odoo"]["image"].endswith(f":{sources.SERIES}")


def test_image_installs_the_pins_of_the_launcher() -> None:
    copies = [line.split() for line in dockerfile_lines("COPY")]
    assert copies == [["requirements/addons.txt", "/opt/sop/requirements.txt"]]
    assert any(
        "-r /opt/sop/requirements.txt" in line for line in dockerfile_lines("RUN")
    )
    assert (
        "!requirements/addons.txt" in (ROOT / ".dockerignore").read_text().splitlines()
    )
    pins = (ROOT / "requirements" / "addons.txt").read_text().splitlines()
    assert all("==" in pin for pin in pins if pin and not pin.startswith("#"))


def test_image_does_not_run_as_root() -> None:
    assert dockerfile_lines("USER")[-1] == "odoo"


def test_mounted_paths_exist(compose: dict) -> None:
    volumes = set(compose["volumes"])
    for service in compose["services"].values():
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            assert source in volumes or (ROOT / source).exists(), mount


def test_mounts_are_where_odoo_looks(compose: dict, options: dict[str, str]) -> None:
    mounts = dict(m.split(":")[:2] for m in compose["services"]["odoo"]["volumes"])
    assert mounts["./addons"] == options["addons_path"]
    assert mounts["odoo-data"] == options["data_dir"]
    assert mounts["./odoo.conf"] == "/etc/odoo/odoo.conf"


def test_only_loopback_is_published(compose: dict, options: dict[str, str]) -> None:
    ports = [p for s in compose["services"].values() for p in s.get("ports", [])]
    assert ports and all(port.startswith("127.0.0.1:") for port in ports)
    inside = {port.rsplit(":", 1)[1] for port in ports}
    assert inside == {options["http_port"], options["gevent_port"]}


def test_database_is_waited_for(compose: dict) -> None:
    database = compose["services"]["db"]
    assert database["healthcheck"]["test"]
    assert database["volumes"]
    odoo = compose["services"]["odoo"]
    assert odoo["depends_on"]["db"]["condition"] == "service_healthy"
    assert odoo["environment"]["USER"] == database["environment"]["POSTGRES_USER"]
    password = database["environment"]["POSTGRES_PASSWORD"]
    assert odoo["environment"]["PASSWORD"] == password


def test_install_names_every_addon(compose: dict, options: dict[str, str]) -> None:
    """Glue add-ons follow by themselves."""
    words = compose["services"]["install"]["command"].split()
    wanted = odoo_part.install_list(odoo_part.our_addons())
    for option in ("--init=", "--update="):
        (named,) = [
            word.removeprefix(option) for word in words if word.startswith(option)
        ]
        assert sorted(named.split(",")) == wanted


def test_options_are_options_of_odoo(options: dict[str, str]) -> None:
    assert not [name for name in options if name not in config.options_index]


def test_values_are_read_as_meant(tmp_path: Path, options: dict[str, str]) -> None:
    """Odoo's own reader takes every value."""
    for name, value in options.items():
        if name not in ("addons_path", "data_dir"):
            config.parse(name, value)


def test_options_for_production(options: dict[str, str]) -> None:
    assert options["list_db"] == "False"
    assert options["proxy_mode"] == "True"
    assert int(options["workers"]) > 0
    assert int(options["limit_memory_soft"]) < int(options["limit_memory_hard"])
    assert re.fullmatch(options["dbfilter"], options["db_name"])
    assert "; db_replica_host = " in (ROOT / "odoo.conf").read_text()


@pytest.mark.parametrize("name", ["docker-compose.yml", "Dockerfile", "odoo.conf"])
def test_no_secret_inside(name: str) -> None:
    for line in (ROOT / name).read_text().splitlines():
        match = SECRET.search(line)
        if match and not line.lstrip().startswith(("#", ";")):
            assert match[2].startswith("${"), line


def test_pre_commit_calls_what_lint_calls() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    assert [repo["repo"] for repo in hooks["repos"]] == ["local"]
    entries = {hook["id"]: hook["entry"] for hook in hooks["repos"][0]["hooks"]}
    assert entries["sop-lint"] == "./sop lint"


def test_ci_entry_is_executable() -> None:
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
    assert (ROOT / "sop").stat().st_mode & 0o111
