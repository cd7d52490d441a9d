"""Mapping files: those that come with us, and those a province writes."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from .plan import MappingError, TableMapping, parsed

SHIPPED = Path(__file__).parent / "mappings"


def load_mapping(path: Path) -> TableMapping:
    """Return the mapping of a file; a bare name such as `tinh` means one that comes with us.

    Raises:
        MappingError: no such file, or its first mistake.
    """
    if not path.exists() and path == Path(path.name):
        path = SHIPPED / f"{path.name.removesuffix('.toml')}.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        names = ", ".join(mapping.name for mapping in shipped_mappings())
        raise MappingError(f"không đọc được {path.name}: {error}. Có sẵn: {names}") from None
    try:
        return parsed(text)
    except MappingError as error:
        raise MappingError(f"{path.name}: {error}") from None


def shipped_mappings() -> Iterator[TableMapping]:
    """Yield the mappings that come with us, by file name."""
    for path in sorted(SHIPPED.glob("*.toml")):
        yield parsed(path.read_text(encoding="utf-8"))


def mapping_for(file_name: str) -> TableMapping | None:
    """Return the first shipped mapping whose file patterns match, None when none does."""
    name = file_name.casefold()
    for mapping in shipped_mappings():
        if any(fnmatchcase(name, pattern) for pattern in mapping.files):
            return mapping
    return None
