"""A passkey in software: enough of an authenticator to register and to sign (WebAuthn)."""

import hashlib
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestedCredentialData, AuthenticatorData

ORIGIN, RP = "https://testserver", "testserver"
_FLAGS = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV


class Passkey:
    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(16)

    def register(self, options: dict[str, Any]) -> str:
        """The answer to `creation_options`, as the browser posts it."""
        self.user = options["publicKey"]["user"]["id"]
        public = ES256.from_cryptography_key(self.key.public_key())
        attested = AttestedCredentialData.create(b"\0" * 16, self.id, public)
        data = self._data(_FLAGS | AuthenticatorData.FLAG.AT, bytes(attested))
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        client = _client("webauthn.create", options["publicKey"]["challenge"])
        answer = {"attestationObject": _text(attestation), "clientDataJSON": _text(client)}
        return self._posted(answer | {"transports": []}, credProps={"rk": True})

    def sign(self, options: dict[str, Any]) -> str:
        """The answer to `request_options`, as the browser posts it."""
        data = self._data(_FLAGS)
        client = _client("webauthn.get", options["publicKey"]["challenge"])
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        answer = {
            "authenticatorData": _text(data),
            "clientDataJSON": _text(client),
            "signature": _text(signed),
            "userHandle": self.user,
        }
        return self._posted(answer)

    def _data(self, flags: int, attested: bytes = b"") -> bytes:
        digest = hashlib.sha256(RP.encode()).digest()
        return digest + bytes([flags]) + (0).to_bytes(4, "big") + attested

    def _posted(self, answer: dict[str, Any], **extensions: Any) -> str:
        name = _text(self.id)
        posted = {"type": "public-key", "id": name, "rawId": name, "response": answer}
        return json.dumps(posted | {"clientExtensionResults": extensions})


def _client(kind: str, challenge: str) -> bytes:
    challenge = _text(websafe_decode(challenge))
    return json.dumps({"type": kind, "challenge": challenge, "origin": ORIGIN}).encode()


def _text(value: bytes) -> str:
    return websafe_encode(value)
