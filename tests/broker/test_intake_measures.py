"""Saved figures of the national portal, imported into a real intake."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from motcua.cli import cli
from shared.bus.streams import FACTS
from tests.support.intake import TOKEN, intake_process, login
from tests.support.server import TestServer

pytestmark = pytest.mark.broker
SAMPLES = Path(__file__).parents[2] / "docs" / "samples"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[TestServer]:
    running = TestServer(tmp_path / "nats", [login()])
    try:
        await running.start()
        yield await running.provisioned()
    finally:
        await running.kill()


async def test_both_forms_of_the_sample_give_the_same_measures_once(
    server: TestServer, tmp_path: Path
) -> None:
    intake = intake_process(server, tmp_path / "data")
    try:
        await (await intake.start()).ready()
        for name in ("cong-quoc-gia.csv", "cong-quoc-gia.json"):
            words = ["import", str(SAMPLES / name), "--url", intake.url, "--token", TOKEN]
            said = await asyncio.to_thread(CliRunner().invoke, cli, words)
            assert said.exit_code == 0, said.output
    finally:
        await intake.stop()

    client = await server.client()
    js = client.jetstream()
    last = (await js.stream_info(FACTS)).state.last_seq
    messages = [await js.get_msg(FACTS, sequence) for sequence in range(1, last + 1)]
    await client.close()
    facts = [json.loads(message.data or b"") for message in messages]
    assert len(facts) == 7
    assert {message.subject for message in messages} == {
        "measure.reported.H99", "measure.reported.H99.12",
    }  # fmt: skip
    assert facts[0]["subject"] == "H99/2.1/2026"
    assert facts[0]["data"] == {
        "agency_code": "H99", "indicator_id": "2.1", "period": "2026",
        "numerator": 8810, "denominator": 9420, "points_hundredths": 1870,
    }  # fmt: skip
