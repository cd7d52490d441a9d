"""The Kubernetes files, as text: hardened, complete, and fed by what `motcua init` hands out."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from motcua.cli import cli
from tests.architecture.tree import REPOSITORY, SERVICES

K8S = REPOSITORY / "deploy" / "k8s"
KUSTOMIZATION: dict[str, Any] = yaml.safe_load((K8S / "kustomization.yml").read_text())


def objects() -> list[dict[str, Any]]:
    return [
        one
        for name in KUSTOMIZATION["resources"]
        for one in yaml.safe_load_all((K8S / name).read_text(encoding="utf-8"))
    ]


SETS = {one["metadata"]["name"]: one["spec"] for one in objects() if one["kind"] == "StatefulSet"}


def secrets() -> dict[str, dict[str, str]]:
    """Keys of each generated secret, and the file behind each."""
    found: dict[str, dict[str, str]] = {}
    for one in KUSTOMIZATION["secretGenerator"]:
        pairs = [path.split("=") if "=" in path else (Path(path).name, path)
                 for path in one["files"]]  # fmt: skip
        found[one["name"]] = dict(pairs)
    return found


@pytest.mark.parametrize("name", SETS)
def test_every_pod_runs_without_rights_on_a_read_only_root_with_limits(name: str) -> None:
    pod = SETS[name]["template"]["spec"]

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    for container in pod["containers"]:
        rights = container["securityContext"]
        assert rights["readOnlyRootFilesystem"] is True
        assert rights["allowPrivilegeEscalation"] is False
        assert rights["capabilities"] == {"drop": ["ALL"]}
        assert {"cpu", "memory"} <= container["resources"]["limits"].keys()
        assert "livenessProbe" in container


def test_the_four_services_and_three_nodes_are_there() -> None:
    assert set(SETS) == {name.replace("_", "-") for name in SERVICES} | {"nats"}
    assert SETS["nats"]["replicas"] == 3


@pytest.mark.parametrize("name", SETS)
def test_a_pod_mounts_its_own_secret_and_finds_every_file_it_is_told_of(name: str) -> None:
    pod = SETS[name]["template"]["spec"]
    mounted = [one["secret"]["secretName"] for one in pod["volumes"] if "secret" in one]
    named = [
        str(one["value"]).removeprefix("/run/motcua/")
        for one in pod["containers"][0]["env"]
        if str(one.get("value", "")).startswith("/run/motcua/")
    ]

    assert mounted == [f"for-{name}"]
    assert set(named) <= secrets()[f"for-{name}"].keys()


def test_what_init_hands_out_is_what_the_secrets_are_made_of(tmp_path: Path) -> None:
    out = tmp_path / "handed"
    said = CliRunner().invoke(
        cli,
        ["init", "--data", str(tmp_path / "home"), "--out", str(out),
         "--node", "nats-0", "--node", "nats-1", "--node", "nats-2"],
    )  # fmt: skip

    assert said.exit_code == 0, said.output
    files = [path for keys in secrets().values() for path in keys.values()]
    assert [path for path in files if not (tmp_path / path).is_file()] == []


def test_what_was_handed_out_can_never_be_committed() -> None:
    assert "deploy/k8s/handed/" in (REPOSITORY / ".gitignore").read_text()
