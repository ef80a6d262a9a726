"""Which endpoint of a server is used, with which policy: the strongest not retired, unless named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from asyncua import ua
from asyncua.crypto import security_policies
from cryptography import x509

from heatmon_drivers.opcua.certificates import Own
from heatmon_drivers.opcua.options import RETIRED, LinkOptions
from heatmon_drivers.opcua.trouble import trouble

URI: Final = "http://opcfoundation.org/UA/SecurityPolicy#"
NONE: Final = "None"
STRONGEST_FIRST: Final = ("Aes256_Sha256_RsaPss", "Basic256Sha256", "Aes128_Sha256_RsaOaep")
POLICIES: Final = {
    "Basic256Sha256": security_policies.SecurityPolicyBasic256Sha256,
    "Aes128_Sha256_RsaOaep": security_policies.SecurityPolicyAes128Sha256RsaOaep,
    "Aes256_Sha256_RsaPss": security_policies.SecurityPolicyAes256Sha256RsaPss,
    "Basic256": security_policies.SecurityPolicyBasic256,
    "Basic128Rsa15": security_policies.SecurityPolicyBasic128Rsa15,
}
MODES: Final = {
    "sign": ua.MessageSecurityMode.Sign,
    "sign_and_encrypt": ua.MessageSecurityMode.SignAndEncrypt,
}


@dataclass(frozen=True, slots=True)
class Choice:
    """An endpoint: policy by name, mode, and the server's certificate in DER (empty where it shows none)."""

    policy: str
    mode: ua.MessageSecurityMode
    certificate: bytes

    @classmethod
    def open_channel(cls) -> Choice:
        """Neither signed nor encrypted."""
        return cls(NONE, ua.MessageSecurityMode.None_, b"")

    @property
    def secured(self) -> bool:
        """Whether the channel is signed."""
        return self.policy != NONE


def offers(endpoints: Sequence[ua.EndpointDescription]) -> list[tuple[str, ua.MessageSecurityMode, bytes]]:
    """(policy, mode, certificate) of what a server offers over TCP."""
    return [
        (str(one.SecurityPolicyUri).rpartition("#")[2], one.SecurityMode, bytes(one.ServerCertificate or b""))
        for one in endpoints
        if str(one.EndpointUrl or "").startswith("opc.tcp")
    ]


def choose(endpoints: Sequence[ua.EndpointDescription], options: LinkOptions) -> Choice:
    """The endpoint to use. Raises DriverError that lists what the server offers."""
    offered = offers(endpoints)
    wanted = options.security.policy
    if wanted == NONE:
        certificate = next((one for _, _, one in offered if one), b"")
        return Choice(NONE, ua.MessageSecurityMode.None_, certificate)
    mode = MODES[options.security.mode]
    names = STRONGEST_FIRST if wanted == "best" else (wanted,)
    for name in names:
        for policy, its_mode, certificate in offered:
            if policy == name and its_mode == mode and certificate:
                return Choice(name, mode, certificate)
    shown = ", ".join(sorted({f"{policy}/{its_mode.name}" for policy, its_mode, _ in offered})) or "–"
    key = "opcua.trouble.no_policy"
    if wanted == "best" and {policy for policy, _, _ in offered} <= RETIRED | {NONE}:
        key = "opcua.trouble.only_weak"
    raise trouble("connect", "encryption", key, wanted=f"{wanted}/{mode.name}", offered=shown)


def policy_of(choice: Choice, own: Own) -> security_policies.SecurityPolicy:
    """The library's policy object for a secured channel."""
    peer = peer_certificate(choice.certificate)
    return POLICIES[choice.policy](peer, own.certificate, own.key, choice.mode)


def peer_certificate(data: bytes) -> x509.Certificate:
    """The server's own certificate out of what may be a chain. Raises ValueError."""
    # DER: a sequence with a two-byte length; what follows it are its issuers.
    size = int.from_bytes(data[2:4], "big") + 4
    return x509.load_der_x509_certificate(data[:size])
