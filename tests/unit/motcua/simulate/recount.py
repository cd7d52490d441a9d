"""The row of a published scoring sheet, counted from bytes with the json module and nothing else.

It shares no code with the simulator or the services, so that it can disagree with them.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple


class Row(NamedTuple):
    """What the sheet shows, as counts."""

    received: int
    on_time: int
    overdue_open: int
    online: int
    owing_a_fee: int
    paid_online: int
    digitised: int
    electronic_result: int
    reused: int

    def percent(self, numerator: int, denominator: int | None = None) -> str:
        """Two decimals, as the sheet prints them."""
        return f"{100 * numerator / (denominator or self.received):.2f}"


def row_of(facts: Iterable[bytes], as_of: datetime) -> Row:
    """The row at an instant. On time: finished by the due time, or open and not past it."""
    dossiers: dict[str, dict[str, Any]] = {}
    for line in facts:
        fact = json.loads(line)
        if fact["type"].startswith("dossier.") and datetime.fromisoformat(fact["time"]) <= as_of:
            _apply(dossiers.setdefault(fact["subject"], {}), fact)
    received = [one for one in dossiers.values() if "received" in one]
    late_and_open = [one for one in received if "resolved" not in one and one["due"] < as_of]
    late = [one for one in received if "resolved" in one and one["resolved"] > one["due"]]
    return Row(
        received=len(received),
        on_time=len(received) - len(late) - len(late_and_open),
        overdue_open=len(late_and_open),
        online=sum(one["channel"] == "online" for one in received),
        owing_a_fee=sum(one.get("fee", 0) > 0 for one in received),
        paid_online=sum(one.get("paid_online", False) for one in received),
        digitised=sum(one.get("digitised", False) for one in received),
        electronic_result=sum(one.get("electronic", False) for one in received),
        reused=sum(one.get("reused", False) for one in received),
    )


def _apply(dossier: dict[str, Any], fact: dict[str, Any]) -> None:
    what, data = fact["type"].split(".")[1], fact["data"]
    if "due_at" in data:
        dossier["due"] = datetime.fromisoformat(data["due_at"])
    if what == "received":
        dossier["received"] = datetime.fromisoformat(fact["time"])
        dossier["channel"] = data.get("channel", "direct")
    elif what == "resolved":
        dossier["resolved"] = datetime.fromisoformat(fact["time"])
        dossier["electronic"] = data.get("electronic_result", False)
    elif what == "fee_assessed":
        dossier["fee"] = data["amount_vnd"]
    elif what == "paid":
        dossier["paid_online"] = data.get("online", False)
    elif what == "digitised" and data.get("components") and data.get("result"):
        dossier["digitised"] = True
    elif what == "reused" and data.get("digitised_data"):
        dossier["reused"] = True
