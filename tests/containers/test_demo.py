"""The deployment with its demo: it comes up, its numbers are right, and killed parts return."""

import time
from collections.abc import Iterator

import pytest

from tests.architecture.tree import REPOSITORY
from tests.ci.watchers import wait_for
from tests.containers.checks import (
    board_faults,
    home_secrets,
    number,
    secrets_in,
    settled,
    wrong_series,
)
from tests.containers.deployment import Deployment, brought_up, missing
from tests.containers.publisher import NAME, Publisher
from tests.support.containers import command, our_image

pytestmark = pytest.mark.timeout(1800)  # a build, a start, ten deaths
AGENCY, PROCEDURE = "H99.12", "1.004194"
_FAKE = REPOSITORY / "tests/support/fake_grafana.py"
# Behind the fake's own code, in one process: Grafana itself cannot be had.
_IN_THE_WALL = b"""
import os, pathlib
from motcua import wall
password = pathlib.Path(os.environ["GRAFANA_PASSWORD_FILE"]).read_text().strip()
with fake_grafana(password, wall.ORGANISATION) as grafana:
    source = dict.fromkeys(("name", "type", "access", "url", "isDefault", "jsonData"), "")
    grafana.organisations[1].sources["prometheus"] = {"uid": "prometheus", **source}
    mounted = ["--playlist=/grafana/playlist.json", "--boards=/grafana/boards"]
    assert wall.main([f"--grafana={grafana.url}", *mounted]) == 0
    print(sorted(grafana.named(wall.ORGANISATION).boards))
"""


@pytest.fixture(scope="module")
def demo() -> Iterator[Deployment]:
    with brought_up("test") as running:
        yield running


def test_every_query_of_every_board_finds_its_numbers_in_prometheus(demo: Deployment) -> None:
    told = wait_for(lambda: "đã kể xong".encode() in demo.said("simulator"), 400, "the history")
    wait_for(lambda: number(demo, "sum(dvc_fold_lag) or vector(0)") == 0, 240, "the folds")
    both = demo.watchers()
    for _ in range(2):  # twice round: a group may ask for what another one makes
        since = time.time()
        wait_for(lambda since=since: both.rules_worked_out_since(since), 150, "the rules")  # type: ignore[misc]  # bound now

    answered, faults = board_faults(demo)

    print(f"\n{answered} board queries answered, {number(demo, 'sum(dvc_dossiers_open)')} open")
    assert told
    assert faults == []


def test_no_layer_of_the_image_holds_a_secret(demo: Deployment) -> None:
    size = int(command("docker", "image", "inspect", "--format={{.Size}}", our_image()))
    known = home_secrets(demo)
    looked = secrets_in(our_image(), known)

    print(f"\n{our_image()}: {size / 1e6:.0f} MB, {looked.layers} layers, {looked.files} files "
          f"looked through for {len(known)} known secrets")  # fmt: skip
    assert looked.found == []
    assert looked.layers > 1
    assert known


def test_a_secret_that_a_later_layer_takes_away_is_still_found(demo: Deployment) -> None:
    del demo
    planted = f"{our_image()}-with-a-secret"
    seed = "SU" + "A" * 56
    recipe = f"FROM {our_image()}\nRUN echo {seed[:30]}''{seed[30:]} > /tmp/a\nRUN rm /tmp/a\n"
    command("docker", "build", "--quiet", "--tag", planted, "-", given=recipe.encode())
    try:
        looked = secrets_in(planted, [])
    finally:
        command("docker", "image", "rm", planted)

    assert [one.split(": ")[1] for one in looked.found] == ["tmp/a"]


def test_the_walls_container_does_its_work_with_the_files_and_the_password_it_is_given(
    demo: Deployment,
) -> None:
    told = demo.once("wall", "python", "-", given=_FAKE.read_bytes() + _IN_THE_WALL)

    assert told.decode().splitlines()[-1] == (
        "['mc-qua-han', 'mc-toan-tinh', 'mc-xep-hang-so-nganh', 'mc-xep-hang-xa-phuong']"
    )


def test_whatever_dies_comes_back_and_no_fact_and_no_number_is_lost(demo: Deployment) -> None:
    with Publisher(demo, [AGENCY], PROCEDURE) as publisher:
        wait_for(lambda: publisher.promised, 30, "a first promise")
        for service in demo.services():
            before, started = demo.state(service), time.monotonic()
            demo.kill(service)
            demo.returned(service, before)
            print(f"{service}: killed, back and well after {time.monotonic() - started:.0f} s")
        count = len(publisher.promised)
        wait_for(lambda: len(publisher.promised) > count, 60, "a promise after the last kill")
    demo.compose("stop", "simulator")
    settled(demo, ["scoring"])

    bodies = demo.facts()
    compared, wrong = wrong_series(demo, bodies, "scoring")
    print(f"{len(publisher.promised)} promised, {publisher.repeated} repeated, "
          f"{len(bodies)} facts in the log, {compared} series compared")  # fmt: skip
    assert publisher.refused == []
    assert missing(publisher.promised, bodies, NAME) == []
    assert wrong == []
