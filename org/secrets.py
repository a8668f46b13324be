"""TOTP secrets and recovery seeds are encrypted at rest with a key made from SECRET_KEY."""

import base64
import hashlib

from cryptography.fernet import Fernet
from django.conf import settings


def _box() -> Fernet:
    key = hashlib.sha256(b"org.secrets:" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def encrypt(text: str) -> str:
    return _box().encrypt(text.encode()).decode()


def decrypt(text: str) -> str:
    return _box().decrypt(text.encode()).decode()
