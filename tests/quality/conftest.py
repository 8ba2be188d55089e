"""A batch of placements or complaints, judged by demands, in a folder of its own."""

import pytest

from amanah.quality.batch import Batch
from amanah.quality.checkpoint import run
from amanah.quality.expectations import Expectations
from schemas.streams import STREAMS


@pytest.fixture
def judge(tmp_path):
    """Judge records: ``judge(*records, error={...}, warning={...})``; what is known beside them by its own keyword."""

    def verdict(
        *records, stream="placement", period="2026-07", refused=0, reasons=(), known=(), history=(), **expected
    ):
        batch = Batch(
            STREAMS[stream],
            "siskop2mi",
            period,
            list(records),
            refused,
            dict(reasons),
            dict(known),
            tuple(history),
        )
        return run(batch, Expectations.model_validate(expected), tmp_path / "data_docs")

    return verdict
