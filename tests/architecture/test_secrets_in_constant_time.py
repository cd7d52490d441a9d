"""Whatever is compared with a secret takes the same time, right or wrong."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.tree import REPOSITORY, name_of, parsed, python_files

_SECRET = re.compile(r"token|secret|digest|hash|password|signed|signature|csrf|\bmac\b|\bmade\b")


def compared_plainly(path: Path) -> list[str]:
    """Comparisons of secrets by `==` in a module that knows secrets (it imports hmac)."""
    tree = parsed(path)
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    if "hmac" not in imported:
        return []
    return [
        f"{path.name}:{node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        and any(isinstance(how, ast.Eq | ast.NotEq | ast.In) for how in node.ops)
        and any(_SECRET.search(ast.unparse(side)) for side in (node.left, *node.comparators))
        and not any(isinstance(side, ast.Constant) for side in (node.left, *node.comparators))
    ]


KNOW_SECRETS = [
    path
    for path in python_files(REPOSITORY, "services", "shared")
    if "import hmac" in path.read_text(encoding="utf-8")
]


def test_those_who_know_secrets_are_found() -> None:
    names = {name_of(path, REPOSITORY) for path in KNOW_SECRETS}

    assert "services/intake/registry.py" in names
    assert "services/postal_gateway/carriers/viettel/signature.py" in names


@pytest.mark.parametrize("path", KNOW_SECRETS, ids=lambda path: path.stem)
def test_a_secret_is_compared_in_constant_time(path: Path) -> None:
    assert compared_plainly(path) == []
