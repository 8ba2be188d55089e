"""What an edition needs of the node beside its snapshot: the editions that are out already, and its noise's key."""

from pathlib import Path

from pydantic import ValidationError

from amanah.node.settings import NodeSettings, SettingsError
from amanah.node.signing import EditionError
from reports.publication import Publication
from schemas.agreement import Agreement


def before(folder: Path, quarter: str) -> tuple[Publication, ...]:
    """The editions below ``folder`` of quarters before ``quarter``, the oldest first.

    Raises ``EditionError`` for one that cannot be read: what it tells has to be known.
    """
    return tuple(_read(path) for path in sorted(folder.glob("*/publish.json")) if path.parent.name < quarter)


def _read(path: Path) -> Publication:
    try:
        return Publication.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise EditionError(
            f"{path}: no publish.json of this software ({error.error_count()} faults); make that edition again, or "
            "move its folder away where it was never given out"
        ) from error


def noise_key(settings: NodeSettings, agreement: Agreement) -> bytes | None:
    """The key of the noise where the agreement asks for it. Raises ``SettingsError`` where the node has none."""
    if agreement.report.disclosure != "noise":
        return None
    if settings.noise_key is None:
        raise SettingsError(
            "node.yaml, noise_key: not there, but report.disclosure of the agreement is noise; draw a secret of at "
            "least 32 characters, give the same to both nodes, and name it here as env:NAME"
        )
    return settings.noise_key.get_secret_value().encode()
