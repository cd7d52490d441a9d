"""A real Alertmanager: it groups, it is silent where asked to be, and hears of every end."""

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.notifier.channels.alertmanager import DEAD_MANS_SWITCH, Alertmanager
from services.notifier.domain.records import AlertRecord
from services.notifier.domain.telling import Outcome
from shared.calendar.civil_time import epoch_of
from tests.support.dossiers import AGENCIES, code_of
from tests.support.server import free_port
from tests.support.sinks import HttpSink, http_sink
from tests.support.waiting import until
from tests.unit.services.notifier.builders import record
from tests.unit.services.notifier.shipped import SHIPPED

BINARY = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
pytestmark = pytest.mark.skipif(BINARY is None, reason="no Alertmanager on this machine")
ROUTES = """
route: {{receiver: sink, group_by: [agency], group_wait: 1s, group_interval: 1s}}
receivers: [{{name: sink, webhook_configs: [{{url: "{url}", send_resolved: true}}]}}]
"""


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    with http_sink() as made:
        yield made


def start(home: Path, port: int) -> subprocess.Popen[bytes]:
    """Start the binary on a configuration in `home`."""
    with (home / "am.log").open("wb") as log:
        return subprocess.Popen(
            [str(BINARY), f"--config.file={home}/am.yml", f"--storage.path={home}/am",
             f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="],
            stdout=log, stderr=log,
        )  # fmt: skip


@pytest.fixture
async def address(sink: HttpSink, tmp_path: Path) -> AsyncIterator[str]:
    (tmp_path / "am.yml").write_text(ROUTES.format(url=sink.url), encoding="utf-8")
    port = free_port()
    process = start(tmp_path, port)
    url = f"http://127.0.0.1:{port}"
    try:
        await until(lambda: _is_ready(url), within=20)
        yield url
    finally:
        process.terminate()
        process.wait(20)


async def _is_ready(url: str) -> bool:
    async with httpx.AsyncClient(timeout=1) as http:
        try:
            return (await http.get(f"{url}/-/ready")).is_success
        except httpx.HTTPError:
            return False


def alerts(count: int) -> list[AlertRecord]:
    since = epoch_of(datetime.now(UTC)) - 3600
    return [
        record(f"a{n}", dossier=code_of(n), agency=AGENCIES[n % 5], since=since)
        for n in range(count)
    ]


def told(sink: HttpSink, status: str) -> Counter[str]:
    """Count the alerts that were told with that status, by agency; each once."""
    seen: dict[str, str] = {}
    for _, _, body in sink.requests:
        message: dict[str, Any] = json.loads(body)
        for one in message["alerts"]:
            if one["status"] == status and "alert_id" in one["labels"]:
                seen[one["labels"]["alert_id"]] = one["labels"]["agency"]
    return Counter(seen.values())


async def test_three_hundred_are_grouped_a_silence_is_honoured_and_ends_arrive(
    address: str, sink: HttpSink
) -> None:
    quiet = AGENCIES[4]
    now = datetime.now(UTC)
    matcher = {"name": "agency", "value": quiet, "isRegex": False, "isEqual": True}
    silence = {
        "matchers": [matcher], "startsAt": now.isoformat(), "comment": "Bảo trì",
        "endsAt": (now + timedelta(hours=1)).isoformat(), "createdBy": "can-bo-a",
    }  # fmt: skip
    async with httpx.AsyncClient() as http:
        assert (await http.post(f"{address}/api/v2/silences", json=silence)).is_success
    channel = Alertmanager(address, SHIPPED, {AGENCIES[0]: "Sở Xây dựng"})
    known = alerts(300)

    assert await channel.show(known, now) is Outcome.SENT

    loud = dict.fromkeys(AGENCIES[:4], 60)
    await until(lambda: told(sink, "firing") == loud, within=20)
    # Four agencies, and the dead man's switch by itself.
    await until(lambda: len({json.loads(body)["groupKey"] for _, _, body in sink.requests}) == 5)
    assert any(DEAD_MANS_SWITCH in body.decode() for _, _, body in sink.requests)
    assert told(sink, "firing")[quiet] == 0

    assert await channel.show(known[:150], datetime.now(UTC)) is Outcome.SENT

    await until(lambda: told(sink, "resolved") == dict.fromkeys(AGENCIES[:4], 30))


async def test_an_alert_that_people_silenced_here_is_not_shown_there(address: str) -> None:
    one, other = alerts(2)
    channel = Alertmanager(
        address, SHIPPED, {}, is_silenced=lambda record, _: record.alert_id == one.alert_id
    )

    await channel.show([one, other], datetime.now(UTC))

    async with httpx.AsyncClient() as http:
        shown = (await http.get(f"{address}/api/v2/alerts")).json()
    ids = {alert["labels"].get("alert_id") for alert in shown}
    assert ids == {None, other.alert_id}  # the switch has none


async def test_what_is_there_is_confirmed_when_asked_for_silenced_or_not(address: str) -> None:
    known = alerts(250)
    channel = Alertmanager(address, SHIPPED, {})
    await channel.show(known[:240], datetime.now(UTC))

    held = await channel.held([one.alert_id for one in known])

    assert held == {one.alert_id for one in known[:240]}
    nobody = Alertmanager(f"http://127.0.0.1:{free_port()}", SHIPPED, {})
    assert await nobody.held(["a0"]) == frozenset()


async def test_nobody_listening_is_a_failure() -> None:
    channel = Alertmanager(f"http://127.0.0.1:{free_port()}", SHIPPED, {})

    assert await channel.show(alerts(1), datetime.now(UTC)) is Outcome.FAILED
