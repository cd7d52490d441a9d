"""The project's own files, as the guards see them."""

import ast
import gc
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

CODE_FOLDERS = ("services", "shared", "motcua", "deploy", "tests")
SERVICES = ("intake", "scoring", "notifier", "postal_gateway")

# What .gitignore names: made on a machine, never part of the project.
_MADE_HERE = {
    ".git",
    ".venv",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    ".hypothesis",
    ".import_linter_cache",
    "build",
    "node_modules",
}


def files(root: Path) -> Iterator[Path]:
    """Every file that belongs to the project under `root`, in a stable order."""
    for path in sorted(root.iterdir()):
        if path.name in _MADE_HERE or path.name.endswith((".egg-info", ".rejects.csv")):
            continue
        if path.is_dir():
            # data/ at the top is where `motcua run` keeps its log.
            if path != REPOSITORY / "data":
                yield from files(path)
        elif path.is_file():
            yield path


def python_files(root: Path, *folders: str) -> Iterator[Path]:
    """Python modules below the named folders of `root`; all code folders when none is named."""
    for folder in folders or CODE_FOLDERS:
        if (root / folder).is_dir():
            yield from (path for path in files(root / folder) if path.suffix == ".py")


def parsed(path: Path) -> ast.Module:
    """The module's syntax tree."""
    source = path.read_text(encoding="utf-8")
    # A collection of garbage in the middle of a compilation makes Python 3.11 lose count of its
    # depth ("AST constructor recursion depth mismatch"); nothing is collected meanwhile.
    gc.disable()
    try:
        return ast.parse(source, filename=str(path))
    finally:
        gc.enable()


def text_of(path: Path) -> str | None:
    """The file as text; None for a picture or another binary."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def name_of(path: Path, root: Path) -> str:
    """Path from the root, as written in an exception list."""
    return path.relative_to(root).as_posix()
