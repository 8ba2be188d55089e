"""One transfer in a process of its own, to be killed: ``python courier.py SETTINGS.json put|get FOLDER FILE``."""

import sys
from pathlib import Path

from amanah.exchange.sftp import SftpSettings, connect


def main(settings: str, verb: str, folder: str, file: str) -> None:
    with connect(SftpSettings.model_validate_json(Path(settings).read_text())) as wire:
        if verb == "put":
            wire.put(Path(file), folder)
        else:
            wire.get(folder, Path(file).name, Path(file))


if __name__ == "__main__":
    main(*sys.argv[1:])
