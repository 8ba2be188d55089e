"""What is measured beside each other: each reads a file of placements, checks every record and says how many passed.

The peers get the checks that they can say in their own terms: types, patterns, lengths, code lists, bounds, required
fields, unique references, and the rules on two dates or two fields. They are spared lists, machine readable lines,
invisible characters and "not applicable".
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, get_origin

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError

from amanah.quality.bulk.terms import Terms, of_model
from schemas import agreement as agreements
from schemas.cautions import caution_checks
from schemas.forms import arrow_schema
from schemas.rules import InOrder, Needs
from schemas.streams import STREAMS
from schemas.values import DECIMALS, MOST_DIGITS

PLACEMENT = STREAMS["placement"]
SCALARS = [name for name in PLACEMENT.fields if get_origin(PLACEMENT.python_type(name)) is not list]
TERMS = {name: terms for name, terms in of_model(PLACEMENT.model).items() if terms is not None and name in SCALARS}
ORDERS = [rule for rule in PLACEMENT.rules if isinstance(rule, InOrder)]
NEEDS = [rule for rule in PLACEMENT.rules if isinstance(rule, Needs)]
LIST_ROWS = 20_000  # a million records as Python objects do not fit in memory


def read_only(path: Path) -> int:
    """The file into Arrow, block by block, and nothing else."""
    return sum(len(batch) for batch in _batches(path))


def amanah(path: Path) -> int:
    """Every record against its model, and the verdict."""
    from amanah.quality import bulk  # noqa: PLC0415 - each contender pays for its own imports only

    return bulk.validate(path, PLACEMENT).accepted


def amanah_all(path: Path) -> int:
    """The same under the agreement, with its cautions, and all three files written."""
    from tempfile import TemporaryDirectory  # noqa: PLC0415

    from amanah.quality import bulk  # noqa: PLC0415

    agreement = agreements.load(agreements.FOLDER / "idn-sau.yaml")
    stream = agreement.checked_stream("placement")
    with TemporaryDirectory() as out:
        return bulk.validate(path, stream, checks=caution_checks(agreement, stream), out=Path(out)).accepted


def pydantic_rows(path: Path) -> int:
    """pydantic, one record after the other, and unique references."""
    passed, seen = 0, set()
    for record in _records(path):
        try:
            ref = PLACEMENT.model.model_validate(record).record_ref  # type: ignore[attr-defined]
        except ValidationError:
            continue
        passed += ref not in seen
        seen.add(ref)
    return passed


def pydantic_list(path: Path) -> int:
    """Pydantic's ``TypeAdapter(list[Placement])`` on lists of records, and unique references."""
    adapter = TypeAdapter(list[PLACEMENT.model])  # type: ignore[name-defined]
    seen: set[str] = set()
    together: list[dict[str, Any]] = []
    for record in _records(path):
        together.append(record)
        if len(together) == LIST_ROWS:
            seen.update(each.record_ref for each in adapter.validate_python(together))
            together.clear()
    seen.update(each.record_ref for each in adapter.validate_python(together))
    return len(seen)


def pandera_pandas(path: Path) -> int:
    """Pandera on pandas; every failure collected."""
    import pandera.pandas as pandera  # noqa: PLC0415

    rules = [pandera.Check(_in_order_pandas(rule)) for rule in ORDERS]
    rules += [pandera.Check(_needs_pandas(rule)) for rule in NEEDS]
    columns = {
        name: pandera.Column(
            None,
            _checks(pandera.Check, _in_pandas(terms)),
            nullable=not PLACEMENT.is_required(name),
            unique=name == "record_ref",
        )
        for name, terms in TERMS.items()
    }
    frame = _table(path).to_pandas(types_mapper=None, date_as_object=False)
    return len(pandera.DataFrameSchema(columns, checks=rules).validate(frame, lazy=True))


def pandera_polars(path: Path) -> int:
    """Pandera on Polars; every failure collected."""
    import pandera.polars as pandera  # noqa: PLC0415
    import polars as pl  # noqa: PLC0415

    kinds = {str: pl.String, date: pl.Date, Decimal: pl.Decimal(MOST_DIGITS, DECIMALS), int: pl.Int32}
    columns = {
        name: pandera.Column(
            kinds[terms.kind],
            _checks(pandera.Check, terms),
            nullable=not PLACEMENT.is_required(name),
            unique=name == "record_ref",
        )
        for name, terms in TERMS.items()
    }
    rules = [
        pandera.Check(lambda data, rule=rule: data.lazyframe.select(_rule_polars(rule))) for rule in (*ORDERS, *NEEDS)
    ]
    frame = pl.DataFrame(_table(path))
    return pandera.DataFrameSchema(columns, checks=rules).validate(frame, lazy=True).height


def great_expectations(path: Path) -> int:
    """Great Expectations 1.x on pandas, in memory, ``BOOLEAN_ONLY``."""
    import great_expectations as gx  # noqa: PLC0415
    from great_expectations import expectations as gxe  # noqa: PLC0415

    frame = _table(path).to_pandas(date_as_object=False)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    batch = (
        context.data_sources.add_pandas("files")
        .add_dataframe_asset("placements")
        .add_batch_definition_whole_dataframe("all")
        .get_batch({"dataframe": frame})
    )
    filled = {name for name in frame.columns if frame[name].notna().any()}
    wanted = [each for name in TERMS if name in filled for each in _expectations(gxe, name, _in_pandas(TERMS[name]))]
    wanted += [_order_expected(gxe, rule) for rule in ORDERS if {rule.earlier, rule.later} <= filled]
    suite = gx.ExpectationSuite(name="placements", expectations=wanted)
    result = batch.validate(suite, result_format="BOOLEAN_ONLY")
    if not result.success:
        raise RuntimeError([each.expectation_config.type for each in result.results if not each.success])
    return len(frame)


CONTENDERS: dict[str, Callable[[Path], int]] = {
    each.__name__: each
    for each in (
        read_only,
        amanah,
        amanah_all,
        pydantic_rows,
        pydantic_list,
        pandera_polars,
        pandera_pandas,
        great_expectations,
    )
}


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    if path.suffix == ".parquet":
        with pq.ParquetFile(path, pre_buffer=False) as file:
            yield from file.iter_batches(50_000, use_threads=False)
        return
    texts = dict.fromkeys(PLACEMENT.fields, pa.string())
    yield from pacsv.open_csv(
        path,
        read_options=pacsv.ReadOptions(use_threads=False, block_size=1 << 20),
        parse_options=pacsv.ParseOptions(newlines_in_values=True),
        convert_options=pacsv.ConvertOptions(column_types=texts, null_values=[""], strings_can_be_null=True),
    )


def _records(path: Path) -> Iterator[dict[str, Any]]:
    """The records as pydantic takes them; in CSV, lists are written with ``;``."""
    lists = [name for name in PLACEMENT.fields if name not in SCALARS]
    for batch in _batches(path):
        for record in batch.to_pylist():
            if path.suffix == ".csv":
                record |= {name: record[name].split(";") for name in lists if record[name]}
            yield record


def _table(path: Path) -> pa.Table:
    """The columns that are checked, in the contract's types."""
    if path.suffix == ".parquet":
        return pq.read_table(path, columns=SCALARS)
    types = {field.name: field.type for field in arrow_schema(PLACEMENT) if field.name in SCALARS}
    convert = pacsv.ConvertOptions(
        column_types=types, include_columns=SCALARS, null_values=[""], strings_can_be_null=True
    )
    return pacsv.read_csv(path, convert_options=convert)


def _checks(check: Any, terms: Terms) -> list[Any]:
    checks = [check.str_matches(pattern) for pattern in terms.patterns]
    if terms.codes is not None:
        checks.append(check.isin(sorted(terms.codes)))
    if terms.longest is not None:
        checks.append(check.str_length(min_value=1, max_value=terms.longest))
    if terms.least is not None:
        checks.append(check.greater_than_or_equal_to(terms.least))
    if terms.most is not None:
        checks.append(check.less_than_or_equal_to(terms.most))
    return checks


def _in_pandas(terms: Terms) -> Terms:
    """The terms with bounds that pandas compares with its own times."""
    import pandas as pd  # noqa: PLC0415

    if terms.kind is not date:
        return terms
    return replace(terms, least=pd.Timestamp(terms.least), most=pd.Timestamp(terms.most))


def _expectations(gxe: Any, name: str, terms: Terms) -> Iterator[Any]:
    yield from (gxe.ExpectColumnValuesToMatchRegex(column=name, regex=pattern) for pattern in terms.patterns)
    if PLACEMENT.is_required(name):
        yield gxe.ExpectColumnValuesToNotBeNull(column=name)
    if name == "record_ref":
        yield gxe.ExpectColumnValuesToBeUnique(column=name)
    if terms.codes is not None:
        yield gxe.ExpectColumnValuesToBeInSet(column=name, value_set=sorted(terms.codes))
    if terms.longest is not None:
        yield gxe.ExpectColumnValueLengthsToBeBetween(column=name, min_value=1, max_value=terms.longest)
    if terms.least is not None or terms.most is not None:
        yield gxe.ExpectColumnValuesToBeBetween(column=name, min_value=terms.least, max_value=terms.most)


def _order_expected(gxe: Any, rule: InOrder) -> Any:
    return gxe.ExpectColumnPairValuesAToBeGreaterThanB(
        column_A=rule.later,
        column_B=rule.earlier,
        or_equal=not rule.strictly,
        ignore_row_if="either_value_is_missing",
    )


def _rule_polars(rule: InOrder | Needs) -> Any:
    import polars as pl  # noqa: PLC0415

    if isinstance(rule, Needs):
        return pl.col(rule.field).is_null() | pl.col(rule.needs).is_not_null()
    earlier, later = pl.col(rule.earlier), pl.col(rule.later)
    return (earlier < later if rule.strictly else earlier <= later).fill_null(value=True)


def _in_order_pandas(rule: InOrder) -> Callable[[Any], Any]:
    def holds(frame: Any) -> Any:
        earlier, later = frame[rule.earlier], frame[rule.later]
        return earlier.isna() | later.isna() | ((earlier < later) if rule.strictly else (earlier <= later))

    return holds


def _needs_pandas(rule: Needs) -> Callable[[Any], Any]:
    return lambda frame: frame[rule.field].isna() | frame[rule.needs].notna()
