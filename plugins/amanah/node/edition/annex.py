"""The restricted annex: the exact figures of an edition, readable by the members and by us, and by nobody else.

It stands in a folder of its own, never among the published files. Its content is written nowhere else.
"""

from collections.abc import Mapping
from pathlib import Path

from amanah.exchange.seal.keyring import Keys
from amanah.exchange.seal.readers import seal_to
from amanah.settings_file import SettingsError
from schemas.agreement import Agreement

NAME = "restricted.csv.pgp"


def write(folder: Path, content: str, keys: Keys, certificates: list[Path]) -> Path:
    """Sign ``content`` and encrypt it to the holders of ``certificates`` and to us; return where it is.

    It is encrypted anew each time, so that whoever has become a member can read it. Raises ``KeyFault`` for a
    certificate that cannot be used.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    sealed = folder / NAME
    seal_to(content.encode(), sealed, keys, certificates)
    return sealed


def readers(agreement: Agreement, given: Mapping[str, Path]) -> list[Path]:
    """The certificates in ``node.yaml`` (address -> file), each of a member that the agreement names.

    Raises ``SettingsError`` for one of somebody else: nobody gets exact figures whom both sides have not named.
    """
    named = [member.mail for member in agreement.report.members]
    strangers = [address for address in given if address not in named]
    if strangers:
        raise SettingsError(
            f"node.yaml's members has {', '.join(strangers)}; the agreement's report.members names "
            f"{', '.join(named) or 'nobody'}"
        )
    return [given[address] for address in named if address in given]
