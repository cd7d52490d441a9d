"""What the carrier itself wrote down: its journal, read by a program of its own."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

# Each shape's own words for the end of a way; a pick-up's "3" is the hand-over to the agency.
_ENDS = {
    ("vnpost", False): {"4": "delivered", "170": "returned_to_sender"},
    ("vnpost", True): {"3": "delivered", "170": "returned_to_sender"},
    ("viettelpost", False): {"501": "delivered", "504": "returned_to_sender"},
    ("viettelpost", True): {"501": "delivered", "504": "returned_to_sender"},
}


class Record:
    """The orders and the last status of each."""

    def __init__(self, journal: Path) -> None:
        self.orders: Counter[str] = Counter()
        self.numbers: dict[str, str] = {}
        self._last: dict[str, tuple[str, str]] = {}
        lines = journal.read_bytes().splitlines() if journal.exists() else []
        for line in lines:
            self._take(json.loads(line))

    def _take(self, entry: dict[str, Any]) -> None:
        if entry["type"] == "order":
            self.orders[entry["order_number"]] += 1
            self.numbers[entry["order_number"]] = entry["item_code"]
        elif entry["type"] == "row":
            self._last[entry["order_number"]] = (entry.get("shape", "vnpost"), entry["code"])

    def end_of(self, order_number: str) -> str:
        """Where the carrier has it; empty while it is on its way."""
        shape, code = self._last.get(order_number, ("vnpost", ""))
        return _ENDS[shape, "_P" in order_number].get(code, "")
