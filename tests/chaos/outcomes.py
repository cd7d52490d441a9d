"""What follows from the facts outside the log: alerts and parcels, compared with the oracle."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import httpx

from tests.chaos_postal.record import Record

from .checking import stored_bodies
from .oracle import Dossier, stage_of
from .system import System

Alert = tuple[str, str]  # dossier, stage
_ALERTED = ("due_soon", "overdue")
_ENDED = ("delivered", "returned_to_sender")


def dossiers_of(bodies: Iterable[bytes]) -> dict[str, list[dict[str, Any]]]:
    """Return each dossier's facts in order of time, every fact once."""
    facts: dict[tuple[str, str], dict[str, Any]] = {}
    for body in bodies:
        event = json.loads(body)
        if event["type"].startswith("dossier."):
            facts.setdefault((event["source"], event["id"]), event)
    found: dict[str, list[dict[str, Any]]] = {}
    for event in facts.values():
        found.setdefault(event["subject"], []).append(event)
    for events in found.values():
        events.sort(key=lambda event: (datetime.fromisoformat(event["time"]), event["id"]))
    return found


# ------------------------------------------------------------------ alerts


def alerts_owed(dossiers: dict[str, list[dict[str, Any]]], now: float) -> set[Alert]:
    """Return what must stand open at the epoch second `now`."""
    owed = set()
    for code, events in dossiers.items():
        one = Dossier(events, {})
        if one.received and not one.end and (stage := stage_of(one, int(now))) in _ALERTED:
            owed.add((code, stage))
    return owed


def alerts_open(bodies: Iterable[bytes]) -> tuple[set[Alert], int, int]:
    """Return what stands open, how many were raised, and how many were raised twice."""
    raised: Counter[str] = Counter()
    standing: dict[str, Alert] = {}
    over = set()
    for event in map(json.loads, bodies):
        alert_id = event["data"].get("alert_id", "")
        if event["type"] == "alert.raised.v1" and event["data"]["stage"] in _ALERTED:
            raised[alert_id] += 1
            standing[alert_id] = (event["subject"], event["data"]["stage"])
        elif event["type"] == "alert.resolved.v1":
            over.add(alert_id)
    left = Counter(alert for alert_id, alert in standing.items() if alert_id not in over)
    double = sum(n - 1 for n in raised.values()) + sum(n - 1 for n in left.values())
    return set(left), raised.total(), double


async def wrong_alerts(
    system: System, bodies: list[bytes], within_seconds: float
) -> tuple[int, list[str]]:
    """Wait until the alerts are as owed: how many were raised, and what is wrong in the end.

    What becomes due while we look may stand or not.
    """
    dossiers = dossiers_of(bodies)
    deadline = time.monotonic() + within_seconds
    while True:
        before = alerts_owed(dossiers, time.time() - 5)
        found, count, double = alerts_open(await stored_bodies(system, "ALERTS"))
        after = alerts_owed(dossiers, time.time())
        missed, wrong = (before & after) - found, found - (before | after)
        if not (missed or wrong) or time.monotonic() > deadline:
            break
        await asyncio.sleep(2)
    lines = [f"MISSED alert {alert}" for alert in sorted(missed)]
    lines += [f"WRONG alert {alert}: not owed" for alert in sorted(wrong)]
    return count, lines + [f"DOUBLE {double} alerts"] * bool(double)


# ------------------------------------------------------------------ parcels


def parcels_owed(dossiers: dict[str, list[dict[str, Any]]]) -> tuple[set[str], set[str]]:
    """Return the orders that the carrier must have, and those it may have besides.

    A pick-up was wanted before the dossier was received; whether it was asked for in time depends
    on which of the two facts was read first.
    """
    must: set[str] = set()
    may: set[str] = set()
    for code, events in dossiers.items():
        kinds = {event["type"].split(".")[1] for event in events}
        received = [e["data"] for e in events if e["type"] == "dossier.received.v1"]
        if any(event["data"].get("pickup_wanted") for event in events):
            is_settled = bool(received) or kinds & {"withdrawn", "stopped", "rejected"}
            (may if is_settled else must).add(f"{code}_P1")
        by_post = bool(received) and received[-1].get("result_delivery") == "postal"
        if by_post and "resolved" in kinds:
            assert "returned" not in kinds, f"{code} was returned by other means"
            must.add(code)
    return must, may


async def wrong_parcels(
    system: System, bodies: list[bytes], within_seconds: float
) -> tuple[int, list[str]]:
    """Wait until every way has ended: how many orders the carrier has, and what is wrong."""
    must, may = parcels_owed(dossiers_of(bodies))
    deadline = time.monotonic() + within_seconds
    async with httpx.AsyncClient(timeout=30) as http:
        while True:
            record = Record(system.carrier.journal)
            ours = await _custody(http, system.ports.url("postal_gateway"))
            lines = _compared(must, may, record, ours)
            if not lines or time.monotonic() > deadline:
                return record.orders.total(), lines
            await asyncio.sleep(2)


def _compared(
    must: set[str], may: set[str], record: Record, ours: dict[str, tuple[str, str]]
) -> list[str]:
    theirs = set(record.orders)
    lines = [f"DOUBLE order {item}: {n}" for item, n in record.orders.items() if n != 1]
    lines += [f"MISSED parcel {item}" for item in sorted(must - theirs)]
    lines += [f"WRONG parcel {item}: not owed" for item in sorted(theirs - must - may)]
    for item in sorted(theirs & (must | may)):
        end = (record.end_of(item), record.numbers[item])
        if ours.get(item) != end:
            lines.append(f"WRONG custody {item}: ours {ours.get(item)}, the carrier's {end}")
    return lines


async def _custody(http: httpx.AsyncClient, url: str) -> dict[str, tuple[str, str]]:
    """What the gateway says has ended: state and tracking number by order number."""
    found = {}
    for state in _ENDED:
        answer = (await http.get(f"{url}/v1/parcels", params={"state": state})).json()
        for one in answer["parcels"]:
            suffix = f"_P{one['attempt']}" if one["leg"] == "pickup" else ""
            found[one["dossier"] + suffix] = (state, one["tracking_number"])
    return found
