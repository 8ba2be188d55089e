"""Linking any two tables, or the records of one: Parquet or CSV files, and a specification of their columns.

The specification is YAML: the column that names a record, and the role of each column that tells who it is about.

    ref: rec_id
    roles:
      soc_sec_id: identifier
      given_name: person_name
      surname: person_name
      date_of_birth: birth_date
      suburb: place
"""
# ruff: noqa: S608 - SQL is made of checked column names, quoted; no value of a record enters a statement

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from amanah.reconcile.engine import Engine, quoted
from amanah.reconcile.errors import ReconcileError
from amanah.reconcile.outcome import LINKS
from amanah.reconcile.probable.run import link_rest, link_within
from amanah.reconcile.probable.traits import Traits
from schemas.agreement_stream import Role

_DATES = (Role.BIRTH_DATE, Role.DATE)
_READERS = {".parquet": "read_parquet({})", ".csv": "read_csv({}, all_varchar = true)"}


CLUSTERS = pa.schema([("ref", pa.string()), ("cluster", pa.string())])


class TableSpec(BaseModel):
    """What the columns of the tables are."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ref: str = Field(min_length=1, description="column that names a record, once each")
    roles: Mapping[str, Role] = Field(min_length=1, description="column -> what it says of who the record is about")

    @classmethod
    def load(cls, path: Path) -> "TableSpec":
        """Read a specification file. Raises ``ReconcileError`` naming every fault."""
        try:
            # Texts only: a column may be called "no" or "on", which YAML would take for a truth value.
            content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - makes no objects
            return cls.model_validate(content)
        except yaml.YAMLError:
            raise ReconcileError(f"{path.name}: not readable as YAML") from None
        except ValidationError as error:
            faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
            raise ReconcileError(f"{path.name}: {'; '.join(faults)}") from None


def link_tables(left: Path, right: Path, spec: TableSpec) -> pa.Table:
    """Link the records of two files one to one; the table has the columns of ``LINKS``.

    Raises ``ReconcileError`` when a file cannot be read, or lacks a column that the specification names.
    """
    with Engine() as engine:
        for side, path in zip("ab", (left, right), strict=True):
            _load(engine, side, path, spec)
        link_rest(engine, _traits(spec), {"a": "a", "b": "b"})
        return _links(engine)


def link_table(path: Path, spec: TableSpec) -> tuple[pa.Table, pa.Table]:
    """Find which records of one file are of one person: pairs as in ``LINKS``, and clusters as in ``CLUSTERS``.

    A pair stands once, its smaller reference as ``ours_ref``. Every record is in one cluster, which bears the smallest
    reference in it; clusters join what is certain or probable.

    Raises ``ReconcileError`` when the file cannot be read, or lacks a column that the specification names.
    """
    with Engine() as engine:
        _load(engine, "a", path, spec)
        link_within(engine, _traits(spec), "a")
        return _links(engine), engine.table("SELECT ref, cluster FROM cluster ORDER BY ref").cast(CLUSTERS)


def _traits(spec: TableSpec) -> Traits:
    names = {column: f"t{place}" for place, column in enumerate(spec.roles)}
    roles = {names[column]: role for column, role in spec.roles.items()}
    return Traits("ref", roles, labels={name: column for column, name in names.items()})


def _links(engine: Engine) -> pa.Table:
    return engine.table(
        "SELECT a_ref AS ours_ref, b_ref AS theirs_ref, grade, score, why FROM probable ORDER BY a_ref, b_ref"
    ).cast(LINKS)


def _load(engine: Engine, side: str, path: Path, spec: TableSpec) -> None:
    if path.suffix not in _READERS or not path.is_file():
        raise ReconcileError(f"{path.name}: expected a .parquet or .csv file that exists")
    source = _READERS[path.suffix].format(quoted(str(path)))
    found = {row[0] for row in engine.rows(f"DESCRIBE SELECT * FROM {source}")}
    absent = sorted({spec.ref, *spec.roles} - found)
    if absent:
        raise ReconcileError(f"{path.name}: no column {', '.join(absent)}; it has {', '.join(sorted(found))}")
    columns = [f"{_named(spec.ref)}::VARCHAR AS ref"]
    columns += [f"{_typed(_named(column), role)} AS t{n}" for n, (column, role) in enumerate(spec.roles.items())]
    engine.execute(f"CREATE TEMP TABLE {side} AS SELECT {', '.join(columns)} FROM {source}")
    records, differing = engine.rows(f"SELECT count(*), count(DISTINCT ref) FROM {side}")[0]
    if records != differing:
        raise ReconcileError(f"{path.name}: {spec.ref} must name each record, once; {records - differing} do not")


def _named(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _typed(column: str, role: Role) -> str:
    if role in _DATES:
        text = f"trim({column}::VARCHAR)"
        return f"coalesce(TRY_CAST({text} AS DATE), try_strptime({text}, '%Y%m%d')::DATE)"
    return f"TRY_CAST({column} AS DOUBLE)" if role is Role.MONEY else f"nullif(trim({column}::VARCHAR), '')"
