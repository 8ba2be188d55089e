"""Which files at the exchange point would be new to this node, said so briefly that a waiting trigger can carry it.

Per stream, the number up to which nothing is missing, and the numbers beyond it that came early: a few dozen bytes
after years of messages, where a list of what has come would grow for ever.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import select

from amanah.exchange import again, messages
from amanah.exchange.endpoint import Endpoint
from amanah.store.tables import message
from schemas.envelope import MessageId


@dataclass(frozen=True)
class Awaited:
    """What of one stream is here: everything up to ``upto``, and the numbers ``beyond`` that."""

    folder: str
    sender: str
    receiver: str
    stream: str
    upto: int
    beyond: tuple[int, ...]

    def is_new(self, file_name: str) -> bool:
        """Whether ``file_name`` is a message to us in this stream that is not here."""
        try:
            found = MessageId.parse(file_name.removesuffix(".tar.pgp"))
        except ValueError:
            return False
        ours = (found.sender, found.receiver, found.stream) == (self.sender, self.receiver, self.stream)
        return (
            ours and file_name == found.file_name and found.sequence > self.upto and found.sequence not in self.beyond
        )

    def as_json(self) -> dict[str, Any]:
        """As a trigger keeps it in Airflow's database: names of folders and numbers, nothing personal."""
        return {**vars(self), "beyond": list(self.beyond)}

    @classmethod
    def of_json(cls, content: Mapping[str, Any]) -> Self:
        """What ``as_json`` made."""
        return cls(**{**content, "beyond": tuple(content["beyond"])})


def awaited(endpoint: Endpoint) -> list[Awaited]:
    """What of each stream of the partner is here already; what is to be fetched again is not."""
    columns = (message.c.stream, message.c.sequence, message.c.message_id, message.c.state)
    query = select(*columns).where(message.c.direction == messages.IN)
    here: dict[str, set[int]] = {stream: set() for stream in endpoint.streams}
    with endpoint.database.engine.connect() as connection:
        for stream, sequence, message_id, state in connection.execute(query):
            if not again.is_wanted(endpoint, message_id, state):
                here.setdefault(stream, set()).add(sequence)
    return [_of_stream(endpoint, stream, here[stream]) for stream in endpoint.streams]


def _of_stream(endpoint: Endpoint, stream: str, here: Iterable[int]) -> Awaited:
    numbers = set(here)
    upto = 0
    while upto + 1 in numbers:
        upto += 1
    beyond = tuple(sorted(number for number in numbers if number > upto))
    folder = f"/{endpoint.agreement.id}/{endpoint.partner}/{stream}"
    return Awaited(folder, endpoint.partner, endpoint.us, stream, upto, beyond)
