"""The generated parts of README.md: the table of commands, and the one of all metrics.

`make docs` writes them; a test compares. The metrics come from the READMEs of the services, whose
own tables are compared with the code by tests beside each.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from .cli import COMMANDS
from .home import HTTP_SERVICES

ROOT = Path(__file__).parents[1]
_SERVICE_TABLE = re.compile(r"<!-- metrics: [^\n]*-->\n(.*)<!-- end of metrics -->", re.DOTALL)
_ROW = re.compile(r"\| `(?P<name>dvc_\w+)` \| (?P<kind>\w+) \| (?P<labels>.*?) \| (?P<says>.*) \|")


class Family(NamedTuple):
    """A row of a service's table, as Markdown."""

    name: str
    kind: str
    labels: str
    says: str


def commands_table() -> str:
    """Every command and what it does; ends with a line end."""
    rows = [f"| `motcua {name}` | {one.en} |" for name, one in COMMANDS.items()]
    return "\n".join(["| command | does |", "|---|---|", *rows]) + "\n"


def metrics_table(root: Path = ROOT) -> str:
    """Every family, who exposes it, and what it says, by name; ends with a line end."""
    found: dict[str, Family] = {}
    who: dict[str, list[str]] = {}
    for service in HTTP_SERVICES:
        for family in families_of(root / "services" / service / "README.md"):
            # One family may stand in several services; it is the same one.
            found.setdefault(family.name, family)
            who.setdefault(family.name, []).append(service)
    rows = [
        f"| `{name}` | {found[name].labels} | {_names(who[name])} | {found[name].says} |"
        for name in sorted(found)
    ]
    return "\n".join(["| family | labels | from | says |", "|---|---|---|---|", *rows]) + "\n"


def families_of(readme: Path) -> Iterator[Family]:
    """The rows of a service's table.

    Raises:
        ValueError: the README has no such table.
    """
    table = _SERVICE_TABLE.search(readme.read_text(encoding="utf-8"))
    if table is None:
        raise ValueError(f"{readme} has no table of metrics")
    for row in _ROW.finditer(table[1]):
        yield Family(**row.groupdict())


def _names(services: list[str]) -> str:
    return "all four" if len(services) == len(HTTP_SERVICES) else ", ".join(services)


def with_tables(text: str, root: Path = ROOT) -> str:
    """Return a README's text with both tables as they should be."""
    for name, table in (("commands", commands_table()), ("metrics", metrics_table(root))):
        between = re.compile(rf"(<!-- {name}:begin -->\n).*?(<!-- {name}:end -->)", re.DOTALL)
        text, count = between.subn(lambda marks, table=table: marks[1] + table + marks[2], text)  # type: ignore[misc]  # bound in the loop
        if count != 1:
            raise ValueError(f"README.md has {count} places for {name}")
    return text


def main() -> int:
    """Write README.md anew."""
    readme = ROOT / "README.md"
    readme.write_text(with_tables(readme.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
