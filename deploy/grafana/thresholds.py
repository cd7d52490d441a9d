"""Colours and where they change: by the plan in force, or written out for the system itself.

A ratio's line comes from a target of the plan (deploy/grafana/plan.toml) and from nowhere else.
A panel without a target has no colour. Colour never stands alone: the target is also written out.
"""

import tomllib
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from deploy.grafana.faults import BoardError
from shared.rules.targets import Comparison, Target, plans

PLAN_FILE = Path(__file__).with_name("plan.toml")
RED, AMBER, GREEN, PLAIN, GREY = "#d9534f", "#e0a030", "#3fa45b", "#d8d9da", "#808080"
_NAMES = {"red": RED, "amber": AMBER, "green": GREEN, "plain": PLAIN, "grey": GREY}
# Grafana compares with >=; "more than 90 %" begins a hair above it.
_A_HAIR = 0.000001

Steps = list[dict[str, Any]]


def target(key: str, plan_file: Path = PLAN_FILE) -> Target:
    """Return a target of the plan in force.

    Raises:
        BoardError: unknown plan or key, not in force on the plan's day, or without a source.
    """
    chosen = tomllib.loads(plan_file.read_text(encoding="utf-8"))
    plan, on = plans().get(str(chosen["plan"])), chosen["on"]
    if plan is None or not isinstance(on, date):
        raise BoardError(f"{plan_file.name}: no plan {chosen['plan']!r} on {on!r}")
    found = [one for one in plan.target if one.key == key]
    current = [one for one in found if one.overlaps(on, on)]
    if not current:
        why = f"is not in force on {on}" if found else "is unknown"
        raise BoardError(f"target {key!r} of plan {plan.id} {why}")
    if not current[0].source.strip():
        raise BoardError(f"target {key!r} of plan {plan.id} has no source")
    return current[0]


def wording(found: Target) -> str:
    """Return the target in words for a panel's name: `mục tiêu ≥ 90 %`."""
    sign = ">" if found.comparison is Comparison.MORE_THAN else "≥"
    number = f"{found.threshold * 100:.4g}".replace(".", ",")
    return f"mục tiêu {sign} {number} %"


def target_steps(found: Target) -> Steps:
    """Return red under the target and green from it on."""
    hair = _A_HAIR if found.comparison is Comparison.MORE_THAN else 0
    return [step("red", None), step("green", found.threshold + hair)]


def step(colour: str, value: float | None) -> dict[str, Any]:
    """Return one step; `colour` is one of our names."""
    if colour not in _NAMES:
        raise BoardError(f"colour {colour!r}: one of {', '.join(_NAMES)}")
    return {"color": _NAMES[colour], "value": value}


def written_steps(rows: list[list[Any]]) -> Steps:
    """Return steps written out as `[colour, value]`, the first without a value.

    Raises:
        BoardError: the values do not rise, or the first one has one.
    """
    steps = [step(str(colour), value) for colour, value in rows]
    values = [one["value"] for one in steps]
    if not steps or values[0] is not None:
        raise BoardError(f"thresholds begin without a value: {rows}")
    numbers = values[1:]
    if any(number is None for number in numbers) or any(
        later <= earlier for earlier, later in pairwise(numbers)
    ):
        raise BoardError(f"thresholds do not rise: {rows}")
    return steps


def no_steps() -> Steps:
    """Return one plain colour: nothing to compare with."""
    return [step("plain", None)]
