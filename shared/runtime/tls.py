"""TLS of a service's own pages: 1.3 and nothing older, and certificates of clients if asked for."""

import ssl
from pathlib import Path
from typing import Protocol

from shared.runtime.settings import Setting, SettingsError

_CERTIFICATE = "MOTCUA_TLS_CERT_FILE"
_KEY = "MOTCUA_TLS_KEY_FILE"
_CLIENT_AUTHORITY = "MOTCUA_TLS_CLIENT_CA_FILE"


class TlsSettings(Protocol):
    """The settings of a service that decide how it is spoken to."""

    @property
    def tls_cert_file(self) -> Path | None:
        """Its certificate, with those between it and the authority; None speaks in the clear."""
        ...

    @property
    def tls_key_file(self) -> Path | None:
        """The key of that certificate."""
        ...

    @property
    def tls_client_ca_file(self) -> Path | None:
        """Who signs the certificates that clients must show; None asks for none."""
        ...


def listening_context(settings: TlsSettings) -> ssl.SSLContext | None:
    """Return what the listener shakes hands with; None where it speaks in the clear.

    Raises:
        SettingsError: half of it is set, or a file is not what it should be. Never in the clear
            because of a fault.
    """
    certificate, key = _named(settings.tls_cert_file), _named(settings.tls_key_file)
    authority = _named(settings.tls_client_ca_file)
    if certificate is None and key is None and authority is None:
        return None
    if certificate is None or key is None:
        raise _refused(
            _KEY if key is None else _CERTIFICATE,
            f"is missing: {_CERTIFICATE} and {_KEY} go together, {_CLIENT_AUTHORITY} with both",
        )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        # Nobody is asked for a passphrase: a key that has one is refused.
        context.load_cert_chain(certificate, key, password=lambda: b"")
    except OSError as error:
        raise _refused(_CERTIFICATE, f"with its key cannot be used: {_why(error)}") from None
    if authority is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        try:
            context.load_verify_locations(authority)
        except OSError as error:
            raise _refused(_CLIENT_AUTHORITY, f"cannot be used: {_why(error)}") from None
    return context


def _named(path: Path | None) -> Path | None:
    """The file; an empty variable, which reads as the current folder, names none."""
    return None if path == Path() else path


def _refused(name: str, problem: str) -> SettingsError:
    return SettingsError([Setting(name, "", "", problem)])


def _why(error: OSError) -> str:
    return getattr(error, "reason", None) or error.strerror or type(error).__name__
