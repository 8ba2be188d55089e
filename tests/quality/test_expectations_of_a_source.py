"""A source that only fills the records of others is not held to what a register must give."""

import pytest

from amanah.quality.expectations import Expectations
from schemas.streams import STREAMS

STREAM_WIDE = {
    "error": {"rows_at_least": 1, "present": {"contract_no": 0.3}},
    "sources": {"abroad": {"error": {"rows_at_least": 0}}},
}


@pytest.mark.parametrize(("source", "least"), [("register", 1), ("abroad", 0)])
def test_a_source_may_have_expectations_of_its_own(source, least):
    expected = Expectations.model_validate(STREAM_WIDE).model_copy(update={"file": "ours.yaml"}).of(source)

    assert expected.error.rows_at_least == least
    assert bool(expected.error.present) == (source == "register")
    assert expected.file == "ours.yaml"


def test_a_fault_in_them_says_where_it_stands():
    expected = Expectations.model_validate({"sources": {"abroad": {"warning": {"present": {"no_such": 0.5}}}}})

    [(where, _)] = expected.faults(STREAMS["placement"])

    assert where == ("sources", "abroad", "warning", "present", "no_such")
