"""What the deployment promises, read from its files. `docker compose` itself is not needed."""

import re
from typing import Any

import pytest
import yaml

from motcua import wall
from tests.architecture.tree import REPOSITORY, SERVICES

COMPOSE = REPOSITORY / "docker-compose.yml"
DOCKERFILE = REPOSITORY / "deploy" / "Dockerfile"

_SECRET_NAME = re.compile(r"PASSWORD|TOKEN|SECRET|_KEY")
_EXACT_VERSION = re.compile(r":v?\d+\.\d+\.\d+$")


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return found


CONTAINERS = compose()["services"]
ONCE = {name for name, one in CONTAINERS.items() if one["restart"] == "no"}


def faults(name: str, one: dict[str, Any]) -> list[str]:
    """What a container lacks of the hardening that every one of ours has."""
    wanted = {
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
    }
    found = [f"{name}: {key}" for key, value in wanted.items() if one.get(key) != value]
    found += [f"{name}: no {key}" for key in ("mem_limit", "pids_limit", "cpus") if key not in one]
    if str(one.get("user", "0")).split(":")[0] in {"0", "root"}:
        found.append(f"{name}: runs as root")
    if one.get("privileged") or one.get("cap_add") or one.get("network_mode") == "host":
        found.append(f"{name}: more rights than it needs")
    return found


@pytest.mark.parametrize("name", CONTAINERS)
def test_every_container_has_a_read_only_root_no_rights_and_limits(name: str) -> None:
    assert faults(name, CONTAINERS[name]) == []


def test_the_guard_sees_a_container_that_runs_as_root_with_a_writable_disk() -> None:
    soft = {**CONTAINERS["intake"], "read_only": False, "user": "0:0", "cap_add": ["NET_ADMIN"]}

    assert faults("intake", soft) == [
        "intake: read_only",
        "intake: runs as root",
        "intake: more rights than it needs",
    ]


@pytest.mark.parametrize("name", CONTAINERS)
def test_no_secret_stands_in_the_environment_or_the_command(name: str) -> None:
    one = CONTAINERS[name]
    environment = one.get("environment", {})
    values = {key: str(value) for key, value in environment.items() if _SECRET_NAME.search(key)}

    assert all(value.startswith("/run/motcua/") for value in values.values()), values
    assert not [part for part in one["command"] if "password=" in part] if "command" in one else 1


@pytest.mark.parametrize("name", CONTAINERS)
def test_every_image_has_an_exact_version(name: str) -> None:
    assert _EXACT_VERSION.search(CONTAINERS[name]["image"])


def test_the_four_services_the_log_and_the_watchers_are_all_there() -> None:
    wanted = {*SERVICES, "nats", "provision", "prometheus", "alertmanager", "grafana"}

    assert wanted <= CONTAINERS.keys()
    assert {name for name, one in CONTAINERS.items() if one.get("profiles") == ["demo"]} == {
        "init-demo",
        "carrier",
        "simulator",
    }


@pytest.mark.parametrize("name", sorted(CONTAINERS.keys() - ONCE - {"carrier", "simulator"}))
def test_what_runs_for_ever_says_whether_it_is_well_and_comes_back(name: str) -> None:
    assert "healthcheck" in CONTAINERS[name]
    assert CONTAINERS[name]["restart"] == "unless-stopped"


def test_a_container_sees_only_its_own_secrets() -> None:
    shares = {
        name: [str(mount).split(":")[0] for mount in one.get("volumes", [])]
        for name, one in CONTAINERS.items()
    }
    holders = {
        volume: {name for name, mounts in shares.items() if volume in mounts} - ONCE
        for volume in compose()["volumes"]
    }

    assert holders["home"] == {"simulator"}
    for volume, names in holders.items():
        if volume.startswith("for-"):
            assert names == {volume.removeprefix("for-").replace("postal-g", "postal_g")}, volume


def test_every_volume_used_is_declared_and_every_declared_one_is_used() -> None:
    used = {
        str(mount).split(":")[0]
        for one in CONTAINERS.values()
        for mount in one.get("volumes", [])
        if not str(mount).startswith(".")
    }

    assert used == compose()["volumes"].keys()


def test_every_file_mounted_from_the_repository_exists() -> None:
    mounted = [
        str(mount).split(":")[0]
        for one in CONTAINERS.values()
        for mount in one.get("volumes", [])
        if str(mount).startswith(".")
    ]

    assert [path for path in mounted if not (REPOSITORY / path).exists()] == []


def test_nothing_but_pages_and_the_broker_is_offered_beyond_this_machine() -> None:
    offered = {
        name: port
        for name, one in CONTAINERS.items()
        for port in one.get("ports", [])
        if not port.startswith(("127.0.0.1:", "${MOTCUA_BIND:-127.0.0.1}:"))
    }

    assert offered == {}


def test_whoever_does_not_log_in_to_grafana_reads_the_walls_organisation_alone() -> None:
    said = CONTAINERS["grafana"]["environment"]
    asked = CONTAINERS["wall"]["command"]

    assert said["GF_AUTH_ANONYMOUS_ORG_NAME"] == wall.ORGANISATION
    assert said["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"
    assert asked[asked.index("--organisation") + 1] == wall.ORGANISATION
    assert CONTAINERS["wall"]["depends_on"] == {"grafana": {"condition": "service_healthy"}}


def test_the_image_is_built_from_hashes_and_runs_as_nobody_in_particular() -> None:
    text = DOCKERFILE.read_text(encoding="utf-8")

    assert "--require-hashes -r /src/requirements/runtime.txt" in text
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)
    assert re.search(r"PYTHON_IMAGE=python:3\.11\.\d+-slim-", text)


def test_every_directory_handed_out_has_its_owner_in_the_image() -> None:
    made = re.search(r"for holder in ([^;]+); do", DOCKERFILE.read_text(encoding="utf-8"))
    handed = {
        str(mount).split(":")[1].removeprefix("/out/")
        for mount in CONTAINERS["init"]["volumes"]
        if ":/out/" in str(mount)
    }

    assert made is not None
    assert handed <= set(made.group(1).split())
