"""docker-compose.yml, checked as far as possible without a container engine: what it names exists and fits."""

import importlib
import importlib.util
import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
COMPOSE_FILE = ROOT / "docker-compose.yml"
TEXT = COMPOSE_FILE.read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
SETTINGS = (ROOT / "deploy/env.example").read_text(encoding="utf-8")
SCRIPTS = sorted(ROOT.glob("deploy/*/*.sh"))

VARIABLE = re.compile(r"(?<!\$)\$\{(?P<name>\w+)(?P<rule>:\?|:-)?(?P<rest>[^}]*)\}")
SECRET_NAME = re.compile(r"(PASSWORD|SECRET|SECRET_KEY|FERNET_KEY|TOKEN|_SFTP|_SMTP)$")
PASSWORD_IN_URL = re.compile(r"://[^/@:\s]*:(?P<password>.+)@")


def pins(file: str) -> dict[str, str]:
    """Package name -> exact version of every line that applies here."""
    lines = (line.strip() for line in (ROOT / file).read_text(encoding="utf-8").splitlines())
    requirements = [Requirement(line) for line in lines if line and not line.startswith("#")]
    here = [r for r in requirements if r.marker is None or r.marker.evaluate()]
    assert all(str(r.specifier).startswith("==") for r in here), f"{file}: every version must be exact"
    return {r.name: str(r.specifier).removeprefix("==") for r in here}


def dockerfile(service: str) -> str:
    return SERVICES[service]["build"]["dockerfile_inline"]


def environment(service: dict[str, Any]) -> dict[str, str]:
    given = service.get("environment", {})
    return dict(entry.split("=", 1) for entry in given) if isinstance(given, list) else given


def mounts(service: dict[str, Any]) -> dict[str, str]:
    """Where in the container -> which path of the repository, for mounted folders and files."""
    pairs = [
        (v["target"], v["source"]) if isinstance(v, dict) else (v.split(":")[1], v.split(":")[0])
        for v in service.get("volumes", [])
    ]
    return {target: source for target, source in pairs if source.startswith(".")}


def programs() -> list[Any]:
    """Every program that a command or a health check starts, with its arguments."""
    found = []
    for name, service in SERVICES.items():
        check = service.get("healthcheck", {}).get("test", ["CMD-SHELL"])
        for argv in (service.get("command"), check[1:] if check[0] == "CMD" else None):
            if argv and argv[:2] == ["sh", "-c"]:
                found += [(name, shlex.split(step)) for step in argv[2].split(" && ")]
            elif argv:
                found.append((name, argv))
    return [pytest.param(name, argv, id=f"{name}-{'-'.join(argv[:2])}") for name, argv in found]


def test_the_file_is_valid_compose() -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE_FILE)]
    outcome = subprocess.run(check, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_docker_itself_accepts_the_file(tmp_path: Path) -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("NOT CHECKED: `docker compose` is not installed here; run this test where it is")
    filled = tmp_path / "filled.env"
    filled.write_text("".join(f"{m['name']}=filled\n" for m in VARIABLE.finditer(TEXT) if m["rule"] == ":?"))
    config = [
        docker,
        "compose",
        "--file",
        str(COMPOSE_FILE),
        "--env-file",
        str(filled),
        "--profile",
        "*",
        "config",
        "-q",
    ]
    outcome = subprocess.run(config, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr


def test_every_setting_is_explained_and_every_explained_setting_is_used() -> None:
    used = {m["name"] for m in VARIABLE.finditer(TEXT)}
    assert set(re.findall(r"^(\w+)=", SETTINGS, re.M)) == used


def test_the_example_carries_no_value() -> None:
    assert re.findall(r"^\w+=.+$", SETTINGS, re.M) == []


def test_the_example_says_needed_or_gives_the_default_that_the_file_has() -> None:
    entry = r"^# (Needed|Optional, \S+)\. [^\n]*\n(?:#[^\n]*\n)*(\w+)=$"
    explained = {name: rule for rule, name in re.findall(entry, SETTINGS, re.M)}
    for match in VARIABLE.finditer(TEXT):
        expected = "Needed" if match["rule"] == ":?" else f"Optional, {match['rest']}"
        assert explained.get(match["name"]) == expected, match["name"]


def test_the_filled_in_copy_cannot_be_committed() -> None:
    ignored = subprocess.run(["git", "check-ignore", "--quiet", "deploy/.env"], cwd=ROOT, check=False)
    assert ignored.returncode == 0, "deploy/.env holds secrets and must stay in deploy/.gitignore"


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_stands_in_the_file(name: str) -> None:
    for key, value in environment(SERVICES[name]).items():
        secret = value if SECRET_NAME.search(key.upper()) else None
        if in_url := PASSWORD_IN_URL.search(value):
            secret = in_url["password"]
        if secret is not None:
            variable = VARIABLE.fullmatch(secret)
            assert variable, f"{key}: write ${{VARIABLE:?see deploy/env.example}} instead of a value"
            assert variable["rule"] == ":?", f"{key}: a secret must not have a default"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_can_tell_whether_it_is_well_or_runs_once(name: str) -> None:
    runs_once = SERVICES[name].get("restart") == "no"
    assert ("healthcheck" in SERVICES[name]) != runs_once


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_a_ceiling_of_memory(name: str) -> None:
    assert re.fullmatch(r"\d+[mg]", SERVICES[name]["mem_limit"])


def test_the_profiles_are_those_documented() -> None:
    profiles: dict[str, set[str]] = {}
    for name, service in SERVICES.items():
        for profile in service.get("profiles", ["(always)"]):
            profiles.setdefault(profile, set()).add(name)
    airflow = {f"airflow-{part}" for part in ("init", "apiserver", "scheduler", "dag-processor", "triggerer")}
    assert profiles == {
        "(always)": {"postgres", "node-init"} | airflow,
        "celery": {"redis", "airflow-worker"},
        "partner": {"sftp", "mail", "partner", "partner-init", "partner-postgres"},
    }


def test_the_partner_reaches_none_of_our_databases() -> None:
    ours, theirs = set(SERVICES["postgres"]["networks"]), set(SERVICES["partner"]["networks"])
    assert ours.isdisjoint(theirs)
    assert set(SERVICES["partner-postgres"]["networks"]).isdisjoint(SERVICES["airflow-scheduler"]["networks"])


def test_only_the_service_that_migrates_holds_the_owners_secret() -> None:
    holders = {name for name, service in SERVICES.items() if "AMANAH_OWNER_PASSWORD" in str(environment(service))}
    assert holders == {"postgres", "node-init"}
    assert "AMANAH_DATABASE_OWNER_URL" in environment(SERVICES["node-init"])
    waiting = {name for name, service in SERVICES.items() if "node-init" in service.get("depends_on", {})}
    assert waiting == {
        *("airflow-apiserver", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer", "airflow-worker"),
    }


def test_the_partners_rounds_do_not_hold_its_owners_secret_either() -> None:
    files = {
        name: {Path(file["path"]).name for file in SERVICES[name]["env_file"]}
        for name in ("partner", "partner-init", "partner-postgres")
    }
    assert files == {
        "partner": {"secrets.env"},
        "partner-init": {"secrets.env", "owner.env"},
        "partner-postgres": {"secrets.env", "owner.env"},
    }
    assert "partner-init" in SERVICES["partner"]["depends_on"]


def test_nothing_listens_beyond_this_server() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("name", SERVICES)
def test_what_is_mounted_is_in_the_repository_or_made_by_the_documented_steps(name: str) -> None:
    steps = (ROOT / "docs/production.md").read_text(encoding="utf-8")
    env_files = [file["path"] for file in SERVICES[name].get("env_file", [])]
    for source in [*mounts(SERVICES[name]).values(), *env_files]:
        path = source.removeprefix("./")
        made = path in steps if path.startswith("var/") else (ROOT / path).exists()
        assert made, f"{source} is neither in the repository nor made in docs/production.md"


@pytest.mark.parametrize(("name", "argv"), programs())
def test_the_program_exists(name: str, argv: list[str]) -> None:
    match argv:
        case ["python", "-m", module, *_]:
            assert importlib.util.find_spec(module), f"no module {module}"
        case ["python", "-c", code, *_]:
            compile(code, name, "exec")
        case ["sh", script, *_]:
            assert (ROOT / mounts(SERVICES[name])[script]).is_file()
        case ["airflow", "celery", *_]:
            assert "apache-airflow-providers-celery" in pins("deploy/requirements.txt")
        case ["airflow", *_]:
            assert "apache-airflow" in pins("requirements.txt")
        case ["amanah", *_]:
            assert importlib.util.find_spec("amanah.cli")
            assert "from amanah.cli import main" in dockerfile("airflow-init")
        case [program, *_] if "build" in SERVICES[name]:
            assert f"/{program}" in dockerfile(name), f"the image of {name} has no {program}"
        case [program, *_]:
            known = {"postgres": {"pg_isready", "postgres"}, "redis": {"redis-cli"}}
            assert program in known[SERVICES[name]["image"].split(":")[0]]


@pytest.mark.slow
def test_airflow_knows_the_subcommands(tmp_path: Path) -> None:
    used = [argv for _, argv in (p.values for p in programs()) if argv[0] == "airflow" and argv[1] != "celery"]
    assert used
    parse = "import json, sys; from airflow.cli.cli_parser import get_parser as parser\n"
    parse += "for words in json.loads(sys.argv[1]): parser().parse_args(words)"
    command = [sys.executable, "-c", parse, json.dumps([argv[1:] for argv in used])]
    environ = {**os.environ, "AIRFLOW_HOME": str(tmp_path)}
    outcome = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)
    assert outcome.returncode == 0, outcome.stderr


@pytest.mark.slow
def test_the_command_line_knows_the_verbs_of_the_start_and_of_the_partner() -> None:
    command_line = importlib.import_module("amanah.cli.on_demand")  # takes seconds, and no other test here needs it
    node = command_line.whole().commands["node"]
    rounds = (ROOT / "deploy/partner/rounds.sh").read_text(encoding="utf-8")
    lines = re.findall(r"^ +verb (.+?)(?: +#.*)?$", rounds, re.M)
    lines += [shlex.join(argv[2:]) for _, argv in (p.values for p in programs()) if argv[0] == "amanah"]
    assert len(lines) > 1
    for verb, *words in map(shlex.split, lines):
        options = {option for parameter in node.commands[verb].params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options, verb


def test_the_image_runs_the_versions_that_were_tested() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    build = dockerfile("airflow-init")
    python = re.search(r"^FROM python:([\d.]+)", build, re.M)
    assert python
    assert SpecifierSet(project["requires-python"]).contains(f"{python[1]}.0")
    assert SERVICES["airflow-init"]["image"] == (
        f"amanah-node:{project['version']}-airflow{pins('requirements.txt')['apache-airflow']}"
    )
    installed = re.findall(r"^COPY (\S*requirements\.txt) (\S+)$", build, re.M)
    assert [source for source, _ in installed] == ["requirements.txt", "deploy/requirements.txt"]
    assert all(f"--requirement {target}" in build for _, target in installed)


def test_what_the_server_adds_changes_no_version_of_the_node() -> None:
    assert pins("deploy/requirements.txt").keys().isdisjoint(pins("requirements.txt"))


def test_one_service_builds_an_image_and_the_others_use_it() -> None:
    built = [service["image"] for service in SERVICES.values() if "build" in service]
    assert len(built) == len(set(built)), "two services that export one tag at the same time collide"
    ours = {service["image"] for service in SERVICES.values() if service["image"].startswith("amanah-")}
    assert ours == set(built)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_scripts_are_sound_and_may_be_run(script: Path) -> None:
    assert script.stat().st_mode & stat.S_IXUSR
    outcome = subprocess.run(["sh", "-n", str(script)], capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr
