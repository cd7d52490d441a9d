"""Boards through grafana-foundation-sdk and back: whatever it does not know would be lost.

Run by board_types.py with the SDK's folder and the boards; stands alone, because the SDK is not
among our locked packages.
"""

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# The SDK of 11.6 does not know these; each is Grafana's own, and says nothing about a number.
KNOWN_LOST = {"definition"}


def lost(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Every key or value of `before` that is not in `after`."""
    if isinstance(before, dict):
        for key, value in before.items():
            if key in KNOWN_LOST:
                continue
            if not isinstance(after, dict) or key not in after:
                if value not in (None, [], {}, "", False):
                    yield f"{path}.{key}"
            else:
                yield from lost(value, after[key], f"{path}.{key}")
    elif isinstance(before, list):
        if not isinstance(after, list) or len(before) != len(after):
            yield path
            return
        for number, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from lost(one, other, f"{path}[{number}]")
    elif before != after:
        yield f"{path}: {before!r} became {after!r}"


def round_trip(board: dict[str, Any]) -> dict[str, Any]:
    """Decode and encode."""
    dashboard = importlib.import_module("grafana_foundation_sdk.models.dashboard")
    encoder = importlib.import_module("grafana_foundation_sdk.cog.encoder").JSONEncoder
    decoded = dashboard.Dashboard.from_json(board)
    found: dict[str, Any] = json.loads(encoder(sort_keys=True).encode(decoded))
    return found


def main() -> int:
    sys.path.insert(0, sys.argv[1])
    importlib.import_module("grafana_foundation_sdk.cog.plugins").register_default_plugins()
    for name in sys.argv[2:]:
        board = json.loads(Path(name).read_bytes())
        missing = sorted(set(lost(board, round_trip(board))))
        if missing:
            print(f"{Path(name).name}: lost {missing[:10]}", file=sys.stderr)
            return 1
    planted = json.loads(Path(sys.argv[2]).read_bytes())
    planted["panels"][0]["fieldConfgi"] = {"x": 1}
    if not list(lost(planted, round_trip(planted))):
        print("a misspelt key came through unnoticed", file=sys.stderr)
        return 1
    print(f"grafana-foundation-sdk: {len(sys.argv) - 2} boards, nothing lost; planted key caught")
    return 0


if __name__ == "__main__":
    sys.exit(main())
