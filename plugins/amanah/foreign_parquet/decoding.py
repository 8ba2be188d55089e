"""Records whose texts are Arrow dictionaries: how long each is when written out, and writing them out."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from amanah.foreign_parquet.sizes import Unfit

ITEM = 8  # bytes that an item of a list counts beside what is in it

Sizes = npt.NDArray[np.int64]


def record_sizes(batch: pa.RecordBatch) -> Sizes:
    """Bytes of each record when its texts are written out."""
    total = np.zeros(batch.num_rows, np.int64)
    for column in batch.columns:
        total += _sizes(column)
    return total


def written_out(batch: pa.RecordBatch) -> pa.RecordBatch:
    """``batch`` with texts in place of dictionaries, whatever they are inside of."""
    columns = [_written_out(column) for column in batch.columns]
    return pa.RecordBatch.from_arrays(columns, batch.schema.names)


def _written_out(values: pa.Array) -> pa.Array:
    values = _usual(values) if _has_dictionary(values.type) else values
    kind = values.type
    if pa.types.is_dictionary(kind):
        return values.dictionary_decode()
    if _is_list(kind) and _has_dictionary(kind):
        offsets, items = _cut(values)
        made = pa.LargeListArray if pa.types.is_large_list(kind) else pa.ListArray
        exact = pa.array(offsets, pa.int64() if pa.types.is_large_list(kind) else pa.int32())
        return made.from_arrays(exact, _written_out(items), mask=values.is_null())
    if pa.types.is_struct(kind) and _has_dictionary(kind):
        inner = [_written_out(pc.struct_field(values, [at])) for at in range(kind.num_fields)]
        return pa.StructArray.from_arrays(inner, [field.name for field in kind], mask=values.is_null())
    return values


def _sizes(values: pa.Array) -> Sizes:
    values = _usual(values.storage if isinstance(values, pa.ExtensionArray) else values)
    kind = values.type
    if pa.types.is_dictionary(kind):
        lengths = np.append(_whole(pc.binary_length(values.dictionary)), 0)  # the last for an absent value
        places = _whole(values.indices.fill_null(len(values.dictionary)))
        if len(places) and not 0 <= places.min() <= places.max() < len(lengths):
            raise Unfit("is damaged: a value is not in its dictionary")
        return np.asarray(lengths[places], np.int64)
    if _is_text(kind):
        return _whole(pc.binary_length(values))
    if _is_list(kind) or pa.types.is_map(kind):
        offsets, items = _cut(values)
        ends = np.concatenate([[0], np.cumsum(_sizes(items) + ITEM)])
        return np.asarray(ends[offsets[1:]] - ends[offsets[:-1]], np.int64)
    if pa.types.is_struct(kind):
        inner = [_sizes(pc.struct_field(values, [at])) for at in range(kind.num_fields)]
        return sum(inner, np.full(len(values), ITEM, np.int64))
    width = kind.byte_width if pa.types.is_fixed_size_binary(kind) else ITEM
    return np.full(len(values), width, np.int64)


def _usual(values: pa.Array) -> pa.Array:
    """``values`` in the usual kind of list or text, where they are in one of the others."""
    kind = values.type
    if pa.types.is_fixed_size_list(kind) or pa.types.is_list_view(kind):
        return values.cast(pa.list_(kind.value_field))
    if pa.types.is_large_list_view(kind):
        return values.cast(pa.large_list(kind.value_field))
    if pa.types.is_string_view(kind) or pa.types.is_binary_view(kind):
        return values.cast(pa.binary())
    return values


def _cut(values: pa.Array) -> tuple[Sizes, pa.Array]:
    """Where each list begins and ends among its items, and the items of these lists only."""
    offsets = _whole(values.offsets)
    if pa.types.is_map(values.type):
        items = pa.StructArray.from_arrays([values.keys, values.items], ["key", "value"])
    else:
        items = values.values
    return offsets - offsets[0], items.slice(offsets[0], offsets[-1] - offsets[0])


def _whole(numbers: pa.Array) -> Sizes:
    return np.asarray(pc.cast(numbers, pa.int64()).fill_null(0).to_numpy(zero_copy_only=False), np.int64)


def _has_dictionary(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return True
    return any(_has_dictionary(kind.field(at).type) for at in range(kind.num_fields))


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
    )
