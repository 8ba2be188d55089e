import pytest

from amanah.sources import MappingError, load

GOOD = """
name: case_desk
kind: csv
stream: complaint
pattern: cases_{month}.csv
key: no
updated_at: changed
fields:
  record_ref: no
  kind: {column: subject, codes: {GAJI: wages_unpaid}}
  received_on: {column: received, transform: date_iso}
  stage: {constant: received}
ignored: [remarks]
"""

REGISTER = """
name: register
kind: sql
stream: placement
table: register
key: no
updated_at: changed
fields:
  record_ref: {column: no, transform: prefix:IDN-P-}
  stage: {constant: arrived}
  birth_date: {column: tgl_lahir, transform: [digits, 'partial:date_either_dmy']}
  birth_date_precision: {column: tgl_lahir, transform: [digits, 'precision_of:date_either_dmy']}
  birth_date_calendar: {column: tgl_lahir, transform: [digits, 'calendar_of:date_either_dmy']}
"""


@pytest.fixture
def fault(tmp_path):
    """The text with which a mapping is refused."""

    def refuse(text):
        path = tmp_path / "case_desk.yaml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(MappingError) as refusal:
            load(path)
        assert str(path) in str(refusal.value)
        return str(refusal.value)

    return refuse


def test_a_mapping_names_every_column_it_reads_once(tmp_path):
    path = tmp_path / "case_desk.yaml"
    path.write_text(GOOD, encoding="utf-8")
    mapping = load(path)
    assert mapping.columns == ("no", "changed", "subject", "received")
    assert mapping.fields["record_ref"].column == "no"


def test_values_are_text_as_written(tmp_path):
    path = tmp_path / "case_desk.yaml"
    path.write_text(
        GOOD.replace("{GAJI: wages_unpaid}", "{0101: sick, yes: death}") + "page_size: 50\n", encoding="utf-8"
    )
    mapping = load(path)
    assert mapping.key == "no"
    assert mapping.fields["kind"].codes == {"0101": "sick", "yes": "death"}
    assert mapping.page_size == 50


def test_all_faults_are_listed_at_once(fault):
    text = fault(
        GOOD.replace("received_on: {column: received, transform: date_iso}", "wage: gaji")
        .replace("wages_unpaid", "wages_late")
        .replace("ignored: [remarks]", "ignored: [subject]\ntime_zone: Asia/Jeddah\ntable: cases")
    )
    assert "line 8, fields.received_on: complaint/1 requires it" in text
    assert "line 11, fields.wage: no such field in complaint/1" in text
    assert "line 10, fields.kind.codes.GAJI: 'wages_late' is not a value of complaint/1.kind" in text
    assert "line 13, ignored: subject is in use" in text
    assert "line 14, time_zone: 'Asia/Jeddah'" in text
    assert "line 15, table: not for a csv source" in text


def test_a_malformed_entry_does_not_hide_what_is_wrong_with_the_others(fault):
    misnamed = GOOD.replace("name: case_desk", "name: Case Desk")
    text = fault(misnamed.replace("{constant: received}", "{constand: x}") + "x: 1\n")
    assert "line 2, name: String should match" in text
    assert "line 12, fields.stage.constand: Extra inputs are not permitted" in text
    assert "line 14, x: Extra inputs are not permitted" in text
    assert "fields.stage: complaint/1 requires it" not in text
    text = fault(misnamed.replace("wages_unpaid", "wages_late"))
    assert "line 10, fields.kind.codes.GAJI: 'wages_late' is not a value" in text


def test_precision_and_calendar_are_read_from_the_column_of_the_date(tmp_path):
    path = tmp_path / "register.yaml"
    path.write_text(REGISTER, encoding="utf-8")
    assert load(path).columns == ("no", "changed", "tgl_lahir")


def test_a_partly_known_date_without_its_precision_is_refused(fault):
    said = "fields.birth_date.transform: partial: needs birth_date_precision beside it, from the same column"
    assert said in fault(REGISTER.replace("  birth_date_precision", "  birth_date_calendar_"))
    assert said in fault(REGISTER.replace("'precision_of:date_either_dmy'", "'precision_of:date_dmy'"))
    assert said in fault(
        REGISTER.replace("birth_date_precision: {column: tgl_lahir", "birth_date_precision: {column: x")
    )


@pytest.mark.parametrize(
    ("given", "instead", "said"),
    [
        ("pattern: cases_{month}.csv", "", "pattern: needed by a csv source"),
        ("pattern: cases_{month}.csv", "pattern: cases.csv", "pattern"),
        ("stream: complaint", "stream: visas", "no stream 'visas'; there are placement, complaint"),
        ("transform: date_iso", "transform: decimal", "transform decimal gives Decimal, not date"),
        ("transform: date_iso", "transform: dmy", "no transform 'dmy'"),
        ("column: received, transform: date_iso", "column: received", "transform strip gives str, not date"),
        (
            "ignored: [remarks]",
            "  not_applicable: {column: x, transform: list_semicolon}\nnot_applicable: [N/A]",
            "stands in for fields.not_applicable",
        ),
        ("  stage:", "  channel: {constant: pigeon}\n  stage:", "'pigeon' is not a value of complaint/1.channel"),
        ("{constant: received}", "{constant: lost}", "'lost' is not a value of complaint/1.stage"),
        ("{constant: received}", "{constant: received, column: state}", "either a column, columns or a constant"),
        ("{constant: received}", "{constant: received, transform: upper}", "codes and transforms stand with a column"),
        (
            "codes: {GAJI: wages_unpaid}",
            "codes: {GAJI: sick}, transform: int",
            "and codes translate text",
        ),
        ("column: subject, codes", "columns: [subject], join: '', codes", "columns are 2 or more"),
        ("column: subject, codes", "columns: [subject, more], codes", "with either join or first_present"),
        ("column: subject, codes", "column: subject, join: '-', codes", "with either join or first_present"),
        ("transform: date_iso", "transform: [digits, date_iso, clean]", "clean cannot follow date_iso"),
        ("transform: date_iso", "transform: ['list:;', date_iso]", "gives list[datetime.date], not date"),
        ("transform: date_iso", "transform: pad:ten", "pad: needs a width"),
        ("transform: date_iso", "transform: 'partial:date_iso'", "needs received_on_precision beside it"),
        ("transform: date_iso", "transform: 'partial:upper'", "partial: needs a date transform"),
        ("pattern: cases_{month}.csv", "pattern: cases_{month}.xlsx", "the files of a csv source end in .csv"),
        ("ignored: [remarks]", "ignored: [remarks]\nrest: {records: data}", "rest: not for a csv source"),
        ("ignored: [remarks]", "ignored: [Received]", "columns received and Received read the same in a header"),
        ("ignored: [remarks]", "drop: {spellings: {remarks: [x]}}", "no column remarks is used or ignored"),
        ("ignored: [remarks]", "drop: {spellings: {no: [SUBJECT]}}", "'SUBJECT' already stands for subject"),
        ("codes: {GAJI: wages_unpaid}", "codes: {GAJI: sick, GAJI: death}", "line 10, 'GAJI' is given more than once"),
        ("ignored: [remarks]", "ignore: [remarks]", "ignore: Extra inputs are not permitted"),
        ("name: case_desk", "name: [", "not readable as YAML"),
    ],
)
def test_a_fault_says_where_it_is(fault, given, instead, said):
    assert given in GOOD
    assert said in fault(GOOD.replace(given, instead))


def test_an_empty_or_huge_file_is_no_mapping(tmp_path, fault):
    assert "the file is empty" in fault("# later\n")
    assert "larger than" in fault("#" * 2_000_000)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MappingError, match=r"nowhere\.yaml: cannot be read"):
        load(tmp_path / "nowhere.yaml")
