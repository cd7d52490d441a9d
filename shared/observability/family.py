"""What a series is called and how its lines are spelled in the Prometheus text format 0.0.4."""

import math
import re
from collections.abc import Iterable, Sequence
from enum import StrEnum, unique

from msgspec import Struct

_METRIC_NAME = re.compile(r"[a-z][a-z0-9_]*")
_LABEL_NAME = re.compile(r"(?!__)[a-z_][a-z0-9_]*")

Labels = tuple[str, ...]
Sample = int | float | str  # a str is a number that Python and Prometheus spell differently


@unique
class Kind(StrEnum):
    """How Prometheus reads the numbers of a family."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"


class Family(Struct, frozen=True):
    """One metric family: its name, one sentence of help with unit and range, and its labels.

    Raises ValueError for a name Prometheus would refuse, an empty help, or a counter that does
    not end in `_total`.
    """

    name: str
    help: str
    kind: Kind = Kind.GAUGE
    labels: Labels = ()

    def __post_init__(self) -> None:
        if not _METRIC_NAME.fullmatch(self.name):
            raise ValueError(f"not a metric name: {self.name!r}")
        if not self.help.strip():
            raise ValueError(f"{self.name}: one sentence of help is missing")
        if (self.kind is Kind.COUNTER) != self.name.endswith("_total"):
            raise ValueError(f"{self.name}: counters end in _total, and only they")
        if len(set(self.labels)) != len(self.labels):
            raise ValueError(f"{self.name}: a label is named twice")
        for label in self.labels:
            if not _LABEL_NAME.fullmatch(label) or label in {"le", "quantile"}:
                raise ValueError(f"{self.name}: not a label name: {label!r}")

    def head(self) -> str:
        """The HELP and TYPE lines, without the last line end."""
        text = self.help.replace("\\", r"\\").replace("\n", r"\n")
        return f"# HELP {self.name} {text}\n# TYPE {self.name} {self.kind.value}"

    def prefix(self, labels: Labels, *, suffix: str = "", extra: str = "") -> str:
        """A line up to its number, beginning with the line end of the line before."""
        if len(labels) != len(self.labels):
            raise ValueError(f"{self.name} has the labels {self.labels}, got {len(labels)}")
        pairs = [f'{name}="{_escaped(v)}"' for name, v in zip(self.labels, labels, strict=True)]
        if extra:
            pairs.append(extra)
        inside = f"{{{','.join(pairs)}}}" if pairs else ""
        return f"\n{self.name}{suffix}{inside} "


def sample(value: float) -> Sample:
    """The number as it may be written with `str`: whole numbers stay whole."""
    if value.__class__ is int:
        return value
    if math.isfinite(value):
        return int(value) if isinstance(value, int) else value
    return "NaN" if math.isnan(value) else ("+Inf" if value > 0 else "-Inf")


def table(families: Iterable[Family]) -> str:
    """The families as a Markdown table for a README, by name; ends with a line end."""
    rows = ["| family | kind | labels | what it says |", "|---|---|---|---|"]
    for family in sorted(families, key=lambda f: f.name):
        labels = _cell(family.labels)
        text = family.help.replace("|", r"\|").replace("\n", " ")
        rows.append(f"| `{family.name}` | {family.kind.value} | {labels} | {text} |")
    return "\n".join(rows) + "\n"


def _cell(labels: Sequence[str]) -> str:
    return ", ".join(f"`{label}`" for label in labels) or "–"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
