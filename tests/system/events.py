"""Events for a running system: an invented dossier, received a minute ago."""

from datetime import UTC, datetime, timedelta
from typing import Any

AGENCY = "H99.05"
PROCEDURE = "2.000815"


def received(number: int, **more: Any) -> dict[str, Any]:
    """Return the CloudEvent; `more` goes into its data."""
    now = datetime.now(UTC)
    subject = f"{AGENCY}-20260302-{number:07}"
    return {
        "specversion": "1.0",
        "type": "dossier.received.v1",
        "source": "so-tu-phap",
        "id": f"{subject}:received:1",
        "subject": subject,
        "time": (now - timedelta(minutes=1)).isoformat(),
        "data": {
            "agency_code": AGENCY,
            "procedure_code": PROCEDURE,
            "channel": "online",
            "due_at": (now + timedelta(days=30)).isoformat(),
            **more,
        },
    }
