"""The file laid over docker-compose.yml for three nodes and two replicas."""

from typing import Any

import pytest
import yaml

from tests.architecture.tree import REPOSITORY
from tests.unit.deploy.test_compose import CONTAINERS, faults

CLUSTER = REPOSITORY / "deploy" / "cluster"
OVER: dict[str, Any] = yaml.safe_load(
    (CLUSTER / "docker-compose.cluster.yml").read_text(encoding="utf-8")
)
NEW = {name: one for name, one in OVER["services"].items() if name not in CONTAINERS}
NODES = ["nats", "nats-2", "nats-3"]


@pytest.mark.parametrize("name", NEW)
def test_every_container_that_it_adds_is_as_hardened_as_the_first(name: str) -> None:
    assert faults(name, NEW[name]) == []
    assert "healthcheck" in NEW[name]
    assert NEW[name]["image"] == CONTAINERS["nats"]["image"]


def test_it_adds_two_nodes_and_a_second_of_what_may_run_twice() -> None:
    assert set(NEW) == {"nats-2", "nats-3", "scoring-2", "notifier-2", "postal_gateway-2"}


def test_each_node_gets_its_configuration_and_streams_get_three_copies() -> None:
    for name in ("init", "init-demo"):
        asked = [part for part in OVER["services"][name]["command"] if part.startswith("--node")]
        assert asked == [f"--node={node}" for node in NODES]
    assert "--replicas=3" in OVER["services"]["provision"]["command"]


def test_every_volume_it_uses_is_declared_somewhere() -> None:
    base = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8"))
    used = {
        str(mount).split(":")[0]
        for one in OVER["services"].values()
        for mount in one.get("volumes", ())
        if not str(mount).startswith(".")
    }

    assert used <= OVER["volumes"].keys() | base["volumes"].keys()


def test_every_replica_is_scraped() -> None:
    listed = yaml.safe_load((CLUSTER / "targets" / "cluster.yml").read_text(encoding="utf-8"))
    targets = {target.split(":")[0] for one in listed for target in one["targets"]}

    assert {"scoring-2", "notifier-2", "postal_gateway-2"} <= targets
    assert targets <= CONTAINERS.keys() | NEW.keys()
