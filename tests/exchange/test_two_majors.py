"""Two majors at once: a partner that speaks the one before is written to in it, and may change over when it likes.

No stream has a second major yet; so the one before is made up here: ``placement/0`` calls two fields otherwise, has
other codes for sex, and knows nothing of households.
"""

import shutil
from collections.abc import Iterator
from copy import copy
from typing import Annotated

import pyarrow.parquet as pq
import pytest
from builders import a_placement
from corridor import MONTH, NEXT_MONTH, PARTIES, SILENT, Corridor, holds, message, states
from forgery import Forger, new
from pydantic import AfterValidator, create_model

from amanah.exchange import by_hand
from amanah.exchange.codes import Code
from amanah.exchange.sftp import connect
from schemas import majors, publishing
from schemas.agreement import FOLDER, AgreementError, load
from schemas.envelope import Manifest
from schemas.placement import Placement
from schemas.record import Record
from schemas.streams import STREAMS, Stream

RENAMED = {"employer_name": "sponsor_name", "area": "region"}
GONE = {"household_ref", "household_locality"}


def _female_or_male(code: str | None) -> str | None:
    assert code in {None, "female", "male"}
    return code


def _before() -> majors.Form:
    names = {name: RENAMED.get(name, name) for name in Placement.model_fields if name not in GONE}
    fields = {
        there: (Placement.model_fields[name].annotation, Placement.model_fields[name]) for name, there in names.items()
    }
    info = copy(Placement.model_fields["sex"])
    info.annotation, info.metadata = str | None, []
    fields["sex"] = (Annotated[str | None, AfterValidator(_female_or_male)], info)
    model = create_model("PlacementBefore", __base__=Record, **fields)
    sex = majors.codes(older={"F": "female", "M": "male"}, newer={"female": "F", "male": "M"})
    return majors.Form(Stream("placement", 0, model), names, {"sex": sex})


BEFORE = _before()


@pytest.fixture(autouse=True)
def placement_0_is_still_spoken(monkeypatch):
    monkeypatch.setitem(majors.PREVIOUS, "placement", BEFORE)


@pytest.fixture
def agreed(tmp_path):
    """Write the agreement, with this in the terms of placements."""

    def write(terms: str):
        file = tmp_path / "agreement" / "idn-sau.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(SILENT.replace("    schema: 1\n", f"    schema: 1\n    {terms}\n", 1))
        shutil.copy(FOLDER / "idn-sau.expectations.yaml", file.parent)
        return file

    return write


@pytest.fixture
def corridor(a_node, exchange_point, agreed) -> Iterator[Corridor]:
    """Two nodes whose agreement says that Saudi Arabia still speaks placement/0."""
    file = agreed("previous_for: [SAU]")
    nodes = {party: a_node(party, agreement=file, sftp=exchange_point.settings(party)) for party in PARTIES}
    settings = {party: exchange_point.settings(party) for party in PARTIES}
    with connect(settings["IDN"]) as idn, connect(settings["SAU"]) as sau:
        yield Corridor(nodes["IDN"], nodes["SAU"], exchange_point, MONTH, {"IDN": idn, "SAU": sau})
    for node in nodes.values():
        node.database.engine.dispose()


@pytest.fixture
def forger(corridor, tmp_path, a_manifest) -> Forger:
    says = {"agreement_sha256": corridor.idn.agreement.sha256}
    return Forger(corridor, tmp_path / "forged", a_manifest(**says))


def opened(corridor, name, tmp_path):
    """What Saudi Arabia sees with its keys in its hands: the manifest's schema and the part's first row."""
    sealed = corridor.point.room("IDN", "placement") / f"{name}.tar.pgp"
    by_hand.open_package(sealed, corridor.sau.keys, tmp_path / name)
    manifest = Manifest.model_validate_json((tmp_path / name / "manifest.json").read_bytes())
    return manifest.schema_id, pq.read_table(tmp_path / name / "placement.parquet").to_pylist()[0]


@pytest.mark.slow
class TestAPartnerThatSpeaksTheMajorBefore:
    def test_is_written_to_in_it(self, corridor, tmp_path):
        name = corridor.send(a_placement(employer_name="KELUARGA CONTOH"))

        schema, row = opened(corridor, name, tmp_path)
        assert schema == "placement/0"
        assert (row["sponsor_name"], row["region"], row["sex"]) == ("KELUARGA CONTOH", "SA-01", "female")
        assert not {"employer_name", "area", *GONE} & set(row)

    def test_holds_what_was_sent(self, corridor):
        corridor.send(a_placement(employer_name="KELUARGA CONTOH", not_applicable=["area", "visa_no"], area=None))
        corridor.exchange()

        [held] = holds(corridor.sau, "IDN").values()
        assert (held["employer_name"], held["sex"]) == ("KELUARGA CONTOH", "F")
        assert held["not_applicable"] == ["area", "visa_no"]

    def test_corrects_and_withdraws_as_ever(self, corridor):
        corridor.send(a_placement(area="SA-01"))
        corridor.exchange()
        corridor.send(a_placement(area="SA-02"), month=NEXT_MONTH)
        corridor.exchange()

        [held] = holds(corridor.sau, "IDN").values()
        assert held["area"] == "SA-02"
        assert message(corridor.idn, "IDN-SAU-placement-000002").answer["applied"]["correct"] == 1

    def test_may_send_either_major(self, corridor, forger):
        assert states(corridor.idn) == {}
        current = STREAMS["placement"]
        first = forger.send(new(a_placement("SAU-P-1")), stream=current)
        older = BEFORE.written(a_placement("SAU-P-2", employer_name="KELUARGA CONTOH"))
        fields = BEFORE.fields(corridor.idn.agreement.granted("placement", sender="SAU"))
        second = forger.send(new(older), sequence=2, stream=BEFORE.stream, fields=fields, period=NEXT_MONTH)

        assert (first.verdict, second.verdict) == ("accepted", "accepted")
        assert (first.record_errors, second.record_errors) == ((), ())
        found = holds(corridor.idn, "SAU")
        assert found["SAU-P-2"]["employer_name"] == "KELUARGA CONTOH"
        assert {each["sex"] for each in found.values()} == {"F"}

    def test_is_told_of_a_fault_in_its_own_words(self, corridor, forger):
        older = BEFORE.written(a_placement("SAU-P-1")) | {"region": "nowhere"}
        fields = BEFORE.fields(corridor.idn.agreement.granted("placement", sender="SAU"))
        answer = forger.send(new(older), stream=BEFORE.stream, fields=fields)

        [error] = answer.record_errors
        assert (error.code, error.field) == (Code.RECORD_INVALID, "region")

    def test_no_third_major_is_taken(self, forger):
        answer = forger.send(new(a_placement("SAU-P-1")), schema_id="placement/2")
        assert [error.code for error in answer.file_errors] == [Code.OTHER_SCHEMA]


class TestTheAgreement:
    def test_grants_only_what_both_majors_have(self, agreed):
        both = set(load(FOLDER / "idn-sau.yaml").granted("placement", sender="SAU"))
        now = set(load(agreed("previous_for: [SAU]")).granted("placement", sender="SAU"))
        assert both - now == GONE

    def test_takes_the_current_major_only_when_nobody_needs_another(self):
        agreement = load(FOLDER / "idn-sau.yaml")
        assert agreement.written_form("placement").stream.schema_id == "placement/1"
        assert agreement.taken_form("placement", "placement/0") is None

    def test_that_was_signed_in_the_major_before_means_the_same_to_newer_software(self, tmp_path):
        signed = SILENT
        for name in GONE:
            signed = "\n".join(line for line in signed.splitlines() if not line.strip().startswith(f"{name}:"))
        placement, complaint = signed.split("  complaint:\n    schema: 1")
        for name, there in RENAMED.items():
            placement = placement.replace(f"      {name}: ", f"      {there}: ")
        placement = placement.replace("    schema: 1\n", "    schema: 0\n")
        placement = placement.replace("      compare:\n", "      compare:\n        sex: {rule: exact}\n", 1)
        file = tmp_path / "idn-sau.yaml"
        file.write_text(f"{placement}  complaint:\n    schema: 1{complaint}")

        agreement = load(file)

        assert agreement.written_form("placement").stream.schema_id == "placement/0"
        assert agreement.granted("placement", sender="SAU") == tuple(
            name for name in load(FOLDER / "idn-sau.yaml").granted("placement", sender="SAU") if name not in GONE
        )
        assert "area" in agreement.streams["placement"].linkage.compare
        assert agreement.streams["complaint"].previous_for == ()

    def test_cannot_name_somebody_else(self, agreed):
        with pytest.raises(AgreementError, match=r"previous_for\.0: 'MYS' is not one of the parties"):
            load(agreed("previous_for: [MYS]"))

    def test_cannot_ask_for_a_major_that_there_is_not(self, agreed, monkeypatch):
        monkeypatch.delitem(majors.PREVIOUS, "placement")
        with pytest.raises(AgreementError, match="no major before placement/1 is spoken here"):
            load(agreed("previous_for: [SAU]"))


def test_both_majors_are_published_for_a_partner():
    names = publishing.published().keys()
    assert {f"placement-{major}.schema.json" for major in (0, 1)} < names
    assert "complaint-0.schema.json" not in names


@pytest.mark.parametrize("sex", ["F", "M", None])
def test_a_record_is_the_same_after_there_and_back(sex):
    record = a_placement(sex=sex, employer_name="KELUARGA CONTOH", not_applicable=["area"])
    there_and_back = BEFORE.read(BEFORE.written(record))
    assert there_and_back == {name: value for name, value in record.items() if name not in GONE}
