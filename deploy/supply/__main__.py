"""`make audit`: hashes, licences, SBOM (CycloneDX) and known weaknesses of what is locked.

Everything but the last is judged here and fails the run. Known weaknesses are asked of a service
on the network: where it cannot be reached that is said plainly, and nothing is claimed.
"""

import argparse
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, Final

_ROOT: Final = Path(__file__).parents[2]
_LOCKS: Final = ("runtime", "develop", "audit")
_TOOLS: Final = _ROOT / ".venv" / "audit-tools" / "bin"
_ENTRY: Final = re.compile(r"^([A-Za-z0-9][\w.\[\]-]*)==(\S+)", re.MULTILINE)
_PARTS: Final = re.compile(r"\s+(?:AND|OR)\s+|;\s*")
_AWAY: Final = re.compile(r"ConnectionError|Max retries|NameResolution|ProxyError|Timeout|HTTPError"
                          r"|ServiceError|Connection refused|timed out")  # fmt: skip


def unhashed(lock: str) -> list[str]:
    """Entries of a lock that are pinned without a hash, and lines that pin nothing."""
    found = []
    for entry in re.split(r"\n(?=\S)", lock):
        if entry.strip() and not entry.startswith("#"):
            name = _ENTRY.match(entry)
            if name is None or "--hash=sha256:" not in entry:
                found.append(entry.splitlines()[0])
    return found


def refused_licences(packages: list[dict[str, str]], rules: dict[str, Any]) -> list[str]:
    """Packages under a licence that nobody allowed, and not read by a person either."""
    known = {*rules["allowed"], *rules["passed_over"]}
    found = []
    for package in packages:
        licence = package["License"].strip()
        allowed = licence in known or all(part in known for part in _PARTS.split(licence))
        is_ours = package["Name"] in {"motcua", *rules["read"]}
        is_text = licence.startswith("MIT License\n")
        if not (allowed or is_ours or is_text):
            found.append(f"{package['Name']} {package['Version']}: {licence[:80]!r}")
    return found


def weaknesses(lock: Path) -> tuple[str, str]:
    """Ask for known weaknesses: (clean | found | not asked, what was said)."""
    command = [
        str(_TOOLS / "pip-audit"), "--requirement", str(lock), "--require-hashes", "--disable-pip",
        "--progress-spinner", "off", "--timeout", "10",
    ]  # fmt: skip
    try:
        made = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    except subprocess.TimeoutExpired:
        return "not asked", "no answer within half a minute"
    if made.returncode == 0:
        return "clean", made.stderr.strip()[-200:]
    if _AWAY.search(made.stderr):
        return "not asked", "the service cannot be reached from here"
    return "found", (made.stdout + made.stderr).strip()[-4_000:]


def said(tool: str, *arguments: str) -> str:
    """Run one of the locked tools."""
    command = [str(_TOOLS / tool), *arguments]
    return subprocess.run(
        command, cwd=_ROOT, capture_output=True, text=True, check=True, timeout=300
    ).stdout


def bill(path: Path) -> list[str]:
    """Write the bill of materials; what is locked and not in it, or the other way round."""
    text = said("cyclonedx-py", "requirements", "requirements/runtime.txt", "--output-format",
                "JSON", "--pyproject", "pyproject.toml")  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    lock = (_ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    locked = {(_plain(name), version) for name, version in _ENTRY.findall(lock)}
    listed = {(_plain(one["name"]), one["version"]) for one in json.loads(text)["components"]}
    return sorted(f"{name} {version}" for name, version in locked ^ listed)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.partition("[")[0]).lower()


def main() -> int:
    """Look at all four; prints what was found and one line."""
    parser = argparse.ArgumentParser(prog="audit", description=__doc__)
    parser.add_argument("--sbom", type=Path, default=_ROOT / "build" / "sbom.cdx.json")
    parser.add_argument("--offline", action="store_true", help="do not ask for weaknesses")
    chosen = parser.parse_args()
    locks = {name: (_ROOT / "requirements" / f"{name}.txt").read_text() for name in _LOCKS}
    bare = [f"{name}: {line}" for name, lock in locks.items() for line in unhashed(lock)]
    rules = tomllib.loads((Path(__file__).parent / "licences.toml").read_text(encoding="utf-8"))
    packages = json.loads(said("pip-licenses", "--python", str(_ROOT / ".venv" / "bin" / "python"),
                               "--format", "json", "--from", "mixed"))  # fmt: skip
    licences = refused_licences(packages, rules)
    differing = bill(chosen.sbom)
    asked, answer = ("not asked", "--offline") if chosen.offline else weaknesses(
        _ROOT / "requirements" / "runtime.txt"
    )  # fmt: skip
    for title, lines in (("no hash", bare), ("licence", licences), ("SBOM", differing)):
        for line in lines:
            print(f"  {title}: {line}")
    print(f"  known weaknesses: {asked}: {answer}")
    is_good = not (bare or licences or differing) and asked != "found"
    print(
        f"AUDIT locked={sum(len(_ENTRY.findall(lock)) for lock in locks.values())}"
        f" NO_HASH={len(bare)} packages={len(packages)} LICENCE={len(licences)}"
        f" SBOM_DIFFERS={len(differing)} weaknesses={asked.replace(' ', '_')}"
        f" {'PASS' if is_good else 'FAIL'}"
    )
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
