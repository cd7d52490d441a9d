"""The tile that stands on every board: how old the data is, and as of when."""

from typing import Any

from deploy.grafana.kinds import WbStat
from deploy.grafana.queries import target_of
from deploy.grafana.thresholds import no_steps, written_steps


class WbFreshness(WbStat):
    """How old the data is and as of when: on every board, never guarded."""

    own_keys = frozenset()
    _AS_OF = "Tính đến"

    def __init__(self, data: Any, registry: Any) -> None:
        """Fill in everything but the width."""
        super().__init__(data, registry)
        self.data = {
            "title": "Độ mới của dữ liệu",
            "help": "Age of the newest data and the instant the numbers stand for.",
            "no-link": "an age and an instant count nothing",
            **self.data,
        }

    def targets(self, *, is_guarded: bool) -> list[dict[str, Any]]:
        """Ask for the age and for the instant."""
        del is_guarded
        as_of = 'max(dvc_snapshot_timestamp_seconds{service="scoring"}) * 1000'
        return [
            target_of(0, "dvc:data_age:seconds / 60", legend="Dữ liệu cách đây", is_instant=True),
            target_of(1, as_of, legend=self._AS_OF, is_instant=True),
        ]

    def defaults(self) -> dict[str, Any]:
        """Return whole minutes in Vietnamese, green, amber from 5 and red from 15."""
        steps = written_steps([["green", None], ["amber", 5], ["red", 15]])
        return {
            **super().defaults(),
            "unit": "suffix: phút",
            "decimals": 0,
            "thresholds": {"mode": "absolute", "steps": steps},
        }

    def overrides(self) -> list[dict[str, Any]]:
        """Show the instant as time and day, without colour."""
        plain = {"mode": "absolute", "steps": no_steps()}
        return [
            {
                "matcher": {"id": "byName", "options": self._AS_OF},
                "properties": [
                    {"id": "unit", "value": "time:HH:mm:ss DD/MM"},
                    {"id": "thresholds", "value": plain},
                ],
            }
        ]

    def options(self, *, is_tv: bool) -> dict[str, Any]:
        """Return both side by side, legible and smaller than a headline."""
        return {**super().options(is_tv=is_tv), "textMode": "value_and_name"}
