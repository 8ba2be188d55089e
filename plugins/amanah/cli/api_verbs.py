"""``amanah api ...``: the HTTPS exchange point, and secrets for its clients."""

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from amanah.cli.output import AsJson, show
from amanah.exchange.api import client_secret as secrets
from amanah.exchange.api.settings import ServiceSettings

app = typer.Typer(no_args_is_help=True)


@app.command()
def serve(
    settings: Annotated[Path, typer.Option("--settings", exists=True, dir_okay=False, help="The service's YAML file.")],
) -> None:
    """Serve the exchange point's folders over HTTPS, until the process is told to end."""
    from amanah.exchange.api.serve import serve as serve_api  # the web server, which no other verb needs

    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    serve_api(ServiceSettings.load(settings))


@app.command()
def client_secret(as_json: AsJson = False) -> None:  # noqa: FBT002 - typer's way to say a flag
    """Make a secret for a client, and the hash of it that the service's settings hold."""
    secret, hashed = secrets.make()
    show({"secret": secret, "hash": hashed}, as_json=as_json)
