"""Our boards against Grafana's own types, and through grafana-foundation-sdk and back.

Shown: no key that Grafana does not know, no value outside its enumerations, nothing lost on the
way through the SDK; and that both checks catch a planted fault. Not shown: a board opened in
Grafana. Versions are pinned below; both packages come from their registries by the usual clients.
"""

import copy
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deploy.grafana.driver import BOARDS

SCHEMA, TYPESCRIPT = "@grafana/schema@13.2.3", "typescript@5.9.3"
SDK = "grafana-foundation-sdk==1769699379!11.6.0"

# Real keys that the published types do not list; Grafana itself writes them.
_UNTYPED_KEYS = {"definition"}
_HEAD = """\
import type {{ Dashboard }} from '@grafana/schema';
{imports}
type Widen<T> = T extends string ? `${{T}}` : T extends number | boolean | null | undefined ? T
  : T extends (infer U)[] ? Widen<U>[] : T extends object ? {{ [K in keyof T]: Widen<T[K]> }} : T;
"""
_PANELS = {
    "stat": "stat/panelcfg/x/StatPanelCfg_types.gen",
    "gauge": "gauge/panelcfg/x/GaugePanelCfg_types.gen",
    "bargauge": "bargauge/panelcfg/x/BarGaugePanelCfg_types.gen",
    "timeseries": "timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen",
    "table": "table/panelcfg/x/TablePanelCfg_types.gen",
    "state-timeline": "statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen",
    "text": "text/panelcfg/x/TextPanelCfg_types.gen",
}


def boards() -> dict[str, dict[str, Any]]:
    return {path.stem: json.loads(path.read_bytes()) for path in sorted(BOARDS.glob("*.json"))}


def module(board: dict[str, Any]) -> str:
    """TypeScript that compiles when the board is one: literals, so that extra keys are errors."""
    used = sorted({panel["type"] for panel in board["panels"]})
    imports = "\n".join(
        f"import type {{ Options as {kind.replace('-', '_')} }} from "
        f"'@grafana/schema/dist/esm/raw/composable/{_PANELS[kind]}';"
        for kind in used
    )
    lines = [_HEAD.format(imports=imports)]
    lines.append(f"export const board: Widen<Dashboard> = {json.dumps(_typed(board))};")
    for panel in board["panels"]:
        kind = panel["type"].replace("-", "_")
        lines.append(
            f"export const p{panel['id']}: Widen<Partial<{kind}>> = {json.dumps(panel['options'])};"
        )
    return "\n".join(lines)


def _typed(value: Any) -> Any:
    if isinstance(value, list):
        return [_typed(one) for one in value]
    if isinstance(value, dict):
        return {key: _typed(one) for key, one in value.items() if key not in _UNTYPED_KEYS}
    return value


def compile_errors(folder: Path, modules: dict[str, str]) -> list[str]:
    for old in folder.glob("*.ts"):
        old.unlink()
    for name, text in modules.items():
        (folder / f"{name}.ts").write_text(text, encoding="utf-8")
    said = subprocess.run(
        ["npx", "tsc", "--noEmit", "--strict", "--skipLibCheck", "--target", "es2022",
         "--module", "esnext", "--moduleResolution", "node10", "--ignoreDeprecations", "5.0",
         *(f"{name}.ts" for name in modules)],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return [line for line in said.stdout.splitlines() if "error" in line]


def planted(board: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    wrong_enum = copy.deepcopy(board)
    wrong_enum["panels"][0]["options"]["colorMode"] = "vlaue"
    yield "a wrong enumeration", wrong_enum
    wrong_place = copy.deepcopy(board)
    wrong_place["panels"][0]["gridPos"]["left"] = 3
    yield "an unknown place key", wrong_place
    wrong_version = copy.deepcopy(board)
    wrong_version["schemaVersion"] = "42"
    yield "a version as text", wrong_version


def check_types(folder: Path) -> None:
    subprocess.run(
        ["npm", "install", "--silent", "--no-audit", "--no-fund", SCHEMA, TYPESCRIPT],
        cwd=folder, check=True,
    )  # fmt: skip
    found = boards()
    errors = compile_errors(folder, {name: module(one) for name, one in found.items()})
    if errors:
        raise SystemExit("\n".join(errors[:30]))
    print(f"{SCHEMA}: {len(found)} boards, no error")
    for what, board in planted(found["toan-tinh"]):
        if not compile_errors(folder, {"planted": module(board)}):
            raise SystemExit(f"{SCHEMA} did not notice {what}")
        print(f"planted {what}: caught")


def check_round_trip(folder: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps",
         "--disable-pip-version-check", "--target", str(folder / "sdk"), SDK],
        check=True,
    )  # fmt: skip
    program = Path(__file__).with_name("board_round_trip.py")
    subprocess.run(
        [
            sys.executable,
            str(program),
            str(folder / "sdk"),
            *map(str, sorted(BOARDS.glob("*.json"))),
        ],
        check=True,
    )


def main() -> int:
    if shutil.which("npm") is None:
        print("npm is missing: the typed check needs it (apt-get install npm)", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="motcua-types-") as temporary:
        check_types(Path(temporary))
        check_round_trip(Path(temporary))
    return 0


if __name__ == "__main__":
    sys.exit(main())
