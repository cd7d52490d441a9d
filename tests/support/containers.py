"""Is there a Docker that can run the deployment? If not, why not: that is why a test skips."""

import functools
import shutil
import subprocess

import yaml

from tests.architecture.tree import REPOSITORY

_SECONDS = 600
_PULL_SECONDS = 300
_WALL = ("grafana", "wall")


def command(*arguments: str, given: bytes = b"", seconds: float = _SECONDS) -> bytes:
    """Run a command in the repository and return what it printed.

    Raises:
        RuntimeError: it failed; the message holds the end of what it said.
    """
    said = subprocess.run(
        arguments, input=given, capture_output=True, cwd=REPOSITORY, timeout=seconds, check=False
    )
    if said.returncode:
        tail = (said.stdout + said.stderr)[-2000:].decode(errors="replace")
        raise RuntimeError(f"{' '.join(arguments)}: {said.returncode}\n{tail}")
    return said.stdout


@functools.cache
def why_not() -> str:
    """Why no container can be started here; empty when one can."""
    if shutil.which("docker") is None:
        return "there is no docker command"
    try:
        command("docker", "info", seconds=30)
    except (RuntimeError, subprocess.TimeoutExpired):
        return "the Docker daemon does not answer"
    return why_no_compose()


@functools.cache
def why_no_compose() -> str:
    """Why compose cannot read files here; empty when it can, with or without a daemon."""
    if shutil.which("docker") is None:
        return "there is no docker command"
    try:
        command("docker", "compose", "version", seconds=30)
    except (RuntimeError, subprocess.TimeoutExpired):
        return "docker has no compose plugin"
    return ""


@functools.cache
def why_no_deployment() -> str:
    """Why the deployment cannot be built and started here; empty when it can."""
    if reason := why_not():
        return reason
    services = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())["services"]
    foreign = {one["image"] for name, one in services.items() if name not in _WALL}
    lost = [name for name in sorted(foreign - {our_image()}) if not is_there(name)]
    more = f"no image {', '.join(lost)}; tests/containers/stand_ins.sh makes stand-ins"
    return more if lost else ""


@functools.cache
def has_wall() -> bool:
    """Whether Grafana can be had: it has no stand-in."""
    services = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())["services"]
    return is_there(services["grafana"]["image"])


@functools.cache
def is_there(image: str) -> bool:
    """Whether the image is on this machine, or can be pulled."""
    for asked in (("image", "inspect", image), ("pull", "--quiet", image)):
        try:
            command("docker", *asked, seconds=_PULL_SECONDS)
        except (RuntimeError, subprocess.TimeoutExpired):
            continue
        return True
    return False


def our_image() -> str:
    """The image that deploy/Dockerfile makes, by the name docker-compose.yml gives it."""
    found = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
    return str(found["services"]["nats"]["image"])
