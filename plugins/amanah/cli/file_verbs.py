"""Verbs that need files only, no node and no service."""

from pathlib import Path
from typing import Annotated

import typer

from amanah.cli.checked import a_named_file, a_noise, a_period, a_stream, an_engine, named_files
from amanah.cli.file_options import FIRST_CORRIDOR, AgreementFile, InFile, OutFolder
from amanah.cli.output import AsJson, show
from schemas import agreement as agreements


def generate(
    out: OutFolder,
    records: Annotated[int, typer.Option(min=1, help="Placements a side.")] = 20_000,
    seed: int = 7,
    noise: Annotated[str, typer.Option(callback=a_noise, help="none, real or high.")] = "real",
    agreement: AgreementFile = FIRST_CORRIDOR,
) -> None:
    """Write a synthetic corridor: ours, theirs, truth, faults, abroad and the complaints, each a Parquet file."""
    from amanah.demo import corridor

    made = corridor.generate(records=records, seed=seed, noise=noise, agreement=agreements.load(agreement))
    corridor.write(made, out)
    typer.echo(f"written to {out}")


def reconcile(  # noqa: PLR0913, PLR0917 - typer makes options of arguments
    ours: InFile,
    theirs: InFile,
    out: OutFolder,
    stream: Annotated[str, typer.Option(callback=a_stream, help="placement or complaint.")] = "placement",
    agreement: AgreementFile = FIRST_CORRIDOR,
    us: Annotated[str | None, typer.Option(help="Our party; the agreement's first if not given.")] = None,
    period: Annotated[
        str | None, typer.Option(callback=a_period, help="Month both sides are known up to; gives ages.")
    ] = None,
    links: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="For complaints: links.parquet of the placements.")
    ] = None,
    earlier: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="links.parquet of an earlier run: what was certain."),
    ] = None,
    decisions: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="People's decisions: ours_ref, theirs_ref, same or other."),
    ] = None,
    witness: Annotated[
        list[str] | None,
        typer.Option(
            callback=named_files,
            metavar="NAME=FILE",
            help="A register of our own to hear about what disagrees; may be given more than once. It changes nothing.",
        ),
    ] = None,
    engine: Annotated[
        str, typer.Option(callback=an_engine, help="duckdb, or spark: the same beyond one machine; docs/scaling.md.")
    ] = "duckdb",
    as_json: AsJson = False,  # noqa: FBT002 - typer's way to say a flag
) -> None:
    """Link and compare two Parquet or CSV files with the contract's columns; absent columns are "not available"."""
    import pyarrow.parquet as pq

    from amanah import reconcile as reconciliation
    from amanah.reconcile.witness import hear_files, unhear

    corridor_agreement = agreements.load(agreement)
    parties = corridor_agreement.parties
    if us is not None and us not in parties:
        raise typer.BadParameter(f"no such party {us!r}; known are {', '.join(parties)}", param_hint="'--us'")
    if engine == "spark":
        from amanah.reconcile.spark.run import reconcile_files
    else:
        from amanah.reconcile import reconcile_files
    us = us or next(iter(parties))
    named = dict(map(a_named_file, witness or ()))
    agreed = corridor_agreement.streams.get(stream)
    if named and agreed is not None and agreed.linkage.parent is not None:
        raise typer.BadParameter(f"{stream} records are not linked to a witness", param_hint="'--witness'")
    unhear(out)
    summary = reconcile_files(
        ours,
        theirs,
        out,
        stream=stream,
        agreement=corridor_agreement,
        us=us,
        period=period,
        parents=pq.read_table(links) if links else None,
        known=reconciliation.Known(
            decisions=reconciliation.read_decisions(decisions) if decisions else None,
            links=pq.read_table(earlier) if earlier else None,
        ),
    )
    if named:
        summary = hear_files(
            ours,
            theirs,
            out,
            named,
            summary=summary,
            stream=stream,
            agreement=corridor_agreement,
            us=us,
            period=period,
        )
    show(summary, as_json=as_json)


def link(
    ours: InFile,
    theirs: Annotated[
        Path | None,
        typer.Argument(exists=True, dir_okay=False, help="If not given, duplicates are found within OURS."),
    ] = None,
    *,
    out: OutFolder,
    spec: Annotated[
        Path,
        typer.Option(exists=True, dir_okay=False, help="YAML: the column that names a record, and roles."),
    ],
    as_json: AsJson = False,
) -> None:
    """Link any two Parquet or CSV files one to one, by what a specification says their columns are.

    Of one file, find which records are of one person: pairs in links.parquet, and every record with its cluster,
    named by the smallest reference in it, in clusters.parquet.
    """
    import pyarrow.parquet as pq

    from amanah.reconcile import any_tables

    columns = any_tables.TableSpec.load(spec)
    clusters = None
    if theirs is None:
        found, clusters = any_tables.link_table(ours, columns)
    else:
        found = any_tables.link_tables(ours, theirs, columns)
    out.mkdir(parents=True, exist_ok=True)
    pq.write_table(found, out / "links.parquet")
    grades = {grade: found["grade"].to_pylist().count(grade) for grade in ("certain", "probable", "possible")}
    summary: dict[str, object] = {"links": grades}
    if clusters is not None:
        pq.write_table(clusters, out / "clusters.parquet")
        summary |= {"records": len(clusters), "clusters": len(clusters["cluster"].unique())}
    show(summary, as_json=as_json)
