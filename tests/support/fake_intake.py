"""An intake that answers over real HTTP and remembers everything: the importer's outside world."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

from shared.bus.codec import decoded_event
from shared.errors import InvalidFact
from shared.events.envelope import digest_of

TOKEN = "a-token-of-a-test"


class FakeIntake:
    """Keeps the first content of every id. `busy` answers are given before any other."""

    def __init__(self) -> None:
        self.log: dict[str, str] = {}
        self.bodies: list[bytes] = []
        self.busy: list[tuple[int, dict[str, str]]] = []
        self.refused_types: set[str] = set()
        self.url = ""

    def answer(self, body: bytes) -> dict[str, Any]:
        """Return the answer per event of a batch."""
        self.bodies.append(body)
        events = msgspec.json.decode(body, type=list[msgspec.Raw])
        results = [self._one(bytes(event)) for event in events]
        outcomes = ("accepted", "duplicate", "conflict", "rejected")
        counts = {one: sum(r["outcome"] == one for r in results) for one in outcomes}
        return {"results": results, **counts}

    def _one(self, body: bytes) -> dict[str, Any]:
        try:
            fact = decoded_event(body)
        except InvalidFact as error:
            return _result("", "rejected", error.reason.value, error.field)
        if fact.type in self.refused_types:
            return _result(fact.id, "rejected", "type_not_accepted", "type")
        digest = digest_of(fact)
        outcome = "duplicate" if fact.id in self.log else "accepted"
        if self.log.setdefault(fact.id, digest) != digest:
            return _result(fact.id, "conflict", "conflict", "id")
        return {"id": fact.id, "outcome": outcome, "reasons": []}


def _result(fact_id: str, outcome: str, code: str, field: str) -> dict[str, Any]:
    reason = {"code": code, "message_vi": f"Bị từ chối: {code}", "message_en": code, "field": field}
    return {"id": fact_id, "outcome": outcome, "reasons": [reason]}


@contextmanager
def fake_intake() -> Iterator[FakeIntake]:
    """Run one on a free port."""
    intake = FakeIntake()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, headers = intake.busy.pop(0) if intake.busy else (202, {})
            if self.headers["Authorization"] != f"Bearer {TOKEN}":
                status = 401
            if self.headers["Motcua-Via"] != "import":
                status = 400  # a real intake would count it as somebody's own post
            if self.path != "/v1/events":
                status = 404
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if status == 202:
                self.wfile.write(msgspec.json.encode(intake.answer(body)))

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    intake.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield intake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
