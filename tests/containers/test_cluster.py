"""Three nodes of NATS, two of what may run twice: a lost node costs no fact and no number."""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator

import pytest

from tests.ci.watchers import wait_for
from tests.containers.checks import number, settled, wrong_series
from tests.containers.deployment import Deployment, brought_up, missing
from tests.containers.publisher import NAME, Publisher
from tests.support.containers import command

pytestmark = pytest.mark.timeout(1800)
OVER = ("deploy/cluster/docker-compose.cluster.yml",)
AGENCIES, PROCEDURE = ("H99.02", "H99.03", "H99.11", "H99.12"), "1.004194"
NOUNS = ("dossier", "petition")
SHARDS = {"scoring": AGENCIES[:2], "scoring-2": AGENCIES[2:]}
SETTINGS = [
    f"MOTCUA_SHARD_{number}=" + ",".join(f"{noun}.*.{code}-*" for code in codes for noun in NOUNS)
    for number, codes in enumerate(SHARDS.values(), start=1)
]
NODES = ("nats-2", "nats-3", "nats")
_MORE = 100


@pytest.fixture(scope="module")
def cluster() -> Iterator[Deployment]:
    with brought_up("three", more=OVER, without=["simulator"]) as running:
        yield running


def test_a_dead_node_costs_no_fact_and_two_scoring_copies_agree(cluster: Deployment) -> None:
    with Publisher(cluster, AGENCIES, PROCEDURE) as publisher:
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


def test_shards_by_agency_come_to_what_one_scoring_comes_to(cluster: Deployment) -> None:
    sharded = Deployment(cluster.project, more=OVER, without=["simulator"], told=SETTINGS)
    sharded.compose("up", "--detach", "--no-deps", *SHARDS, seconds=300)
    wait_for(lambda: all(sharded.state(one).is_well for one in SHARDS), 300, "both shards")
    settled(sharded, SHARDS)

    bodies = sharded.facts()
    by_agency: defaultdict[str, list[bytes]] = defaultdict(list)
    for body in bodies:
        by_agency[json.loads(body)["data"].get("agency_code", "")].append(body)
    own = {
        name: [one for code in codes for one in by_agency[code]] for name, codes in SHARDS.items()
    }
    pages = {name: wrong_series(sharded, facts, name) for name, facts in own.items()}
    print(f"{len(bodies)} facts in the log, of them { {k: len(v) for k, v in own.items()} }; "
          f"series compared: { {name: count for name, (count, _) in pages.items()} }")  # fmt: skip
    assert {name: wrong for name, (_, wrong) in pages.items()} == {"scoring": [], "scoring-2": []}
    assert sum(map(len, own.values())) == len(bodies)
    assert all(own.values())


def test_prometheus_adds_the_shards_up_to_the_province(cluster: Deployment) -> None:
    bodies = cluster.facts()
    wanted = sum(json.loads(one)["type"] == "dossier.received.v1" for one in bodies)
    query = "sum(dvc:dossiers_open:province)"

    wait_for(lambda: number(cluster, query) == wanted, 120, f"{wanted} open in the province")


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
