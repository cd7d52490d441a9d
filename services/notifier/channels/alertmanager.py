"""Prometheus Alertmanager, API v2: it is shown what is open, again and again, and groups itself.

Each showing says "until in five minutes": what nobody shows any more ends by itself. An alert that
was resolved is shown once more with its end. Any number of copies may show the same.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import httpx
import msgspec

from services.notifier.domain.lifecycle import is_quiet
from services.notifier.domain.records import AlertRecord
from services.notifier.domain.rules import AlertRules
from services.notifier.domain.telling import Outcome
from shared.calendar.civil_time import epoch_of, instant_of

LIFE: Final = timedelta(minutes=5)
EVERY_SECONDS: Final = 60
# An end that is not over yet by its clock would lose against the end we promised before.
_SKEW: Final = timedelta(seconds=30)
DEAD_MANS_SWITCH: Final = "MotCuaDeadMansSwitch"
_SLICE: Final = 500
_ASKED_AT_ONCE: Final = 100
_OK: Final = 200


class _Held(msgspec.Struct):
    """An alert as Alertmanager tells it; the rest of its fields is passed over."""

    labels: dict[str, str]


_HELD: Final = msgspec.json.Decoder(list[_Held])


class Alertmanager:
    """One Alertmanager. Remembers what it was shown, to say when that ended."""

    def __init__(
        self,
        url: str,
        rules: AlertRules,
        agencies: Mapping[str, str],
        *,
        is_silenced: Callable[[AlertRecord, int], bool] = lambda _, __: False,
        desk_url: str = "",
        name: str = "alertmanager",
    ) -> None:
        """`is_silenced` says of an alert and an epoch second whether a wide silence covers it."""
        self.name = name
        self._url = f"{url.rstrip('/')}/api/v2/alerts"
        self._rules = rules
        self._agencies = agencies
        self._is_silenced = is_silenced
        self._desk_url = desk_url
        self._shown: dict[str, tuple[AlertRecord, datetime]] = {}

    async def show(self, open_alerts: Iterable[AlertRecord], now: datetime) -> Outcome:
        """Show what is new, what is due to be shown again, and what has ended."""
        at = epoch_of(now)
        loud = {
            record.alert_id: record
            for record in open_alerts
            if not is_quiet(record, at) and not self._is_silenced(record, at)
        }
        again = now - timedelta(seconds=EVERY_SECONDS)
        wanted = [
            record
            for alert_id, record in loud.items()
            if alert_id not in self._shown or self._shown[alert_id][1] <= again
        ]
        ended = [shown for alert_id, (shown, _) in self._shown.items() if alert_id not in loud]
        posted = [self._alert(record, now + LIFE) for record in wanted]
        posted += [self._alert(record, now - _SKEW) for record in ended]
        outcome = await self._post([_switch(now), *posted])
        if outcome is Outcome.SENT:
            for record in ended:
                del self._shown[record.alert_id]
            self._shown.update((record.alert_id, (record, now)) for record in wanted)
        return outcome

    async def held(self, alert_ids: Sequence[str]) -> frozenset[str]:
        """Which of these it holds, silenced and inhibited ones too; none while it is silent."""
        found: set[str] = set()
        async with httpx.AsyncClient(timeout=10) as http:
            for start in range(0, len(alert_ids), _ASKED_AT_ONCE):
                ids = "|".join(alert_ids[start : start + _ASKED_AT_ONCE])
                try:
                    answer = await http.get(self._url, params={"filter": f'alert_id=~"{ids}"'})
                    known = _HELD.decode(answer.content) if answer.is_success else []
                except (httpx.HTTPError, httpx.InvalidURL, msgspec.DecodeError):
                    break
                found.update(one.labels.get("alert_id", "") for one in known)
        return frozenset(found)

    def _alert(self, record: AlertRecord, ends_at: datetime) -> dict[str, Any]:
        stage = self._rules.by_code.get(record.stage)
        link = f"{self._desk_url}dossiers/{record.dossier}" if self._desk_url else ""
        return {
            "labels": {
                "alertname": f"motcua_{record.stage}",
                "agency": record.agency,
                "about": record.about,
                "subject": record.dossier,
                "alert_id": record.alert_id,
                "severity": stage.severity.value if stage else "warning",
                "urgent": str(bool(stage and stage.urgent)).lower(),
            },
            "annotations": {
                "summary": f"{self._rules.name_vi(record.stage)}: {record.dossier}",
                "agency_name": self._agencies.get(record.agency, record.agency),
                "description": stage.do_vi if stage else "",
            },
            "startsAt": instant_of(record.since).isoformat(),
            "endsAt": max(ends_at, instant_of(record.since)).isoformat(),
            **({"generatorURL": link} if link else {}),
        }

    async def _post(self, alerts: Sequence[dict[str, Any]]) -> Outcome:
        async with httpx.AsyncClient(timeout=10) as http:
            for start in range(0, len(alerts), _SLICE):
                body = msgspec.json.encode(alerts[start : start + _SLICE])
                try:
                    answer = await http.post(
                        self._url, content=body, headers={"Content-Type": "application/json"}
                    )
                except (httpx.HTTPError, httpx.InvalidURL):
                    return Outcome.FAILED
                if answer.status_code != _OK:
                    return Outcome.FAILED
        return Outcome.SENT


def _switch(now: datetime) -> dict[str, Any]:
    """The alert that must keep arriving: whoever misses it knows that nobody would tell."""
    return {
        "labels": {"alertname": DEAD_MANS_SWITCH, "severity": "notice", "urgent": "true"},
        "annotations": {"summary": "Bộ báo tin đang chạy; nếu mất tin này, hãy kiểm tra ngay."},
        "startsAt": now.isoformat(),
        "endsAt": (now + LIFE).isoformat(),
    }
