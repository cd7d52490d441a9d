"""Making channels from their descriptions; secrets are read from files, and named nowhere."""

from collections.abc import Mapping
from pathlib import Path

from services.notifier.channels.apprise_urls import AppriseChannel
from services.notifier.channels.webhook import WebhookChannel
from services.notifier.delivery import Channel
from services.notifier.domain.people import ChannelSpec, People
from shared.clock import Clock
from shared.runtime import Secret

DEFAULT = "apprise"


def open_channels(
    people: People, clock: Clock, *, beside: Path, given: Mapping[str, Secret] | None = None
) -> dict[str, Channel]:
    """Every channel by its id. Files are looked for `beside` people.toml; `given` wins.

    Raises:
        OSError: a file of an address or a secret cannot be read.
        AppriseError: an address cannot be used.
    """
    return {
        spec.id: _opened(spec, (given or {}).get(spec.id), clock, beside) for spec in people.channel
    }


def _opened(spec: ChannelSpec, given: Secret | None, clock: Clock, beside: Path) -> Channel:
    url = given or _text(spec.url, spec.url_file, beside)
    if spec.kind == "webhook":
        return WebhookChannel(spec.id, url, _text("", spec.secret_file, beside), clock)
    return AppriseChannel(url, clock, spec.id)


def _text(text: str, file: str, beside: Path) -> Secret:
    return Secret((beside / file).read_text(encoding="utf-8").strip() if file else text)
