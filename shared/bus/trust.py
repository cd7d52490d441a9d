"""Whom a client believes to be the broker: what one authority signed, over TLS 1.3."""

import ssl
from pathlib import Path


def context_for(authority: Path) -> ssl.SSLContext:
    """Return the settings for a connection to a server that this authority vouches for.

    Raises:
        OSError: the file cannot be read, or holds no certificate.
    """
    context = ssl.create_default_context(cafile=str(authority))
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context
