"""Our own key and certificate, made once and kept; and the servers' certificates that a person has trusted.

FOLDER/own/key.pem, own/certificate.der     ours; the thumbprint stays the same over restarts
FOLDER/trusted/THUMBPRINT.der               servers or their issuers, put there by `heatmon opcua trust`
FOLDER/seen/THUMBPRINT.der                  what a server showed without being trusted
"""

from __future__ import annotations

import os
import socket
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID_DAYS: Final = 3650
KEY_BITS: Final = 2048
DAY_S: Final = 86_400.0
_making = threading.Lock()


class CertificateFault(Exception):  # noqa: N818  it is a fault of a certificate, found, not raised by chance
    """What is wrong with a certificate. key: the catalogue's text, filled from params."""

    def __init__(self, key: str, **params: str | int) -> None:
        super().__init__(key)
        self.key, self.params = key, params


@dataclass(frozen=True, slots=True)
class Own:
    """Who we are: certificate, key, and the application URI that stands in the certificate."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey
    file: Path

    @property
    def uri(self) -> str:
        """The application URI."""
        return uris_of(self.certificate)[0]


def application_uri() -> str:
    """Our name among OPC UA applications unless the settings give another one."""
    return f"urn:{socket.gethostname()}:heatmon"


def thumbprint(certificate: x509.Certificate) -> str:
    """SHA-1 over the certificate, as OPC UA tools show it."""
    return certificate.fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303  OPC UA knows it by this


def uris_of(certificate: x509.Certificate) -> list[str]:
    """Application URIs in a certificate."""
    names = _alternative_names(certificate)
    return names.get_values_for_type(x509.UniformResourceIdentifier) if names else []


def hosts_of(certificate: x509.Certificate) -> list[str]:
    """Host names and addresses in a certificate."""
    names = _alternative_names(certificate)
    if names is None:
        return []
    addresses = names.get_values_for_type(x509.IPAddress)
    return names.get_values_for_type(x509.DNSName) + [str(address) for address in addresses]


def _alternative_names(certificate: x509.Certificate) -> x509.SubjectAlternativeName | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None


def days_left(certificate: x509.Certificate, now: datetime | None = None) -> float:
    """Days until it expires; negative afterwards."""
    return (certificate.not_valid_after_utc - (now or datetime.now(UTC))).total_seconds() / DAY_S


class Store:
    """The folder of certificates."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def own(self, uri: str | None = None) -> Own:
        """Our certificate and key; made when there are none, with this application URI.

        Raises OSError, or ValueError when they are damaged.
        """
        key_file, file = self.folder / "own" / "key.pem", self.folder / "own" / "certificate.der"
        with _making:
            if not file.exists() or not key_file.exists():
                _make(key_file, file, uri or application_uri())
            certificate = x509.load_der_x509_certificate(file.read_bytes())
            key = serialization.load_pem_private_key(key_file.read_bytes(), None)
        if not isinstance(key, rsa.RSAPrivateKey) or key.public_key() != certificate.public_key():
            raise ValueError(f"{key_file} is not the key of {file}")
        return Own(certificate, key, file)

    def retire(self) -> None:
        """Put our certificate and key aside; the next `own` makes new ones. Raises OSError."""
        now = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        with _making:
            for name in ("key.pem", "certificate.der"):
                file = self.folder / "own" / name
                if file.exists():
                    file.replace(file.with_name(f"{now}-{name}"))

    def trust(self, certificate: x509.Certificate) -> Path:
        """Trust this certificate from now on: an act of a person."""
        return self._put("trusted", certificate)

    def remember(self, certificate: x509.Certificate) -> Path:
        """Keep what a server showed, so that a person can look at it. It is not trusted by that."""
        return self._put("seen", certificate)

    def trusted(self) -> list[x509.Certificate]:
        """All that are trusted; files that hold no certificate are passed over."""
        return [
            found
            for file in sorted((self.folder / "trusted").glob("*"))
            if (found := _load(file)) is not None
        ]

    def is_trusted(self, certificate: x509.Certificate) -> bool:
        """Whether it, or the issuer that signed it, has been trusted."""
        return any(other == certificate or _issued_by(certificate, other) for other in self.trusted())

    def check(self, certificate: x509.Certificate, *, accept_expired: bool = False) -> None:
        """Whether a server that shows this may be talked to. Raises CertificateFault."""
        if not self.is_trusted(certificate):
            self.remember(certificate)
            raise CertificateFault("opcua.certificate.untrusted", thumbprint=thumbprint(certificate))
        now = datetime.now(UTC)
        if certificate.not_valid_before_utc > now:
            begins = f"{certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
            raise CertificateFault("opcua.certificate.not_yet", begins=begins)
        if certificate.not_valid_after_utc < now and not accept_expired:
            raise CertificateFault(
                "opcua.certificate.expired", ended=f"{certificate.not_valid_after_utc:%Y-%m-%d}"
            )

    def _put(self, where: str, certificate: x509.Certificate) -> Path:
        file = self.folder / where / f"{thumbprint(certificate)}.der"
        if not file.exists():
            _write(file, certificate.public_bytes(serialization.Encoding.DER), 0o644)
        return file


def read_certificate(file: Path) -> x509.Certificate:
    """A certificate in DER or PEM. Raises OSError or ValueError."""
    data = file.read_bytes()
    if data.lstrip().startswith(b"-----BEGIN"):
        return x509.load_pem_x509_certificate(data)
    return x509.load_der_x509_certificate(data)


def read_key(file: Path) -> rsa.RSAPrivateKey:
    """An RSA key in PEM or DER, without a passphrase. Raises OSError or ValueError."""
    data = file.read_bytes()
    pem = data.lstrip().startswith(b"-----BEGIN")
    load = serialization.load_pem_private_key if pem else serialization.load_der_private_key
    key = load(data, None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError(f"{file} is no RSA key")  # noqa: TRY004  a bad file, not a bad argument
    return key


def _load(file: Path) -> x509.Certificate | None:
    try:
        return read_certificate(file)
    except (OSError, ValueError):
        return None


def _issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        basic = issuer.extensions.get_extension_for_class(x509.BasicConstraints)
        if not basic.value.ca:
            return False
        certificate.verify_directly_issued_by(issuer)
    except (x509.ExtensionNotFound, ValueError, TypeError, InvalidSignature):
        return False
    return True


def _make(key_file: Path, file: Path, uri: str) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    named = {NameOID.COMMON_NAME: "heatmon", NameOID.ORGANIZATION_NAME: "heatmon"}
    name = x509.Name([x509.NameAttribute(oid, text) for oid, text in named.items()])
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=True, data_encipherment=True,
        key_agreement=False, key_cert_sign=True, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # Servers whose clock is behind ours must not find it "not yet valid".
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=VALID_DAYS))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.UniformResourceIdentifier(uri), x509.DNSName(socket.gethostname())]
            ),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(key_file, pem, 0o600)
    _write(file, certificate.public_bytes(serialization.Encoding.DER), 0o644)


def _write(file: Path, data: bytes, mode: int) -> None:
    """Whole or not at all, readable as `mode` says from the first byte on."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    half = file.with_suffix(".part")
    half.unlink(missing_ok=True)
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    half.replace(file)
