"""The ``amanah`` command: the verbs under one name, and errors as one line and an exit status.

Everything here is loaded before any verb, so nothing here may take time to load.
"""

import sys

import typer

from amanah.cli.on_demand import OnDemand

app = typer.Typer(cls=OnDemand, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def amanah() -> None:
    """Exchange, reconcile and evaluate migrant-worker records between two governments."""


def main() -> None:
    """Run the command line."""
    try:
        app()
    except (
        *_raised_by("amanah.settings_file", "SettingsError"),
        *_raised_by("amanah.exchange.sftp", "SftpMisconfigured"),
        *_raised_by("amanah.exchange.seal.keyring", "KeyFault"),
        *_raised_by("amanah.reconcile.spark.session", "SparkUnavailable"),
        *_raised_by("reports.pdf", "BrowserMissing"),
    ) as error:
        _end(str(error), 2)
    except (ConnectionError, TimeoutError) as error:
        _end(str(error), 3)
    except (
        *_raised_by("sqlalchemy.exc", "OperationalError"),
        *_raised_by("adbc_driver_manager", "OperationalError"),
    ):
        _end("the node's database cannot be reached; is it up, and is node.yaml's database right?", 3)
    except _raised_by("sqlalchemy.exc", "ArgumentError"):
        _end("node.yaml's database is no SQLAlchemy URL, such as postgresql+psycopg://user@host/name", 2)
    except (ValueError, LookupError, RuntimeError, OSError) as error:
        _end(str(error), 1)


def _raised_by(module: str, name: str) -> tuple[type[Exception], ...]:
    """The error ``name`` of ``module`` if a verb has loaded that; else none, as what is not loaded raised nothing."""
    loaded = sys.modules.get(module)
    return () if loaded is None else (getattr(loaded, name),)


def _end(text: str, status: int) -> None:
    """Errors of ours say what is wrong and what to do; they hold no personal value."""
    typer.echo(f"amanah: {text}", err=True)
    sys.exit(status)
