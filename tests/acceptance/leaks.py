"""Looks for values of records where none may be: in files, mails and databases, however they are written down."""

import html
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from email import message_from_bytes, policy
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

import psycopg
from psycopg import sql

from amanah.demo.corridor.corridor import Corridor
from amanah.demo.corridor.personal import REFERENCES
from schemas.streams import STREAMS

_WORD = re.compile(r"[^\W_]+")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})|\\[nrt]")

# Classified as personal, and still of no use to look for: a code, an amount, a district or a day of our own time, which
# a thousand people share.
_SHARED = {
    *("sex", "nationality", "birth_date_precision", "birth_date_calendar", "household_locality"),
    *("wage_amount", "earnings_amount", "worker_cost_amount", "claim_amount", "remedy_amount"),
    *("passport_issued_on", "passport_expires_on", "previous_passport_expiries", "visa_expires_on"),
    *("residence_expires_on", "absconding_reported_on", "absconding_revoked_on", "died_on"),
    *("kind", "further_kinds", "urgency", "outcome", "worker_sex", "trafficking_status"),
    *("forced_labour_indicators", "methods_of_control", "exploitation_types"),
}


def personal_values(corridor: Corridor) -> set[str]:
    """Every value in ``corridor`` that points at a person, as any system there ever showed it.

    Names and their parts, numbers of documents, birth dates and employers, by the classification in the contract.
    """
    found = corridor.personal_values()
    for party in corridor.parties:
        for name, stream in STREAMS.items():
            telling = [f for f in stream.fields if not stream.classification(f).may_be_shown]
            wanted = [f for f in telling if f not in _SHARED | REFERENCES]
            for month in corridor.window.months:
                for record in corridor.changes(party, name, month):
                    found |= {text for f in wanted for text in _texts(record.get(f))}
    return found


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, date):
        yield value.isoformat()
        yield f"{value:%d/%m/%Y}"
    elif value is not None:
        yield str(value)


class Detector:
    """Finds values in text as whole words, in any case, also where JSON, HTML or an address has escaped them."""

    def __init__(self, values: Iterable[str]) -> None:
        self._by_first: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        for value in values:
            if words := tuple(_words(value)):
                self._by_first[words[0]].add(words)

    def found(self, text: str) -> set[str]:
        """The values that stand in ``text``."""
        words = _words(_plain(text))
        hits: set[str] = set()
        if self._by_first.keys().isdisjoint(words):
            return hits
        for place, word in enumerate(words):
            for phrase in self._by_first.get(word, ()):
                if tuple(words[place : place + len(phrase)]) == phrase:
                    hits.add(" ".join(phrase))
        return hits

    def report(self, texts: Iterable[tuple[str, str]]) -> list[str]:
        """Where a value stands in ``texts`` (place, text); one line for each place."""
        found = lru_cache(maxsize=None)(self.found)  # Data Docs hold the same pictures again and again
        return [f"{place}: {', '.join(sorted(hits)[:5])}" for place, text in texts if (hits := found(text))]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _plain(text: str) -> str:
    """The text without the escapes of addresses, JSON and HTML."""

    def character(escape: re.Match[str]) -> str:
        return chr(int(escape[1], 16)) if escape[1] else " "

    for sign, undo in (("%", unquote), ("\\", lambda t: _ESCAPED.sub(character, t)), ("&", html.unescape)):
        text = undo(text) if sign in text else text
    return text


def texts_of_files(folder: Path, *, but: Iterable[str] = ()) -> Iterator[tuple[str, str]]:
    """The name and the content of every file below ``folder``, except in the files and folders that ``but`` names."""
    left_out = {path for pattern in but for path in folder.glob(pattern)}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if not path.is_file() or not left_out.isdisjoint([path, *path.parents]):
            continue
        yield f"the name of {name}", str(name)
        content = path.read_bytes()
        yield str(name), content.decode(errors="replace")
        if path.suffix == ".eml":
            yield f"{name}, decoded", _mail(content)


def _mail(content: bytes) -> str:
    """A mail as its reader sees it: headers and every part, decoded."""
    mail = message_from_bytes(content, policy=policy.default)
    parts = [str(part.get_content()) for part in mail.walk() if not part.is_multipart()]
    return "\n".join([*(f"{name}: {value}" for name, value in mail.items()), *parts])


def texts_of_database(connection: psycopg.Connection[tuple[object, ...]]) -> Iterator[tuple[str, str]]:
    """Every column of every table that holds text, JSON or bytes, all its rows together."""
    columns = connection.execute(
        "SELECT table_name, column_name, data_type FROM information_schema.columns JOIN information_schema.tables "
        "USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE' "
        "AND data_type IN ('character varying', 'text', 'json', 'jsonb', 'bytea', 'ARRAY') ORDER BY 1, 2"
    ).fetchall()
    for table, column, kind in columns:
        query = sql.SQL("SELECT {0} FROM {1} WHERE {0} IS NOT NULL")
        if kind != "bytea":
            query = sql.SQL("SELECT {0}::text FROM {1} WHERE {0} IS NOT NULL")
        rows = connection.execute(query.format(sql.Identifier(str(column)), sql.Identifier(str(table)))).fetchall()
        values = (v.decode(errors="replace") if isinstance(v, bytes) else str(v) for (v,) in rows)
        yield f"table {table}, column {column}", "\n".join(values)
