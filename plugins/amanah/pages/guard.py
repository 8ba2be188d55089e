"""What keeps a page from being used against the one who looks at it.

A form carries a token that only this node could have made for this visitor; a request that a browser says comes from
another site is refused; and no page runs a script, loads anything from elsewhere or stands in somebody else's frame.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from pathlib import Path

from fastapi import Request

from amanah.pages.visitors import Forbidden

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'self'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
_KEY = "pages.key"
_KEY_BYTES = 32
_SAME_SITE = {"same-origin", "none"}  # "none": typed in, or opened from a mail


def token(store: Path, name: str) -> str:
    """The token for the forms of the visitor ``name``."""
    return hmac.new(_key(store), name.encode(), hashlib.sha256).hexdigest()


def check_form(request: Request, store: Path, name: str, given: str) -> None:
    """Raise ``Forbidden`` for a form that is not ours, or that another site sent."""
    if request.headers.get("sec-fetch-site", "none") not in _SAME_SITE:
        raise Forbidden
    if not hmac.compare_digest(token(store, name).encode(), given.encode()):
        raise Forbidden


def _key(store: Path) -> bytes:
    """The node's own secret, made when it is first needed; all processes of a node share it."""
    path = store / _KEY
    if not path.exists():
        fresh = store / f".{_KEY}.{secrets.token_hex(8)}"
        fresh.touch(mode=0o600)
        fresh.write_bytes(secrets.token_bytes(_KEY_BYTES))
        try:
            path.hardlink_to(fresh)  # whoever comes first has made it
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_bytes()
