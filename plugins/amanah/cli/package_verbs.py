"""``amanah package``: seal and open packages by hand, with files only: no node, no database, no partner."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from amanah.cli.checked import a_period, a_stream
from amanah.cli.file_options import AgreementFile
from amanah.cli.output import AsJson, show
from amanah.exchange import by_hand
from amanah.exchange.records_file import RecordsFile
from amanah.exchange.seal import header as seal_header
from amanah.exchange.seal import keyring
from amanah.exchange.seal.keyring import Keys
from schemas import agreement as agreements
from schemas.agreement import Agreement
from schemas.envelope import SHA256, Action, MessageId

app = typer.Typer(no_args_is_help=True)

_FILE = {"exists": True, "dir_okay": False}
Package = Annotated[Path, typer.Argument(**_FILE, help="The sealed package.")]
DecryptWith = Annotated[
    list[Path],
    typer.Option(**_FILE, help="Our secret key, as gpg --export-secret-keys writes it; may be given several times."),
]
SignedBy = Annotated[
    list[Path],
    typer.Option(**_FILE, help="The sender's certificate, as gpg --export writes it; may be given several times."),
]
Agreed = Annotated[
    Path | None,
    typer.Option("--agreement", **_FILE, help="Also check the package's profile, keys and text against this."),
]
PassphraseEnv = Annotated[
    str | None, typer.Option(help="Name of the environment variable that holds the secret key's passphrase.")
]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(exists=True, dir_okay=False, help="File whose first line is the passphrase; /dev/fd/3 works too."),
]


@app.command()
def seal(  # noqa: PLR0913, PLR0917 - each is an option of the command
    agreement: AgreementFile,
    stream: Annotated[str, typer.Option(callback=a_stream, help="placement or complaint.")],
    sequence: Annotated[int, typer.Option(min=1, help="Number of the message; the one before it plus 1, from 1.")],
    sign_with: Annotated[Path, typer.Option(**_FILE, help="Our secret key, as gpg --export-secret-keys writes it.")],
    encrypt_to: Annotated[Path, typer.Option(**_FILE, help="The receiver's certificate, as gpg --export writes it.")],
    out: Annotated[Path, typer.Option(file_okay=False, help="Folder to write the package into; made if absent.")],
    records: Annotated[
        Path | None,
        typer.Option(**_FILE, help="Parquet or CSV with the contract's columns; a nil message if not given or empty."),
    ] = None,
    sender: Annotated[
        str | None, typer.Option(help="The party it is from; if not given, by the key, or by the records' references.")
    ] = None,
    period: Annotated[
        str | None,
        typer.Option(
            callback=a_period, help="Month the records are known up to the end of; the last one if not given."
        ),
    ] = None,
    previous: Annotated[
        str | None, typer.Option(help="SHA-256 of the manifest of the message before; none for the first.")
    ] = None,
    action: Annotated[
        Action, typer.Option(help="What is said of each record, where the file has no column action.")
    ] = Action.NEW,
    revision: Annotated[
        int, typer.Option(min=1, help="Revision of each record, where the file has no column revision.")
    ] = 1,
    passphrase_env: PassphraseEnv = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,  # noqa: FBT002 - typer's way to say a flag
) -> None:
    """Make one package from a file of records: only fields that the agreement grants, signed and encrypted.

    Columns that the sender may not send are left out and named. A record that does not keep to the contract is sent
    as it is and counted: the receiver will refuse it with 401.
    """
    agreed = agreements.load(agreement)
    if previous is not None and not re.fullmatch(SHA256, previous):
        raise typer.BadParameter("expected the 64 hex digits that sha256sum gives", param_hint="'--previous'")
    given = RecordsFile(records, agreed.stream(stream), action, revision) if records is not None else None
    keys = Keys(sign_with, encrypt_to, _passphrase(passphrase_env, passphrase_file), profile=agreed.package.seal)
    party = _party(agreed, sender) if sender is not None else by_hand.sender_of(agreed, keys, given)
    receiver = agreed.other(party)
    made = by_hand.seal_records(
        agreed,
        MessageId(party, receiver, stream, sequence),
        given,
        keys=_pinned(keys, agreed, party, receiver),
        period=_period(agreed, period),
        previous=previous,
        out=out,
    )
    if (sequence == 1) is not (previous is None):
        _warn("only the first message has no previous manifest: the receiver will refuse another chain with 308")
    if made.doubtful:
        count = sum(made.doubtful.values())
        _warn(f"{count} record(s) do not keep to the contract and will be refused: run amanah validate on the file")
    doubtful = {f"{name or 'the record'} {code}": found for (name, code), found in sorted(made.doubtful.items())}
    fields = ("message_id", "file", "kind", "records", "manifest_sha256", "package_sha256")
    result = {name: getattr(made, name) for name in fields} | {"kept_back": list(made.kept_back), "doubtful": doubtful}
    show(result if as_json else {**result, "kept_back": ", ".join(made.kept_back) or "nothing"}, as_json=as_json)


@app.command(name="open")
def open_(
    file: Package,
    decrypt_with: DecryptWith,
    signed_by: SignedBy,
    out: Annotated[Path, typer.Option(file_okay=False, help="Folder to write into: a new or an empty one.")],
    agreement: Agreed = None,
    passphrase_env: PassphraseEnv = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Write manifest.json and the parts of a package into a folder, or nothing: every check must hold first."""
    agreed = agreements.load(agreement) if agreement is not None else None
    keys = _opening(decrypt_with, signed_by, _passphrase(passphrase_env, passphrase_file), agreed)
    show(by_hand.open_package(file, keys, out, agreed), as_json=as_json)


@app.command()
def verify(
    file: Package,
    decrypt_with: DecryptWith,
    signed_by: SignedBy,
    agreement: Agreed = None,
    passphrase_env: PassphraseEnv = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Check everything that open checks, and keep nothing."""
    agreed = agreements.load(agreement) if agreement is not None else None
    keys = _opening(decrypt_with, signed_by, _passphrase(passphrase_env, passphrase_file), agreed)
    show(by_hand.verify_package(file, keys, agreed), as_json=as_json)


@app.command()
def inspect(file: Package, as_json: AsJson = False) -> None:  # noqa: FBT002
    """Say what can be known of a package without a key: whom it is for, its profile, its size. Nothing is proven."""
    header = seal_header.read(file)
    recipients: list[str] | str = list(header.recipients) if as_json else ", ".join(header.recipients)
    show({"recipients": recipients, "profile": header.profile, "size": header.size}, as_json=as_json)


def _passphrase(name: str | None, file: Path | None) -> str | None:
    """The passphrase from where it stands; never from the command line, which every user of the machine can read."""
    if name is not None:
        if name not in os.environ:
            raise typer.BadParameter(f"environment variable {name} is not set", param_hint="'--passphrase-env'")
        return os.environ[name]
    if file is None:
        return None
    if file.is_file():
        keyring.check_mode(file)
    lines = file.read_text(encoding="utf-8").splitlines()
    return lines[0] if lines else ""


def _opening(ours: list[Path], theirs: list[Path], passphrase: str | None, agreed: Agreement | None) -> Keys:
    if agreed is None:
        return Keys(tuple(ours), tuple(theirs), passphrase)
    return Keys(
        tuple(ours),
        tuple(theirs),
        passphrase,
        partner_pins=by_hand.pins_of(agreed, agreed.parties),
        profile=agreed.package.seal,
    )


def _pinned(keys: Keys, agreed: Agreement, sender: str, receiver: str) -> Keys:
    return Keys(
        keys.ours,
        keys.partner,
        keys.passphrase,
        our_pins=by_hand.pins_of(agreed, [sender]),
        partner_pins=by_hand.pins_of(agreed, [receiver]),
        profile=keys.profile,
    )


def _party(agreed: Agreement, sender: str) -> str:
    if sender not in agreed.parties:
        raise typer.BadParameter(f"no such party; known are {', '.join(agreed.parties)}", param_hint="'--sender'")
    return sender


def _period(agreed: Agreement, given: str | None) -> str:
    """The month of the records: the one that is over, unless another one is given."""
    period = given or f"{datetime.now(UTC).replace(day=1) - timedelta(days=1):%Y-%m}"
    if not agreed.covers(period):
        raise typer.BadParameter(
            f"{period}: the agreement is in force from {agreed.in_force_from} until {agreed.in_force_until}",
            param_hint="'--period'",
        )
    return period


def _warn(text: str) -> None:
    typer.echo(f"amanah: {text}", err=True)
