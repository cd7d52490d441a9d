"""Two foreign publishers against a running system: the CloudEvents SDK, and nats.js from Node.

Every event lands; a malformed one of each is answered with its reason and found among the rejects.
Argument: the directory with publish.mjs beside its node_modules. Exit code 1 says what is missing.
"""

import json
import os
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from cloudevents.core.bindings.http import HTTPMessage, to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from motcua import publishers
from motcua.home import Home
from tests.system.events import received
from tests.system.running import Run, eventually

SDK, NODE = "qua-cloudevents-sdk", "qua-nats-js"
WRONG = {"procedure_code": "không phải mã"}


def main(node_program: Path) -> None:
    with tempfile.TemporaryDirectory() as directory:
        data = Path(directory) / "data"
        for name in (SDK, NODE):
            publishers.add(Home(data), name)
        run = Run(data).start()
        try:
            through_the_sdk(run)
            through_node(run, node_program)
        finally:
            code = run.stop()
    assert code == 0, code


def through_the_sdk(run: Run) -> None:
    """Structured and binary mode as the SDK writes them, then one that is wrong."""
    answers = [
        posted(run, to_structured(sdk_event(1), JSONFormat())),
        posted(run, to_binary(sdk_event(2), JSONFormat())),
        posted(run, to_structured(sdk_event(3, **WRONG), JSONFormat())),
    ]
    outcomes = [answer["results"][0]["outcome"] for answer in answers]
    assert outcomes == ["accepted", "accepted", "rejected"], answers
    reason = answers[-1]["results"][0]["reasons"][0]
    assert reason["field"] == "data.procedure_code", reason
    landed(run, SDK, count=2)
    refused(run, SDK, reason["code"])
    print(
        f"cloudevents SDK: structured and binary landed; {reason['code']}: {reason['message_vi']}"
    )


def sdk_event(number: int, **more: Any) -> CloudEvent:
    event = received(number, **more)
    data = event.pop("data")
    attributes = {**event, "source": SDK, "datacontenttype": "application/json"}
    attributes["time"] = datetime.fromisoformat(event["time"])
    return CloudEvent(attributes, data)


def posted(run: Run, message: HTTPMessage) -> dict[str, Any]:
    answer = httpx.post(
        run.url("intake", "/v1/events"),
        content=message.body,
        headers={**message.headers, "Authorization": f"Bearer {run.secret(SDK, 'token')}"},
        timeout=30,
        trust_env=False,
    )
    found: dict[str, Any] = answer.json()
    assert "results" in found, found
    return found


def through_node(run: Run, program: Path) -> None:
    """One published without waiting, one asked for, then one that is wrong."""
    events = [
        {"ask": False, "event": {**received(11), "source": NODE}},
        {"ask": True, "event": {**received(12), "source": NODE}},
        {"ask": True, "event": {**received(13, **WRONG), "source": NODE}},
    ]
    said = subprocess.run(
        ["node", "publish.mjs"],
        cwd=program,
        input="\n".join(map(json.dumps, events)),
        capture_output=True, text=True, timeout=60, check=False,
        env={
            **os.environ,
            "NATS_URL": run.url("nats"),
            "NATS_NKEY_FILE": str(Home(run.data).publisher_secret(NODE, "nkey")),
        },
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    answers = [json.loads(line) for line in said.stdout.splitlines()]
    assert [one["outcome"] for one in answers] == ["accepted", "rejected"], answers
    reason = answers[-1]["reasons"][0]
    assert answers[-1]["error"]["code"] == httpx.codes.UNPROCESSABLE_ENTITY
    landed(run, NODE, count=2)
    refused(run, NODE, reason["code"])
    print(f"nats.js: two landed; one refused as {reason['code']}: {reason['message_vi']}")


def landed(run: Run, publisher: str, *, count: int) -> None:
    """Intake's own report of the publisher shows that many accepted."""

    def accepted() -> int:
        report = httpx.get(
            run.url("intake", f"/v1/publishers/{publisher}/report"),
            headers={"Authorization": f"Bearer {run.secret(publisher, 'token')}"},
            timeout=10, trust_env=False,
        ).json()  # fmt: skip
        return sum(event["outcome"] == "accepted" for event in report["events"])

    eventually(lambda: accepted() == count, within=10, what=f"{count} of {publisher} landed")


def refused(run: Run, publisher: str, reason: str) -> None:
    """The rejects list, and the desk that people look at, show the one refused event."""

    def reasons() -> list[str]:
        found = run.get("intake", "/v1/rejects", publisher=publisher).json()
        return [one["reason"] for one in found["rejects"]]

    eventually(lambda: reasons() == [reason], within=10, what=f"{reason} among the rejects")
    desk = run.get("intake", "/", nguon=publisher).text
    assert publisher in desk


if __name__ == "__main__":
    main(Path(sys.argv[1]))
