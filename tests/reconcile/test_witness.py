"""A witness is a register of our own that speaks beside the two: what it says of each discrepancy, told by hand.

Names of people in the tables are made up. We are Indonesia; the witness is the foreign ministry's register.
"""

from itertools import product

import pyarrow as pa
import pytest

from amanah.reconcile import ReconcileError
from amanah.reconcile.witness import Heard, hear


@pytest.fixture
def heard(corridor):
    """Reconcile two text tables, and hear the witness' about what was found."""

    def hear_about(ours: str, theirs: str, witness: str, **more: str) -> Heard:
        tables = [corridor.records(text, "placement") for text in (ours, theirs)]
        found = corridor.placements(ours, theirs)
        witnesses = {"peduli_wni": witness, **more}
        return hear(
            *tables,
            found.discrepancies,
            {name: corridor.records(text, "placement") for name, text in witnesses.items()},
            stream="placement",
            agreement=corridor.agreement,
            us=corridor.us,
            period=corridor.period,
        )

    return hear_about


LINKED = """
    record_ref | contract_no | passport_no | birth_date | wage_amount | wage_currency
    {ref}      | KK-1        | C1111111    | {born}     | {wage}      | SAR
"""


@pytest.mark.parametrize(
    ("born", "says"),
    [
        ("1990-03-04", "ours"),
        ("1990-04-03", "theirs"),
        ("1971-01-01", "neither"),
        ("", "silent"),
    ],
)
def test_of_a_value_it_says_with_which_side_it_agrees(heard, shows, born, says):
    found = heard(
        LINKED.format(ref="IDN-P-1", born="1990-03-04", wage="1500"),
        LINKED.format(ref="SAU-P-7", born="1990-04-03", wage="1500"),
        f"""
        record_ref  | passport_no | birth_date
        IDN-P-ABR-1 | C1111111    | {born}
        """,
    )

    assert shows(
        found.testimony,
        f"""
        witness    | witness_ref | field      | says   | joined_ref
        peduli_wni | IDN-P-ABR-1 | birth_date | {says} |
        """,
    )


def test_within_the_tolerance_it_agrees_and_so_it_may_with_both(heard, shows):
    """Days of a contract may lie seven apart: ten apart disagree, and five from either agree with both."""
    contract = """
        record_ref | contract_no | passport_no | contract_start
        {ref}      | KK-1        | C1111111    | {day}
    """
    found = heard(
        contract.format(ref="IDN-P-1", day="2026-01-01"),
        contract.format(ref="SAU-P-7", day="2026-01-11"),
        contract.format(ref="IDN-P-ABR-1", day="2026-01-06"),
    )

    assert shows(found.testimony, "field | says \n contract_start | both")


STAGE = """
    record_ref | contract_no | passport_no | stage   | stage_date
    {ref}      | KK-1        | C1111111    | {stage} | {day}
"""


@pytest.mark.parametrize(
    ("ours", "theirs", "witness", "says"),
    [
        # Who arrived is past the visa; that a residence permit followed is no contradiction.
        (("visa_issued", "2026-01-10"), ("residence_issued", "2026-04-20"), ("arrived", "2026-02-01"), "theirs"),
        (("visa_issued", "2026-01-10"), ("arrived", "2026-02-03"), ("arrived", "2026-02-01"), "theirs"),
        # What followed since it spoke, it says nothing about.
        (("transferred", "2026-06-01"), ("residence_issued", "2026-04-20"), ("arrived", "2026-02-01"), "both"),
        # What one side has of a day before, and the other knows already.
        (("arrived", "2026-02-01"), ("returned", "2026-06-01"), ("returned", "2026-06-01"), "theirs"),
        (("arrived", "2026-02-01"), ("completed", "2026-05-01"), ("died", "2026-06-01"), "neither"),
        # A later day does not make up for an earlier step.
        (("visa_issued", "2026-03-01"), ("residence_issued", "2026-04-20"), ("arrived", "2026-02-01"), "theirs"),
        # Without the day of a stage nobody knows what came since.
        (("visa_issued", "2026-01-10"), ("residence_issued", "2026-04-20"), ("arrived", ""), "neither"),
    ],
)
def test_a_stage_is_what_was_so_on_its_day(heard, shows, ours, theirs, witness, says):
    found = heard(
        *(
            STAGE.format(ref=ref, stage=stage, day=day)
            for ref, (stage, day) in (("IDN-P-1", ours), ("SAU-P-7", theirs), ("IDN-P-ABR-1", witness))
        )
    )

    assert shows(found.testimony, f"field | says \n stage | {says}")


def test_where_it_has_no_record_of_the_worker_it_is_silent_and_has_no_reference(heard, shows):
    found = heard(
        LINKED.format(ref="IDN-P-1", born="1990-03-04", wage="1500"),
        LINKED.format(ref="SAU-P-7", born="1990-03-04", wage="1200"),
        """
        record_ref  | passport_no | birth_date
        IDN-P-ABR-1 | C9999999    | 1980-01-01
        """,
    )

    assert shows(found.testimony, "field | says | witness_ref \n wage_amount | silent |")


def test_it_is_found_by_either_side_s_number(heard, shows):
    """Only the destination knows the residence permit that the worker tells the foreign ministry."""
    found = heard(
        """
        record_ref | contract_no | birth_date
        IDN-P-1    | KK-1        | 1990-03-04
        """,
        """
        record_ref | contract_no | residence_no | birth_date
        SAU-P-7    | KK-1        | 2123456789   | 1990-04-03
        """,
        """
        record_ref  | residence_no | birth_date
        IDN-P-ABR-1 | 2123456789   | 1990-03-04
        """,
    )

    assert shows(found.testimony, "witness_ref | says \n IDN-P-ABR-1 | ours")


def test_what_is_only_probable_is_not_believed(heard, shows):
    """Another passport, a name that holds the other, the same birth date: as it may be for two people."""
    given, families = ("SITI", "NUR", "DEWI", "RATNA", "YULI", "WATI"), ("AMINAH", "LESTARI", "HALIMAH", "RAHAYU")
    others = "\n".join(
        f"IDN-P-{n} | C55000{n:02} | {first} {last} | {1970 + n}-{1 + n % 12:02}-{1 + n:02} | SA-01 | F"
        for n, (first, last) in enumerate(product(given, families))
    )
    columns = "record_ref | passport_no | name_latin | birth_date | area | sex"

    found = heard(
        f"{columns} \n IDN-P-90 | C1111111 | DEWI LESTARI AYU | 1990-03-04 | SA-01 | F \n {others}",
        "record_ref | passport_no | stage | first_known \n SAU-P-7 | C9999999 | requested | 2026-09",
        f"{columns} \n IDN-P-ABR-1 | C2222222 | DEWI LESTARI | 1990-03-04 | SA-01 | F",
    )

    assert set(found.testimony["says"].to_pylist()) == {"silent"}
    assert found.witnessed.num_rows == 0, "but she may be the worker of IDN-P-90: nobody need look for her"
    assert found.summary["peduli_wni"]["unsure"] == 1
    assert found.summary["peduli_wni"]["linked"] == {"ours": 0, "theirs": 0}


def test_two_people_of_its_own_for_one_pair_are_told_apart(heard, shows):
    found = heard(
        """
        record_ref | contract_no | passport_no | birth_date
        IDN-P-1    | KK-1        | C1111111    | 1990-03-04
        """,
        """
        record_ref | contract_no | passport_no | birth_date
        SAU-P-7    | KK-1        | C2222222    | 1990-04-03
        """,
        """
        record_ref  | passport_no | birth_date
        IDN-P-ABR-1 | C1111111    | 1990-03-04
        IDN-P-ABR-2 | C2222222    | 1990-04-03
        """,
    )

    assert shows(found.testimony, "witness_ref | field | says \n IDN-P-ABR-1; IDN-P-ABR-2 | birth_date | apart")


def test_of_a_missing_record_it_says_whether_it_knows_the_worker(heard, shows, corridor):
    ours = """
        record_ref | passport_no | residence_no | stage   | first_known
        IDN-P-1    | C1111111    |              | arrived | 2026-03
        IDN-P-2    | C2222222    |              | arrived | 2026-03
        IDN-P-3    | C3333333    |              | arrived | 2026-03
    """
    theirs = """
        record_ref | passport_no | residence_no | stage   | first_known
        SAU-P-4    | C4444444    |              | arrived | 2026-03
        SAU-P-5    |             | 2123456789   | arrived | 2026-03
    """
    found = heard(
        ours,
        theirs,
        """
        record_ref  | passport_no | residence_no
        IDN-P-ABR-1 | C1111111    |
        IDN-P-ABR-3 | C3333333    | 2123456789
        IDN-P-ABR-4 | C4444444    |
        """,
    )
    refs = {
        row["id"]: row["ours_ref"] or row["theirs_ref"]
        for row in corridor.placements(ours, theirs).discrepancies.to_pylist()
    }
    about = found.testimony.append_column("about", pa.array(map(refs.get, found.testimony["id"].to_pylist())))

    assert shows(
        about,
        """
        about   | witness_ref | says   | joined_ref
        IDN-P-1 | IDN-P-ABR-1 | knows  |
        IDN-P-2 |             | silent |
        IDN-P-3 | IDN-P-ABR-3 | joins  | SAU-P-5
        SAU-P-4 | IDN-P-ABR-4 | knows  |
        SAU-P-5 | IDN-P-ABR-3 | joins  | IDN-P-3
        """,
    )
    assert found.summary["peduli_wni"]["says"] == {
        "missing_here": {"joins": 1, "knows": 1},
        "missing_there": {"joins": 1, "knows": 1, "silent": 1},
    }


@pytest.mark.parametrize(
    ("passport_no", "visa_no", "says"),
    [
        ("C1111111", "", "ours"),
        ("", "V7777777", "theirs"),
        ("C1111111", "V7777777", "both"),
    ],
)
def test_of_a_doubtful_pair_it_says_which_of_the_two_it_knows_as_one(heard, shows, passport_no, visa_no, says):
    """The contract number says that they are one, names and birth dates that they are not."""
    found = heard(
        """
        record_ref | contract_no | passport_no | visa_no  | name_latin   | birth_date
        IDN-P-1    | KK-1        | C1111111    |          | SITI AMINAH  | 1990-03-04
        """,
        """
        record_ref | contract_no | passport_no | visa_no  | name_latin   | birth_date
        SAU-P-7    | KK-1        |             | V7777777 | DEWI LESTARI | 1988-11-30
        """,
        f"""
        record_ref  | passport_no   | visa_no   | birth_date
        IDN-P-ABR-1 | {passport_no} | {visa_no} |
        """,
    )

    assert shows(found.testimony, f"witness_ref | field | says \n IDN-P-ABR-1 | contract_no | {says}")


def test_a_person_in_neither_register_is_listed(heard, shows):
    found = heard(
        LINKED.format(ref="IDN-P-1", born="1990-03-04", wage="1500"),
        LINKED.format(ref="SAU-P-7", born="1990-03-04", wage="1500"),
        """
        record_ref  | passport_no | name_latin   | birth_date | area
        IDN-P-ABR-1 | C1111111    |              |            | SA-01
        IDN-P-ABR-2 | C2222222    | DEWI LESTARI | 1988-11-30 | SA-02
        """,
    )

    assert found.testimony.num_rows == 0
    assert shows(found.witnessed, "witness | witness_ref | area \n peduli_wni | IDN-P-ABR-2 | SA-02")
    assert found.summary == {
        "peduli_wni": {
            "records": 2,
            "linked": {"ours": 1, "theirs": 1},
            "unsure": 0,
            "in_neither": 1,
            "says": {},
        }
    }


def test_a_name_alone_finds_nobody(heard, shows):
    person = """
        record_ref | contract_no | passport_no | name_latin            | birth_date
        {ref}      | KK-1        | C1111111    | RARE UNCOMMON SPECIAL | {born}
    """
    found = heard(
        person.format(ref="IDN-P-1", born="1990-03-04"),
        person.format(ref="SAU-P-7", born="1990-04-03"),
        """
        record_ref  | name_latin
        IDN-P-ABR-1 | RARE UNCOMMON SPECIAL
        """,
    )

    assert shows(found.testimony, "says | witness_ref \n silent |")


def test_a_number_that_two_of_its_records_hold_says_of_neither_who_it_is(heard, shows):
    found = heard(
        LINKED.format(ref="IDN-P-1", born="1990-03-04", wage="1500"),
        LINKED.format(ref="SAU-P-7", born="1990-04-03", wage="1500"),
        """
        record_ref  | passport_no
        IDN-P-ABR-1 | C1111111
        IDN-P-ABR-2 | C1111111
        """,
    )

    assert shows(found.testimony, "says | witness_ref \n silent |")
    assert found.witnessed.num_rows == 0, "one of the two is on the register: who of them is not known"
    assert found.summary["peduli_wni"]["unsure"] == 2


def test_each_witness_speaks_for_itself(heard, shows):
    found = heard(
        LINKED.format(ref="IDN-P-1", born="1990-03-04", wage="1500"),
        LINKED.format(ref="SAU-P-7", born="1990-04-03", wage="1500"),
        """
        record_ref  | passport_no | birth_date
        IDN-P-ABR-1 | C1111111    | 1990-03-04
        """,
        embassy="""
        record_ref  | passport_no | birth_date
        IDN-P-KBR-1 | C1111111    | 1990-04-03
        """,
    )

    assert shows(
        found.testimony,
        """
        witness    | witness_ref | says
        embassy    | IDN-P-KBR-1 | theirs
        peduli_wni | IDN-P-ABR-1 | ours
        """,
    )


def test_complaints_have_no_witness_because_they_have_no_keys_of_their_own(corridor):
    none = corridor.records("record_ref \n IDN-C-1", "complaint")

    with pytest.raises(ReconcileError, match="hear it about placement"):
        hear(none, none, pa.table({}), {}, stream="complaint", agreement=corridor.agreement, us="IDN")


def test_an_error_names_the_witness_and_no_value(heard):
    with pytest.raises(ReconcileError, match="witness peduli_wni, placement: record_ref repeated 1 time"):
        heard(
            LINKED.format(ref="IDN-P-1", born="1990-03-04", wage="1500"),
            LINKED.format(ref="SAU-P-7", born="1990-03-04", wage="1500"),
            """
            record_ref  | passport_no
            IDN-P-ABR-1 | C1111111
            IDN-P-ABR-1 | C2222222
            """,
        )
