"""Each page links the other desks, and the boards their lists: every deployment says where.

Whatever starts one of our services is found in the files: a deployment more is judged too.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from motcua.home import Home, Ports
from motcua.local import LocalSystem, Plan
from shared.desk import DESKS
from tests.architecture.tree import REPOSITORY, SERVICES

_ADDRESS = re.compile(r"https?://[\w.-]+(:\d+)?")
_OR_ELSE = re.compile(r"\$\{\w+:-([^}]*)\}")  # what compose takes where nothing is set
_OVERLAYS = sorted((REPOSITORY / "deploy").glob("*/docker-compose.*.yml"))
_K8S = REPOSITORY / "deploy" / "k8s"


def service_of(command: list[str]) -> str:
    """Which of our services a command starts; empty if none."""
    found = command[-1].removeprefix("services.") if command[:2] == ["python", "-m"] else ""
    return found if found in SERVICES else ""


def in_compose() -> Iterator[tuple[str, str, str]]:
    for path in (REPOSITORY / "docker-compose.yml", *_OVERLAYS):
        for name, one in yaml.safe_load(path.read_text(encoding="utf-8"))["services"].items():
            if service := service_of(one.get("command", [])):
                said = one["environment"].get("MOTCUA_DESKS", "")
                yield f"{path.name}: {name}", service, _OR_ELSE.sub(r"\1", said)


def in_k8s() -> Iterator[tuple[str, str, str]]:
    kustomization = yaml.safe_load((_K8S / "kustomization.yml").read_text(encoding="utf-8"))
    maps = {
        (one["name"], *literal.split("=", 1)[:1]): literal.split("=", 1)[1]
        for one in kustomization.get("configMapGenerator", [])
        for literal in one["literals"]
    }
    for file in kustomization["resources"]:
        for one in yaml.safe_load_all((_K8S / file).read_text(encoding="utf-8")):
            pod: dict[str, Any] = one.get("spec", {}).get("template", {}).get("spec", {})
            for container in pod.get("containers", []):
                if service := service_of(container.get("command", [])):
                    asked = [
                        said["valueFrom"]["configMapKeyRef"]
                        for said in container["env"]
                        if said["name"] == "MOTCUA_DESKS"
                    ]
                    said = [maps[found["name"], found["key"]] for found in asked]
                    yield f"k8s/{file}: {container['name']}", service, "".join(said)


DEPLOYED = [*in_compose(), *in_k8s()]


def faults(said: str) -> list[str]:
    """Which desk has no address that a browser could open, or stands there without being one."""
    named = dict(one.split("=", 1) for one in said.split(",") if "=" in one)
    wrong = [name for name in DESKS if not _ADDRESS.fullmatch(named.get(name, ""))]
    return [*wrong, *sorted(named.keys() - DESKS.keys())]


@pytest.mark.parametrize(("place", "said"), [(place, said) for place, _, said in DEPLOYED])
def test_a_deployed_service_knows_where_browsers_find_every_desk(place: str, said: str) -> None:
    assert faults(said) == [], place


def test_the_guard_sees_every_service_in_every_kind_of_deployment() -> None:
    found = [(place.split(":")[0], service) for place, service, _ in DEPLOYED]

    assert {service for place, service in found if place == "docker-compose.yml"} == set(SERVICES)
    assert {service for place, service in found if place.startswith("k8s/")} == set(SERVICES)
    assert ("docker-compose.cluster.yml", "scoring") in found


def test_the_replicas_of_a_cluster_name_the_same_desks_as_the_first() -> None:
    assert len({said for place, _, said in DEPLOYED if place.startswith("docker-compose")}) == 1


def test_the_system_in_one_terminal_names_its_desks(tmp_path: Path) -> None:
    system = LocalSystem(Home(tmp_path), Plan(ports=Ports(8400)), lambda *_: None)

    said = {one.program.name: dict(one.program.environment) for one in system.services}
    assert {name: faults(said[name][f"MOTCUA_{name.upper()}_DESKS"]) for name in SERVICES} == {
        name: [] for name in SERVICES
    }


def test_a_desk_without_an_address_and_a_name_that_is_no_desk_are_seen() -> None:
    assert faults("intake=http://a:8401,scoring=:8402,bien=http://b") == [
        "scoring",
        "notifier",
        "postal_gateway",
        "bien",
    ]
