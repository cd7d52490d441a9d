"""Keys by which services, operators and publishers prove who they are to the broker.

An nkey is an Ed25519 pair: whoever logs in keeps the seed and signs a nonce with it, the server's
configuration holds the public half only. What leaks from the configuration opens nothing.
"""

import os

import nkeys  # type: ignore[import-untyped]  # it ships none

_SEED_BYTES = 32


def new_seed() -> str:
    """Return a fresh user seed, `SU…`."""
    return bytes(nkeys.encode_seed(os.urandom(_SEED_BYTES), nkeys.PREFIX_BYTE_USER)).decode()


def public_key(seed: str) -> str:
    """Return the public half of a seed, `U…`.

    Raises:
        ValueError: it is no seed; the message does not repeat it.
    """
    try:
        pair = nkeys.from_seed(bytearray(seed.strip().encode()))
        return bytes(pair.public_key).decode()
    except (nkeys.NkeysError, ValueError):
        raise ValueError("not an nkey seed") from None
