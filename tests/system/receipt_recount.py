"""Count the receipt log anew: nothing of the system, the csv module and the calendar only.

python tests/system/receipt_recount.py receipt.csv   ->   JSON by year and agency, and in total
"""

import csv
import json
import sys
from collections import defaultdict
from datetime import datetime, timedelta, timezone

VIETNAM = timezone(timedelta(hours=7))
CHANNELS = {"Internet": "online", "e-mail": "online", "Desk": "direct", "Intern": "direct",
            "Post": "postal"}  # fmt: skip
AGENCIES = {"General": "NL.01", "Customer contact": "NL.02", "Experts": "NL.03"}


def main(path: str) -> dict[str, dict[str, dict[str, int]]]:
    with open(path, encoding="utf-8", newline="") as file:  # noqa: PTH123 - csv and nothing else
        dossiers = {row["case:concept:name"]: row for row in csv.DictReader(file)}
    counts: dict[str, dict[str, dict[str, int]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(int))
    )

    def count(year: str, agency: str, what: str) -> None:
        counts[year][agency][what] += 1
        counts[year]["total"][what] += 1

    for row in dossiers.values():
        agency = AGENCIES[row["case:department"]]
        received = moment(row["case:startdate"])
        count(str(received.year), agency, f"received.{CHANNELS[row['case:channel']]}")
        due = moment(row["case:deadline"])
        if not row["case:enddate"]:
            count("ever", agency, "open.overdue")
            continue
        closed = moment(row["case:enddate"])
        count(str(closed.year), agency, f"closed.{timeliness(closed, due)}")
    return counts


def timeliness(closed: datetime, due: datetime) -> str:
    """Early is a civil day before the due day; late is after the due instant."""
    if closed > due:
        return "late"
    return "early" if closed.date() < due.date() else "on_time"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(VIETNAM)


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1]), indent=1, sort_keys=True))
