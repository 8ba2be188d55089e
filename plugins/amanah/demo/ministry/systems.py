"""Which systems each party has, where they are on this machine, and in which of them a record lives."""

from collections import abc
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import SecretStr

from amanah.demo.corridor.views import SECOND
from amanah.sources import Mapping, OAuth2, SourceConnection, load

_FOLDER = Path(__file__).parent / "mappings"

# A record lives in the first system of its stream that takes it; the last one takes what is left.
PARTIES: abc.Mapping[str, tuple[str, ...]] = {
    "IDN": ("siapkerja", "siskop2mi", "peduli_wni", "kbri_riyadh", "crisis_center"),
    "SAU": ("eastern_office", "musaned", "mhrsd_disputes"),
}
ABROAD = "peduli_wni"  # what citizens abroad say of themselves; no record of a placement lives there
# The newer register has those who had to register again, and one in ten of the others.
_ONLY_REFS = {"siapkerja": ("0", SECOND)}  # system -> how the references of the records that live there end
CLIENT_ID, TOKEN_PATH = "amanah-node", "/token"
WITH_CLIENT_CREDENTIALS = frozenset({"musaned"})


@dataclass(frozen=True)
class Systems:
    """Where one party's systems keep their data: one SQL database, also behind REST, and a folder of drops."""

    sql_url: str
    drop: Path

    def drop_folder(self, name: str) -> Path:
        """The folder of the drop ``name``."""
        return self.drop / name


def consolidation_path(party: str) -> Path | None:
    """The file that says how the systems of ``party`` make one record together; None where each record has one."""
    path = _FOLDER / f"{party.lower()}.consolidation.yaml"
    return path if path.exists() else None


def mapping_path(name: str) -> Path:
    """The mapping file of the system ``name``."""
    return _FOLDER / f"{name}.yaml"


@cache
def mappings(party: str) -> tuple[Mapping, ...]:
    """The mappings of every system of ``party``. Raises ``ValueError`` for a party without a ministry here."""
    if party not in PARTIES:
        raise ValueError(f"no ministry for party {party!r}; there are {', '.join(PARTIES)}")
    return tuple(load(mapping_path(name)) for name in PARTIES[party])


def home(party: str, stream: str, record: abc.Mapping[str, object]) -> Mapping:
    """The system of ``party`` in which ``record`` (contract fields) lives."""
    return next(
        mapping
        for mapping in mappings(party)
        if mapping.stream == stream
        and mapping.name != ABROAD
        and str(record.get("record_ref")).endswith(_ONLY_REFS.get(mapping.name, ("",)))
        and all(rule.constant in (None, record.get(field)) for field, rule in mapping.fields.items())
    )


def connection_to(
    mapping: Mapping, systems: Systems, *, rest_url: str | None = None, token: SecretStr | None = None
) -> SourceConnection:
    """How a node reaches the system of ``mapping``.

    ``rest_url`` and ``token`` are those of the REST service; some systems there take the token as a client's secret
    only.
    """
    if mapping.kind == "sql":
        return SourceConnection(url=systems.sql_url)
    if mapping.kind in ("csv", "xlsx"):
        return SourceConnection(url=str(systems.drop_folder(mapping.name)))
    if rest_url is None:
        raise ValueError(f"{mapping.name} is behind REST: give rest_url")
    if token is not None and mapping.name in WITH_CLIENT_CREDENTIALS:
        client = OAuth2(token_url=f"{rest_url}{TOKEN_PATH}", client_id=CLIENT_ID, client_secret=token)
        return SourceConnection(url=rest_url, oauth2=client)
    return SourceConnection(url=rest_url, token=token)
