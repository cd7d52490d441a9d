"""Ask an address and say by the exit code whether it answered well: a container's health check.

Standard library only, so that it starts in a few hundredths of a second and needs no curl. In the
environment of a service that speaks TLS, `http://` is asked over TLS, and nobody is believed but
that very service: it has to have its own certificate. A service that asks clients for theirs is
shown `MOTCUA_PROBE_CERT_FILE` with `MOTCUA_PROBE_KEY_FILE`; without them, its own.
"""

import os
import ssl
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from http import HTTPStatus

_TIMEOUT_SECONDS = 3
_SERVICES = ("", "INTAKE_", "SCORING_", "NOTIFIER_", "POSTAL_GATEWAY_")


def is_well(url: str, environ: Mapping[str, str]) -> bool:
    """Whether `url` answers with a success; silence and refusal are no."""
    if not url.startswith("http://"):
        return False
    try:
        context = _context(environ)
        if context is not None:
            url = url.replace("http://", "https://", 1)
        handler = urllib.request.HTTPSHandler(context=context)
        # Our own machine: no proxy of the surroundings stands between.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), handler)
        with opener.open(url, timeout=_TIMEOUT_SECONDS) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except (urllib.error.URLError, OSError, ValueError):
        return False


def _context(environ: Mapping[str, str]) -> ssl.SSLContext | None:
    """What to believe, and what to show; None where the service speaks in the clear."""
    certificate, key = (_file(environ, f"TLS_{kind}_FILE") for kind in ("CERT", "KEY"))
    if not certificate:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    # It is asked as 127.0.0.1 and certified for another name; only its own certificate counts.
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=_first_certificate(certificate))
    if _file(environ, "TLS_CLIENT_CA_FILE"):
        shown = environ.get("MOTCUA_PROBE_CERT_FILE", certificate)
        context.load_cert_chain(shown, environ.get("MOTCUA_PROBE_KEY_FILE", key))
    return context


def _first_certificate(path: str) -> str:
    """The service's own, without those of its authorities, who sign for others too."""
    with open(path, encoding="ascii") as file:  # noqa: PTH123 - pathlib costs a hundredth more
        own, end, _ = file.read().partition("-----END CERTIFICATE-----")
    return own + end


def _file(environ: Mapping[str, str], name: str) -> str:
    """As the services read it: the setting of one service wins over that of all."""
    found = [environ.get(f"MOTCUA_{service}{name}", "") for service in reversed(_SERVICES)]
    return next(filter(None, found), "")


if __name__ == "__main__":
    sys.exit(0 if is_well(sys.argv[1], os.environ) else 1)
