"""The end of an admission, whatever it was: only one that ended with its process counts against the package.

It is noted in the database; and where that is what failed, beside the package, until the next admission.
"""

from pathlib import Path

from sqlalchemy.exc import OperationalError

from amanah.exchange import messages
from amanah.exchange.endpoint import Endpoint


def end(endpoint: Endpoint, message_id: str) -> None:
    """Note that the admission of ``message_id`` came to an end."""
    try:
        messages.end_try(endpoint.database, message_id)
    except OperationalError:
        _note(endpoint, message_id).touch(mode=0o600)
        raise


def catch_up(endpoint: Endpoint, message_id: str) -> None:
    """Bring into the database what could not be noted there."""
    note = _note(endpoint, message_id)
    if note.exists():
        messages.end_try(endpoint.database, message_id)
        note.unlink(missing_ok=True)


def _note(endpoint: Endpoint, message_id: str) -> Path:
    return endpoint.inbox(f".ended-{message_id}")
