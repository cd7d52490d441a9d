"""Give Grafana's wall an organisation of its own: its boards, their data sources, the playlist.

Grafana reads boards from files into one organisation; other organisations, and playlists, it takes
only through its HTTP API. Nobody logs in to a wall screen, and whoever does not log in sees that
organisation alone (GF_AUTH_ANONYMOUS_ORG_NAME): the boards of the playlist, and no other.

Doing it again makes everything as the files say, and takes away what the wall shows no longer.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import quote

import httpx
import msgspec

ORGANISATION: Final = "Màn hình lớn"
_TRIES: Final = 30
_OUR_BOARDS: Final = "mc-"
_MAIN: Final = "1"  # the organisation whose data sources are provisioned from files
_OF_A_SOURCE: Final = ("uid", "name", "type", "access", "url", "isDefault", "jsonData")
_PLAYLISTS: Final = "/apis/playlist.grafana.app/v1/namespaces/org-{}/playlists"
_HOPELESS: Final = {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}

Json: TypeAlias = dict[str, Any]


class Wall(msgspec.Struct, frozen=True):
    """What stands in the organisation: a playlist, and the boards that it names."""

    playlist: Json
    boards: tuple[Json, ...]

    def sources(self) -> list[str]:
        """The uid of every data source that a board asks."""
        return sorted({uid for board in self.boards for uid in _sources_in(board)})


def wall_in(playlist: Path, boards: Path) -> Wall:
    """Read the playlist, and from the folder the boards that it names.

    Raises:
        LookupError: the playlist names a board that the folder does not hold.
    """
    found: Json = msgspec.json.decode(playlist.read_bytes())
    known = {}
    for path in boards.glob("*.json"):
        board: Json = msgspec.json.decode(path.read_bytes())
        known[board["uid"]] = board
    named = [str(one["value"]) for one in found["items"]]
    if lost := [uid for uid in named if uid not in known]:
        message = f"{boards}: no board {', '.join(lost)}"
        raise LookupError(message)
    return Wall(found, tuple(known[uid] for uid in named))


class Organisation:
    """One organisation of a Grafana, by the API of its administrator."""

    def __init__(self, http: httpx.Client, number: str) -> None:
        self._http, self._number = http, number

    @classmethod
    def named(cls, http: httpx.Client, name: str) -> "Organisation":
        """Find it, or make it: whoever makes one is its administrator."""
        answer = http.get(f"/api/orgs/name/{quote(name)}")
        if answer.status_code != httpx.codes.NOT_FOUND:
            return cls(http, str(_json(answer)["id"]))
        return cls(http, str(_json(http.post("/api/orgs", json={"name": name}))["orgId"]))

    def keep(self, wall: Wall) -> None:
        """Make everything in here as the wall says.

        Raises:
            httpx.HTTPError: Grafana refused, or does not answer.
        """
        main = Organisation(self._http, _MAIN)
        for uid in wall.sources():
            self._keep_source(main.source(uid))
        for board in wall.boards:
            wanted = {"dashboard": {**board, "id": None}, "overwrite": True}
            self._ask("POST", "/api/dashboards/db", wanted).raise_for_status()
        self._take_away_but({board["uid"] for board in wall.boards})
        self._keep_playlist(wall.playlist)

    def source(self, uid: str) -> Json:
        """A data source as it would be asked for anew; secrets are not in it."""
        found = _json(self._ask("GET", f"/api/datasources/uid/{uid}"))
        return {key: found[key] for key in _OF_A_SOURCE}

    def _keep_source(self, wanted: Json) -> None:
        place = f"/api/datasources/uid/{wanted['uid']}"
        is_there = self._ask("GET", place).status_code == httpx.codes.OK
        way = ("PUT", place) if is_there else ("POST", "/api/datasources")
        self._ask(*way, wanted).raise_for_status()

    def _take_away_but(self, wanted: set[str]) -> None:
        """Boards of ours that the wall shows no longer; what others put here stays."""
        for found in _json(self._ask("GET", "/api/search?type=dash-db&limit=5000")):
            uid = str(found["uid"])
            if uid.startswith(_OUR_BOARDS) and uid not in wanted:
                self._ask("DELETE", f"/api/dashboards/uid/{uid}").raise_for_status()

    def _keep_playlist(self, wanted: Json) -> None:
        place = _PLAYLISTS.format(self._number)
        own = f"{place}/{wanted['uid']}"
        items = [{key: one[key] for key in ("type", "value")} for one in wanted["items"]]
        resource: Json = {
            "kind": "Playlist",
            "apiVersion": "playlist.grafana.app/v1",
            "metadata": {"name": wanted["uid"]},
            "spec": {"title": wanted["name"], "interval": wanted["interval"], "items": items},
        }
        before = self._ask("GET", own)
        if before.status_code == httpx.codes.NOT_FOUND:
            self._ask("POST", place, resource).raise_for_status()
            return
        # A change names the version that it was made from.
        resource["metadata"]["resourceVersion"] = _json(before)["metadata"]["resourceVersion"]
        self._ask("PUT", own, resource).raise_for_status()

    def _ask(self, method: str, path: str, body: Json | None = None) -> httpx.Response:
        headers = {"X-Grafana-Org-Id": self._number}
        return self._http.request(method, path, json=body, headers=headers)


def _json(answer: httpx.Response) -> Any:
    return answer.raise_for_status().json()


def _sources_in(part: object) -> set[str]:
    """Look through a board, at any depth, for the data sources that its parts ask."""
    found: set[str] = set()
    if isinstance(part, dict):
        source = part.get("datasource")
        if isinstance(source, dict) and "uid" in source:
            found.add(str(source["uid"]))
        found |= {uid for one in part.values() for uid in _sources_in(one)}
    elif isinstance(part, list):
        found |= {uid for one in part for uid in _sources_in(one)}
    return found


def main(arguments: Sequence[str] | None = None, *, pause_seconds: float = 2.0) -> int:
    """Exit code 0 when the wall stands, 1 when Grafana would not have it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--grafana", default="http://127.0.0.1:3000")
    parser.add_argument("--playlist", type=Path, default=Path("deploy/grafana/playlist.json"))
    parser.add_argument("--boards", type=Path, default=Path("deploy/grafana/boards"))
    parser.add_argument("--organisation", default=ORGANISATION)
    parser.add_argument("--user", default="admin")
    chosen = parser.parse_args(arguments)
    password = Path(os.environ["GRAFANA_PASSWORD_FILE"]).read_text().strip()
    wall = wall_in(chosen.playlist, chosen.boards)
    with httpx.Client(base_url=chosen.grafana, auth=(chosen.user, password), timeout=10) as http:
        fault = _kept(http, chosen.organisation, wall, pause_seconds)
    if fault:
        print(f"{chosen.grafana}: {fault}", file=sys.stderr)
        return 1
    print(f"{chosen.organisation}: {len(wall.boards)} boards, "
          f"{chosen.grafana}/playlists/play/{wall.playlist['uid']}?kiosk")  # fmt: skip
    return 0


def _kept(http: httpx.Client, organisation: str, wall: Wall, pause_seconds: float) -> str:
    """Try until it stands; return what was wrong the last time, or nothing."""
    fault = ""
    for _ in range(_TRIES):
        try:
            Organisation.named(http, organisation).keep(wall)
        except httpx.HTTPStatusError as error:
            asked, status = error.request, error.response.status_code
            fault = f"{asked.method} {asked.url.path}: HTTP {status}"
            if status in _HOPELESS:
                return fault
        except httpx.HTTPError as error:
            fault = type(error).__name__
        else:
            return ""
        time.sleep(pause_seconds)
    return fault


if __name__ == "__main__":
    sys.exit(main())
