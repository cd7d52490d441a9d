"""What somebody asks for, read from an address: agencies with their tree, a field, a period."""

from collections.abc import Iterable, Mapping
from typing import Any

from shared.catalogue.model import Catalogue
from shared.runtime import FieldFault, Refusal

from .domain.counts import NOW_ONLY, Count, Question
from .domain.periods import UnknownPeriodError, months_of
from .domain.rules import CHANNELS


def agencies_under(catalogue: Catalogue, code: str, known: Iterable[str]) -> frozenset[str]:
    """An agency with everything below it: by the catalogue, and by the dots of its code."""
    found = {code} | {one for one in known if one.startswith(f"{code}.")}
    children: dict[str, list[str]] = {}
    for agency in catalogue.agencies:
        children.setdefault(agency.parent or "", []).append(agency.code)
    waiting = [code]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in found:
                waiting.append(child)
            found.add(child)
    return frozenset(found)


def question_of(
    count: str,
    asked: Mapping[str, Any],
    *,
    catalogue: Catalogue,
    known_agencies: Iterable[str],
    month: str,
) -> tuple[Question, str | None]:
    """Return the question and its period; the current month where none is named.

    Raises:
        Refusal: 404 for an unknown count, 422 for a period or channel that is not one.
    """
    if count not in set(map(str, Count)):
        raise Refusal(404, "Không có chỉ số này.", f"Known: {', '.join(map(str, Count))}.")
    kind = Count(count)
    period = None if kind in NOW_ONLY else str(asked.get("period") or month)
    channel = str(asked.get("channel") or "")
    if channel and channel not in CHANNELS:
        fault = FieldFault("channel", f"one of {', '.join(CHANNELS)}")
        raise Refusal(422, "Kênh tiếp nhận không hợp lệ.", fields=[fault])
    agencies = _agencies(asked, catalogue, known_agencies)
    question = Question(
        count=kind,
        agencies=agencies,
        field=str(asked.get("field") or ""),
        channel=channel,
        months=months_or_refusal(period) if period else (),
    )
    return question, period


def _agencies(
    asked: Mapping[str, Any], catalogue: Catalogue, known: Iterable[str]
) -> frozenset[str] | None:
    found: frozenset[str] | None = None
    agency = str(asked.get("agency") or "")
    if agency:
        with_tree = asked.get("subtree") in {True, "true", "1"}
        found = agencies_under(catalogue, agency, known) if with_tree else frozenset({agency})
    level = str(asked.get("level") or "")
    if level:
        of_level = frozenset(one.code for one in catalogue.agencies if one.level.value == level)
        found = of_level if found is None else found & of_level
    return found


def months_or_refusal(period: str) -> tuple[str, ...]:
    """The months of a period.

    Raises:
        Refusal: 422, it is not written like a period.
    """
    try:
        return months_of(period)
    except UnknownPeriodError:
        fault = FieldFault("period", "2026, 2026-H1, 2026-Q3 or 2026-09")
        raise Refusal(422, "Kỳ không hợp lệ.", "Not a period.", fields=[fault]) from None
