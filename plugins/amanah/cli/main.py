"""The ``amanah`` command: puts the verbs together and turns errors into one line and an exit status."""

import sys

import adbc_driver_manager
import typer
from sqlalchemy.exc import ArgumentError, OperationalError

from amanah import __version__
from amanah.cli import (
    api_verbs,
    demo_verbs,
    doctor_verb,
    file_verbs,
    ledger_verbs,
    node_verbs,
    package_verbs,
    partner_verbs,
    schema_verbs,
)
from amanah.exchange.seal.keyring import KeyFault
from amanah.exchange.sftp import SftpMisconfigured
from amanah.node.settings import SettingsError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Exchange, reconcile and evaluate migrant-worker records between two governments.",
)
app.add_typer(node_verbs.app, name="node", help="The verbs of one node, as its pipelines call them.")
app.add_typer(ledger_verbs.app, name="ledger", help="What happened to every message, and the proof of it.")
app.add_typer(demo_verbs.app, name="demo", help="A synthetic corridor on this machine.")
app.add_typer(schema_verbs.app, name="schema", help="The shared contract in its published forms.")
app.add_typer(package_verbs.app, name="package", help="Packages by hand: files in, files out.")
app.add_typer(partner_verbs.app, name="partner", help="For a partner: a node to talk to, a check of theirs, samples.")
app.add_typer(api_verbs.app, name="api", help="The exchange point over HTTPS.")
file_verbs.register(app)
app.command()(doctor_verb.doctor)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def main() -> None:
    """Run the command line."""
    try:
        app()
    except (SettingsError, SftpMisconfigured, KeyFault) as error:
        _end(error, 2)
    except (ConnectionError, TimeoutError) as error:
        _end(error, 3)
    except (OperationalError, adbc_driver_manager.OperationalError):
        _end(ConnectionError("the node's database cannot be reached; is it up, and is node.yaml's database right?"), 3)
    except ArgumentError:
        _end(SettingsError("node.yaml's database is no SQLAlchemy URL, such as postgresql+psycopg://user@host/name"), 2)
    except (ValueError, LookupError, RuntimeError, OSError) as error:
        _end(error, 1)


def _end(error: Exception, status: int) -> None:
    """Errors of ours say what is wrong and what to do; they hold no personal value."""
    typer.echo(f"amanah: {error}", err=True)
    sys.exit(status)
