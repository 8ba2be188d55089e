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
    assert "fields.wage: no such field in complaint/1" in text
    assert "fields.received_on: complaint/1 requires it" in text
    assert "'wages_late' is not a value of complaint/1.kind" in text
    assert "ignored: subject is in use" in text
    assert "time_zone: 'Asia/Jeddah'" in text
    assert "table: not for a csv source" in text


@pytest.mark.parametrize(
    ("given", "instead", "said"),
    [
        ("pattern: cases_{month}.csv", "", "pattern: needed by a csv source"),
        ("pattern: cases_{month}.csv", "pattern: cases.csv", "pattern"),
        ("stream: complaint", "stream: visas", "no stream 'visas'; there are placement, complaint"),
        ("transform: date_iso", "transform: decimal", "transform decimal gives Decimal, not date"),
        ("transform: date_iso", "transform: dmy", "no transform 'dmy'"),
        ("column: received, transform: date_iso", "column: received", "transform strip gives str, not date"),
        ("{constant: received}", "{constant: lost}", "'lost' is not a value of complaint/1.stage"),
        ("{constant: received}", "{constant: received, column: state}", "either a column or a constant"),
        ("codes: {GAJI: wages_unpaid}", "codes: {GAJI: sick}, transform: upper", "without a transform"),
        ("codes: {GAJI: wages_unpaid}", "codes: {GAJI: sick, GAJI: death}", "'GAJI' is given more than once"),
        ("ignored: [remarks]", "ignore: [remarks]", "ignore: Extra inputs are not permitted"),
        ("name: case_desk", "name: [", "not readable as YAML"),
    ],
)
def test_a_fault_says_where_it_is(fault, given, instead, said):
    assert given in GOOD
    assert said in fault(GOOD.replace(given, instead))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MappingError, match=r"nowhere\.yaml: cannot be read"):
        load(tmp_path / "nowhere.yaml")
