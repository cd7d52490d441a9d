"""`make boards`: the YAML project into deploy/grafana/boards/*.json, or not at all.

The builder skips what it cannot read and goes on; this driver stops. Everything is built before
the first file is written, and a board that the project no longer names is removed.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from grafana_dashboards.components.base import ComponentRegistry
from grafana_dashboards.errors import DashboardBuilderException
from grafana_dashboards.exporter import DashboardExporter, ProjectProcessor

# The registry finds kinds by looking for subclasses: these imports are what registers ours.
from deploy.grafana import board, courses, freshness, heading, kinds, table
from deploy.grafana.faults import BoardError

HERE = Path(__file__).parent
PROJECT, BOARDS = HERE / "project", HERE / "boards"
_KINDS = {"wb-board": board.WbBoard, "board-project": board.BoardProject}
_PANEL_MODULES = (courses, freshness, heading, kinds, table)


class _Collector(DashboardExporter):  # type: ignore[misc]  # the builder is untyped
    """Takes every board that the builder makes."""

    def __init__(self) -> None:
        super().__init__()
        self.boards: dict[str, dict[str, Any]] = {}

    def process_dashboard(
        self, project_name: str, dashboard_name: str, dashboard_data: dict[str, Any]
    ) -> None:
        del project_name
        if dashboard_name in self.boards:
            raise BoardError(f"two boards are called {dashboard_name}")
        self.boards[dashboard_name] = dashboard_data


def built(project: Path = PROJECT, context: dict[str, Any] | None = None) -> dict[str, str]:
    """Return every board as the text of its file, by name.

    Raises:
        BoardError: anything is not as it must be; no board is returned then.
    """
    registry = ComponentRegistry()
    written: dict[str, list[str]] = {kind: [] for kind in _KINDS}
    for path, component in _components(project):
        kind = _kind(path, component)
        registry.add(component)
        written[kind].append(component["name"])
    collector = _Collector()
    try:
        projects = list(registry[board.BoardProject])
        ProjectProcessor([collector]).process_projects(projects, context)
    except DashboardBuilderException as error:
        raise BoardError(str(error)) from None
    except KeyError as error:
        raise BoardError(f"something has no {error}") from None
    if len(projects) != 1 or set(collector.boards) != set(written["wb-board"]):
        missing = sorted(set(written["wb-board"]) ^ set(collector.boards))
        raise BoardError(f"{len(projects)} projects; written or named but not both: {missing}")
    _refuse_same_uid(collector.boards)
    return {name: text_of(one) for name, one in collector.boards.items()}


def text_of(one: dict[str, Any]) -> str:
    """Return a board's file: the same bytes for the same board, Vietnamese readable in a diff."""
    return json.dumps(one, sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def write(boards: dict[str, str], folder: Path = BOARDS) -> list[str]:
    """Write the boards, remove those that are no more, return the names of changed files."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for path in folder.glob("*.json"):
        if path.stem not in boards:
            path.unlink()
            changed.append(path.name)
    for name, text in boards.items():
        path = folder / f"{name}.json"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(path.name)
    return sorted(changed)


def _components(project: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted(project.glob("*.yml")):
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            for component in document:
                yield path, component


def _kind(path: Path, component: dict[str, Any]) -> str:
    found = [key for key in component if key != "name"]
    if "name" not in component or len(found) != 1 or found[0] not in _KINDS:
        raise BoardError(f"{path.name}: a component is a name and one of {', '.join(_KINDS)}")
    return str(found[0])


def _refuse_same_uid(boards: dict[str, dict[str, Any]]) -> None:
    uids = [one["uid"] for one in boards.values()]
    if len(uids) != len(set(uids)):
        raise BoardError(f"a uid is used twice: {sorted(uids)}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Build and write; exit code 1 and a sentence where a board refuses."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=BOARDS)
    parser.add_argument("--context", default="", help="parameters as YAML: '{trend: 1h}'")
    chosen = parser.parse_args(arguments)
    context = yaml.safe_load(chosen.context) if chosen.context else None
    try:
        boards = built(context=context)
    except BoardError as error:
        print(error, file=sys.stderr)
        return 1
    for name in write(boards, chosen.out):
        print(f"đã viết {name}")
    print(f"{len(boards)} bảng")
    return 0


if __name__ == "__main__":
    sys.exit(main())
