"""The broker's configuration: one account each, and a publisher reaches its own inbox only."""

import subprocess
from pathlib import Path

import pytest

from motcua.nats_server import (
    SERVICES,
    PublisherLogin,
    ServerSettings,
    binary,
    server_config,
)

HASH = "$2b$06$abcdefghijklmnopqrstuv"


def config(*publishers: str, store: Path = Path("/data/jetstream")) -> str:
    return server_config(
        ServerSettings(
            port=4222,
            monitor_port=8222,
            store=store,
            service_passwords={name: f"password-of-{name}" for name in SERVICES},
            publishers=[PublisherLogin(name, HASH) for name in publishers],
        )
    )


def is_accepted(text: str, tmp_path: Path) -> bool:
    path = tmp_path / "nats.conf"
    path.write_text(text)
    said = subprocess.run(
        [binary(), "-t", "-c", str(path)], capture_output=True, text=True, check=False
    )
    return said.returncode == 0


def test_the_log_is_on_disk_before_anyone_is_told_so() -> None:
    assert "sync_interval: always" in config()


def test_broker_and_monitoring_listen_on_this_machine_only() -> None:
    text = config()

    assert 'listen: "127.0.0.1:4222"' in text
    assert 'http: "127.0.0.1:8222"' in text


def test_a_publisher_may_submit_and_hear_its_answer_and_nothing_else() -> None:
    text = config("so-tu-phap")

    assert 'permissions: { publish: ["submit.>"], subscribe: ["_INBOX.>"] }' in text
    assert (
        'imports: [\n      { service: { account: CORE, subject: "in.so-tu-phap.>" }, '
        'to: "submit.>" }\n    ]' in text
    )
    assert '{ service: "in.so-tu-phap.>", accounts: ["PUB_so-tu-phap"] }' in text


@pytest.mark.parametrize("publishers", [(), ("so-tu-phap",), ("so-tu-phap", "mcdt_tinh")])
def test_the_server_accepts_what_we_write(publishers: tuple[str, ...], tmp_path: Path) -> None:
    # Letters of Vietnamese and quotes in a path are text like any other.
    text = config(*publishers, store=tmp_path / 'dữ liệu "một cửa"')

    assert is_accepted(text, tmp_path)


def test_a_publisher_named_like_a_service_would_keep_the_broker_from_starting(
    tmp_path: Path,
) -> None:
    assert not is_accepted(config("intake"), tmp_path)
