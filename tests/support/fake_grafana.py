"""A Grafana as far as `motcua.wall` asks it: organisations, data sources, boards, playlists.

Written from Grafana's public documents of its HTTP API (13), not from a Grafana: what a real one
answers beyond them is not in here. Source: grafana.com/docs/grafana/latest/developer-resources/
api-reference/http-api: org, data_source, dashboard, folder_dashboard_search, playlist, apis,
authentication; and configure-access/configure-authentication/anonymous-auth.
"""

import json
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

_PLAYLISTS = "/apis/playlist.grafana.app/v1/namespaces/"


class Answer(NamedTuple):
    """A status and what is said with it."""

    status: int
    body: Any


GONE = Answer(404, {"message": "not found"})
TAKEN = Answer(409, {"message": "exists already"})


class Organisation:
    """What one organisation holds."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.sources: dict[str, dict[str, Any]] = {}
        self.boards: dict[str, dict[str, Any]] = {}
        self.playlists: dict[str, dict[str, Any]] = {}


class FakeGrafana:
    """The server's state; `refused` holds what is answered before anything else, in turn."""

    def __init__(self, password: str, anonymous: str) -> None:
        self._basic = "Basic " + b64encode(f"admin:{password}".encode()).decode()
        self._anonymous = anonymous
        self.organisations = {1: Organisation("Main Org.")}
        self.refused: list[int] = []
        self.changes: list[str] = []
        self.url = ""

    def named(self, name: str) -> Organisation | None:
        """The organisation of that name."""
        return next((one for one in self.organisations.values() if one.name == name), None)

    def answer(self, method: str, target: str, headers: Any, body: Any) -> Answer:
        """Answer a request of the administrator, or of somebody who did not log in."""
        if self.refused:
            return Answer(self.refused.pop(0), {"message": "not now"})
        path = unquote(urlsplit(target).path)
        if headers.get("Authorization") != self._basic:
            return self._to_anybody(method, path)
        if path.startswith("/api/orgs"):
            return self._organisations(method, path, body)
        number = int(headers.get("X-Grafana-Org-Id", 1))
        if number not in self.organisations:
            return Answer(401, {"message": "no such organisation"})
        if method != "GET":
            self.changes.append(f"{number} {method} {path}")
        return self._within(number, method, path, body)

    def _to_anybody(self, method: str, path: str) -> Answer:
        room = self.named(self._anonymous)
        if room is None or method != "GET":
            return Answer(401, {"message": "Unauthorized"})
        return self._boards(room, method, path, None)

    def _organisations(self, method: str, path: str, body: Any) -> Answer:
        if method == "GET":
            wanted = path.removeprefix("/api/orgs/name/")
            for number, one in self.organisations.items():
                if one.name == wanted:
                    return Answer(200, {"id": number, "name": wanted})
            return GONE
        if self.named(body["name"]) is not None:
            return TAKEN
        number = max(self.organisations) + 1
        self.organisations[number] = Organisation(body["name"])
        return Answer(200, {"orgId": str(number), "message": "Organization created"})

    def _within(self, number: int, method: str, path: str, body: Any) -> Answer:
        room = self.organisations[number]
        if path.startswith("/api/datasources"):
            return _sources(room, method, path, body)
        if path.startswith(_PLAYLISTS):
            namespace = "default" if number == 1 else f"org-{number}"
            rest = path.removeprefix(f"{_PLAYLISTS}{namespace}/playlists")
            return GONE if rest == path else _playlists(room, method, rest, body)
        return self._boards(room, method, path, body)

    def _boards(self, room: Organisation, method: str, path: str, body: Any) -> Answer:
        if path == "/api/search":
            return Answer(200, [{"uid": uid, "type": "dash-db"} for uid in room.boards])
        if path == "/api/dashboards/db":
            board = body["dashboard"]
            if board["uid"] in room.boards and not body["overwrite"]:
                return Answer(412, {"status": "name-exists"})
            room.boards[board["uid"]] = board
            return Answer(200, {"uid": board["uid"], "status": "success"})
        uid = path.removeprefix("/api/dashboards/uid/")
        if uid not in room.boards:
            return GONE
        found = room.boards.pop(uid) if method == "DELETE" else room.boards[uid]
        return Answer(200, {"dashboard": found})


def _sources(room: Organisation, method: str, path: str, body: Any) -> Answer:
    if method == "POST":
        names = {one["name"] for one in room.sources.values()}
        if body["uid"] in room.sources or body["name"] in names:
            return TAKEN
        room.sources[body["uid"]] = body
        return Answer(200, {"datasource": body, "message": "Datasource added"})
    uid = path.removeprefix("/api/datasources/uid/")
    if uid not in room.sources:
        return GONE
    if method == "PUT":
        room.sources[uid] = body
    return Answer(200, room.sources[uid])


def _playlists(room: Organisation, method: str, rest: str, body: Any) -> Answer:
    name = rest.removeprefix("/") or body["metadata"]["name"]
    there = room.playlists.get(name)
    if method == "POST" and there is not None:
        return TAKEN
    if method == "GET" or (method == "PUT" and there is None):
        return GONE if there is None else Answer(200, there)
    version = there["metadata"]["resourceVersion"] if there else "0"
    if there is not None and body["metadata"].get("resourceVersion") != version:
        return TAKEN
    metadata = {"name": name, "resourceVersion": str(int(version) + 1)}
    room.playlists[name] = {**body, "metadata": metadata}
    return Answer(201 if there is None else 200, room.playlists[name])


@contextmanager
def fake_grafana(password: str, anonymous: str) -> Iterator[FakeGrafana]:
    """Run it on a free port for as long as the block."""
    grafana = FakeGrafana(password, anonymous)

    def answered(method: str) -> Callable[[BaseHTTPRequestHandler], None]:
        def do(handler: BaseHTTPRequestHandler) -> None:
            given = handler.rfile.read(int(handler.headers["Content-Length"] or 0))
            body = json.loads(given) if given else None
            status, said = grafana.answer(method, handler.path, handler.headers, body)
            content = json.dumps(said).encode()
            handler.send_response(status)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", str(len(content)))
            handler.end_headers()
            handler.wfile.write(content)

        return do

    ways = {f"do_{one}": answered(one) for one in ("GET", "POST", "PUT", "DELETE")}
    quiet = {"log_message": lambda *_: None}
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), type("Handler", (BaseHTTPRequestHandler,), {**ways, **quiet})
    )
    grafana.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield grafana
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
