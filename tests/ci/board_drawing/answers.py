"""What a real Prometheus answers to every panel of every board, to be drawn.

The shape handed to the page: `{"board", "filled", "from", "to", "panels": {id: {refId: answer}}}`;
instants are epoch milliseconds, an answer is Prometheus' own `data.result`.
"""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from motcua.home import HTTP_SERVICES, Ports
from motcua.jetstream_exporter import make_server
from tests.ci.board_links import desks_of
from tests.ci.board_queries import Check, demo, free_base
from tests.ci.stale_data import Handler, Scoring
from tests.ci.watchers import Watchers, wait_for, watchers

_OPEN_MIN = 500  # open dossiers before the demo is worth a picture
_COURSE_SECONDS = 300  # how much of a course over time is drawn: the demo is minutes old
_SILENT_SECONDS = 1500.0

Boards = dict[str, dict[str, Any]]


def of_board(
    both: Watchers, board: dict[str, Any], filled: dict[str, str], seconds: int
) -> dict[str, Any]:
    """Ask everything that one board asks; `seconds`: how far back a course over time goes."""
    now = time.time()
    panels = {
        str(panel["id"]): {
            one["refId"]: _answer(both, one, filled, seconds, now) for one in panel["targets"]
        }
        for panel in board["panels"]
    }
    return {
        "board": board, "filled": filled, "panels": panels,
        "from": (now - seconds) * 1000, "to": now * 1000,
    }  # fmt: skip


def _answer(
    both: Watchers, target: dict[str, Any], filled: dict[str, str], seconds: int, now: float
) -> list[dict[str, Any]]:
    text = re.sub(r"\$(\w+)", lambda found: filled[found.group(1)], target["expr"])
    if target["instant"]:
        found = both.query(text)
    else:
        found = both.query_range(text, seconds=seconds, step=max(2, seconds // 150))
    if found.get("status") != "success":
        raise SystemExit(f"{text}: {found.get('error')}")
    rows: list[dict[str, Any]] = found["data"]["result"]
    for row in rows:
        if "value" in row:
            row["value"][0] = now  # Grafana asks all of a panel for one instant
    return rows


def of_demo(boards: Boards) -> dict[str, Any]:
    """Run the demo until it has something to show, and ask every board."""
    with _watched_demo() as both:
        wait_for(lambda: _number(both, "sum(dvc_dossiers_open)") > _OPEN_MIN, 300, "open dossiers")
        wait_for(lambda: _number(both, "sum(dvc_fold_lag) or vector(0)") < 50, 240, "the history")
        wait_for(lambda: _minutes_of(both) >= _COURSE_SECONDS, 400, "five minutes of courses")
        since = time.time()
        wait_for(lambda: both.rules_worked_out_since(since), 150, "the rules")
        filled = {**Check(both).filled, **desks_of(both, boards)}
        names = both.query(f'dvc:agency:info{{agency="{filled["agency"]}"}}')["data"]["result"]
        shown = {"agency": names[0]["metric"]["short_name"], "field": "All", "source": "All",
                 "level": "Sở ngành", "period": "Tháng"}  # fmt: skip
        return {
            name: {**of_board(both, one, filled, _COURSE_SECONDS), "shown": shown}
            for name, one in boards.items()
        }


def of_stale_source(boards: Boards) -> dict[str, Any]:
    """Ask the wall's boards while the only source has said nothing for 25 minutes."""
    scoring = Scoring(("127.0.0.1", 0), Handler)
    scoring.silent_seconds = _SILENT_SECONDS
    threading.Thread(target=scoring.serve_forever, daemon=True).start()
    target = {"targets": [f"127.0.0.1:{scoring.server_address[1]}"], "labels": {"job": "scoring"}}
    try:
        with watchers([target], hurry=True) as both:
            wait_for(lambda: _number(both, "dvc:data_age:seconds") > 0, 60, "the age of the data")
            desk = wait_for(lambda: both.label_values("dvc:desk:info", "url"), 60, "the desk")[0]
            filled = {"desk": desk}
            return {
                name: {**of_board(both, one, filled, 60), "shown": {}}
                for name, one in boards.items()
                if "tv" in one["tags"]
            }
    finally:
        scoring.shutdown()


@contextmanager
def _watched_demo() -> Iterator[Watchers]:
    ports = Ports(free_base())
    exporter = make_server(("127.0.0.1", 0), ports.url("monitor"))
    threading.Thread(target=exporter.serve_forever, daemon=True).start()
    targets = [
        {"targets": [f"127.0.0.1:{ports.of(one)}"], "labels": {"job": one}} for one in HTTP_SERVICES
    ]
    targets.append(
        {"targets": [f"127.0.0.1:{exporter.server_address[1]}"], "labels": {"job": "nats"}}
    )
    with demo(ports), watchers(targets, hurry=False, desk=ports.url("scoring")) as both:
        yield both


def _number(both: Watchers, query: str) -> float:
    rows = both.query(query)["data"]["result"]
    return float(rows[0]["value"][1]) if rows else -1.0


def _minutes_of(both: Watchers) -> float:
    return _number(both, 'time() - min(min_over_time(timestamp(up{job="scoring"})[1h:10s]))')
