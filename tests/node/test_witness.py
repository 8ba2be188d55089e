"""A register of our own that fills no record: heard at the end of each month, and nothing of it leaves."""

from datetime import date

import pytest
import yaml
from builders import a_placement
from corridor import MONTH, NEXT_MONTH, hold
from sqlalchemy import select

from amanah.store.tables import testimony, witness_record, witnessed

pytestmark = pytest.mark.slow

WITNESS = "peduli_wni"
FIELDS = ("record_ref", "passport_no", "name_latin", "birth_date", "area", "stage", "stage_date")
TERMS = {
    "placement": {
        "systems": [
            {"name": "siskop2mi", "role": "register"},
            {"name": WITNESS, "role": "witness", "called": {"en": "The foreign ministry's register"}},
        ],
        "same_person": ["passport_no"],
        "guards": ["birth_date", "name_latin"],
    }
}


def a_worker(party, number, **values):
    papers = {"contract_no": f"C-{number}", "passport_no": f"X10000{number:02}", "birth_date": date(1980, 1, number)}
    return a_placement(f"{party}-P-{number}", **papers | values)


def a_registration(number, **values):
    record = a_worker("IDN", number, **values)
    return {name: record[name] for name in FIELDS} | {"record_ref": f"IDN-P-ABR-{number}"}


@pytest.fixture
def abroad(office, corridor, tmp_path):
    """The foreign ministry's register, as Indonesia's node reaches it."""
    made = office("IDN", "placement", WITNESS, FIELDS)
    agreed = tmp_path / "consolidation.yaml"
    agreed.write_text(yaml.safe_dump(TERMS), encoding="utf-8")
    corridor.idn.settings = corridor.idn.settings.model_copy(
        update={"sources": {WITNESS: made.settings}, "consolidation": agreed}
    )
    return made


@pytest.fixture
def read(corridor, abroad):
    """The foreign ministry lays down its registrations of a month, and the node reads them."""

    def month_of(month, *registrations):
        abroad.lay(month, *registrations)
        corridor.idn.extract(WITNESS, month)
        return corridor.idn.validate(WITNESS, month)

    return month_of


@pytest.fixture
def exchange(corridor):
    """A month in full, up to both reconciled worklists."""

    def month_of(month, *, whole=False):
        for node in (corridor.idn, corridor.sau):
            for stream in node.agreement.streams:
                node.publish(stream, month)
        corridor.exchange()
        return {node.us: node.reconcile(month, whole=whole) for node in (corridor.idn, corridor.sau)}

    return month_of


def said(node):
    """What stands of testimony: what the case is about -> says, and the witness' record."""
    with node.database.engine.connect() as connection:
        rows = connection.execute(select(testimony).where(testimony.c.closed_in.is_(None)))
        return {row.id: (row.says, row.witness_ref) for row in rows}


def test_it_is_heard(corridor, read, exchange):
    hold(corridor.idn, a_worker("IDN", 1), a_worker("IDN", 2), a_worker("IDN", 3))
    hold(corridor.sau, a_worker("SAU", 1, birth_date=date(1980, 2, 1)), a_worker("SAU", 2))
    print(read(MONTH, a_registration(1), a_registration(2), a_registration(3), a_registration(4, area="SA-02")))
    exchange(MONTH)
    print(said(corridor.idn))
    with corridor.idn.database.engine.connect() as connection:
        print(connection.execute(select(witnessed)).all(), connection.execute(select(witness_record)).all())
    assert not said(corridor.sau)
    assert 0
