"""Serving the node: everything started, then round after round until somebody ends it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from amanah.demo.services.keys import pinned
from amanah.demo.services.postgres import Postgres
from amanah.demo.services.processes import Supervisor
from amanah.exchange.transport import OtherContent, TransportError
from amanah.node import Node
from amanah.partner.serve import records, setup
from amanah.partner.serve.journal import Journal
from amanah.partner.serve.place import Place
from amanah.partner.serve.setup import Given
from amanah.settings_file import SettingsError
from schemas import agreement as agreements
from schemas.agreement import Agreement

Say = Callable[[str], None]
MOST_REPLACEMENTS = 5  # of one month's message that is refused again and again


def serve(
    folder: Path,
    agreement_file: Path,
    party: str,
    *,
    given: Given,
    count: int,
    months: int,
    every: float,
    say: Say,
) -> None:
    """Serve ``party``'s node in ``folder`` until ``KeyboardInterrupt``, which ends it in good order.

    Args:
        folder: kept; a second start goes on where the first ended.
        agreement_file: the agreement, for tests.
        party: whose node it is.
        given: keys that are not to be made.
        count: placements that the corridor of its records has.
        months: how many months it publishes; of a folder that is there, as at first.
        every: seconds from one round to the next.
        say: told where to put packages, and what happens to each.

    Raises:
        SettingsError: the agreement is not for tests, or does not know the party.
    """
    agreement = _agreed(agreement_file, party)
    partner = agreement.other(party)
    place = Place.open(folder, corridor=agreement.id, party=party, months=records.last_months(agreement, months))
    with Supervisor(place.folder) as supervisor:
        say(f"starting PostgreSQL, SFTP, HTTPS and {party}'s node in {place.folder}")
        postgres = Postgres(place.folder, place.postgres_port)
        postgres.start(supervisor)
        setup.node_database(place, postgres)
        setup.keys(place, partner, given)
        supervisor.launch(*(services := setup.exchange_point(place, partner)))
        node = setup.node(place, agreement_file, agreement, postgres)
        setup.for_partner(place, agreement_file, partner)
        supervisor.wait_ready(*services)
        try:
            made = records.generated(agreement, list(place.months), count)
            for month in place.months:
                for stream in agreement.streams:
                    records.load(node, made, stream, month)
            served = _Served(node, place, Journal(node), say)
            _tell(place, agreement, say)
            while True:
                served.round()
                time.sleep(every)
        except KeyboardInterrupt:
            say("ending; the folder is kept")
        finally:
            node.database.engine.dispose()


def _agreed(file: Path, party: str) -> Agreement:
    agreement = agreements.load(file)
    if agreement.environment != "test":
        raise SettingsError(f"{file}: environment is live; a node that is served has synthetic records, for tests only")
    if party not in agreement.parties:
        raise SettingsError(f"{file}: {party} is no party of it; it has {', '.join(agreement.parties)}")
    return agreement


@dataclass
class _Served:
    """The node and its rounds."""

    node: Node
    place: Place
    journal: Journal
    say: Say
    published: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    def round(self) -> None:
        """Collect, admit, deliver, publish, once each; what the wire does not do now it does in a later round."""
        for step in (self.node.collect, self.node.admit, self.node.deliver, self._publish):
            try:
                step()
            except (TransportError, OtherContent) as error:
                self.say(f"{step.__name__}: {error}")
            for line in self.journal.news():
                self.say(line)

    def _publish(self) -> None:
        """Publish each month; one that was refused is replaced, but not for ever."""
        for month in self.place.months:
            for stream in self.node.agreement.streams:
                published = self.published.setdefault((stream, month), set())
                if len(published) <= MOST_REPLACEMENTS:
                    published.add(self.node.publish(stream, month).message_id)


def _tell(place: Place, agreement: Agreement, say: Say) -> None:
    partner, folder = agreement.other(place.party), place.for_partner
    for line in (
        f"{place.party}'s node of {agreement.id} is up; what {partner} needs is in {folder}",
        f"  SFTP         127.0.0.1:{place.sftp_port} as {partner.lower()} with the key {folder / 'sftp'}",
        f"               host key {pinned(place.exchange / '.host_key')}",
        f"  packages     /{agreement.id}/{partner}/<stream>/, answers in /{agreement.id}/{place.party}/status/",
        f"  HTTPS        {place.api_url} as {setup.client_id(partner)}, CA {folder / 'ca.pem'}",
        f"               secret in {folder / 'secret.netrc'}",
        f"  encrypt to   {folder / f'{place.party}.cert.pgp'}",
        f"  sign with    {_signs_with(folder, partner)}",
        f"  check it     amanah partner check --settings {folder / 'partner.yaml'} --dir {place.folder / 'check'}",
        "  Ctrl-C ends it",
    ):
        say(line)


def _signs_with(folder: Path, partner: str) -> str:
    made = folder / f"{partner}.key.pgp"
    return str(made) if made.exists() else f"the secret key of {folder / f'{partner}.cert.pgp'}"
