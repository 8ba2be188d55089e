"""The record model of a corridor: what the agreement calls an error is one, what it calls a warning is none."""

import pytest
from altered import loaded
from builders import a_placement
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.document_no import luhn, matches
from schemas.streams import STREAMS


def errors(model, record):
    try:
        model.model_validate(record)
    except ValidationError as error:
        return [(".".join(map(str, fault["loc"])), fault["type"]) for fault in error.errors()]
    return []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"residence_no": "2000000006"}, []),
        ({"residence_no": None}, []),
        ({"residence_no": "2000000007"}, [("residence_no", "check_digit")]),
        ({"residence_no": "1000000008"}, [("residence_no", "document_pattern")]),
        ({"residence_no": "20000000061"}, [("residence_no", "document_pattern")]),
        ({"residence_no": "a b"}, [("residence_no", "string_pattern_mismatch")]),
        ({"residence_no": "2000000007", "sex": "W"}, [("residence_no", "check_digit"), ("sex", "unknown_code")]),
        ({"passport_no": "ZZ-1"}, []),  # a warning: taken, with a caution
    ],
)
def test_the_agreed_document_checks_are_part_of_the_model(agreement, values, expected):
    assert errors(agreement.record_model("placement"), a_placement(**values)) == expected


def test_it_says_nothing_about_the_number(agreement):
    with pytest.raises(ValidationError) as caught:
        agreement.record_model("placement").model_validate(a_placement(residence_no="2000000007"))

    assert "2000000007" not in str(caught.value)


def test_the_numbers_in_a_list_are_checked_one_by_one(tmp_path):
    strict = loaded(
        tmp_path,
        lambda text: text.replace(
            'previous_passport_nos: {pattern: "^(X[0-9]{6}|[A-Z][0-9]{7})$", severity: warning}',
            'previous_passport_nos: {pattern: "^[A-Z][0-9]{7}$", severity: error}',
        ),
    ).record_model("placement")

    assert errors(strict, a_placement(previous_passport_nos=["A1234567", "B7654321"])) == []
    assert errors(strict, a_placement(previous_passport_nos=["A1234567", "B12"])) == [
        ("previous_passport_nos", "document_pattern")
    ]


def test_it_has_the_contract_s_fields_rules_and_name(agreement):
    model, own = agreement.record_model("placement"), STREAMS["placement"].model

    assert (tuple(model.model_fields), model.rules, model.__name__) == (tuple(own.model_fields), own.rules, "Placement")
    assert model.model_json_schema() == own.model_json_schema()
    assert model is agreement.record_model("placement")


def test_a_stream_without_agreed_errors_keeps_the_contract_s_model(agreement):
    assert agreement.record_model("complaint") is STREAMS["complaint"].model


def test_a_number_is_matched_as_a_whole():
    assert matches("2000000006", "^2[0-9]{9}$")
    assert not matches("2000000006\n", "^2[0-9]{9}$")


@given(st.text("0123456789", min_size=1, max_size=15), st.integers(0, 14), st.integers(1, 9))
def test_a_check_digit_notices_every_single_slip(digits, place, by):
    number = next(digits + figure for figure in "0123456789" if luhn(digits + figure))
    place %= len(number)
    slip = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]

    assert not luhn(slip)


@pytest.mark.parametrize("text", ["", "²", "٢", "2-6", "2000000006 "])
def test_what_is_no_row_of_figures_has_no_check_digit(text):
    assert luhn(text) is False


def test_a_pattern_means_the_same_one_by_one_and_in_bulk_and_is_never_slow():
    assert matches("١٢٣", r"^\p{Nd}{3}$")  # an agreement may use what Python's own engine does not know
    assert not matches("ab", "^a|b$")  # each alternative is the whole number
    assert not matches("1" * 31 + "A", "^([0-9]+)+$")  # an engine that backtracks would try two thousand million ways
