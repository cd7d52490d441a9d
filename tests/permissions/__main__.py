"""`make permissions`: try everything, compare with the table, or write it anew."""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from .rows import USERS
from .table import PAGE, TABLE, as_csv, as_page, made, read


def main() -> int:
    """Say how many cells differ; with --write, none do afterwards."""
    parser = argparse.ArgumentParser(prog="permissions", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the table and the page")
    chosen = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="permissions-") as directory:
        rows = asyncio.run(made(Path(directory)))
    if chosen.write:
        TABLE.write_text(as_csv(rows), encoding="utf-8")
        PAGE.write_text(as_page(rows), encoding="utf-8")
    different = set(rows) ^ set(read())
    for kind, what, said in sorted(different):
        print("  ", kind, what, *said)
    verdict = "FAIL" if different else "PASS"
    print(
        f"PERMISSIONS rows={len(rows)} cells={len(rows) * len(USERS)} "
        f"DIFFERENT={len(different)} seconds={time.monotonic() - started:.1f} {verdict}"
    )
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
