"""Every verb: its name, where it is, and the line that ``amanah --help`` says of it.

This is the one place where a verb is added. Nothing of a verb is loaded here: most need a second's worth of modules
that the others do not. ``on_demand`` loads one when it is called.
"""

from typing import NamedTuple


class Verb(NamedTuple):
    """One verb of the command line, or a group of them.

    ``attribute`` of ``module`` is the function of the verb, or the ``Typer`` of the group. The help of a function is
    its docstring, whose first paragraph is ``help``; that of a group is ``help``.
    """

    name: str
    module: str
    attribute: str
    help: str


def _group(name: str, module: str, text: str) -> Verb:
    return Verb(name, f"{__package__}.{module}", "app", text)


def _verb(name: str, module: str, text: str) -> Verb:
    return Verb(name, f"{__package__}.{module}", name, text)


VERBS = (
    _verb(
        "generate",
        "file_verbs",
        "Write a synthetic corridor: ours, theirs, truth, faults, abroad and the complaints, each a Parquet file.",
    ),
    _verb(
        "validate",
        "validate_verb",
        "Check every record of FILE: accepted.parquet, quarantine.parquet with all reasons, and warnings.parquet.",
    ),
    _verb(
        "reconcile",
        "file_verbs",
        'Link and compare two Parquet or CSV files with the contract\'s columns; absent columns are "not available".',
    ),
    _verb(
        "link",
        "file_verbs",
        "Link any two Parquet or CSV files one to one, by what a specification says their columns are.",
    ),
    _verb(
        "doctor",
        "doctor_verb",
        "Look at what a node is configured with, what it reaches, and what ends soon; a warning comes 60 days before.",
    ),
    _verb(
        "pages",
        "pages_verb",
        "Serve the node's pages on this machine, for one person: what their role sees; ends with Ctrl-C.",
    ),
    _verb("version", "version_verb", "Print the version."),
    _group("node", "node_verbs", "The verbs of one node, as its pipelines call them."),
    _group("evaluate", "evaluation_verbs", "An edition of the evaluation: make, check, print or sign it, compare two."),
    _group("ledger", "ledger_verbs", "What happened to every message, and the proof of it."),
    _group("demo", "demo_verbs", "A synthetic corridor on this machine."),
    _group("schema", "schema_verbs", "The shared contract in its published forms."),
    _group("package", "package_verbs", "Packages by hand: files in, files out."),
    _group("partner", "partner_verbs", "For a partner: a node to talk to, a check of theirs, samples."),
    _group("api", "api_verbs", "The exchange point over HTTPS."),
)
