"""A refused body made readable for a clerk, with the place of the fault marked. Pure."""

import json
import re
from typing import Any, Final, NamedTuple

_PART: Final = re.compile(r"[^.\[\]]+")
_SHOWN_CHARACTERS_MAX: Final = 200_000


class Line(NamedTuple):
    """One line of the body as shown; `is_marked` where the fault is."""

    text: str
    is_marked: bool


def readable(body: bytes) -> str:
    """Return the body as indented JSON, or as it is where it is no JSON; bad bytes as `�`."""
    text = body.decode("utf-8", errors="replace")[:_SHOWN_CHARACTERS_MAX]
    try:
        return _encodable(json.dumps(json.loads(text), ensure_ascii=False, indent=2))
    except (ValueError, RecursionError):
        return text


def marked(text: str, field: str) -> list[Line]:
    """Return the lines of readable JSON with the line of `field` (`data.due_at`) marked.

    A missing field marks the line that opens what should hold it; no field, or none of it there,
    marks nothing.
    """
    lines = text.split("\n")
    place = _place(lines, _PART.findall(field))
    return [Line(line, number == place) for number, line in enumerate(lines)]


def particulars(body: bytes) -> dict[str, str]:
    """Return id, type and subject of a body where they can be read; for the eyes of a desk."""
    try:
        found: Any = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    named = {"id": "id", "type": "type", "subject": "subject", "MaHoSo": "subject"}
    return {
        ours: _encodable(str(found[theirs])[:128])
        for theirs, ours in named.items()
        if isinstance(found.get(theirs), str)
    }


def _encodable(text: str) -> str:
    """Return the text without half pairs of surrogates, which no answer can carry."""
    return text.encode("utf-8", errors="replace").decode()


def _place(lines: list[str], parts: list[str]) -> int | None:
    place: int | None = None
    start, indent = 0, 2
    for part in parts:
        if part == "...":
            continue
        opening = f'{" " * indent}"{part}":'
        found = next((n for n in range(start, len(lines)) if lines[n].startswith(opening)), None)
        if found is None:
            return place
        place, start, indent = found, found + 1, indent + 2
    return place
