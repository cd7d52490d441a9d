"""The broker's figures under the official exporter's names."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from motcua.jetstream_exporter import exposition, make_server
from motcua.probe import is_well
from tests.support.server import TestServer, free_port

VARZ = {"server_name": "nats-1", "mem": 1000, "jetstream": {"stats": {"storage": 5}}}


def jsz(leader: str) -> dict[str, object]:
    consumer = {"name": "intake", "num_pending": 7, "num_redelivered": 2}
    stream = {
        "name": 'IN"BOX',
        "cluster": {"leader": leader},
        "state": {"messages": 9},
        "consumer_detail": [consumer],
    }
    return {"streams": 1, "account_details": [{"name": "CORE", "stream_detail": [stream]}]}


def test_streams_and_consumers_appear_with_the_leader_named() -> None:
    page = exposition(VARZ, jsz("nats-2"), is_healthy=True)

    labels = 'server_name="nats-1",account="CORE",stream_name="IN\\"BOX",is_stream_leader="false"'
    assert f"jetstream_stream_total_messages{{{labels}}} 9\n" in page
    assert "jetstream_consumer_num_pending{" in page
    assert 'gnatsd_varz_jetstream_stats_storage{server_name="nats-1"} 5\n' in page
    assert 'gnatsd_healthz_status{server_name="nats-1"} 0\n' in page


def test_a_field_that_the_broker_does_not_send_is_absent_and_not_zero() -> None:
    page = exposition(VARZ, jsz("nats-1"), is_healthy=False)

    assert "jetstream_consumer_num_waiting" not in page
    assert 'gnatsd_healthz_status{server_name="nats-1"} 1\n' in page


@contextmanager
def served(monitor: str) -> Iterator[str]:
    server = make_server(("127.0.0.1", 0), monitor)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_broker_that_does_not_answer_is_unhealthy_and_the_scrape_still_works() -> None:
    with served(f"http://127.0.0.1:{free_port()}") as address:
        answer = httpx.get(f"{address}/metrics")

        assert answer.text.endswith("gnatsd_healthz_status 1\n")
        assert is_well(f"{address}/health/live", {})
        assert not is_well(f"{address}/nothing-here", {})


@pytest.mark.broker
async def test_a_real_broker_shows_its_streams(tmp_path: Path) -> None:
    server = await (await TestServer(tmp_path).start()).provisioned()
    try:
        with served(f"http://127.0.0.1:{server.monitor_port}") as address:
            async with httpx.AsyncClient() as http:
                page = (await http.get(f"{address}/metrics")).text
    finally:
        await server.kill()

    assert (
        'jetstream_stream_last_seq{server_name="motcua",account="CORE",stream_name="FACTS"' in page
    )
    assert 'jetstream_stream_limit_bytes{server_name="motcua",account="CORE"' in page
    assert "jetstream_server_max_storage{" in page
