"""How a node is configured: one ``node.yaml``. Secrets are named there (``env:NAME``), never written."""

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationInfo

from amanah.cases.mail_server import MailSettings
from amanah.exchange.api.client_settings import ApiSettings
from amanah.exchange.sftp import SftpSettings
from amanah.settings_file import Located, SettingsError, beside_the_file, load
from amanah.sources import SourceConnection

__all__ = ["KeySettings", "NodeSettings", "SettingsError", "SourceSettings"]


_ARMORED_KEY = "-----BEGIN PGP PRIVATE KEY BLOCK-----"


def _one_or_several(value: object) -> object:
    return value if isinstance(value, list | tuple) else (value,)


def _file_or_key(value: object, info: ValidationInfo) -> object:
    """A path beside the file, or the key itself where ``env:NAME`` gave it: ``gpg --armor --export-secret-keys``."""
    if isinstance(value, str) and value.lstrip().startswith(_ARMORED_KEY):
        return SecretStr(value)
    return beside_the_file(value, info)


Material = Annotated[Path | SecretStr, BeforeValidator(_file_or_key)]


class KeySettings(BaseModel):
    """Our secret keys and the partner's certificates, one or several, as ``gpg --export`` writes them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ours: Annotated[tuple[Material, ...], Field(min_length=1), BeforeValidator(_one_or_several)]
    partner: Annotated[tuple[Located, ...], Field(min_length=1), BeforeValidator(_one_or_several)]
    passphrase: SecretStr | None = None

    @property
    def our_material(self) -> tuple[Path | bytes, ...]:
        """Our keys as the keyring takes them."""
        return tuple(each if isinstance(each, Path) else each.get_secret_value().encode() for each in self.ours)


class ExchangePoint(SftpSettings):
    """The SFTP exchange point, with the key's path beside ``node.yaml``."""

    private_key: Located


class LedgerSettings(BaseModel):
    """How much room the ledger may take: PostgreSQL does not tell a client how full its disk is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    room_mb: int = Field(default=4096, ge=1, description="MB on disk, with indexes; a warning comes at 70 % of it")

    @property
    def room(self) -> int:
        """The room in bytes."""
        return self.room_mb * 1_000_000


class ApiPoint(ApiSettings):
    """The HTTPS exchange point, with the paths of its files beside ``node.yaml``."""

    ca: Located | None = None
    certificate: Located | None = None
    certificate_key: Located | None = None


class SourceSettings(SourceConnection):
    """One ministry system: how its rows are read, and how it is reached."""

    mapping: Located
    kept_answers: Located | None = None


def _folder_or_url(value: object, info: ValidationInfo) -> object:
    """A folder beside the file, or the address of one in an object store as it is."""
    if isinstance(value, str) and "://" not in value:
        return str(beside_the_file(value, info))
    return value


class PublishedSettings(BaseModel):
    """Where approved editions are put for their readers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: Annotated[str, BeforeValidator(_folder_or_url)] = Field(
        description="a folder, or a URL that fsspec knows, such as s3://bucket/editions"
    )
    address: str | None = Field(default=None, description="address at which readers find that place; for links")


class NodeSettings(BaseModel):
    """Everything one node needs to know."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    party: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    agreement: Located
    store: Located = Field(description="folder for packages, snapshots, editions and Data Docs; keep it private")
    database: SecretStr
    database_owner: SecretStr | None = Field(
        default=None, description="the role that owns the tables, for `amanah node migrate` only; see production.md"
    )
    ledger: LedgerSettings = LedgerSettings()
    keys: KeySettings
    sources: Mapping[str, SourceSettings] = {}
    consolidation: Located | None = Field(
        default=None, description="how rows of several systems become one record; without it each row is one"
    )
    sftp: ExchangePoint | None = None
    api: ApiPoint | None = None
    mail: MailSettings | None = None
    noise_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="the secret that both nodes hold where the agreement's report.disclosure is noise: at least 32 "
        "characters drawn at random, the same on both sides and in every quarter",
    )
    runs_from: date | None = Field(
        default=None,
        description="first day the pipelines run by themselves; the agreement's if absent",
    )
    decisions: Located | None = Field(
        default=None,
        description="decisions asked of the task force and its last meeting's actions, by quarter; see evaluation.md",
    )
    published: PublishedSettings | None = None
    members: Mapping[str, Located] = Field(
        default={}, description="member of the task force, as the agreement names them -> their OpenPGP certificate"
    )
    people: Located | None = Field(
        default=None, description="who works with the cases: desks and people; without it desks alone, and no sign-in"
    )
    pages: str | None = Field(
        default=None,
        description="address below which each party's pages stand, such as https://host/amanah; for links in mails",
    )

    @classmethod
    def load(cls, path: Path) -> Self:
        """Load ``path``. Raises ``SettingsError`` naming every fault at once."""
        return load(path, cls, before=_without_absent_owner)


def _without_absent_owner(content: Any) -> Any:
    """Only ``migrate`` needs the owner: a process that is not given the secret is a node without it, not a fault."""
    owner = content.get("database_owner") if isinstance(content, dict) else None
    if isinstance(owner, str) and owner.startswith("env:") and owner.removeprefix("env:") not in os.environ:
        return {name: value for name, value in content.items() if name != "database_owner"}
    return content
