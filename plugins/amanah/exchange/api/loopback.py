"""Which addresses stay on this machine: there, and only there, plain HTTP is allowed."""

from ipaddress import ip_address
from urllib.parse import urlsplit


def on_this_machine(host: str) -> bool:
    """Whether ``host`` is a loopback address or ``localhost``."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_safe(url: str) -> bool:
    """Whether a secret may be sent to ``url``: https, or an address of this machine; and nothing hidden in it."""
    parts = urlsplit(url)
    named = bool(parts.hostname) and parts.username is None and parts.password is None
    return named and (parts.scheme == "https" or (parts.scheme == "http" and on_this_machine(parts.hostname or "")))
