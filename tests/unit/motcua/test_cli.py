"""The front door: every promised command is there, explains itself, and forgives a slip."""

import re
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from motcua.cli import COMMANDS, cli

# The promised commands, without the ones that have an issue of their own.
PROMISED = (
    "run", "import", "score", "report", "simulate", "rejects", "alerts", "publishers",
    "provision", "doctor", "bench",
)  # fmt: skip


def leaves() -> Iterator[tuple[str, ...]]:
    """Every command and subcommand, by its words."""
    for name in sorted(COMMANDS.keys() - {"bench"}):
        found = cli.get_command(click.Context(cli), name)
        yield (name,)
        if isinstance(found, click.Group):
            yield from ((name, sub) for sub in found.commands)


def said(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, list(arguments), prog_name="motcua")
    return result.exit_code, result.output


def test_every_promised_command_is_there() -> None:
    assert set(PROMISED) <= set(COMMANDS)


@pytest.mark.parametrize("words", list(leaves()), ids=" ".join)
def test_a_command_explains_itself_with_an_example(words: tuple[str, ...]) -> None:
    code, text = said(*words, "--help")

    assert code == 0
    example = re.split(r"(?i)example|ví dụ", text, maxsplit=1)[-1]
    assert f"motcua {words[0]}" in example


@pytest.mark.parametrize("words", list(leaves()), ids=" ".join)
def test_every_option_says_what_it_is_for(words: tuple[str, ...]) -> None:
    found: click.Command | None = cli
    for word in words:
        assert isinstance(found, click.Group)
        found = found.get_command(click.Context(found), word)
    assert found is not None

    silent = [
        one.name for one in found.params if isinstance(one, click.Option) and not one.help
    ]  # fmt: skip
    assert silent == []


def test_the_list_of_commands_needs_none_of_them() -> None:
    code, text = said("--help")

    assert code == 0
    assert all(name in text for name in COMMANDS)


@pytest.mark.parametrize(
    ("typed", "meant"), [("publisher", "publishers"), ("doctr", "doctor"), ("improt", "import")]
)
def test_a_slip_of_the_finger_is_answered_with_the_nearest_command(typed: str, meant: str) -> None:
    code, text = said(typed)

    assert code == 2
    assert f"“{meant}”" in text


def test_a_word_near_nothing_is_only_refused() -> None:
    code, text = said("xyzzy")

    assert code == 2
    assert "xyzzy" in text
    assert "Ý bạn" not in text


def test_the_version_is_said() -> None:
    code, text = said("--version")

    assert code == 0
    assert re.search(r"\d+\.\d+\.\d+", text)
