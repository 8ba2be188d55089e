"""The OpenAPI document of the service, which is the same whoever runs it."""

from pathlib import Path
from typing import Any

from amanah.exchange.api.app import make_app, openapi
from amanah.exchange.api.settings import ServiceSettings


def document() -> dict[str, Any]:
    """The document as ``/v1/openapi.json`` gives it; no folder is made and nothing is reached."""
    settings = ServiceSettings(root=Path("exchange"), url="https://exchange.example", corridors={}, clients={})
    return openapi(make_app(settings))
