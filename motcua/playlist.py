"""Give Grafana the wall's playlist: it reads boards from files, playlists only through its API.

The payload is deploy/grafana/playlist.json. Doing it again replaces the playlist of the same uid.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
import msgspec

_TRIES = 30


def put_playlist(http: httpx.Client, payload: dict[str, object]) -> str:
    """Create or replace the playlist; return its uid.

    Raises:
        httpx.HTTPError: Grafana refused, or does not answer.
    """
    uid = str(payload["uid"])
    there = http.get(f"/api/playlists/{uid}").status_code == httpx.codes.OK
    if there:
        answer = http.put(f"/api/playlists/{uid}", json=payload)
    else:
        answer = http.post("/api/playlists", json=payload)
    answer.raise_for_status()
    return uid


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when the playlist stands, 1 when Grafana would not have it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--grafana", default="http://127.0.0.1:3000")
    parser.add_argument("--file", type=Path, default=Path("deploy/grafana/playlist.json"))
    parser.add_argument("--user", default="admin")
    chosen = parser.parse_args(arguments)
    password = Path(os.environ["GRAFANA_PASSWORD_FILE"]).read_text().strip()
    payload: dict[str, object] = msgspec.json.decode(chosen.file.read_bytes())
    last = ""
    with httpx.Client(base_url=chosen.grafana, auth=(chosen.user, password), timeout=10) as http:
        for _ in range(_TRIES):
            try:
                print(f"playlist {put_playlist(http, payload)}: {chosen.grafana}/playlists")
            except httpx.HTTPStatusError as error:
                last = f"HTTP {error.response.status_code}"
                if error.response.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                    break
            except httpx.HTTPError as error:
                last = type(error).__name__
            else:
                return 0
            time.sleep(2)
    print(f"{chosen.grafana}: {last}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
