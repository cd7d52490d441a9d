"""Three nodes of NATS, two of what may run twice: a lost node costs no fact and no number."""

import json
import os
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.ci.watchers import wait_for
from tests.containers.checks import settled, wrong_series
from tests.containers.deployment import Deployment, missing
from tests.containers.publisher import NAME, Publisher
from tests.support.containers import command, why_no_deployment

pytestmark = pytest.mark.timeout(1800)
OVER = ("deploy/cluster/docker-compose.cluster.yml",)
AGENCY, PROCEDURE = "H99.12", "1.004194"
NODES = ("nats-2", "nats-3", "nats")
_MORE = 100


@pytest.fixture(scope="module")
def cluster() -> Iterator[Deployment]:
    if reason := why_no_deployment():
        pytest.skip(reason)
    running = Deployment(f"motcua-three-{os.getpid()}", more=OVER, without=["simulator"])
    running.compose("build", seconds=900)
    try:
        running.up()
        yield running
    finally:
        running.down()


def test_a_dead_node_costs_no_fact_and_two_scoring_copies_agree(cluster: Deployment) -> None:
    with Publisher(cluster, AGENCY, PROCEDURE) as publisher:
        wait_for(lambda: publisher.promised, 30, "a first promise")
        for node in NODES:
            _lose(cluster, node, publisher)
    settled(cluster, ["scoring", "scoring-2"])

    bodies = cluster.facts()
    stored = Counter((one["source"], one["id"]) for one in map(json.loads, bodies))
    pages = {name: wrong_series(cluster, bodies, name) for name in ("scoring", "scoring-2")}
    print(f"{len(publisher.promised)} promised, {publisher.repeated} repeated, "
          f"{len(bodies)} facts in the log, series compared: "
          f"{({name: count for name, (count, _) in pages.items()})}")  # fmt: skip
    assert publisher.refused == []
    assert missing(publisher.promised, bodies, NAME) == []
    assert [key for key, count in stored.items() if count > 1] == []
    assert {name: wrong for name, (_, wrong) in pages.items()} == {"scoring": [], "scoring-2": []}


def _lose(cluster: Deployment, node: str, publisher: Publisher) -> None:
    """Kill a node for good, go on with two of three, and take it back."""
    began, before = time.monotonic(), len(publisher.promised)
    command("docker", "kill", cluster.name(node))
    wait_for(lambda: len(publisher.promised) > before + _MORE, 120, f"promises without {node}")
    without = time.monotonic() - began
    command("docker", "start", cluster.name(node))
    wait_for(lambda: cluster.state(node).is_well, 180, f"{node} to catch up")
    print(f"{node}: dead, {_MORE} more facts promised after {without:.0f} s; "
          f"back and caught up after {time.monotonic() - began:.0f} s")  # fmt: skip
