"""Making an edition by hand: what ``amanah evaluate`` and ``amanah node evaluate`` both do, and the options for it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from amanah.cli.output import show
from amanah.node import Node

Draft = Annotated[bool, typer.Option("--draft", help="Render into the folder of drafts, stamped as one and unsigned.")]
Revise = Annotated[
    bool, typer.Option("--revise", help="Freeze anew what was published: the next version, beside those before it.")
]
Why = Annotated[
    list[str] | None,
    typer.Option("--why", help="Why it is revised, as LANGUAGE=TEXT, once for each language of the report; printed."),
]


def make(node: Path, quarter: str, *, draft: bool, revise: bool, why: Sequence[str] | None, as_json: bool) -> None:
    """Make the edition of ``quarter`` and say where it is."""
    if revise != bool(why):
        raise typer.BadParameter("a revision says why, and nothing else does: --revise --why en=TEXT ...")
    opened = Node.load(node)
    made = opened.evaluate(quarter, revise=_by_language(why) if why else None, draft=draft)
    pages = {language: str(page) for language, page in made.pages.items()}
    show({"quarter": made.quarter, "version": made.version, **pages}, as_json=as_json)


def _by_language(why: Sequence[str]) -> dict[str, str]:
    said = dict(each.partition("=")[::2] for each in why)
    if len(said) < len(why) or not all(text.strip() for text in said.values()):
        raise typer.BadParameter("expected LANGUAGE=TEXT, once for each language", param_hint="--why")
    return said
