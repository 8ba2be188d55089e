"""The editions of one node: freezing a quarter, drafting it, having it decided on, publishing it."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import reports
from amanah.exchange.certificate.certify import given_at
from amanah.exchange.endpoint import Endpoint
from amanah.node import freeze, signing
from amanah.node.cell_keys import noise_key
from amanah.node.edition import annex, place, versions
from amanah.node.settings import NodeSettings
from amanah.periods import checked_quarter, end_of, months_of
from amanah.store.locks import hold
from reports import meeting
from reports.meeting import Meeting
from reports.publication import Publication


class NoSuchVersion(LookupError):
    """A version was asked for that is not there; the text says what to do."""


@dataclass(frozen=True)
class Frozen:
    """One version of a quarter as it was frozen, and how much was missing then; safe to log."""

    quarter: str
    version: int
    snapshot_sha256: str
    missing: int


@dataclass(frozen=True)
class Published:
    """A published version: its files and their hashes, and which of them were written at the published place."""

    edition: reports.Edition
    written: tuple[str, ...]


@dataclass(frozen=True)
class Editions:
    """The editions of the node at ``endpoint``; every step can be done again, and killed anywhere."""

    endpoint: Endpoint
    settings: NodeSettings

    def freeze(self, quarter: str, revise: Mapping[str, str] | None = None) -> Frozen:
        """Freeze ``quarter``, once per version, and say which version that is.

        Without ``revise`` that is the version that was published last, or the first. With ``revise`` (the reason, by
        language) it is the version after it. A version that is not published is frozen anew once it was rejected, or
        when another reason is given. Raises ``NoSuchVersion`` when there is nothing to revise, ``ValueError`` for a
        reason that lacks a language of the report.
        """
        quarter = checked_quarter(quarter)
        with self.endpoint.database.engine.begin() as connection:
            hold(connection, f"edition {quarter}")
            last = versions.published(connection, quarter)
            version = self._revising(quarter, last, revise) if revise is not None else max(last, 1)
            folder = self.snapshot(quarter, version)
            if version > last and folder.exists():
                found = versions.decided(connection, freeze.digest(folder))
                rejected = found is not None and not found.approved
                if rejected or (revise is not None and _about(folder).get("reason") != dict(revise)):
                    shutil.rmtree(folder)
            digest = freeze.freeze(
                self.endpoint,
                quarter,
                folder,
                noise_key(self.settings, self.endpoint.agreement),
                version=version,
                reason=revise,
                meeting=self._meeting(quarter),
            )
        return Frozen(quarter, version, digest, len(_about(folder)["missing"]))

    def draft(self, quarter: str, version: int) -> reports.Edition:
        """Render a frozen version into the folder of drafts, stamped as one and unsigned."""
        return replace(self._rendered(quarter, version, self.drafts(quarter), draft=True), restricted="")

    def decide(self, frozen: Frozen, *, approved: bool, by: str, why: str) -> None:
        """Keep what was decided about a frozen version. What was rejected is frozen anew when it is made again."""
        with self.endpoint.database.engine.begin() as connection:
            versions.decide(
                connection,
                frozen.quarter,
                frozen.version,
                snapshot_sha256=frozen.snapshot_sha256,
                approved=approved,
                by=by,
                why=why,
            )

    def publish(self, quarter: str, version: int) -> Published:
        """Render a frozen version, sign it, note it, write the annex for its members, and put it where readers look."""
        readers = annex.readers(self.endpoint.agreement, self.settings.members)
        folder, snapshot = self.folder(quarter, version), self.snapshot(quarter, version)
        with self.endpoint.database.engine.begin() as connection:
            hold(connection, "publish an edition")  # so that each knows those that are out before it
            made = self._rendered(quarter, version, folder)
            signing.sign(folder, made.sha256, self.endpoint.us, self.endpoint.keys)
            annex.write(self._annex(quarter, version), made.restricted, self.endpoint.keys, readers)
            versions.note(
                connection,
                quarter,
                version,
                snapshot_sha256=freeze.digest(snapshot),
                reason=_about(snapshot).get("reason"),
                files=made.sha256,
            )
        written: list[str] = []
        if self.settings.published is not None:
            where = f"{self.endpoint.agreement.id}/{quarter}/v{version}"
            written = place.put(folder, self.settings.published.to, where)
        self._drop_draft(quarter, version)
        return Published(replace(made, restricted=""), tuple(written))

    def certified(self, quarter: str) -> bool:
        """Whether the partner's certificate of the quarter's last month is here."""
        return self._certified_at(quarter, self.endpoint.partner) is not None

    def waits_until(self, quarter: str) -> datetime:
        """When the quarter is evaluated at the latest, whatever is missing then.

        That is the agreed day; where we certified the last month too late for an answer by then, once the partner has
        had the agreed time for it.
        """
        agreement, us = self.endpoint.agreement, self.endpoint.us
        ended = end_of(months_of(quarter)[-1], agreement.parties[us].time_zone)
        agreed = ended + timedelta(days=agreement.deadlines.evaluation_days)
        certified = self._certified_at(quarter, us)
        if certified is None:
            return agreed
        return max(agreed, certified + timedelta(hours=agreement.deadlines.answer_hours))

    def waits(self, quarter: str) -> bool:
        """Whether there is something to wait for, and time to."""
        return not self.certified(quarter) and datetime.now(UTC) < self.waits_until(quarter)

    def snapshot(self, quarter: str, version: int) -> Path:
        """The folder of a frozen version."""
        return versions.folder_of(self.endpoint.folder / "snapshots", quarter, version)

    def folder(self, quarter: str, version: int) -> Path:
        """The folder of a published version."""
        return versions.folder_of(self.endpoint.folder / "editions", quarter, version)

    def drafts(self, quarter: str) -> Path:
        """The folder of the quarter's draft."""
        return self.endpoint.folder / "drafts" / quarter

    def _drop_draft(self, quarter: str, version: int) -> None:
        """What is published is no draft any more; a draft of another version stays."""
        about = self.drafts(quarter) / "publish.json"
        if about.exists() and Publication.model_validate_json(about.read_bytes()).about.version == version:
            shutil.rmtree(about.parent)

    def _certified_at(self, quarter: str, party: str) -> datetime | None:
        with self.endpoint.database.engine.connect() as connection:
            return given_at(connection, months_of(quarter)[-1], party)

    def _annex(self, quarter: str, version: int) -> Path:
        return self.endpoint.folder / "restricted" / quarter / f"v{version}"

    def _rendered(self, quarter: str, version: int, out: Path, *, draft: bool = False) -> reports.Edition:
        snapshot = self.snapshot(quarter, version)
        if not snapshot.exists():
            raise NoSuchVersion(f"version {version} of {quarter} is not frozen; freeze it first")
        shelf = self.endpoint.folder / "editions"
        with self.endpoint.database.engine.connect() as connection:
            earlier = versions.out_before(connection, shelf, quarter, version)
        agreement = self.endpoint.agreement
        return reports.evaluate(snapshot, agreement, out, agreement.report.languages, earlier, draft=draft)

    def _revising(self, quarter: str, last: int, reason: Mapping[str, str]) -> int:
        if not last:
            raise NoSuchVersion(f"{quarter} has no published version to revise; make it without a reason first")
        languages = self.endpoint.agreement.report.languages
        absent = [language for language in languages if not reason.get(language, "").strip()]
        unknown = [language for language in reason if language not in languages]
        if absent or unknown:
            said = f"it lacks {', '.join(absent)}" if absent else f"{', '.join(unknown)} is none of them"
            raise ValueError(f"say why {quarter} is revised in {', '.join(languages)}, once each: {said}")
        return last + 1

    def _meeting(self, quarter: str) -> Meeting:
        if self.settings.decisions is None:
            return Meeting()
        agreement = self.endpoint.agreement
        return meeting.load(
            self.settings.decisions, quarter, parties=agreement.parties, languages=agreement.report.languages
        )


def _about(snapshot: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((snapshot / "snapshot.json").read_text(encoding="utf-8"))
    return found
