"""Writes what must not drift.

``openapi.json`` from the HTTPS service, ``cli.md`` from the command's own help, ``dags.md`` from the DAGs themselves,
in ``protocol.md`` the table of codes from the code that uses them and the examples from the partner's samples, X

``python docs/generate.py`` rewrites them; with ``--check`` it changes nothing and fails when a page is out of date.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

CODES, CODES_END = "<!-- codes, written by docs/generate.py -->", "<!-- end of codes -->"
EXAMPLES, EXAMPLES_END = "<!-- examples, written by docs/generate.py -->", "<!-- end of examples -->"
METRICS, METRICS_END = "<!-- metrics, written by docs/generate.py -->", "<!-- end of metrics -->"
CLAUSES, CLAUSES_END = "<!-- clauses, written by docs/generate.py -->", "<!-- end of clauses -->"
HERE = Path(__file__).resolve().parent
NOTE = "<!-- Written by docs/generate.py (make docs); change the code's own texts instead. -->\n"


def main() -> None:
    """Write the pages, or check them."""
    if sys.argv[1:] == ["dags"]:
        print(_dags(), end="")
        return
    pages = {"cli.md": _cli(), "dags.md": _in_airflow(), "protocol.md": _protocol(), "agreement.md": _agreement()}
    pages |= {"metrics.md": _metrics()}
    pages |= _dictionary() | {"openapi.json": _openapi()}
    if sys.argv[1:] == ["--check"]:
        stale = [name for name, text in pages.items() if _read(HERE / name) != text]
        sys.exit(f"out of date: {', '.join(stale)}; run: make docs" if stale else 0)
    (HERE / "dictionary").mkdir(exist_ok=True)
    for name, text in pages.items():
        (HERE / name).write_text(text, encoding="utf-8")


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _protocol() -> str:
    """The page as it is, with the table of codes and the examples between their marks made anew."""
    from examples import examples  # noqa: PLC0415 - the DAG page is made without it

    from amanah.exchange.codes import MEANING  # noqa: PLC0415 - the DAG page is made without it

    rows = [f"| {code.value} | {meaning} |" for code, meaning in MEANING.items()]
    page = (HERE / "protocol.md").read_text(encoding="utf-8")
    page = _replaced(page, CODES, "\n".join(["| code | meaning |", "|---|---|", *rows]), CODES_END)
    return _replaced(page, EXAMPLES, examples(), EXAMPLES_END)


def _agreement() -> str:
    """The page as it is, with the tables of clauses between its two marks made anew."""
    from clauses import clause_tables  # noqa: PLC0415 - the DAG page is made without it

    return _between("agreement.md", CLAUSES, clause_tables(), CLAUSES_END)


def _metrics() -> str:
    """The page as it is, with the table of metrics between its two marks made anew."""
    from amanah.node.figures import AFTER, MEASURES, PREFIX  # noqa: PLC0415 - the DAG page is made without it

    rows = ["| metric | its labels | sent after | meaning |", "|---|---|---|---|"]
    for measure in MEASURES:
        labels = ", ".join(f"`{label}`" for label in measure.labels)
        after = ", ".join(f"`{verb}`" for verb, parts in AFTER.items() if measure.part in parts)
        rows.append(f"| `{PREFIX}.{measure.name}` | {labels} | {after} | {measure.meaning} |")
    return _between("metrics.md", METRICS, "\n".join(rows), METRICS_END)


def _dictionary() -> dict[str, str]:
    """The data dictionary in every language."""
    from schemas import dictionary  # noqa: PLC0415 - the DAG page is made without it

    return {f"dictionary/{name}": page for name, page in dictionary.pages().items()}


def _openapi() -> str:
    """The HTTPS service's own description of itself."""
    from amanah.exchange.api.document import document  # noqa: PLC0415 - the DAG page is made without it

    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def _between(page: str, start: str, text: str, end: str) -> str:
    return _replaced((HERE / page).read_text(encoding="utf-8"), start, text, end)


def _replaced(page: str, start: str, text: str, end: str) -> str:
    before, _, rest = page.partition(start)
    return f"{before}{start}\n\n{text}\n\n{end}{rest.partition(end)[2]}"


def _cli() -> str:
    """Every command with its options, in the order in which ``--help`` shows them."""
    from amanah.cli.on_demand import whole  # noqa: PLC0415 - the DAG page is made without it

    lines = [
        NOTE,
        "# Every command\n",
        "Exit status: 0 done, 1 the data failed, 2 the call was wrong, 3 the partner or a service could not be",
        "reached. What went wrong is one line that says what to do. With `--json`, where a command has it, the result",
        "is one JSON document.\n",
    ]
    for words, command in _commands("amanah", whole()):
        lines += [f"## {words}\n", f"{command.help}\n", *_options(command)]
    return "\n".join(lines).rstrip() + "\n"


def _commands(words: str, command: Any) -> Iterator[tuple[str, Any]]:
    below = getattr(command, "commands", None)
    if below is None:
        yield words, command
        return
    if command.invoke_without_command:
        yield words, command
    for name, each in below.items():
        yield from _commands(f"{words} {name}", each)


def _options(command: Any) -> list[str]:
    rows = [_option(each) for each in command.params if each.name != "help"]
    return ["| option | | meaning |", "|---|---|---|", *rows, ""] if rows else []


def _option(parameter: Any) -> str:
    is_option = parameter.param_type_name == "option"
    name = f"`{parameter.opts[0]}`" if is_option else f"`{parameter.name.upper()}`"
    need = "required" if parameter.required else _default(parameter)
    environment = f" Or the environment variable `{parameter.envvar}`." if getattr(parameter, "envvar", None) else ""
    return f"| {name} | {need} | {(getattr(parameter, 'help', None) or '')}{environment} |"


def _default(parameter: Any) -> str:
    value = parameter.default
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, Path):
        value = value.relative_to(HERE.parent) if value.is_relative_to(HERE.parent) else value
    return f"default `{value}`"


def _in_airflow() -> str:
    """The page about the DAGs, made by a process in which Airflow has a home that is thrown away."""
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")},
            "AIRFLOW_HOME": home,
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PLUGINS_FOLDER": home,
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
            "AMANAH_NODES": str(_example_node(Path(home))),
        }
        argv = [sys.executable, str(Path(__file__).resolve()), "dags"]
        done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - this file
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


def _example_node(folder: Path) -> Path:
    """Indonesia's node of the demonstration, as far as DAG files look at it."""
    from amanah.demo import ministry  # noqa: PLC0415 - not needed where Airflow is
    from schemas.agreement import FOLDER  # noqa: PLC0415

    sources = {m.name: {"mapping": str(ministry.mapping_path(m.name))} for m in ministry.mappings("IDN")}
    content = {"party": "IDN", "agreement": str(FOLDER / "idn-sau.yaml"), "store": "store", "sources": sources}
    content["consolidation"] = str(ministry.consolidation_path("IDN"))
    file = folder / "node.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return file


def _dags() -> str:
    """Each DAG's own page and its tasks, in the order of the day."""
    from airflow.dag_processing.dagbag import DagBag  # noqa: PLC0415 - only in the process made for it

    found = DagBag(dag_folder=str(HERE.parent / "dags"))
    if found.import_errors:
        sys.exit(str(found.import_errors))
    by_verb: dict[str, Any] = {dag_id.rpartition(".")[2]: dag for dag_id, dag in found.dags.items()}
    lines = [
        NOTE,
        "# The pipelines\n",
        "Each node has these seven, named `<corridor>.<party>.<verb>`; here those of Indonesia's node in the",
        "demonstration. The same texts stand on each pipeline's page in the Airflow UI.\n",
    ]
    for verb in ("publish", "collect", "reconcile", "notify", "evaluate", "verify", "resync"):
        dag = by_verb[verb]
        lines += [dag.doc_md.strip().replace("### ", "## ", 1), "", "| task | after | what it does |", "|---|---|---|"]
        for task in dag.topological_sort():
            after = ", ".join(f"`{name}`" for name in sorted(task.upstream_task_ids))
            lines.append(f"| `{task.task_id}` | {after} | {' '.join(task.doc_md.split())} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    main()
