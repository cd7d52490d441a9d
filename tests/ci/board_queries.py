"""Every query of every board, executed against a real Prometheus that scrapes the demo.

A query that fails, answers nothing or answers NaN fails the check, unless boards_may_be_empty.toml
says why it may. Then: a planted misspelling is caught, and every link of every board is opened; the
wall's numbers and the others' counts equal what they open, while facts keep arriving.
"""

import contextlib
import json
import math
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from deploy.grafana.driver import BOARDS
from motcua.home import HTTP_SERVICES, PORTS, Ports
from motcua.jetstream_exporter import make_server
from tests.ci.board_links import WALL, compare, desks_of, linked_numbers
from tests.ci.watchers import Watchers, wait_for, watchers

ALLOWED = Path(__file__).with_name("boards_may_be_empty.toml")
_ON_WALL_MIN = 9  # eight tiles and an agency's bar


def free_base() -> int:
    """The first base whose whole range of ports is free."""
    for base in range(18400, 19400, 10):
        with contextlib.ExitStack() as held:
            try:
                for name in PORTS:
                    probe = held.enter_context(socket.socket())
                    probe.bind(("127.0.0.1", Ports(base).of(name)))
            except OSError:
                continue
            return base
    raise SystemExit("no free range of ports")


@contextmanager
def demo(ports: Ports) -> Iterator[None]:
    """`motcua run --demo` on an empty directory, until all of it is ready."""
    with tempfile.TemporaryDirectory(prefix="motcua-boards-") as home:
        log = Path(home) / "run.log"
        with log.open("wb") as sink:
            process = subprocess.Popen(
                [sys.executable, "-m", "motcua.cli", "run", "--demo", "--data", f"{home}/data",
                 "--ports", str(ports.base)],
                stdout=sink, stderr=sink,
            )  # fmt: skip
        try:
            wait_for(lambda: _is_up(ports, process, log), 180, f"the demo: {log}")
            yield
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def _is_up(ports: Ports, process: "subprocess.Popen[bytes]", log: Path) -> bool:
    if process.poll() is not None:
        raise SystemExit(f"the demo ended:\n{log.read_text()[-3000:]}")
    try:
        return all(httpx.get(f"{ports.url(one)}/health/ready").is_success for one in HTTP_SERVICES)
    except httpx.HTTPError:
        return False


class Check:
    """The boards' queries with their variables filled."""

    def __init__(self, both: Watchers) -> None:
        self.both = both
        self.faults: list[str] = []
        self.answered = 0
        self.excused: set[str] = set()
        self.allowed: dict[str, str] = tomllib.loads(ALLOWED.read_text())["may_be_empty"]
        busiest = both.query("topk(1, sum by (agency) (dvc:dossiers_open:agency))")
        self.filled = {
            "agency": busiest["data"]["result"][0]["metric"]["agency"],
            "field": ".*", "source": ".*", "level": "department", "period": "month",
        }  # fmt: skip

    def board(self, name: str, board: dict[str, Any]) -> None:
        """Execute all of one board."""
        for one in board["templating"]["list"]:
            if one["type"] == "query":
                self._variable(f"{name} / ${one['name']}", one)
        for panel in board["panels"]:
            title = panel["title"] or panel["targets"][0].get("legendFormat", "")
            title = re.sub(r" \(mục tiêu.*\)", "", title)
            columns = _columns(panel)
            for target in panel["targets"]:
                column = columns.get(target["refId"])
                self.query(" / ".join(filter(None, [name, title, column])), target)

    def query(self, where: str, target: dict[str, Any]) -> None:
        """Execute one query and note what is wrong with its answer."""
        text = re.sub(r"\$(\w+)", lambda found: self.filled[found.group(1)], target["expr"])
        if target["instant"]:
            found = self.both.query(text)
        else:
            found = self.both.query_range(text, seconds=60, step=5)
        fault = _fault(found)
        self.answered += not fault
        if fault == "empty" and where in self.allowed:
            self.excused.add(where)
        elif fault:
            self.faults.append(f"{where}: {fault}: {text}")

    def _variable(self, where: str, variable: dict[str, Any]) -> None:
        text = variable["query"]["query"]
        if values := re.fullmatch(r"label_values\((.+), (\w+)\)", text):
            found = self.both.label_values(values.group(1), values.group(2))
        else:
            inner = re.fullmatch(r"query_result\((.+)\)", text)
            rows = self.both.query(inner.group(1) if inner else text)["data"]["result"]
            shown = [_series_text(row["metric"]) for row in rows]
            pattern = re.sub(r"\(\?<", "(?P<", variable["regex"].strip("/"))
            found = [one for one in shown if re.search(pattern, one)]
        if not found:
            self.faults.append(f"{where}: offers nothing: {text}")


def _series_text(labels: dict[str, str]) -> str:
    inside = ",".join(f'{key}="{value}"' for key, value in sorted(labels.items()))
    return f"{{{inside}}} 1"


def _columns(panel: dict[str, Any]) -> dict[str, str]:
    for one in panel.get("transformations", ()):
        names = one["options"].get("renameByName", {})
        return_ = {key.removeprefix("Value #"): re.sub(r" \(mục tiêu.*\)", "", value)
                   for key, value in names.items() if key.startswith("Value #")}  # fmt: skip
        if return_:
            return return_
    return {}


def _fault(found: dict[str, Any]) -> str:
    if found.get("status") != "success":
        return f"error {found.get('error', '')}"
    rows = found["data"]["result"]
    if not rows:
        return "empty"
    points = [row["value"] for row in rows if "value" in row]
    points += [point for row in rows for point in row.get("values", ())]
    return "NaN" if any(math.isnan(float(value)) for _, value in points) else ""


def _number(both: Watchers, query: str) -> int:
    rows = both.query(query)["data"]["result"]
    return int(float(rows[0]["value"][1])) if rows else -1


def links(both: Watchers, boards: dict[str, Any], filled: dict[str, str]) -> bool:
    """Open every link of every board; print what was seen, say whether all was as it must be."""
    numbers = list(linked_numbers(both, boards, {**filled, **desks_of(both, boards)}))
    of_wall = {one.what for one in numbers if one.what.startswith(WALL)}
    found = compare(both, numbers)
    for what, said in sorted(found.unequal.items()):
        print(f"FAULT not what it opens: {what}: {said}")
    for what in found.gone:
        print(f"left its panel meanwhile: {what}")
    equal = [what for what, said in found.seen.items() if "=" in said]
    on_wall = of_wall.intersection(equal)
    print(f"{len(numbers)} links opened, {len(equal)} numbers equal what they open, of the wall's"
          f" {len(of_wall)} {len(on_wall)}")  # fmt: skip
    assert len(on_wall) >= _ON_WALL_MIN, "the wall's numbers no longer lead to lists"
    return not found.unequal and of_wall <= on_wall | {*found.gone}


def check(both: Watchers) -> int:
    wait_for(lambda: _number(both, "sum(dvc_dossiers_open)") > 100, 240, "open dossiers")
    wait_for(lambda: _number(both, "sum(dvc_fold_lag) or vector(0)") < 50, 240, "the history")
    # A group of rules is worked out at a moment of its own within the interval, and may ask for
    # what another one makes: twice round is enough for all.
    for _ in range(2):
        since = time.time()
        wait_for(lambda since=since: both.rules_worked_out_since(since), 150, "the rules")  # type: ignore[misc]  # bound now
    boards = {path.stem: json.loads(path.read_bytes()) for path in sorted(BOARDS.glob("*.json"))}
    run = Check(both)
    for name, board in boards.items():
        run.board(name, board)
    print(f"{len(boards)} boards, {run.answered} queries answered")
    for where in sorted(run.excused):
        print(f"empty, allowed: {where}: {run.allowed[where]}")
    for fault in run.faults:
        print(f"FAULT {fault}")

    planted = Check(both)
    planted.query("planted", {"expr": "sum(dvc:dossiers_opne:province)", "instant": True})
    if not planted.faults:
        print("FAULT a planted misspelling was not caught")
        return 1
    print(f"planted misspelling caught: {planted.faults[0]}")
    is_equal = links(both, boards, run.filled)
    return 1 if run.faults or not is_equal else 0


def main() -> int:
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
        return check(both)


if __name__ == "__main__":
    sys.exit(main())
