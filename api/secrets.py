"""What the installation's key is used for: keeping text unreadable on disk, finding it again, signing links."""

import base64
import hashlib
import hmac
from functools import cached_property

from cryptography.fernet import Fernet
from itsdangerous import URLSafeTimedSerializer
from pydantic import SecretStr


class Secrets:
    """Keys derived from the one in the settings, a different one for each use."""

    def __init__(self, secret_key: SecretStr) -> None:
        self._key = secret_key.get_secret_value().encode()

    def _derived(self, use: str) -> bytes:
        return hmac.digest(self._key, use.encode(), hashlib.sha256)

    @cached_property
    def box(self) -> Fernet:
        """Encrypts what is kept."""
        return Fernet(base64.urlsafe_b64encode(self._derived("box")))

    def mark(self, text: str) -> str:
        """What a text is found by without being kept: 64 hex digits."""
        return hmac.new(self._derived("mark"), text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    def signer(self, use: str) -> URLSafeTimedSerializer:
        """Signs what goes into a link, with the time."""
        how = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
        return URLSafeTimedSerializer(self._derived("signer"), salt=use, signer_kwargs=how)
