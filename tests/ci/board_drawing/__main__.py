"""`make board-pictures`: every board as a picture, drawn from the demo's answers.

Named for what it is: Grafana's panel library (units, colours, mappings, overrides, tables, bars)
with the page around it ours. No Grafana runs, so nothing here shows that Grafana opens a board.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deploy.grafana.driver import built
from tests.ci.board_drawing import answers, picture

_WAYS = {"demo": answers.of_demo, "stale": answers.of_stale_source}
_SUFFIX = {"demo": "", "stale": "-du-lieu-cu"}


def _answers(way: str, kept: Path | None) -> dict[str, Any]:
    boards = {name: json.loads(text) for name, text in built().items()}
    file = kept / f"{way}.json" if kept else None
    if file and file.exists():
        found: dict[str, Any] = json.loads(file.read_bytes())
        # Answers of before, boards of now: for whoever changes a board and looks again.
        return {name: {**one, "board": boards[name]} for name, one in found.items()}
    asked = _WAYS[way](boards)
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(asked, ensure_ascii=False), encoding="utf-8")
    return asked


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when every picture was taken."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=[], help="names of boards")
    parser.add_argument("--ways", nargs="*", default=list(_WAYS), choices=list(_WAYS))
    parser.add_argument("--keep-answers", type=Path, help="folder: write them, or use those there")
    parser.add_argument("--workshop", type=Path, help="folder for npm, kept; default: thrown away")
    chosen = parser.parse_args(arguments)
    asked = {way: _answers(way, chosen.keep_answers) for way in chosen.ways}
    with tempfile.TemporaryDirectory(prefix="motcua-drawing-") as temporary:
        folder = chosen.workshop or Path(temporary)
        picture.bundle(folder)
        with picture.browser() as page:
            for way, boards in asked.items():
                for name, one in boards.items():
                    if not chosen.only or name in chosen.only:
                        out = chosen.out / f"{name}{_SUFFIX[way]}.png"
                        links = picture.draw(page, folder, one, out)
                        count = sum(map(len, links.values()))
                        print(f"{out.name}: {out.stat().st_size // 1024} kB, {count} links")
    return 0


if __name__ == "__main__":
    sys.exit(main())
