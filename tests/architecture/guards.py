"""Rules that no off-the-shelf tool checks. Each takes a tree and returns what breaks the rule.

An empty list means the rule holds. Every guard is shown to fail on a planted violation in
`test_guards_fail_when_broken.py`; a guard nobody has seen fail is not a guard.
"""

import ast
import re
import tokenize
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.architecture.tree import SERVICES, files, name_of, parsed, python_files, text_of

FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 40

# A name that says nothing about the trade gathers strangers.
BANNED_NAMES = {"utils", "helpers", "common", "misc", "base", "types", "util", "helper"}

ANATOMY = (
    "__main__.py",
    "app.py",
    "settings.py",
    "handlers.py",
    "metrics.py",
    "desk.py",
    "README.md",
)

# One letter of each stands in brackets, so that this file does not trip over itself.
_FOREIGN = re.compile(
    r"/[w]ork/|/opt/([m]c-tools|[w]heels|[p]ypi)|/tmp/[b]rief|/[r]oot/"
    r"|(?<![\w.-])/(?:[h]ome|[U]sers)/[a-z][\w.-]*/"
    r"|[p]ypi\.org|[p]ythonhosted\.org|[r]egistry\.npmjs|[n]pmmirror|[p]roxy\.golang"
    r"|[r]egistry-1\.docker|--(?:extra-)?[i]ndex-url"
    # Papers that are not in this repository: a reader could not follow them.
    r"|\b(?:[D]OMAIN|[P]LATFORM|[S]TYLE|[D]ESIGN)(?:\.md|,? (?:section )?\d)"
)

_EXCUSE = re.compile(
    r"#\s*(?:noqa|type:\s*ignore)(?::\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)?(?:\[[^\]]*\])?"
)
_REASON = re.compile(r"[^\W\d]{4,}")

_SOURCE_KEY = re.compile(r"\[([A-Z]{2,}(?:-[A-Z0-9]+)+|[SD]\d{1,2})\]")

_MOBILE_OR_IDENTITY_NUMBER = re.compile(r"(?<![\d.\-])0(?:[35789]\d{8}|\d{11})(?![\d.\-])")

_CLOCKS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "date.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "os.environ",
    "os.getenv",
}
_CLOCK_HOMES = ("shared/clock.py",)


def long_files(root: Path, exceptions: Mapping[str, str]) -> list[str]:
    """Modules over 300 lines that are not excepted, and exceptions no longer needed."""
    lengths = {
        name_of(path, root): len(path.read_text(encoding="utf-8").splitlines())
        for path in python_files(root)
    }
    found = [
        f"{name}: {length} lines, at most {FILE_LINES_MAX}"
        for name, length in lengths.items()
        if length > FILE_LINES_MAX and name not in exceptions
    ]
    stale = [
        f"{name}: listed as an exception, yet {lengths.get(name, 0)} lines long"
        for name in exceptions
        if lengths.get(name, 0) <= FILE_LINES_MAX
    ]
    return found + stale


def long_functions(root: Path, exceptions: Mapping[str, str]) -> list[str]:
    """Functions over 40 lines from `def` to the last line, docstring included."""
    found: list[str] = []
    for path in python_files(root):
        for node in ast.walk(parsed(path)):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            name = f"{name_of(path, root)}::{node.name}"
            if length > FUNCTION_LINES_MAX and name not in exceptions:
                found.append(f"{name}: {length} lines, at most {FUNCTION_LINES_MAX}")
    return found


def banned_names(root: Path) -> list[str]:
    """Modules and packages whose name says nothing."""
    return sorted(
        {
            name_of(path, root)
            for path in python_files(root)
            if BANNED_NAMES & {*path.relative_to(root).parent.parts, path.stem}
        }
    )


def hidden_clocks(root: Path) -> list[str]:
    """Reads of the clock or the environment outside their two homes, excused or not.

    ruff refuses the same calls; this guard also sees the ones somebody silenced.
    """
    found: list[str] = []
    for path in python_files(root, "services", "shared", "motcua/simulate"):
        if path.name == "__main__.py" or name_of(path, root) in _CLOCK_HOMES:
            continue
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Attribute) and ast.unparse(node) in _CLOCKS:
                found.append(f"{name_of(path, root)}:{node.lineno}: {ast.unparse(node)}")
            if isinstance(node, ast.ImportFrom):
                found += [
                    f"{name_of(path, root)}:{node.lineno}: {ast.unparse(node)}"
                    for alias in node.names
                    if f"{node.module}.{alias.name}" in _CLOCKS
                ]
    return found


def silent_excuses(root: Path) -> list[str]:
    """Silenced findings without a reason in words on the same line."""
    return [
        f"{name_of(path, root)}:{comment.start[0]}: {comment.line.strip()}"
        for path in python_files(root)
        for comment in _comments(path)
        if (excuse := _EXCUSE.search(comment.string))
        and not _REASON.search(comment.string[excuse.end() :])
    ]


def sleeping_tests(root: Path) -> list[str]:
    """Sleeps in test modules, which wait for an event with a deadline. `sleep(0)` only yields."""
    found: list[str] = []
    for path in python_files(root, "tests"):
        if not path.name.startswith("test_"):
            continue
        for call in _calls(path):
            yields = [ast.unparse(argument) for argument in call.args] == ["0"]
            if _last_name(call.func) == "sleep" and not yields:
                found.append(f"{name_of(path, root)}:{call.lineno}: {ast.unparse(call)}")
    return found


def patched_insides(root: Path) -> list[str]:
    """Tests that replace our own code by its path instead of passing a fake in."""
    ours = re.compile(r"^(services|shared|motcua)\.")
    return [
        f"{name_of(path, root)}:{call.lineno}: {ast.unparse(call)}"
        for path in python_files(root, "tests")
        for call in _calls(path)
        if _last_name(call.func) in {"patch", "setattr"}
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and ours.match(str(call.args[0].value))
    ]


def missing_anatomy(root: Path) -> list[str]:
    """Files that every service has, and this one has not. `domain` may be a package."""
    found: list[str] = []
    for service in SERVICES:
        home = root / "services" / service
        found += [f"services/{service}/{name}" for name in ANATOMY if not (home / name).is_file()]
        if not ((home / "domain.py").is_file() or (home / "domain" / "__init__.py").is_file()):
            found.append(f"services/{service}/domain.py")
    return found


def foreign_places(root: Path) -> list[str]:
    """Lines that name a registry host, a path of somebody's machine, or a paper kept elsewhere."""
    found: list[str] = []
    for path, number, line in _lines(root):
        if _FOREIGN.search(line):
            found.append(f"{name_of(path, root)}:{number}: {line.strip()[:100]}")
    return found


def personal_numbers(root: Path) -> list[str]:
    """Lines of examples and test data that look like a mobile or an identity number."""
    folders = (root / "shared" / "events" / "examples", root / "tests" / "data")
    return [
        f"{name_of(path, root)}:{number}: {line.strip()[:100]}"
        for folder in folders
        if folder.is_dir()
        for path, number, line in _lines(folder)
        if _MOBILE_OR_IDENTITY_NUMBER.search(line)
    ]


def orphan_examples(root: Path) -> list[str]:
    """Example files whose event version no class declares, and versions without an example.

    An example is named after its version (`dossier.received.v1.json`, or with a case between:
    `dossier.received.v1.postal.json`).
    """
    home = root / "shared" / "events"
    version_of = re.compile(r"^[a-z_]+\.[a-z_]+\.v\d+")
    versions = {
        event_type
        for path in files(home)
        if path.suffix == ".py"
        for event_type in _event_types(path)
    }
    shown: dict[str, str] = {}
    for path in sorted((home / "examples").glob("**/*.json")):
        match = version_of.match(path.name)
        shown[name_of(path, root)] = match.group() if match else ""
    orphans = [f"{name}: no such event" for name, tag in shown.items() if tag not in versions]
    return orphans + [f"{tag}: no example" for tag in sorted(versions - set(shown.values()))]


def unknown_sources(root: Path) -> list[str]:
    """Keys like `[QD-766-2022]` in code or data that the law register does not explain."""
    register = (root / "docs" / "sources.md").read_text(encoding="utf-8")
    return [
        f"{name_of(path, root)}:{number}: [{key}]"
        for folder in ("services", "shared", "motcua")
        for path, number, line in _lines(root / folder)
        for key in _SOURCE_KEY.findall(line)
        if not re.search(rf"^(###|\|) \[{key}\]", register, re.MULTILINE)
    ]


def _event_types(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path)):
        if (
            isinstance(node, ast.AnnAssign)
            and _last_name(node.target) == "event_type"
            and isinstance(node.value, ast.Constant)
            and node.value.value
        ):
            yield str(node.value.value)


def _comments(path: Path) -> Iterator[tokenize.TokenInfo]:
    with path.open("rb") as source:
        yield from (
            token for token in tokenize.tokenize(source.readline) if token.type == tokenize.COMMENT
        )


def _calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(parsed(path)) if isinstance(node, ast.Call))


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _lines(root: Path) -> Iterator[tuple[Path, int, str]]:
    for path in files(root):
        text = text_of(path)
        if text is None:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            yield path, number, line
