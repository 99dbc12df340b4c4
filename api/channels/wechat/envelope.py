"""What surrounds a push: WeChat's signatures, its encryption, and that nothing is taken twice.

"Message encryption and decryption" in WeChat's documentation of Official Accounts: the key is the EncodingAESKey
with `=`, decoded from base64; AES-256-CBC with the key's first 16 bytes as IV; PKCS#7 in blocks of 32 bytes; inside
are 16 random bytes, the message's length in 4 bytes, the message, and the AppID.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC

from api.channels.wechat.push import BadPush, Values, cdata, read_values

Mode = Literal["plain", "compatible", "safe"]

BLOCK = 32
HEAD = 20  # 16 random bytes and the length
RETRY_SECONDS = 30.0
MOST_REMEMBERED = 65_536
# One way of writing each, and short: the parts of a signature are joined without separators, so nothing may be moved
# from one part to another.
_TIMESTAMP = re.compile("[1-9][0-9]{0,11}")
_NONCE = re.compile("[0-9A-Za-z_-]{1,32}")


class Refused(ValueError):
    """A push is not taken. It says nothing more, so that all refusals are alike."""

    def __init__(self) -> None:
        super().__init__()


@dataclass(frozen=True)
class Opened:
    """The XML of a push, and whether it came encrypted, as the reply must then be."""

    xml: bytes
    encrypted: bool


class Replays:
    """Knows the pushes of the last minutes, so that nobody sends one again, or another in its name.

    Only pushes with right signatures are remembered; beyond `most` the oldest are forgotten. It lives in this process.
    """

    def __init__(self, keep_seconds: float, most: int = MOST_REMEMBERED) -> None:
        self._keep = keep_seconds
        self._most = most
        self._seen: OrderedDict[str, tuple[float, bytes]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._seen)

    def admits(self, signature: str, xml: bytes, now: float) -> bool:
        """Whether the signature is new, or comes within 30 s of its first time with the same XML: WeChat's retry."""
        while self._seen and next(iter(self._seen.values()))[0] + self._keep < now:
            self._seen.popitem(last=False)
        body = hashlib.sha256(xml).digest()
        first, known = self._seen.setdefault(signature, (now, body))
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)
        return known == body and now - first <= RETRY_SECONDS


class Envelope:
    """Checks, opens and closes what is exchanged with WeChat's server."""

    def __init__(self, token: str, app_id: str, aes_key: str | None, mode: Mode, clock_seconds: float) -> None:
        """Raises ValueError when the token or AppID is empty, or the key is missing or not 43 letters and digits."""
        if not token or not app_id:
            raise ValueError("WeChat's token and AppID must not be empty.")
        if mode != "plain" and aes_key is None:
            raise ValueError("An EncodingAESKey is needed unless WeChat's mode is plain.")
        self._token = token
        self._app_id = app_id
        self._key = None if aes_key is None else key_of(aes_key)
        self._mode = mode
        self._clock_seconds = clock_seconds
        self.replays = Replays(2 * clock_seconds)

    def check_url(self, signature: str, timestamp: str, nonce: str, now: float) -> bool:
        """Whether WeChat signed this timestamp and nonce, not too far from now; in constant time."""
        shaped = bool(_TIMESTAMP.fullmatch(timestamp) and _NONCE.fullmatch(nonce))
        if not shaped or abs(int(timestamp) - now) > self._clock_seconds:
            return False
        return _same(signature, signature_of(self._token, timestamp, nonce))

    def open(self, query: Mapping[str, str], body: bytes, now: float) -> Opened:
        """Open a push. Raises Refused, always the same, for whatever reason.

        The query's signature is checked before the body is looked at, and the body's before it is decrypted, so
        that nobody without the token sees the difference between one failure and another.
        """
        opened = self._opened(query, body, now)
        if opened is None:
            raise Refused
        return opened

    def seal(self, xml: bytes, timestamp: int, nonce: str, encrypted: bool) -> bytes:
        """The reply as it is sent: encrypted and signed when the push was, else the same bytes."""
        if not encrypted:
            return xml
        if self._key is None:
            raise ValueError("Nothing can be encrypted without an EncodingAESKey.")
        sealed = encrypt(self._key, self._app_id, xml, secrets.token_hex(8).encode())
        signature = signature_of(self._token, str(timestamp), nonce, sealed)
        return (
            f"<xml><Encrypt>{cdata(sealed)}</Encrypt><MsgSignature>{cdata(signature)}</MsgSignature>"
            f"<TimeStamp>{timestamp:d}</TimeStamp><Nonce>{cdata(nonce)}</Nonce></xml>"
        ).encode()

    def _opened(self, query: Mapping[str, str], body: bytes, now: float) -> Opened | None:
        signature, timestamp, nonce = (query.get(name, "") for name in ("signature", "timestamp", "nonce"))
        if not self.check_url(signature, timestamp, nonce, now):
            return None
        values = _values(body)
        if values is None:
            return None
        sealed = values.top.get("Encrypt")
        if sealed is None:
            xml = None if self._mode == "safe" else body
        else:
            xml = self._decrypted(query.get("msg_signature", ""), timestamp, nonce, sealed.strip())
        if xml is None or not self.replays.admits(signature, xml, now):
            return None
        return Opened(xml, encrypted=sealed is not None)

    def _decrypted(self, signature: str, timestamp: str, nonce: str, sealed: str) -> bytes | None:
        if self._mode == "plain" or self._key is None:
            return None
        if not _same(signature, signature_of(self._token, timestamp, nonce, sealed)):
            return None
        return decrypt(self._key, self._app_id, sealed)


def signature_of(token: str, *parts: str) -> str:
    """WeChat's signature: SHA-1 of the token and the parts, sorted and joined."""
    joined = b"".join(sorted(_bytes(part) for part in (token, *parts)))
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()


def key_of(aes_key: str) -> bytes:
    """The 32 bytes of an EncodingAESKey. Raises ValueError when it is not 43 letters and digits."""
    if not re.fullmatch("[0-9A-Za-z]{43}", aes_key):
        raise ValueError("An EncodingAESKey has 43 letters and digits.")
    return base64.b64decode(aes_key + "=")


def encrypt(key: bytes, app_id: str, message: bytes, random: bytes) -> str:
    """A message for the account, encrypted with 16 random bytes before it; base64."""
    plain = random + len(message).to_bytes(4, "big") + message + app_id.encode()
    padding = BLOCK - len(plain) % BLOCK
    cipher = Cipher(AES256(key), CBC(key[:16])).encryptor()
    return base64.b64encode(cipher.update(plain + bytes([padding]) * padding) + cipher.finalize()).decode()


def decrypt(key: bytes, app_id: str, sealed: str) -> bytes | None:
    """The message, or None when anything is wrong with it: base64, padding, length or AppID, all looked at together."""
    try:
        coded = base64.b64decode(_bytes(sealed), validate=True)
    except binascii.Error:
        return None
    if not coded or len(coded) % BLOCK:
        return None
    cipher = Cipher(AES256(key), CBC(key[:16])).decryptor()
    plain = cipher.update(coded) + cipher.finalize()
    padding = min(max(plain[-1], 1), BLOCK)
    owner = app_id.encode()
    end = len(plain) - padding - len(owner)
    right = padding == plain[-1]
    right &= hmac.compare_digest(plain[-padding:], bytes([plain[-1]]) * padding)
    right &= int.from_bytes(plain[16:HEAD], "big") == end - HEAD
    right &= hmac.compare_digest(plain[end : len(plain) - padding], owner)
    return plain[HEAD:end] if right else None


def _values(body: bytes) -> Values | None:
    try:
        return read_values(body)
    except BadPush:
        return None


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(_bytes(given), _bytes(right))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # whatever a query held, it can be compared
