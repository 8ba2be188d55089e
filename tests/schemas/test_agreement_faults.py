"""An agreement that contradicts itself is refused: every fault at once, each with its line."""

import pytest
import yaml
from altered import TEXT, altered, faults_of, line_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.agreement import Agreement

BOTH = "[IDN>SAU, SAU>IDN]"
ONE_SLIP = {
    "a field that is none": (
        ("      passport_no: {directions", "      passpot_no: {directions"),
        "streams.placement.fields.passpot_no: no such field in placement/1; did you mean passport_no?",
    ),
    "a field that never leaves": (
        ("      sex: {", f"      national_id: {{directions: {BOTH}, purpose: linkage}}\n      sex: {{"),
        "streams.placement.fields.national_id: never leaves its holder, whatever an agreement says; remove the grant",
    ),
    "a direction to somebody else": (
        ("      sex: {directions: [IDN>SAU, SAU>IDN]", "      sex: {directions: [IDN>SAU, SAU>IRN]"),
        "streams.placement.fields.sex.directions.1: direction SAU>IRN is not between the parties; did you",
    ),
    "a purpose that nobody stated": (
        ("  evaluation:\n    meaning", "  control:\n    meaning"),
        "streams.placement.fields.sex.purpose: 'evaluation' is not among the agreement's purposes",
    ),
    "a purpose that is not the field's": (
        (
            "      nationality: {directions: [IDN>SAU, SAU>IDN], purpose: linkage}",
            "      nationality: {directions: [IDN>SAU, SAU>IDN], purpose: evaluation}",
        ),
        "streams.placement.fields.nationality.purpose: 'evaluation' is not what placement/1 has this",
    ),
    "a purpose without a ground": (
        ("      SAU: PDPL art. 29(1); Labour Law and its rules on domestic work\n", ""),
        "purposes.protection.grounds: SAU has no legal ground for this purpose",
    ),
    "a ground of somebody else": (
        ("      SAU: PDPL art. 29(1); Labour", "      MYS: none\n      SAU: PDPL art. 29(1); Labour"),
        "purposes.protection.grounds.MYS: is not one of the parties",
    ),
    "a key that travels one way": (
        ("      visa_no: {directions: [IDN>SAU, SAU>IDN]", "      visa_no: {directions: [IDN>SAU]"),
        "streams.placement.linkage.keys.2: visa_no is used to reconcile but does not travel both ways",
    ),
    "a required field that travels one way": (
        ("      stage: {directions: [IDN>SAU, SAU>IDN]", "      stage: {directions: [IDN>SAU]"),
        "streams.placement.fields.stage: must travel SAU>IDN: every record has to carry it",
    ),
    "a wage without its currency": (
        ("      wage_currency: {directions: [IDN>SAU, SAU>IDN]", "      wage_currency: {directions: [IDN>SAU]"),
        "streams.placement.fields.wage_amount: travels SAU>IDN without wage_currency, which it needs",
    ),
    "a wage without its period": (
        ("      wage_period: {directions: [IDN>SAU, SAU>IDN], purpose: protection}\n", ""),
        "streams.placement.fields.wage_amount: travels IDN>SAU and SAU>IDN without wage_period, which it needs",
    ),
    "a birth date without its precision": (
        (
            "      birth_date_precision: {directions: [IDN>SAU, SAU>IDN]",
            "      birth_date_precision: {directions: [SAU>IDN]",
        ),
        "streams.placement.fields.birth_date: travels IDN>SAU without birth_date_precision, which it needs",
    ),
    "a document that is a date": (
        ("      residence_no: {pattern", "      birth_date: {pattern"),
        "streams.placement.documents.birth_date: holds no text, so no document number either",
    ),
    "near on what is no date": (
        ("near: {received_on: 10}", "near: {kind: 10}"),
        "streams.complaint.linkage.near.kind: kind is not a date",
    ),
    "near without a parent": (
        ("      parent: placement_ref\n      parent_stream: placement\n", ""),
        "streams.complaint.linkage.near: needs a parent to link through",
    ),
    "a parent without its stream": (
        ("      parent_stream: placement\n", ""),
        "streams.complaint.linkage.parent: parent and parent_stream stand together or not at all",
    ),
    "a parent in a stream not agreed": (
        ("parent_stream: placement", "parent_stream: permit"),
        "streams.complaint.linkage.parent_stream: 'permit' is not another agreed stream",
    ),
    "days between texts": (
        ("area: {rule: exact, severity: low}", "area: {rule: days, severity: low}"),
        "streams.placement.linkage.compare.area.rule: rule days does not fit what area holds",
    ),
    "an amount that is a date": (
        ("contract_end: {rule: days", "contract_end: {rule: amount"),
        "streams.placement.linkage.compare.contract_end.rule: rule amount does not fit what contract_end holds",
    ),
    "an amount without a currency of its own": (
        ("        stage: {rule: stage", "        earnings_amount: {rule: amount}\n        stage: {rule: stage"),
        "streams.placement.linkage.compare.earnings_amount: earnings_currency: no such field in placement/1",
    ),
    "periods of what is for none": (
        (
            "        stage: {rule: stage",
            "        recruitment_fee_amount: {rule: amount, periods: {week: 4}}\n        stage: {rule: stage",
        ),
        "streams.placement.linkage.compare.recruitment_fee_amount.periods: recruitment_fee_amount is not for a period",
    ),
    "a period that is none": (
        ("{hijri_month: 1, week: 52/12", "{hijri_month: 1, weak: 52/12"),
        "streams.placement.linkage.compare.wage_amount.periods.weak: 'weak' is not a code of wage_period; did you mean",
    ),
    "a month told in months": (
        ("{hijri_month: 1, week", "{month: 1, week"),
        "streams.placement.linkage.compare.wage_amount.periods.month: is what the others are told in; leave it out",
    ),
    "a period that is not exact": (
        ("week: 52/12", "week: 4.33"),
        "streams.placement.linkage.compare.wage_amount.periods.week: expected a whole number or a fraction such as",
    ),
    "periods of a code": (
        ("area: {rule: exact, severity: low}", "area: {rule: exact, periods: {week: 4}}"),
        "streams.placement.linkage.compare.area.periods: rule exact knows no periods",
    ),
    "a rate of a currency not agreed": (
        ("{one: USD, is", "{one: UDS, is"),
        "rates.0.one: 'UDS' is not one of the agreement's currencies; did you mean USD?",
    ),
    "a rate of a currency with itself": (
        ("{one: USD, is: 3.75, of: SAR}", "{one: SAR, is: 3.75, of: SAR}"),
        "rates.0: between two currencies one rate is agreed, and none of a currency with itself",
    ),
    "two rates between two currencies": (
        ("rates:\n", "rates:\n  - {one: SAR, is: 0.2667, of: USD}\n"),
        "rates.1: between two currencies one rate is agreed, and none of a currency with itself",
    ),
    "a stage that is none": (
        ("urgency: {rule: exact", "urgency: {rule: stage"),
        "streams.complaint.linkage.compare.urgency.rule: rule stage does not fit what urgency holds",
    ),
    "a person's key that is none": (
        ("of_person: {keys: [passport_no,", "of_person: {keys: [insurance_no,"),
        "streams.placement.linkage.of_person.keys.0: insurance_no is not among the keys",
    ),
    "a beginning that is no date": (
        ("began: contract_start", "began: employer_ref"),
        "streams.placement.linkage.of_person.began: employer_ref is not a date",
    ),
    "validity of what is no key": (
        ("          visa_no: {since", "          border_no: {since"),
        "streams.placement.linkage.validity.papers.border_no: is not among the keys",
    ),
    "validity without a date": (
        ("          visa_no: {since: visa_issued_on, until: visa_expires_on}", "          visa_no: {}"),
        "streams.placement.linkage.validity.papers.visa_no: names no date; leave it out",
    ),
    "last days of earlier values that there are none of": (
        ("visa_no: {since: visa_issued_on,", "visa_no: {earlier_until: previous_passport_expiries,"),
        "streams.placement.linkage.validity.papers.visa_no.earlier_until: visa_no has no earlier values",
    ),
    "validity by what one side may not see": (
        (
            "          visa_no: {since",
            "          residence_no: {until: residence_expires_on}\n          visa_no: {since",
        ),
        "streams.placement.linkage.validity.papers.residence_no.until: residence_expires_on is used to reconcile but",
    ),
    "an end that is no date": (
        ("ended: [contract_end,", "ended: [stage,"),
        "streams.placement.linkage.validity.ended.0: stage is not a date",
    ),
    "other names of a code": (
        ("area: {rule: exact, severity: low}", "area: {rule: exact, aliases: [[SA-01, Riyadh]]}"),
        "streams.placement.linkage.compare.area.aliases: rule exact knows no other names",
    ),
    "working days between texts": (
        ("area: {rule: exact, severity: low}", "area: {rule: working_days, within: 2}"),
        "streams.placement.linkage.compare.area.rule: rule working_days does not fit what area holds",
    ),
    "a distance between codes": (
        ("area: {rule: exact, severity: low}", "area: {rule: exact, within: 2}"),
        "streams.placement.linkage.compare.area.within: rule exact knows no distance",
    ),
    "earlier values in what is no list": (
        ("earlier: {passport_no: previous_passport_nos}", "earlier: {passport_no: visa_no}"),
        "streams.placement.linkage.earlier.passport_no: visa_no is not a list of texts",
    ),
    "earlier values of what is no key": (
        ("earlier: {passport_no:", "earlier: {border_no:"),
        "streams.placement.linkage.earlier.border_no: is not among the keys",
    ),
    "a version not spoken": (
        ("    schema: 1\n", "    schema: 9\n"),
        "streams.placement.schema: version 9 is not spoken here, 1 is",
    ),
    "a stream that is none": (
        ("  complaint:\n    schema", "  complain:\n    schema"),
        "streams.complain: no such stream; known are placement, complaint; did you mean complaint?",
    ),
    "a stage not in the list": (
        ("absconding_stage: absconding_reported", "absconding_stage: absconded"),
        "protection.absconding_stage: 'absconded' is not a code of placement_stage; did you mean absconding_reported?",
    ),
    "a kind of complaint not in the list": (
        ("[wages_unpaid, excess", "[wage_unpaid, excess"),
        "protection.wage_complaints.0: 'wage_unpaid' is not a code of complaint_kind; did you mean wages_unpaid?",
    ),
    "an open stage not in the list": (
        ("open_complaint_stages: [received", "open_complaint_stages: [new"),
        "protection.open_complaint_stages.0: 'new' is not a code of complaint_stage",
    ),
    "a stage both know not in the list": (
        ("known_by_both: [died]", "known_by_both: [dead]"),
        "protection.known_by_both.0: 'dead' is not a code of placement_stage",
    ),
    "a route to an area not agreed": (
        ("attache.jeddah@kp2mi.example, areas: [SA-02, SA-03]", "attache.jeddah@kp2mi.example, areas: [SA-02, SA-13]"),
        "parties.IDN.routes.2.areas.1: 'SA-13' is not one of the agreement's areas; did you mean SA-03?",
    ),
    "a route of a stream not agreed": (
        ("disputes.office@mhrsd.example, streams: [complaint]", "disputes.office@mhrsd.example, streams: [dispute]"),
        "parties.SAU.routes.1.streams.0: 'dispute' is not an agreed stream",
    ),
    "a class of discrepancy that is none": (
        ("protection.unit@mhrsd.example, classes: [protection]", "protection.unit@mhrsd.example, classes: [protecton]"),
        "parties.SAU.routes.0.classes.0: Input should be 'missing_there'",
    ),
    "an id of other parties": (
        ("id: idn-sau", "id: idn-mys"),
        "id: expected idn-sau, the codes of the parties in their order",
    ),
    "a code that is no country": (
        ("  SAU:\n    authorities", "  Sau:\n    authorities"),
        "parties.Sau: String should match",
    ),
    "an end before the beginning": (
        ("in_force_until: 2027", "in_force_until: 2025"),
        "in_force_until: must lie after in_force_from",
    ),
    "nobody to speak at first": (
        ("      - since: 2020-02-25", "      - since: 2026-02-25"),
        "parties.SAU.authorities.0.since: nobody speaks for the party between in_force_from and this day",
    ),
    "authorities out of order": (
        ("since: 2024-11-05", "since: 2018-11-05"),
        "parties.IDN.authorities: authorities must stand in the order of their first days, one per day",
    ),
    "a wage in a currency not agreed": (
        ("minimum_wage: {amount: 1500, currency: SAR}", "minimum_wage: {amount: 1500, currency: SRA}"),
        "thresholds.minimum_wage.currency: 'SRA' is not one of the agreement's currencies; did you mean SAR?",
    ),
    "a cost in a currency not agreed": (
        ("cost_cap: {amount: 11250, currency: SAR}", "cost_cap: {amount: 11250, currency: EUR}"),
        "thresholds.cost_cap.currency: 'EUR' is not one of the agreement's currencies",
    ),
    "a time zone that is none": (
        ("Asia/Riyadh", "Asia/Riyad"),
        "parties.SAU.time_zone: no IANA time zone; expected one such as Africa/Nairobi",
    ),
    "a time zone that leads elsewhere": (
        ("Asia/Riyadh", "../../etc/passwd"),
        "parties.SAU.time_zone: no IANA time zone",
    ),
    "a schedule that is none": (('"0 2 1 * *"', '"0 2 32 * *"'), "schedule.publish: no cron expression"),
    "a schedule of seconds": (('"*/30 * * * *"', '"0 */30 * * * *"'), "schedule.collect: no cron expression"),
    "a week without a working day": (
        ("weekend: [sat, sun]", "weekend: [mon, tue, wed, thu, fri, sat, sun]"),
        "parties.IDN.weekend: all seven days are weekend; no deadline would ever end",
    ),
    "a language without a title": (
        ("  ar: سجلات التوظيف", "  # ar: سجلات التوظيف"),
        "title: has no text in 'ar', a language of mails, of the report or of a party",
    ),
    "a language without a name": (
        ("          ar: وزارة الموارد", "          # ar: وزارة الموارد"),
        "parties.SAU.authorities.0.names: has no text in 'ar', a language of mails, of the report or of a party",
    ),
    "a case without an owner": (
        ("      - {official: riyadh.office@mhrsd.example}\n", ""),
        "parties.SAU.routes: the last route must have no condition, so that every case has an owner",
    ),
    "a route never reached": (
        ("protection.desk@kp2mi.example, classes: [protection]}", "protection.desk@kp2mi.example}"),
        "parties.IDN.routes: a route before the last has no condition; those after it get nothing",
    ),
    "a wire that falls back on itself": (
        ("transport: {use: sftp}", "transport: {use: sftp, fallback: [sftp]}"),
        "transport.fallback.0: sftp falls back on itself",
    ),
    "a pattern with look-around": (
        ('pattern: "^2[0-9]{9}$"', 'pattern: "^(?=2)[0-9]{10}$"'),
        "streams.placement.documents.residence_no.pattern: no pattern, or one with look-around or references back",
    ),
    "a pattern of a part only": (
        ('pattern: "^2[0-9]{9}$"', 'pattern: "2[0-9]{9}"'),
        "streams.placement.documents.residence_no.pattern: must describe the whole number",
    ),
    "a member of somebody else's delegation": (
        ("{party: SAU, mail: jtf", "{party: MYS, mail: jtf"),
        "report.members.1.party: 'MYS' is not one of the parties",
    ),
    "a member who is written to in no language of the report": (
        ("languages: [en, id, ar]\n  smallest", "languages: [en, ar]\n  smallest"),
        "report.members.0.language: 'id' is not a language of the report",
    ),
    "a member named twice": (
        ("mail: jtf.secretariat@mhrsd.example", "mail: jtf.secretariat@kp2mi.example"),
        "report.members.1.mail: stands twice; name each member once",
    ),
    "an assessment missing": (
        ("  - {kind: transfer_risk", "  - {kind: data_protection_impact"),
        "assessments: no transfer_risk is named; without one nothing may leave",
    ),
    "an assessment of somebody else": (
        ("impact, party: IDN", "impact, party: MYS"),
        "assessments.0.party: 'MYS' is not one of the parties",
    ),
    "an assessment that lapsed before the agreement begins": (
        ("DPIA-2026-01, review_by: 2028-12-31", "DPIA-2026-01, review_by: 2025-12-31"),
        "assessments.0.review_by: lies before in_force_from; nothing could ever leave",
    ),
    "a birth date without the calendar it came from": (
        ("      birth_date_calendar: {directions: [IDN>SAU, SAU>IDN], purpose: linkage}\n", ""),
        "streams.placement.fields.birth_date: travels IDN>SAU and SAU>IDN without birth_date_calendar, which it needs",
    ),
    "a day that never comes": (("0 2 1 * *", "0 2 31 2 *"), "schedule.publish: never comes"),
    "a first day with a time of day": (
        ("in_force_from: 2026-01-01", "in_force_from: 2026-01-01T00:00:00"),
        "in_force_from: expected a date such as 2026-07-01, without quotes",
    ),
    "a last day in quotes": (
        ("in_force_until: 2027-12-31", 'in_force_until: "2025-12-31"'),
        "in_force_until: expected a date such as 2026-07-01, without quotes",
    ),
    "a yes where a number belongs": (
        ("answer_hours: 48", "answer_hours: yes"),
        "deadlines.answer_hours: expected a whole number, without quotes",
    ),
    "a code that YAML takes for a number": (
        ('occupations: ["5120"', "occupations: [5120"),
        "occupations.0: expected a text; put it in quotes",
    ),
    "a ground of blanks": (
        ("SAU: PDPL art. 29(1); Labour Law and its rules on domestic work", 'SAU: "  "'),
        "purposes.protection.grounds.SAU: String should have at least 1 character",
    ),
    "a pattern that only seems to be whole": (
        ('"^2[0-9]{9}$"', '"^2)|(3$"'),
        "streams.placement.documents.residence_no.pattern: no pattern",
    ),
    "an entry that stands twice": (
        ("in_force_until: 2027-12-31", "in_force_until: 2027-12-31\nin_force_until: 2028-12-31"),
        "in_force_until: stands twice, on lines 14 and 15",
    ),
    "a hash written into the file": (
        ("id: idn-sau", f"id: idn-sau\nsha256: {'0' * 64}"),
        "sha256: is worked out from the file",
    ),
    "a clause that is none": (
        ("package: {parts", "speed: fast\npackage: {parts"),
        "speed: no such entry here; see docs/agreement.md",
    ),
    "a clause that is missing": (("environment: test", "# environment: test"), "environment: is required and missing"),
}


@pytest.mark.parametrize("slip", ONE_SLIP)
def test_one_slip_is_named_where_it_stands(tmp_path, slip):
    (before, after), said = ONE_SLIP[slip]
    text = altered((before, after))

    faults = faults_of(tmp_path, text)

    assert [fault for fault in faults if fault.split(", ", 1)[1].startswith(said)], faults
    assert all(fault.startswith("idn-sau.yaml line ") for fault in faults)


@pytest.mark.parametrize(
    ("slip", "on"),
    [
        ("a field that is none", "passpot_no: {"),
        ("a key that travels one way", "keys: [contract_no"),
        ("a kind of complaint not in the list", "wage_unpaid"),
        ("a route to an area not agreed", "SA-13"),
        ("a schedule that is none", "0 2 32 * *"),
        ("a language without a name", "names:\n          en: Ministry of Human"),
        ("a time zone that is none", "Asia/Riyad\n"),
        ("a clause that is none", "speed: fast"),
    ],
)
def test_the_line_is_that_of_the_slip(tmp_path, slip, on):
    change, said = ONE_SLIP[slip]
    text = altered(change)

    assert f"line {line_of(text, on)}, {said}" in "\n".join(faults_of(tmp_path, text))


def test_all_faults_are_named_at_once_whatever_their_kind(tmp_path):
    """Form, contradiction and a key that stands twice: none hides another."""
    slips = [
        "an end before the beginning", "a time zone that is none", "a clause that is missing",
        "a field that is none", "a direction to somebody else", "days between texts", "near on what is no date",
        "a schedule of seconds", "a wage in a currency not agreed", "a kind of complaint not in the list",
        "an assessment missing",
    ]  # fmt: skip
    order = sorted((ONE_SLIP[slip] for slip in slips), key=lambda each: TEXT.index(each[0][0]))
    text = altered(*(change for change, _ in order)) + "report: {}\n"

    faults = faults_of(tmp_path, text)

    missing = [said for _, said in order if not any(said in fault for fault in faults)]
    assert not missing, faults
    assert any("report: stands twice" in fault for fault in faults)
    lines = [int(fault.split()[2].rstrip(",")) for fault in faults]
    assert lines == sorted(lines)


def test_a_fault_that_only_follows_from_another_is_not_invented(tmp_path):
    """A grant of the wrong form is still a grant: nobody is told that the field does not travel."""
    slip = (
        "      visa_no: {directions: [IDN>SAU, SAU>IDN], purpose: linkage}",
        "      visa_no: {directions: [IDN>SAU, SAU>IDN], purpose: 7}",
    )

    [fault] = faults_of(tmp_path, altered(slip))

    assert "streams.placement.fields.visa_no.purpose: Input should be" in fault


def test_a_list_whose_items_are_wrong_is_not_called_empty_too(tmp_path):
    """YAML reads NO as a truth value: one fault says so."""
    [fault] = faults_of(tmp_path, altered(("report:\n  languages: [en, id, ar]", "report:\n  languages: [no]")))

    assert "report.languages.0: " in fault


def test_no_fault_quotes_what_an_engineer_may_have_put_there_by_mistake(tmp_path):
    [fault] = faults_of(tmp_path, altered(("pipeline@kp2mi.example", "KANARI")))

    assert "parties.IDN.engineer" in fault
    assert "KANARI" not in fault


def paths(node, where=()):
    if isinstance(node, dict):
        for key, inner in node.items():
            yield (*where, key)
            yield from paths(inner, (*where, key))


PATHS = list(paths(yaml.safe_load(TEXT)))
ANYTHING = (
    st.none() | st.integers(-1, 3) | st.text("abIDN>SAU-", max_size=8) | st.lists(st.text("ab", max_size=3), max_size=2)
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(PATHS), ANYTHING | st.dictionaries(st.text("ab", max_size=2), ANYTHING, max_size=2))
def test_whatever_is_put_into_a_clause_it_loads_or_is_refused_with_lines(tmp_path, path, value):
    clauses = yaml.safe_load(TEXT)
    inner = clauses
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value

    for fault in faults_of(tmp_path, yaml.safe_dump(clauses, allow_unicode=True)):
        assert fault.startswith("idn-sau.yaml line ")


def test_an_agreement_made_by_hand_is_held_to_the_same(agreement):
    clauses = agreement.model_dump(by_alias=True)
    clauses["streams"]["placement"]["fields"]["national_id"] = {"directions": ["IDN>SAU"], "purpose": "linkage"}

    with pytest.raises(ValueError, match=r"fields\.national_id: never leaves its holder"):
        Agreement.model_validate(clauses)
