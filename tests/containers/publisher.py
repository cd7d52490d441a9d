"""A publisher that goes on while things die: it repeats each fact until it is promised."""

import json
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import httpx

from tests.containers.deployment import Deployment

NAME = "nguon-thu"
_AT_ONCE = 20
_GOOD = {"accepted", "duplicate"}
_PAUSE_SECONDS = 0.2


class Publisher:
    """Posts receipts from a thread, one agency after the other; `promised` holds accepted ids."""

    def __init__(self, deployment: Deployment, agencies: Sequence[str], procedure: str) -> None:
        self._deployment = deployment
        self._headers = {
            "Authorization": f"Bearer {_added(deployment)}",
            "Content-Type": "application/x-ndjson",
        }
        self._agencies, self._procedure = agencies, procedure
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._number = 0
        self.promised: list[str] = []
        self.refused: list[str] = []
        self.repeated = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._stop.set()
        self._thread.join(60)

    def _run(self) -> None:
        while not self._stop.is_set():
            waiting = [self._receipt() for _ in range(_AT_ONCE)]
            while waiting and not self._stop.is_set():
                waiting = self._post(waiting)
                self._stop.wait(_PAUSE_SECONDS)

    def _post(self, events: list[dict[str, object]]) -> list[dict[str, object]]:
        """Return what must be sent again: the same events with the same ids."""
        try:
            # A container that was killed may come back on another port of this machine.
            address = self._deployment.url("intake", 8401)
            content = "\n".join(map(json.dumps, events))
            answer = httpx.post(
                f"{address}/v1/events", content=content, headers=self._headers, timeout=10
            )
            results = answer.json()["results"]
        except (httpx.HTTPError, RuntimeError, ValueError, KeyError):
            self.repeated += len(events)
            return events
        again = []
        for event, result in zip(events, results, strict=True):
            if result["outcome"] in _GOOD:
                self.promised.append(str(event["id"]))
            elif result["outcome"] in {"conflict", "rejected"}:
                self.refused.append(json.dumps(result))
            else:
                again.append(event)
        self.repeated += len(again)
        return again

    def _receipt(self) -> dict[str, object]:
        self._number += 1
        now = datetime.now(UTC)
        agency = self._agencies[self._number % len(self._agencies)]
        return {
            "specversion": "1.0",
            "id": f"thu-{self._number}",
            "source": NAME,
            "type": "dossier.received.v1",
            "subject": f"{agency}-{now:%Y%m%d}-{self._number:07}",
            "time": now.isoformat(),
            "datacontenttype": "application/json",
            "data": {"agency_code": agency, "procedure_code": self._procedure},
        }


def _added(deployment: Deployment) -> str:
    """A publisher more, as docs/runbooks/deploy.md tells it; intake takes it over by itself."""
    deployment.once("init", "motcua", "publishers", "add", NAME, "--data", "/data")
    deployment.once("init-demo")
    token = deployment.once("init", "cat", f"/data/secrets/publishers/{NAME}.token")
    return token.decode().strip()
