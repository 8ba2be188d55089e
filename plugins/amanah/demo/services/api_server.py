"""The exchange point over HTTPS as a service to start: ``python -m amanah.demo.services.api_server SETTINGS.yaml``."""

import logging
import sys
from pathlib import Path

from amanah.demo.services.ports import listens
from amanah.demo.services.processes import Service, base_environment
from amanah.exchange.api.settings import ServiceSettings


def api_service(settings: Path, port: int) -> Service:
    """The service; ``port`` must be the one in ``settings``."""
    argv = [sys.executable, "-m", "amanah.demo.services.api_server", str(settings)]
    return Service("api", argv, base_environment(), ready=lambda: listens(port))


def main() -> None:
    """Read the settings and serve."""
    from amanah.exchange.api.serve import serve  # noqa: PLC0415 - the web server, which starting a service needs not

    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    serve(ServiceSettings.load(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
