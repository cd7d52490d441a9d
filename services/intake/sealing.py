"""Sealing what may hold personal data, and naming what must not be guessed."""

import base64
import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE_BYTES = 12


class SealBrokenError(Exception):
    """It was sealed with another key, for another purpose, or changed since."""


class Seal:
    """AES-256-GCM under keys derived from SEAL_KEY, one per purpose."""

    def __init__(self, key: bytes) -> None:
        """Take the 32 bytes of SEAL_KEY.

        Raises:
            ValueError: it has another length.
        """
        if len(key) != KEY_BYTES:
            raise ValueError(f"the seal key has {KEY_BYTES} bytes")
        self._aead = AESGCM(_derived(key, b"motcua reject body 1"))
        self._reference_key = _derived(key, b"motcua contact reference 1")

    def sealed(self, plain: bytes, label: str) -> str:
        """Return base64 that opens only under the same label."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return base64.b64encode(nonce + self._aead.encrypt(nonce, plain, label.encode())).decode()

    def opened(self, sealed: str, label: str) -> bytes:
        """Return what was sealed.

        Raises:
            SealBrokenError: it cannot be opened.
        """
        try:
            raw = base64.b64decode(sealed, validate=True)
            return self._aead.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], label.encode())
        except (InvalidTag, ValueError) as error:
            raise SealBrokenError from error

    def contact_ref(self, publisher: str, fact_id: str) -> str:
        """Return the reference of a fact's contact: the same for a repeat, guessable by nobody."""
        name = f"{publisher}|{fact_id}".encode()
        return hmac.new(self._reference_key, name, hashlib.sha256).hexdigest()[:32]


def key_of(text: str) -> bytes:
    """Return the bytes of a base64 key.

    Raises:
        ValueError: it is not base64 of 32 bytes.
    """
    key = base64.b64decode(text.strip(), validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError(f"the seal key has {KEY_BYTES} bytes")
    return key


def _derived(key: bytes, purpose: bytes) -> bytes:
    return hmac.new(key, purpose, hashlib.sha256).digest()
