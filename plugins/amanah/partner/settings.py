"""How a partner reaches a node that it wants to try: one ``partner.yaml``, with entries as in ``node.yaml``."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from amanah.exchange.seal.keyring import Keys
from amanah.node.settings import ApiPoint, ExchangePoint, KeySettings
from amanah.settings_file import Located, SettingsError, load
from schemas import agreement as agreements
from schemas.agreement import Agreement


class PartnerSettings(BaseModel):
    """Who we are, the agreement, our keys and the node's certificate, and the wires to the exchange point."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    party: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    agreement: Located
    keys: KeySettings
    sftp: ExchangePoint | None = None
    api: ApiPoint | None = None

    @classmethod
    def load(cls, path: Path) -> Self:
        """Load ``path``. Raises ``SettingsError`` naming every fault at once."""
        found = load(path, cls)
        if found.sftp is None and found.api is None:
            raise SettingsError(f"{path}: needs sftp or api, or both: where is the exchange point?")
        return found

    def agreed(self) -> Agreement:
        """The agreement. Raises ``SettingsError`` for live data, and where we are no party."""
        agreement = agreements.load(self.agreement)
        if agreement.environment != "test":
            raise SettingsError(
                f"{self.agreement}: environment is {agreement.environment}; what is sent here is wrong on purpose, and "
                "goes to nobody but a test: use an agreement with environment: test"
            )
        if self.party not in agreement.parties:
            known = ", ".join(agreement.parties)
            raise SettingsError(f"{self.agreement}: {self.party} is no party of it; it has {known}")
        return agreement

    def keyring(self, agreement: Agreement) -> Keys:
        """What packages are sealed and opened with."""
        return Keys(
            self.keys.our_material,
            self.keys.partner,
            self.keys.passphrase.get_secret_value() if self.keys.passphrase else None,
            our_pins=agreement.parties[self.party].keys,
            partner_pins=agreement.parties[agreement.other(self.party)].keys,
            profile=agreement.package.seal,
        )
