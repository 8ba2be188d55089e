"""Answers of a REST system, and those kept so that what has not changed is not sent again.

HTTP's own way (RFC 9110, section 13): each answer is kept under the URL that brought it, with its ETag; the same
question names the tag, and the system says 304 instead of answering again. The question holds the window, so this
spares what is asked twice: a month read again after a refused batch or a failed run.
"""

import hashlib
import json
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

KEPT_FOR = 7 * 24 * 3600  # seconds


@dataclass(frozen=True)
class Answer:
    """What came: the body, and where the system says the next page is."""

    content: bytes = field(repr=False)
    next_url: str | None = field(default=None, repr=False)
    etag: str | None = None


class KeptAnswers:
    """Answers in a private folder, one file each, named by a hash; without a folder nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        """Make the folder if needed, and remove what is older than a week."""
        self._folder = folder
        if folder is None:
            return
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        oldest = time.time() - KEPT_FOR
        for path in folder.glob("*.answer*"):
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)

    def find(self, url: httpx.URL) -> Answer | None:
        """The answer kept for ``url``, or None. One that is not whole any more is removed."""
        path = self._path(url)
        if path is None or not path.exists():
            return None
        head, _, content = path.read_bytes().partition(b"\n")
        try:
            told = json.loads(head)
            whole = told["sha256"] == hashlib.sha256(content).hexdigest()
            answer = Answer(content, told["next_url"], told["etag"])
        except (ValueError, KeyError, TypeError):
            whole = False
        if not whole:
            path.unlink(missing_ok=True)
            return None
        return answer

    def keep(self, url: httpx.URL, answer: Answer) -> None:
        """Keep ``answer`` for ``url``, if the system gave it a tag."""
        path = self._path(url)
        if path is None or answer.etag is None or not answer.etag.isascii():  # such a tag could not be sent back
            return
        told = {"etag": answer.etag, "next_url": answer.next_url, "sha256": hashlib.sha256(answer.content).hexdigest()}
        part = path.with_suffix(".answer-part")
        part.touch(mode=0o600)
        part.write_bytes(json.dumps(told).encode() + b"\n" + answer.content)
        part.replace(path)

    def _path(self, url: httpx.URL) -> Path | None:
        return self._folder / f"{hashlib.sha256(str(url).encode()).hexdigest()}.answer" if self._folder else None
