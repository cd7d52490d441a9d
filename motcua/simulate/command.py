"""`motcua simulate`: an invented province as CloudEvents, one JSON object a line."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from motcua.simulate.profiles import Profile, UnknownProfile, load_profile, profile_names
from motcua.simulate.province import simulate
from motcua.simulate.tree import catalogue_for
from shared.calendar import HO_CHI_MINH
from shared.catalogue.model import encoded_catalogue

_SHOWN_EVERY = 1000
_EXAMPLE = """\b
Example:
  motcua simulate --profile demo --dossiers 2000 --seed 7 --out facts.jsonl
  motcua simulate --profile tay-son-2023 --catalogue tay-son.json > tay-son.jsonl
  motcua simulate --profile demo --reported 5 --no-procedures --out facts.jsonl
"""


@click.command("simulate", epilog=_EXAMPLE)
@click.option(
    "--profile", "profile_name", default="demo", show_default=True,
    help=f"Tỉnh nào: {', '.join(profile_names())}.",
)  # fmt: skip
@click.option(
    "--dossiers", type=click.IntRange(min=0),
    help="Số hồ sơ tiếp nhận; mặc định theo hồ sơ mẫu (default: the profile's own number).",
)  # fmt: skip
@click.option("--seed", default=1, show_default=True, help="Cùng số này cho cùng dữ liệu.")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]),
    help="Kể đến lúc nào, giờ Việt Nam, không gồm lúc đó (told up to, exclusive).",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Tệp JSONL; không có thì in ra màn hình (default: standard output).",
)  # fmt: skip
@click.option(
    "--catalogue", "catalogue_file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Ghi danh mục cơ quan, lĩnh vực, thủ tục vào tệp này (MOTCUA_CATALOGUE).",
)  # fmt: skip
@click.option(
    "--procedures/--no-procedures", default=True, show_default=True,
    help="Kể cả việc công bố, công khai thủ tục lúc đầu kỳ (procedures announced first).",
)  # fmt: skip
@click.option(
    "--reported", type=click.IntRange(min=0), default=0, show_default=True,
    help="Của bao nhiêu cơ quan đầu tiên, một hệ thống khác báo số liệu hằng tháng "
    "(measure.reported) để đối soát.",
)  # fmt: skip
def command(
    *,
    profile_name: str,
    dossiers: int | None,
    seed: int,
    until: datetime | None,
    procedures: bool,
    reported: int,
    out: Path | None,
    catalogue_file: Path | None,
) -> None:
    """Sinh sự kiện của một tỉnh giả định; cùng tham số cho cùng từng byte."""
    try:
        profile = load_profile(profile_name)
    except UnknownProfile:
        known = ", ".join(profile_names())
        raise click.BadParameter(
            f"không có '{profile_name}'; có: {known} (no such profile)", param_hint="--profile"
        ) from None
    if catalogue_file is not None:
        catalogue_file.write_bytes(encoded_catalogue(catalogue_for(profile)))
    end = None if until is None else until.replace(tzinfo=HO_CHI_MINH)
    facts = simulate(
        profile, dossiers, seed, until=end, procedures=procedures, reported_agencies=reported
    )
    wanted = profile.dossiers if dossiers is None else dossiers
    with _opened(out) as file:
        count = _written(_shown(facts, profile, wanted), file)
    click.echo(f"{count:,} sự kiện, {wanted:,} hồ sơ".replace(",", "."), err=True)


def _opened(out: Path | None) -> AbstractContextManager[BinaryIO]:
    return nullcontext(sys.stdout.buffer) if out is None else out.open("wb")


def _written(facts: Iterable[bytes], file: BinaryIO) -> int:
    count = 0
    for fact in facts:
        file.write(fact)
        file.write(b"\n")
        count += 1
    file.flush()
    return count


def _shown(facts: Iterator[bytes], profile: Profile, wanted: int) -> Iterator[bytes]:
    """The same facts, with a bar on a terminal that grows with the dossiers received."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield from facts
        return
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(profile.title, total=wanted)
        received = 0
        for fact in facts:
            if b'"type":"dossier.received.v1"' in fact:
                received += 1
                if received % _SHOWN_EVERY == 0:
                    progress.update(task, completed=received)
            yield fact
        progress.update(task, completed=received)
