"""Ask an address and say by the exit code whether it answered well: a container's health check.

Standard library only, so that it starts in a few hundredths of a second and needs no curl.
"""

import sys
import urllib.error
import urllib.request
from http import HTTPStatus

_TIMEOUT_SECONDS = 3


def is_well(url: str) -> bool:
    """Whether `url` answers with a success; silence and refusal are no."""
    if not url.startswith("http://"):
        return False
    try:
        # The scheme is checked above; the address comes from our own deployment files.
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - above
            return bool(answer.status == HTTPStatus.OK)
    except (urllib.error.URLError, OSError, ValueError):
        return False


if __name__ == "__main__":
    sys.exit(0 if is_well(sys.argv[1]) else 1)
