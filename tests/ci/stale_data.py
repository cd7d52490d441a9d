"""A source that stopped, seen by a real Prometheus and Alertmanager on our rules and routes.

Shown: the stale guard lets a number through while data is fresh and hides it afterwards; DataStale
fires; the silent source's own alert is inhibited by it.
"""

import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.ci.watchers import Watchers, wait_for, watchers

GUARDED = "sum(dvc_dossiers_open) and on () (dvc:data_age:seconds < 900)"


class Scoring(ThreadingHTTPServer):
    """What scoring would say, with a source that spoke `silent_seconds` ago."""

    silent_seconds = 1.0

    def page(self) -> bytes:
        now = time.time()
        lines = {
            "dvc_dossiers_open{agency='H99.05',field='x',stage='not_due'}": 42,
            "dvc_business_hours": 1,
            "dvc_snapshot_timestamp_seconds{service='scoring'}": now,
            "dvc_source_last_event_timestamp_seconds{source='mcdt'}": now - self.silent_seconds,
        }
        text = "".join(f"{name} {value:.3f}\n" for name, value in lines.items())
        return text.replace("'", '"').encode()


class Handler(BaseHTTPRequestHandler):
    server: Scoring

    def do_GET(self) -> None:
        body = self.server.page()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


def shown(both: Watchers) -> list[str]:
    return [one["value"][1] for one in both.query(GUARDED)["data"]["result"]]


def check(scoring: Scoring) -> None:
    target = {"targets": [f"127.0.0.1:{scoring.server_address[1]}"], "labels": {"job": "scoring"}}
    with watchers([target], hurry=True) as both:
        wait_for(lambda: shown(both) == ["42"], 30, "the number while data is fresh")
        # Right at the start, before the first evaluation, nothing is known and that is stale too.
        wait_for(lambda: "DataStale" not in firing(both), 30, "DataStale gone while data is fresh")
        print("fresh: the wall shows 42, DataStale is silent")

        scoring.silent_seconds = 1500.0
        wait_for(lambda: shown(both) == [], 30, "the number hidden")
        wait_for(lambda: both.alerts().get("DataStale") == "active", 60, "DataStale")
        wait_for(lambda: both.alerts().get("SourceSilent") == "suppressed", 60, "inhibition")
        print("stopped: the wall shows nothing, DataStale is active, SourceSilent is inhibited")
        wait_for(
            lambda: both.alerts().get("DeadMansSwitch") == "active", 100, "the switch"
        )  # resent each minute
        print("the dead man's switch is heard")


def firing(both: Watchers) -> set[str]:
    found = both.query('ALERTS{alertstate="firing"}')["data"]["result"]
    return {one["metric"]["alertname"] for one in found}


def main() -> int:
    scoring = Scoring(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=scoring.serve_forever, daemon=True)
    thread.start()
    try:
        check(scoring)
    finally:
        scoring.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
