"""What ``validate`` leaves behind, and what it does with references that stand twice."""

import stat

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from builders import CANARIES, with_canaries
from hypothesis import given
from hypothesis import strategies as st
from validated import PLACEMENT, a_csv, a_parquet, validated

from amanah.quality import bulk
from amanah.quality.bulk import repeats
from amanah.quality.bulk.check_digits import luhn_holds, mrz_holds
from schemas import agreement as agreements
from schemas import mrz
from schemas.cautions import caution_checks
from schemas.document_no import luhn
from schemas.forms import arrow_schema

HEAD = "record_ref,stage,name_latin\n"
AGREEMENT = agreements.load(agreements.FOLDER / "idn-sau.yaml")


def test_refused_records_come_with_all_their_reasons_in_words(tmp_path):
    content = "record_ref,stage,sex,wage_amount,wage_currency\nIDN-P-7,arrived,W,12.3456,\n"

    found = validated(a_csv(tmp_path, content))

    to_do = "; correct it at its source and validate again"
    assert found.quarantine == [
        {"row": 1, "record_ref": "IDN-P-7", "field": field, "code": code, "message": said + to_do}
        for field, code, said in (
            ("sex", "unknown_code", "sex: expected a code of the list sex"),
            ("wage_amount", "decimal_max_places", "wage_amount: expected at most 3 decimal places"),
        )
    ]


def test_absent_columns_are_not_available(tmp_path):
    [record] = validated(a_csv(tmp_path, HEAD + "IDN-P-1,arrived,SITI\n")).accepted

    assert {name for name, value in record.items() if value is not None} == {"record_ref", "stage", "name_latin"}


def test_a_negative_zero_is_a_zero(tmp_path):
    """The same by both ways: the first is left to pydantic, the second is not."""
    head = "record_ref,stage,wage_amount,wage_currency\n"

    found = validated(a_csv(tmp_path, head + "IDN-P-1,arrived,-0,SAR\nIDN-P-2,arrived,0,SAR\n"))

    assert [str(record["wage_amount"]) for record in found.accepted] == ["0.000", "0.000"]
    assert str(PLACEMENT.model.model_validate({**found.accepted[0], "wage_amount": "-0"}).wage_amount) == "0.000"


def test_a_record_without_what_every_record_needs_is_refused(tmp_path):
    found = validated(a_csv(tmp_path, "record_ref,name_latin\nIDN-P-1,SITI\n,BUDI\n"))

    assert found.refused == [
        (1, "IDN-P-1", "stage", "missing"),
        (2, None, "record_ref", "missing"),
        (2, None, "stage", "missing"),
    ]


def test_a_reference_that_is_none_is_not_shown(tmp_path):
    """It may be a name in the wrong column."""
    found = validated(a_csv(tmp_path, HEAD + "SITI RAHAYU,arrived,IDN-P-1\n"))

    assert found.refused == [(1, None, "record_ref", "string_pattern_mismatch")]


def test_a_reference_that_stands_again_is_refused_the_second_time(tmp_path):
    content = HEAD + "IDN-P-1,arrived,A\nIDN-P-2,nowhere,B\nIDN-P-1,arrived,C\nIDN-P-2,arrived,D\n IDN-P-1,arrived,E\n"

    found = validated(a_csv(tmp_path, content))

    assert [record["name_latin"] for record in found.accepted] == ["A", "D"]
    assert [(row, code) for row, _, _, code in found.refused] == [
        (2, "unknown_code"),
        (3, "repeated"),
        (5, "repeated"),
    ]


def test_references_are_told_apart_across_blocks_and_by_themselves(tmp_path, monkeypatch):
    """Also where half of all hashes are alike, and in a file of many blocks."""
    monkeypatch.setattr("amanah.quality.bulk.parquet_blocks.ROWS", 100)
    monkeypatch.setattr("amanah.quality.bulk.repeats._hashes", lambda refs: np.arange(len(refs), dtype=np.uint64) % 2)
    refs = [f"IDN-P-{number}" for number in range(1000)] + ["IDN-P-5", "IDN-P-999"]

    found = validated(a_parquet(tmp_path, record_ref=refs, stage=["arrived"] * 1002))

    assert found.refs == refs[:1000]
    assert [(row, ref) for row, ref, _, _ in found.refused] == [(1001, "IDN-P-5"), (1002, "IDN-P-999")]


def test_many_hashes_are_compared_share_by_share(monkeypatch):
    monkeypatch.setattr(repeats, "_AT_ONCE", 64)
    with repeats.Repeats() as seen:
        assert seen.again(pl.Series([f"IDN-P-{number}" for number in range(1000)])) == []
        assert seen.again(pl.Series(["IDN-P-3", "IDN-P-X", "IDN-P-900"])) == []

        assert len(seen.suspects()) == 2


def test_records_stay_in_the_order_of_the_file(tmp_path):
    """Also those that only pydantic could decide: a name with a space that is not a plain one."""
    rows = [f"IDN-P-{number},arrived,{'A' if number % 3 else chr(160) + 'A'}" for number in range(300)]

    found = validated(a_csv(tmp_path, HEAD + "\n".join(rows)))

    assert found.refs == [f"IDN-P-{number}" for number in range(300)]
    assert {record["name_latin"] for record in found.accepted} == {"A"}


def test_many_refusals_come_in_the_order_of_the_file(tmp_path):
    rows = [f"IDN-P-{number},nowhere,A" if number % 50 else f"IDN-P-{number}" for number in range(12_000)]

    found = validated(a_csv(tmp_path, HEAD + "\n".join(rows)))

    assert [row for row, _, _, _ in found.refused] == list(range(1, 12_001))
    assert found.outcome.reasons == {("stage", "unknown_code"): 11_760, ("", "cells"): 240}


def test_a_corrected_file_passes_and_replaces_what_was_said_before(tmp_path):
    assert validated(a_csv(tmp_path, HEAD + "IDN-P-1,nowhere,SITI\n")).outcome.quarantined == 1

    again = validated(a_csv(tmp_path, HEAD + "IDN-P-1,arrived,SITI\n"))

    assert (again.refs, again.quarantine) == (["IDN-P-1"], [])


def test_the_same_file_gives_the_same_bytes(tmp_path):
    path = a_csv(tmp_path, HEAD + "IDN-P-1,arrived,SITI\nIDN-P-2,nowhere,SITI\nIDN-P-1,arrived,SITI\n")
    bulk.validate(path, PLACEMENT, out=tmp_path / "one")
    bulk.validate(path, PLACEMENT, out=tmp_path / "two")

    one, two = ({file.name: file.read_bytes() for file in (tmp_path / out).iterdir()} for out in ("one", "two"))
    assert one == two
    assert set(one) == {"accepted.parquet", "quarantine.parquet", "warnings.parquet"}


def test_only_the_owner_can_read_what_is_written(tmp_path):
    validated(a_csv(tmp_path, HEAD + "IDN-P-1,arrived,SITI\n"))

    files = list((tmp_path / "out").iterdir())
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700


class Interrupted(BaseException):
    pass


def test_an_interrupted_validation_leaves_no_results_and_can_be_repeated(tmp_path):
    path = a_csv(tmp_path, HEAD + "IDN-P-1,arrived,SITI\n")
    validated(path)

    def interrupt(_):
        raise Interrupted

    with pytest.raises(Interrupted):
        bulk.validate(path, PLACEMENT, out=tmp_path / "out", heard=interrupt)
    assert list((tmp_path / "out").iterdir()) == []

    assert validated(path).refs == ["IDN-P-1"]


def test_without_a_folder_only_the_counts_are_given(tmp_path):
    path = a_csv(tmp_path, HEAD + "IDN-P-1,arrived,SITI\nIDN-P-1,arrived,SITI\n")

    outcome = bulk.validate(path, PLACEMENT)

    assert (outcome.read, outcome.accepted, outcome.quarantined) == (2, 1, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["records.csv"]


def test_no_message_or_count_holds_a_value(tmp_path):
    record = with_canaries(sex="KANARI", visa_no="KANARI?", contract_no="KANARI!", stage="QZ9990001")
    record |= {"birth_date": "1987-03-14x", "previous_passport_nos": ["KANARI BURUNG"], "national_id": "KANARI BURUNG"}
    table = pa.Table.from_pylist([{name: value for name, value in record.items() if value is not None}])
    pq.write_table(table, tmp_path / "records.parquet")

    found = validated(tmp_path / "records.parquet")

    assert len(found.quarantine) == 7
    said = f"{found.outcome}" + "".join(f"{reason}" for reason in found.quarantine)
    assert not [canary for canary in CANARIES if canary in said]


def test_the_agreements_checks_refuse_and_its_cautions_warn(tmp_path):
    stream = AGREEMENT.checked_stream("placement")
    content = (
        "record_ref,stage,residence_no,wage_amount,wage_currency,wage_period\n"
        "IDN-P-1,arrived,2000000006,1800,SAR,month\n"
        "IDN-P-2,arrived,2000000007,1800,SAR,month\n"
        "IDN-P-3,arrived,3000000005,1800,SAR,month\n"
        "IDN-P-4,arrived,,900,SAR,\n"
        "IDN-P-5,arrived,,900,SAR,week\n"
    )

    found = validated(a_csv(tmp_path, content), stream, checks=caution_checks(AGREEMENT, stream))

    assert found.refused == [
        (2, "IDN-P-2", "residence_no", "check_digit"),
        (3, "IDN-P-3", "residence_no", "document_pattern"),
    ]
    warnings = pq.read_table(tmp_path / "out" / "warnings.parquet").to_pylist()
    assert [(each["row"], each["record_ref"], each["code"]) for each in warnings] == [
        (4, "IDN-P-4", "wage_below_minimum")
    ]


def test_each_caution_is_given_as_the_checks_give_it_one_by_one(tmp_path):
    checks = caution_checks(AGREEMENT, PLACEMENT)
    records = [
        {"record_ref": f"IDN-P-{number}", "stage": "arrived", **more}
        for number, more in enumerate(
            [
                {"wage_amount": "1499.99", "wage_currency": "SAR", "wage_period": "hijri_month"},
                {"wage_amount": "1.00", "wage_currency": "IDR", "wage_period": "month"},
                {"passport_expires_on": "2026-01-01", "contract_end": "2026-01-02"},
                {"passport_expires_on": "2026-01-02", "contract_end": "2026-01-02"},
                {"occupation_isco": "0000", "area": "XX-99", "wage_currency": "XXX"},
                {"recruitment_fee_amount": "99999", "recruitment_fee_currency": "SAR"},
                {"recruitment_fee_amount": "99999", "recruitment_fee_currency": "IDR"},
                {"worker_cost_amount": "0.01", "worker_cost_currency": "IDR"},
                {"passport_no": "???", "contract_no": "C-1"},
                {"passport_no": "A12"},
            ]
        )
    ]
    names = {name for record in records for name in record}
    table = pa.table({name: [record.get(name) for record in records] for name in names})
    pq.write_table(table, tmp_path / "records.parquet")

    found = validated(tmp_path / "records.parquet", checks=checks)

    expected = [
        (record["record_ref"], check.field, check.code)
        for record in found.accepted
        for check in checks
        if check.fails(record)
    ]
    warnings = pq.read_table(tmp_path / "out" / "warnings.parquet").to_pylist()
    assert sorted((each["record_ref"], each["field"], each["code"]) for each in warnings) == sorted(expected)
    assert len({code for _, _, code in expected}) >= 6


def test_accepted_records_are_in_the_contracts_types(tmp_path):
    validated(a_csv(tmp_path, HEAD + "IDN-P-1,arrived,SITI\n"))

    assert pq.read_schema(tmp_path / "out" / "accepted.parquet") == arrow_schema(PLACEMENT)


numbers = st.text("0123456789", max_size=40) | st.text(max_size=5) | st.none()


@given(st.lists(numbers, max_size=20))
def test_luhn_in_bulk_is_luhn_one_by_one(texts):
    """Longer numbers than any document has are left to pydantic."""
    expected = [text is not None and len(text) <= 32 and luhn(text) for text in texts]

    assert luhn_holds(pl.Series(texts, dtype=pl.String)).to_list() == expected


SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"


@st.composite
def mrz_lines(draw):
    """Lines with right check digits, some spoiled at one place."""
    number, birth, expiry = (draw(st.text(SIGNS, min_size=n, max_size=n)) for n in (9, 6, 6))
    optional = draw(st.text(SIGNS, min_size=14, max_size=14) | st.just("<" * 14))
    digits = [mrz.check_digit(text) for text in (number, birth, expiry, optional)]
    fourth = draw(st.sampled_from(["<", str(digits[3])]))
    line = f"{number}{digits[0]}UTO{birth}{digits[1]}F{expiry}{digits[2]}{optional}{fourth}"
    line += str(mrz.check_digit(line[0:10] + line[13:20] + line[21:43]))
    place = draw(st.none() | st.integers(0, 43))
    return line if place is None else line[:place] + draw(st.sampled_from(SIGNS)) + line[place + 1 :]


@given(st.lists(mrz_lines() | st.just("short") | st.none(), max_size=20))
def test_machine_readable_lines_in_bulk_are_those_one_by_one(lines):
    expected = [line is not None and len(line) == 44 and mrz.holds(line) for line in lines]

    assert mrz_holds(pl.Series(lines, dtype=pl.String)).to_list() == expected
