"""Options shared by the verbs that need files only."""

from pathlib import Path
from typing import Annotated

import typer

from schemas import agreement as agreements

FIRST_CORRIDOR = agreements.FOLDER / "idn-sau.yaml"  # taken when no agreement is named
AgreementFile = Annotated[
    Path, typer.Option("--agreement", exists=True, dir_okay=False, help="The corridor's agreement.")
]
OutFolder = Annotated[Path, typer.Option("--out", file_okay=False, help="Folder to write into; made if absent.")]
InFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False)]
