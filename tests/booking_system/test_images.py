"""Dockerfile and compose files: no engine is needed to see what has rotted in them."""

import fnmatch
import importlib.util
import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from django.core.management import get_commands, load_command_class
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from tests.apps import FLOORS
from tests.booking_system.processes import python

pytestmark = pytest.mark.any_database

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


class Strict(yaml.SafeLoader):
    """Refuses a key that is said twice, as Compose does; `safe_load` takes the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _value in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        assert not twice, f"line {node.start_mark.line + 1}: {twice} twice"
        return super().construct_mapping(node, deep)


def read_yaml(name: str) -> Any:
    return yaml.load((ROOT / name).read_text(), Loader=Strict)


CLINIC = read_yaml("compose.yaml")
SAMPLE = read_yaml("compose.override.yaml")
SITE = ("migrate", "web", "worker", "scheduler")


def image_commands() -> list[list[str]]:
    """What the Dockerfile starts."""
    return [json.loads(found) for found in re.findall(r"CMD (\[.*\])", DOCKERFILE)]


def compose_commands() -> list[list[str]]:
    """What the compose files start in our image, a shell's steps one by one."""
    commands = []
    for services in (CLINIC["services"], SAMPLE["services"]):
        for name in SITE:
            service = services[name]
            test = service.get("healthcheck", {}).get("test", [])
            commands += [service.get("command", []), test[1:]]
    steps = []
    for command in filter(None, commands):
        shell = command[:2] == ["sh", "-c"]
        steps += [shlex.split(step) for step in command[2].split("&&")] if shell else [command]
    return steps


def ignored(path: str) -> bool:
    """Whether `.dockerignore` keeps the path out: the last pattern that fits decides."""
    out = False
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        if fits(pattern.removeprefix("!").split("/"), path.split("/")):
            out = not pattern.startswith("!")
    return out


def fits(pattern: list[str], path: list[str]) -> bool:
    """A pattern fits a path and all that is below it; `**` is any number of folders."""
    if not pattern:
        return True
    if pattern[0] == "**":
        return any(fits(pattern[1:], path[skip:]) for skip in range(len(path)))
    return bool(path) and fnmatch.fnmatch(path[0], pattern[0]) and fits(pattern[1:], path[1:])


def test_there_are_commands_to_check() -> None:
    assert len(image_commands()) == 2
    assert ["python", "manage.py", "run_huey", "--no-periodic"] in compose_commands()
    assert ["python", "manage.py", "create_sample_data", "--if-empty"] in compose_commands()


@pytest.mark.parametrize("command", [*image_commands(), *compose_commands()], ids=shlex.join)
def test_what_is_started_exists(command: list[str]) -> None:
    if command[:2] == ["python", "manage.py"]:
        name, *options = command[2:]
        found = load_command_class(get_commands()[name], name)
        # Unknown options end in an error.
        found.create_parser("manage.py", name).parse_args(options)
    elif command[0] == "python":
        assert (ROOT / command[1]).is_file()
        assert not ignored(command[1])
    else:
        assert command[0] == "gunicorn"
        checked = subprocess.run(
            [sys.executable, "-m", "gunicorn", "--check-config", *command[1:]],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert checked.returncode == 0, checked.stderr
        assert not ignored(command[command.index("--config") + 1])


def test_python_is_the_one_that_the_tests_run_on() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    floor = project["tool"]["mypy"]["python_version"]

    assert project["project"]["requires-python"] == f">={floor}"
    assert project["tool"]["ruff"]["target-version"] == f"py{floor.replace('.', '')}"
    assert re.findall(r"^FROM python:([\d.]+)-", DOCKERFILE, re.MULTILINE) == [floor, floor]


def test_versions_of_other_images_are_pinned() -> None:
    services = [*CLINIC["services"].values(), *SAMPLE["services"].values()]
    images = [service["image"] for service in services if "image" in service]

    assert len(images) == 3
    for image in images:
        assert re.search(r":v?\d", image), image


def test_settings_of_the_compose_files_exist() -> None:
    listed = re.findall(r"^# ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)

    for services in (CLINIC["services"], SAMPLE["services"]):
        for name in SITE:
            assert set(services[name]["environment"]) <= set(listed)


def test_the_image_holds_what_runs_and_nothing_else() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    ).stdout.splitlines()
    kept = {path for path in tracked if not ignored(path)}

    assert {path for path in tracked if path.split("/")[0] in {*FLOORS, "templates"}} <= kept
    assert {"manage.py", "requirements.txt", "static/css/app.css"} <= kept
    assert {path.split("/")[0] for path in kept} == {
        *FLOORS, "locale", "templates", "static", "deploy", "manage.py", "requirements.txt",
    }  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [
        ".env", "booking_system/.env", ".git/config", "db.sqlite3", "db.sqlite3-wal",
        "huey.sqlite3", "backup.sql", "accounts/__pycache__/models.cpython-311.pyc",
        "static/src/node_modules/x.js", ".venv/bin/python", "tests/conftest.py", "deploy/run.py",
    ],
)  # fmt: skip
def test_secrets_and_leftovers_stay_out_of_the_image(path: str) -> None:
    assert ignored(path)


def test_the_image_does_not_run_as_root_and_holds_no_secret() -> None:
    assert re.findall(r"^USER (\d+)$", DOCKERFILE, re.MULTILINE) == ["10001"]
    kept = " ".join(re.findall(r"^(?:ENV|ARG) ((?:.*\\\n)*.*)$", DOCKERFILE, re.MULTILINE))
    assert "DEBUG=false" in kept
    assert not re.search(r"SECRET|PASSWORD|_URL", kept)
    assert "the-sample-clinic" not in (ROOT / "compose.yaml").read_text()


def test_every_service_is_watched_and_comes_back() -> None:
    for name, service in CLINIC["services"].items():
        if name == "migrate":
            assert service["restart"] == "no"
            continue
        assert service["restart"] == "unless-stopped"
        # The web server's check is in the image.
        assert name == "web" or service["healthcheck"]["test"][0] == "CMD"
    assert "HEALTHCHECK" in DOCKERFILE


def test_migrations_run_once_before_anything_uses_the_database() -> None:
    services = CLINIC["services"]

    assert services["migrate"]["depends_on"] == {"db": {"condition": "service_healthy"}}
    for name in ("web", "worker", "scheduler"):
        condition = services[name]["depends_on"]["migrate"]["condition"]
        assert condition == "service_completed_successfully"


def test_one_service_has_the_clock() -> None:
    started = [CLINIC["services"][name].get("command") for name in ("worker", "scheduler")]

    assert started == [
        ["python", "manage.py", "run_huey", "--no-periodic"],
        ["python", "manage.py", "run_huey"],
    ]


def test_only_this_machine_reaches_what_is_not_behind_a_proxy() -> None:
    for compose in (CLINIC, SAMPLE):
        for name, service in compose["services"].items():
            for port in service.get("ports", []):
                assert port.startswith(("127.0.0.1:", "${BIND:-127.0.0.1}:")), name


def test_the_sample_clinic_is_apart_from_a_real_one() -> None:
    """Another name is another set of volumes: neither ever sees the other's data."""
    assert SAMPLE["name"] != CLINIC["name"]
    assert set(SAMPLE["services"]) - set(CLINIC["services"]) == {"mailbox"}
    assert SAMPLE["services"]["db"]["environment"]["POSTGRES_PASSWORD"] == "sample"
    for name in SITE:
        assert SAMPLE["services"][name]["environment"] == SAMPLE["x-sample"]


def settings_of(name: str, services: dict[str, Any]) -> dict[str, str]:
    """The environment of a service as compose gives it, with the defaults of its `${…}`."""
    both = CLINIC["services"][name]["environment"] | services.get(name, {}).get("environment", {})
    return {key: re.sub(r"\$\{\w+:-(.*?)\}", r"\1", value) for key, value in both.items()}


def test_the_sample_clinic_s_settings_are_complete() -> None:
    result = python("manage.py", "check", **settings_of("web", SAMPLE["services"]))

    assert result.returncode == 0, result.stderr


def test_a_real_clinic_does_not_start_without_settings_of_its_own() -> None:
    result = python("manage.py", "check", **settings_of("web", {}))

    assert result.returncode == 1
    assert "SECRET_KEY must be set" in result.stderr


@pytest.fixture
def probe() -> ModuleType:
    spec = importlib.util.spec_from_file_location("probe", ROOT / "deploy/probe.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("allowed", "host"),
    [
        ("clinic.example.org,localhost", "clinic.example.org"),
        (".example.org", "example.org"),
        ("*", "localhost"),
        ("*.example.org", "example.org"),
        ("", "localhost"),
    ],
)
def test_the_health_check_says_a_name_that_the_site_answers_to(
    probe: ModuleType, monkeypatch: pytest.MonkeyPatch, allowed: str, host: str
) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", allowed)

    assert probe.host() == host


def test_the_health_check_asks_the_site(
    probe: ModuleType,
    live_server: LiveServer,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings.ALLOWED_HOSTS = ["clinic.example.org"]
    monkeypatch.setenv("ALLOWED_HOSTS", "clinic.example.org")
    monkeypatch.setattr(probe, "ADDRESS", f"{live_server.url}/readyz")

    probe.main()
    assert "'ready': True" in capsys.readouterr().out

    monkeypatch.setenv("ALLOWED_HOSTS", "other.example.org")
    with pytest.raises(SystemExit, match="HTTP Error 400"):
        probe.main()

    monkeypatch.setattr(probe, "ADDRESS", "http://127.0.0.1:1/readyz")
    with pytest.raises(SystemExit, match="refused"):
        probe.main()
