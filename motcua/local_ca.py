"""A certificate authority of one installation: for development, and for what is inside only.

One key pair signs the broker's certificate, and those of `motcua certificate`: of pages, and of
clients that must show one. Whoever holds `ca.crt` believes them. What people reach with a browser,
or a publisher over a foreign network, gets its certificate elsewhere.
"""

import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from msgspec import Struct

from .home import Home, write_private

BROKER = "nats"
AUTHORITY = "ca"
_CA_DAYS = 3650
_SERVER_DAYS = 397
_RENEW_BEFORE_DAYS = 60
_BACKDATED = timedelta(hours=1)  # clocks differ


class Certificates(Struct, frozen=True):
    """Files of the authority's certificate, the certificate asked for and its key."""

    authority: Path
    certificate: Path
    key: Path


def ensure(
    home: Home, names: Sequence[str], now: datetime, *, holder: str = BROKER
) -> Certificates:
    """Return a certificate for these names and addresses, made or renewed if need be.

    The authority is made once. A certificate is renewed sixty days before its end, or where a name
    is new; restarting whoever holds it (SIGHUP for the broker) takes it over.
    """
    folder = home.secrets / "tls"
    folder.mkdir(mode=0o700, exist_ok=True)
    made = Certificates(folder / "ca.crt", folder / f"{holder}.crt", folder / f"{holder}.key")
    ca_key = folder / "ca.key"
    if not (made.authority.exists() and ca_key.exists()):
        key = ec.generate_private_key(ec.SECP256R1())
        write_private(ca_key, _key_text(key))
        write_private(made.authority, _text(_authority(key, now)))
        for signed in folder.glob("*.crt"):
            if signed != made.authority:
                signed.unlink()
    if not _is_good(made.certificate, names, now):
        key = ec.generate_private_key(ec.SECP256R1())
        authority = x509.load_pem_x509_certificate(made.authority.read_bytes())
        signer = serialization.load_pem_private_key(ca_key.read_bytes(), password=None)
        assert isinstance(signer, ec.EllipticCurvePrivateKey)  # noqa: S101 - we wrote it
        write_private(made.key, _key_text(key))
        write_private(
            made.certificate, _text(_issued(authority, signer, key, [holder, *names], now))
        )
    return made


def _is_good(path: Path, names: Sequence[str], now: datetime) -> bool:
    if not path.exists():
        return False
    found = x509.load_pem_x509_certificate(path.read_bytes())
    if found.not_valid_after_utc - now < timedelta(days=_RENEW_BEFORE_DAYS):
        return False
    covered = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(map(_general_name, names)) <= set(covered)


def _authority(key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "motcua local CA")])
    return (
        _begun(name, name, key.public_key(), now, _CA_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )


def _issued(
    authority: x509.Certificate,
    signer: ec.EllipticCurvePrivateKey,
    key: ec.EllipticCurvePrivateKey,
    called: Sequence[str],  # whose it is, then the names and addresses it is good for
    now: datetime,
) -> x509.Certificate:
    holder, *names = called
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"motcua {holder}")])
    # A node of a cluster is a server to its peers and a client of theirs; a service to its probe.
    uses = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    return (
        _begun(name, authority.subject, key.public_key(), now, _SERVER_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        .add_extension(
            x509.SubjectAlternativeName([_general_name(one) for one in names]), critical=False
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .sign(signer, hashes.SHA256())
    )


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before((now - _BACKDATED).astimezone(UTC))
        .not_valid_after((now + timedelta(days=days)).astimezone(UTC))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, key_cert_sign=signs_certificates, crl_sign=signs_certificates,
        content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _general_name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _key_text(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def _text(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
