"""A frozen quarter holds of each side's records what that side may share, whoever freezes it."""

import pyarrow as pa

from amanah.node.freeze import only_shared
from schemas import agreement as agreements
from schemas.streams import STREAMS

AGREEMENT = agreements.load(agreements.FOLDER / "idn-sau.yaml")
KNOWN = pa.table(
    {
        "record_ref": ["IDN-P-1", "IDN-P-2"],
        "departed_on": pa.array([20667, None], pa.date32()),
        "insurance_until": pa.array([20667, 20700], pa.date32()),
        "revision": [1, 3],
    }
)


def frozen_of(side):
    fields = STREAMS["placement"].fields
    return only_shared(KNOWN, fields, AGREEMENT.granted("placement", sender=side))


def test_what_a_side_keeps_is_empty_and_the_rest_is_as_it_was():
    frozen = frozen_of("IDN")

    assert frozen.schema == KNOWN.schema
    assert frozen["insurance_until"].to_pylist() == [None, None]
    assert frozen.drop_columns(["insurance_until"]) == KNOWN.drop_columns(["insurance_until"])


def test_what_the_other_side_keeps_is_another():
    assert frozen_of("SAU")["departed_on"].null_count == 2
    assert frozen_of("SAU")["insurance_until"] == KNOWN["insurance_until"]
