"""The heading over a ranked list on the wall: the name of a panel is 14 px in Grafana."""

from typing import Any

from deploy.grafana.kinds import WbStat
from deploy.grafana.queries import target_of


class WbHeading(WbStat):
    """Words of 40 px in a band of their own; there is no number in it."""

    own_keys = frozenset({"target"})

    def __init__(self, data: Any, registry: Any) -> None:
        """Fill in the description."""
        super().__init__(data, registry)
        self.data = {
            "help": "The name of the list below.",
            "no-link": "these words are no number",
            **self.data,
        }

    def gen_panel(self, *, is_guarded: bool, is_tv: bool) -> dict[str, Any]:
        """Return the words without a colour."""
        del is_guarded
        words = self._named(str(self.data["title"]))
        self.data = {key: value for key, value in self.data.items() if key != "target"}
        panel = super().gen_panel(is_guarded=False, is_tv=is_tv)
        # A name is drawn only beside a value: this one is never shown.
        panel["targets"] = [target_of(0, "vector(1)", legend=words, is_instant=True)]
        return panel | {"title": ""}

    def targets(self, *, is_guarded: bool) -> list[dict[str, Any]]:
        """Return nothing of the trade; gen_panel asks for a constant."""
        del is_guarded
        return []

    def options(self, *, is_tv: bool) -> dict[str, Any]:
        """Return a stat that is its name."""
        found = super().options(is_tv=is_tv)
        return {**found, "textMode": "name", "colorMode": "none", "text": {"valueSize": 40}}
