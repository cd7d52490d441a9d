"""A guard nobody has seen fail is not a guard: each is broken here once, in a tree of its own."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture import guards
from tests.architecture.tree import REPOSITORY, SERVICES

SHARED = sorted(path.parent.name for path in (REPOSITORY / "shared").glob("*/__init__.py"))


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A small tree with our packages, our tool settings and nothing to find fault with."""
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    plant(tmp_path, "docs/sources.md", "### [QD-766-2022] Quyết định 766/QĐ-TTg\n")
    packages = ["services", "shared", "motcua", "tests"]
    packages += [f"services/{service}" for service in SERVICES]
    packages += [f"shared/{package}" for package in SHARED]
    for package in packages:
        plant(tmp_path, f"{package}/__init__.py", "")
    return tmp_path


def plant(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def tool(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name(command[0])
    return subprocess.run(
        [str(program), *command[1:]], cwd=root, capture_output=True, text=True, check=False
    )


def long_function(line_count: int) -> str:
    body = "".join(f"    step_{number} = {number}\n" for number in range(line_count - 1))
    return f"def settle() -> None:\n{body}"


BREACHES: list[tuple[Callable[[Path], list[str]], str, str]] = [
    (lambda root: guards.long_files(root, {}), "services/intake/app.py", "x = 1\n" * 301),
    (
        lambda root: guards.long_files(root, {"shared/clock.py": "was long once"}),
        "shared/clock.py",
        "x = 1\n",
    ),
    (lambda root: guards.long_functions(root, {}), "shared/clock.py", long_function(41)),
    (guards.banned_names, "shared/calendar/utils.py", ""),
    (guards.banned_names, "services/intake/common/dates.py", ""),
    (guards.hidden_clocks, "services/scoring/domain.py", "now = datetime.now(UTC)  # noqa: X1\n"),
    (guards.hidden_clocks, "shared/bus/broker.py", "from os import environ\n"),
    (guards.silent_excuses, "shared/clock.py", "x = 1  # noqa: S608\n"),
    (guards.silent_excuses, "shared/clock.py", "x = y  # type: ignore[attr-defined]\n"),
    (guards.sleeping_tests, "tests/unit/test_receipt.py", "await asyncio.sleep(0.1)\n"),
    (guards.patched_insides, "tests/unit/test_receipt.py", 'mock.patch("services.intake.app")\n'),
    (guards.missing_anatomy, "services/intake/app.py", ""),
    (guards.orphan_examples, "shared/events/examples/dossier.lost.v1.json", "{}"),
    (
        guards.orphan_examples,
        "shared/events/dossier.py",
        'class DossierLost(Event):\n    event_type: ClassVar[str] = "dossier.lost.v1"\n',
    ),
    (guards.unknown_sources, "shared/rules/plan.toml", 'source = "[QD-1-1999], art. 1"\n'),
    (guards.foreign_places, "Makefile", "INDEX = https://{}.org/simple\n".format("pypi")),
    (guards.foreign_places, "docs/install.md", "See {}/main for the code.\n".format("/work")),
    (guards.foreign_places, "deploy/run.sh", "cd {}/lan/motcua\n".format("/home")),
    (guards.foreign_places, "shared/clock.py", "# See {} section 5.\n".format("STYLE")),
    (
        guards.personal_numbers,
        "shared/events/examples/dossier.received.v1.json",
        '{"phone": "0912345678"}',
    ),
]


@pytest.mark.parametrize(("guard", "name", "text"), BREACHES)
def test_a_planted_breach_is_found(
    planted: Path, guard: Callable[[Path], list[str]], name: str, text: str
) -> None:
    before = set(guard(planted))

    plant(planted, name, text)

    assert set(guard(planted)) != before
    assert guard(planted) != []


def test_a_line_at_each_limit_is_still_within_it(planted: Path) -> None:
    plant(planted, "services/intake/app.py", "x = 1\n" * 300)
    plant(planted, "services/intake/handlers.py", long_function(40))
    plant(planted, "tests/unit/test_receipt.py", "await asyncio.sleep(0)\n")
    plant(planted, "shared/clock.py", "now = datetime.now(UTC)  # noqa: X1 - the one real clock\n")
    plant(planted, "shared/rules/plan.toml", 'source = "[QD-766-2022], art. 1"\n')

    assert guards.long_files(planted, {}) == []
    assert guards.long_functions(planted, {}) == []
    assert guards.sleeping_tests(planted) == []
    assert guards.hidden_clocks(planted) == []
    assert guards.silent_excuses(planted) == []
    assert guards.unknown_sources(planted) == []


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("TID251", "from datetime import UTC, datetime\n\nNOW = datetime.now(UTC)\n"),
        ("TID251", "import os\n\nHOME = os.environ\n"),
        ("BLE001", "try:\n    x = 1\nexcept Exception:\n    x = 2\n"),
        ("ANN201", 'def settle():\n    """Settle."""\n'),
    ],
)
def test_the_linter_refuses(planted: Path, rule: str, text: str) -> None:
    plant(planted, "services/intake/app.py", f'"""The app."""\n\n{text}')

    answer = tool(planted, "ruff", "check", "--no-cache", "--output-format=concise", "services")

    assert answer.returncode == 1
    assert rule in answer.stdout


def test_the_formatter_refuses_what_it_would_write_otherwise(planted: Path) -> None:
    plant(planted, "services/intake/app.py", "x = {  'a':1 }\n")

    answer = tool(planted, "ruff", "format", "--no-cache", "--check", "services")

    assert answer.returncode == 1


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("no-untyped-def", "def settle(dossier):\n    return dossier\n"),
        ("no-any-return", "from typing import Any\n\n\ndef one(x: Any) -> int:\n    return x\n"),
        ("return-value", "def due() -> int:\n    return 'tomorrow'\n"),
        ("ignore-without-code", "x: int = 'one'  # type: ignore # a reason\n"),
    ],
)
def test_the_type_checker_refuses(planted: Path, code: str, text: str) -> None:
    plant(planted, "services/intake/app.py", text)

    answer = tool(planted, "mypy", "--cache-dir=/dev/null", "services/intake/app.py")

    assert answer.returncode == 1
    assert f"[{code}]" in answer.stdout


@pytest.mark.parametrize(
    ("contract", "name", "text"),
    [
        ("services know nothing", "services/intake/app.py", "import services.scoring"),
        ("only motcua knows", "services/intake/app.py", "import motcua"),
        ("only motcua knows", "shared/bus/broker.py", "import motcua"),
        ("shared never imports", "shared/bus/broker.py", "import services.intake"),
        ("are pure", "services/scoring/domain.py", "import asyncio"),
        ("are pure", "services/scoring/domain/points.py", "import time"),
        ("are pure", "services/scoring/domain.py", "import shared.bus"),
        ("are pure", "services/intake/sources/dvcqg/mapping.py", "import httpx"),
        ("are pure", "services/postal_gateway/carriers/vnpost/codes.py", "import logging"),
        ("are pure", "shared/events/dossier.py", "import os"),
        ("are pure", "shared/calendar/working_time.py", "import prometheus_client"),
        ("inside a service", "services/intake/handlers.py", "import services.intake.app"),
        ("inside a service", "services/intake/domain.py", "import services.intake.settings"),
        ("inside a service", "services/intake/metrics.py", "import services.intake.settings"),
        ("no circles", "shared/ledger/reader.py", "import shared.ledger.store"),
    ],
)
def test_an_import_against_the_stream_breaks_its_contract(
    planted: Path, contract: str, name: str, text: str
) -> None:
    # What is imported exists; a circle needs the way back as well.
    for module in ("app.py", "settings.py", "metrics.py", "handlers.py"):
        plant(planted, f"services/intake/{module}", "")
    plant(planted, "shared/ledger/store.py", "import shared.ledger.reader\n")
    for folder in Path(name).parents:
        if folder.name and not (planted / folder / "__init__.py").exists():
            plant(planted, f"{folder}/__init__.py", "")
    plant(planted, name, f"{text}\n")

    answer = tool(planted, "lint-imports", "--no-cache")

    broken = [line for line in answer.stdout.splitlines() if line.endswith("BROKEN")]
    assert answer.returncode == 1
    assert any(contract in line for line in broken), answer.stdout
