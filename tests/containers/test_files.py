"""What compose makes of the files, alone and laid over one another: it has nothing to say."""

import os
import subprocess

import pytest

from tests.architecture.tree import REPOSITORY
from tests.support.containers import why_no_compose

CLUSTER = "deploy/cluster/docker-compose.cluster.yml"
TLS = "deploy/tls/docker-compose.tls.yml"


@pytest.mark.parametrize("profile", ["", "demo"])
@pytest.mark.parametrize("over", [(), (CLUSTER,), (TLS,)], ids=["plain", "cluster", "tls"])
def test_compose_takes_the_files_without_a_word(over: tuple[str, ...], profile: str) -> None:
    if reason := why_no_compose():
        pytest.skip(reason)
    files = [f"--file={name}" for name in ("docker-compose.yml", *over)]
    bare = {name: value for name, value in os.environ.items() if not name.startswith("MOTCUA_")}

    told = subprocess.run(
        ["docker", "compose", *files, f"--profile={profile}", "config", "--quiet"],
        capture_output=True, cwd=REPOSITORY, env=bare, check=False,
    )  # fmt: skip
    print(f"docker compose {' '.join(files)} --profile={profile} config: {told.returncode}")
    assert (told.returncode, told.stdout, told.stderr) == (0, b"", b"")
