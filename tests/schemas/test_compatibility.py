"""Whether a change of the contract is compatible: what was valid stays valid, and nothing is used more freely."""

import copy
import json
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from packaging.version import Version

from schemas import publishing
from schemas.compatibility import Grade, NotPublished, compare, compare_schemas, worst
from schemas.compatibility.rules import SILENT_WITHOUT
from schemas.forms import RULES
from schemas.streams import STREAMS

RELEASED = publishing.FOLDER.with_name("released")
FILES = publishing.published()

GRANTED = "compatible, it travels only once the agreement of both sides names it"
UNSHOWN = "incompatible, it cannot be shown that all that was valid still is"
UNPROTECTED = "compatible once both sides have it, a side that does not have it yet goes on treating it as before"
MEANING = "incompatible, the same number would mean something else"
OTHERWISE = "incompatible, the same file would be read differently"
ORDERED = "incompatible, a part is refused when its columns stand in another order"
WITHOUT = "incompatible, a file with it is refused"
REFUSED = "incompatible, a value that was valid is refused"
BOTH_FIRST = "compatible once both sides have it, a side that does not have it yet refuses what is new"
PRIVACY = "incompatible for privacy, the two sides signed for less"
BROKEN = "incompatible, a record that was valid is refused"
AMENDED = "compatible once both sides have it, an agreement that grants it"


def placement():
    return json.loads(FILES["placement-1.schema.json"])


def changed(change, form="placement-1.schema.json"):
    """What is said about the published form after ``change`` has been done to a copy of it."""
    new = json.loads(FILES[form])
    change(new)
    return [str(found) for found in compare_schemas(json.loads(FILES[form]), new)]


def field(schema, name):
    return schema["properties"][name]


def value(schema, name):
    """The part of an optional field that speaks of its value."""
    return field(schema, name)["anyOf"][0]


def add(schema, name, **more):
    form = {"anyOf": [{"type": "string", "pattern": "^[a-z]+$"}, {"type": "null"}], "default": None, **more}
    schema["properties"][name] = form


def test_a_form_is_compatible_with_itself():
    assert changed(lambda schema: None) == []
    assert worst([]) is Grade.NO_EFFECT


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda s: add(s, "shoe_size"),
            f"field shoe_size was added and may be absent: {GRANTED}",
        ),
        (
            lambda s: (add(s, "shoe_size"), s["required"].append("shoe_size")),
            "field shoe_size was added and must be given: incompatible, a record without it is refused",
        ),
        (
            lambda s: s["properties"].pop("visa_no"),
            "field visa_no was removed: incompatible, a record that carries it is refused",
        ),
        (
            lambda s: s["required"].append("sex"),
            "sex must now be given: incompatible, a record without it is refused",
        ),
        (
            lambda s: s["required"].remove("stage"),
            f"stage may now be absent: {BOTH_FIRST}",
        ),
        (
            lambda s: value(s, "name_latin").update(maxLength=20),
            f"name_latin now allows at most 20 characters instead of 160: {REFUSED}",
        ),
        (
            lambda s: value(s, "name_latin").update(maxLength=200),
            f"name_latin now allows at most 200 characters instead of 160: {BOTH_FIRST}",
        ),
        (
            lambda s: value(s, "hours_per_day").update(minimum=1),
            f"hours_per_day now allows values from 1 instead of 0: {REFUSED}",
        ),
        (
            lambda s: value(s, "hours_per_day").pop("maximum"),
            f"hours_per_day is no longer held to values up to 24: {BOTH_FIRST}",
        ),
        (
            lambda s: value(s, "hours_per_day").update(exclusiveMaximum=24),
            f"hours_per_day now allows values below 24 only: {REFUSED}",
        ),
        (
            lambda s: value(s, "wage_period")["enum"].remove("week"),
            f"code 'week' was removed from wage_period: {REFUSED}",
        ),
        (
            lambda s: value(s, "wage_period")["enum"].append("fortnight"),
            f"code 'fortnight' was added to wage_period: {BOTH_FIRST}",
        ),
        (
            lambda s: value(s, "nationality").update(pattern="^[A-Z]+$"),
            f"pattern of nationality went from ^[A-Z]{{3}}$ to ^[A-Z]+$: {UNSHOWN}",
        ),
        (
            lambda s: value(s, "hours_per_day").update(type="string"),
            f"type of hours_per_day went from integer to string: {REFUSED}",
        ),
        (
            lambda s: value(s, "previous_passport_nos").update(maxItems=3),
            f"previous_passport_nos now allows at most 3 items instead of 10: {REFUSED}",
        ),
        (
            lambda s: value(s, "previous_passport_nos")["items"].update(minLength=2),
            f"items of previous_passport_nos now allows at least 2 characters instead of 1: {REFUSED}",
        ),
        (
            lambda s: field(s, "visa_no").update(field(s, "visa_no").pop("anyOf")[0]),
            f"visa_no may no longer be null: {REFUSED}",
        ),
        (
            lambda s: field(s, "sex").update(classification="operational"),
            f"classification of sex went from personal to operational: {PRIVACY}",
        ),
        (
            lambda s: field(s, "sex").update(classification="sensitive"),
            f"classification of sex went from personal to sensitive: {UNPROTECTED}",
        ),
        (
            lambda s: field(s, "visa_no")["purposes"].append("evaluation"),
            f"visa_no may now be used for evaluation: {PRIVACY}",
        ),
        (
            lambda s: field(s, "sex")["purposes"].remove("evaluation"),
            f"sex may no longer be used for evaluation: {AMENDED} for that is refused until it is amended",
        ),
        (
            lambda s: field(s, "national_id").pop("leaves"),
            f"national_id may now leave its holder: {PRIVACY}",
        ),
        (
            lambda s: field(s, "visa_no").update(leaves=False),
            f"visa_no may no longer leave its holder: {AMENDED} is refused until it is amended",
        ),
        (
            lambda s: field(s, "hours_per_day").update(unit="minutes per day"),
            f"unit of hours_per_day went from hours per day to minutes per day: {MEANING}",
        ),
        (
            lambda s: field(s, "visa_no").update(default="none"),
            "visa_no, when absent, went from None to 'none': incompatible, the same record would mean something else",
        ),
        (
            lambda s: s.update(additionalProperties=True),
            "a record may now hold fields nobody named: incompatible for privacy, they were not agreed",
        ),
        (
            lambda s: field(s, "visa_no").update(description="Number of the visa."),
            "visa_no is described differently: no effect, as long as it means the same",
        ),
        (
            lambda s: s.update({"$id": "urn:amanah:placement/2"}),
            "$id went from urn:amanah:placement/1 to urn:amanah:placement/2: incompatible, it is another contract",
        ),
        (
            lambda s: s[RULES].pop(0),
            f"rule contract_dates was dropped: {BOTH_FIRST}",
        ),
        (
            lambda s: s[RULES][0].update(strictly=True),
            f"rule contract_dates demands something else: {BROKEN}",
        ),
        (
            lambda s: s[RULES][0].update(message="the end comes first"),
            "rule contract_dates is worded differently: no effect",
        ),
        (
            lambda s: s[RULES].append({"code": "x", "rule": "InOrder", "earlier": "departed_on", "later": "died_on"}),
            f"rule x was added: {BROKEN}",
        ),
    ],
    ids=lambda value: value[:60] if isinstance(value, str) else "",
)
def test_each_change_is_told_in_a_sentence(change, said):
    [only] = changed(change)

    assert only.partition(": ")[2] == f"{said}."


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda s: value(s, "hours_per_day").update(pattern="^8$"),
            "hours_per_day is now held to the pattern ^8$: incompat",
        ),
        (lambda s: value(s, "sex").pop("enum"), "sex is no longer held to a list of codes: compatible once"),
        (lambda s: value(s, "visa_no").update(enum=["X1"]), "visa_no is now held to a list of codes: incompatible"),
        (lambda s: field(s, "died_on").update(classification="identifier"), "to identifier: incompatible for privacy"),
        (lambda s: field(s, "died_on").update(classification="secret"), "to secret: incompatible for privacy"),
        (
            lambda s: field(s, "national_id").update(leaves="perhaps"),
            "may now leave its holder: incompatible for privacy",
        ),
        (lambda s: value(s, "previous_passport_nos").pop("items"), "are no longer held to a form: compatible once"),
    ],
)
def test_what_is_given_up_or_newly_demanded_is_told_apart(change, says):
    [only] = changed(change)

    assert says in only


def test_a_field_that_must_be_given_and_is_nowhere_described_refuses_every_record():
    assert changed(lambda schema: schema["required"].append("shoe_size")) == [
        "placement/1: shoe_size must now be given: incompatible, a record without it is refused."
    ]


def test_a_new_field_where_anything_could_stand_before_may_refuse_what_stood_there():
    old, new = placement(), placement()
    for schema in (old, new):
        schema["additionalProperties"] = True
    add(new, "shoe_size")

    assert worst(compare_schemas(old, new)) is Grade.INCOMPATIBLE


def test_a_rule_that_needs_a_new_field_says_nothing_about_old_records():
    def with_bonus(schema):
        add(schema, "bonus_amount")
        add(schema, "bonus_currency")
        schema[RULES].append({"code": "b", "rule": "Needs", "field": "bonus_amount", "needs": "bonus_currency"})

    said = changed(with_bonus)

    assert "placement/1: rule b was added: compatible, it says nothing about records without the new field." in said
    assert all(": compatible, " in sentence for sentence in said)


def test_a_rule_that_demands_a_new_field_of_old_records_refuses_them():
    def with_demand(schema):
        add(schema, "visa_kind")
        schema[RULES].append({"code": "k", "rule": "Needs", "field": "visa_no", "needs": "visa_kind"})

    assert changed(with_demand)[0] == (f"placement/1: rule k was added: {BROKEN}.")


def test_a_kind_of_rule_that_is_not_known_is_not_called_compatible():
    def with_unknown(schema):
        add(schema, "visa_kind")
        schema[RULES].append({"code": "k", "rule": "Adds", "field": "visa_kind"})

    assert "rule k was added: incompatible" in changed(with_unknown)[0]


def test_a_new_field_of_the_envelope_is_refused_by_a_side_that_does_not_have_it():
    """No agreement says which members a manifest has, so nothing holds it back until both sides know it."""
    [said] = changed(lambda schema: add(schema, "colour"), "manifest-1.schema.json")

    assert said.startswith("manifest/1: field colour was added and may be absent: compatible once both sides have it")


def test_what_stands_behind_a_reference_is_compared_too():
    [said] = changed(lambda s: s["$defs"]["Counts"]["properties"]["new"].update(minimum=1), "status-1.schema.json")

    assert said.startswith("status/1: applied.new now allows values from 1 instead of 0: incompatible")


@pytest.mark.parametrize(
    "construct",
    [
        {"oneOf": [{"pattern": "^A"}, {"pattern": "^B"}]},
        {"not": {"const": "X1"}},
        {"if": {"minLength": 3}, "then": {"pattern": "^A"}},
        {"multipleOf": 2},
        {"uniqueItems": True},
        {"colour": "green"},
        {"$ref": "https://example.org/else"},
        {"anyOf": [{"type": "string"}, {"type": "integer"}]},
    ],
    ids=lambda construct: next(iter(construct)),
)
def test_what_is_not_understood_is_never_called_compatible(construct):
    for place in (field, value):
        assert worst_of(lambda s, place=place: place(s, "visa_no").update(construct)).needs_new_major


def test_a_change_behind_something_not_understood_is_found():
    def choice(pattern):
        schema = placement()
        schema["$defs"] = {"Visa": {"pattern": pattern}}
        value(schema, "visa_no")["oneOf"] = [{"$ref": "#/$defs/Visa"}]
        return schema

    assert worst(compare_schemas(choice("^A"), choice("^B"))).needs_new_major


def worst_of(change):
    new = placement()
    change(new)
    return worst(compare_schemas(placement(), new))


bounds = st.fixed_dictionaries(
    {"type": st.just("string")},
    optional={
        "minLength": st.integers(0, 3),
        "maxLength": st.integers(0, 4),
        "enum": st.lists(st.sampled_from(["", "a", "ab", "abc"]), unique=True, min_size=1),
        "const": st.sampled_from(["a", "ab"]),
        "pattern": st.sampled_from(["^a", "b$", "^a*$"]),
    },
)
numbers = st.fixed_dictionaries(
    {"type": st.just("integer")},
    optional={key: st.integers(0, 4) for key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")},
)
lists = st.fixed_dictionaries(
    {"type": st.just("array")},
    optional={"items": bounds | numbers, "minItems": st.integers(0, 2), "maxItems": st.integers(0, 3)},
)
forms = (bounds | numbers | lists).flatmap(lambda form: st.sampled_from([form, {"anyOf": [form, {"type": "null"}]}]))
scalars = st.text("abc", max_size=4) | st.integers(-1, 5) | st.none()


@st.composite
def schemas(draw):
    names = draw(st.sets(st.sampled_from(["p", "q"])))
    return {
        "$schema": "s",
        "$id": "i",
        "type": "object",
        "properties": {name: draw(forms) for name in sorted(names)},
        "required": sorted(draw(st.sets(st.sampled_from(sorted(names)))) if names else []),
        "additionalProperties": draw(st.booleans()),
    }


@pytest.mark.slow
@given(schemas(), schemas(), st.dictionaries(st.sampled_from(["p", "q", "r"]), scalars | st.lists(scalars, max_size=3)))
def test_what_was_valid_stays_valid_wherever_the_verdict_says_so(old, new, record):
    assume(Draft202012Validator(old).is_valid(record))

    assert worst(compare_schemas(old, new)).needs_new_major or Draft202012Validator(new).is_valid(record)


@given(st.data())
def test_a_rule_is_silent_without_each_field_it_is_said_to_be_silent_without(data):
    stream = data.draw(st.sampled_from(list(STREAMS.values())))
    rule = data.draw(st.sampled_from(stream.rules))
    needed = data.draw(st.sampled_from(SILENT_WITHOUT[type(rule).__name__]))
    of_the_rule = [name for name in vars(rule).values() if name in stream.fields]
    values = {name: data.draw(st.none() | some(stream.python_type(name))) for name in of_the_rule}

    assert not rule.broken({**values, getattr(rule, needed): None})


def some(kind):
    texts = st.sampled_from(["year", "X1", "A" * 44])
    return {str: texts, int: st.integers(0, 9), date: st.dates(), list[date]: st.lists(st.dates())}.get(
        kind, st.lists(texts) if kind == list[str] else st.decimals(0, 9)
    )


def test_every_kind_of_rule_there_is_is_known():
    assert {type(rule).__name__ for stream in STREAMS.values() for rule in stream.rules} == set(SILENT_WITHOUT)


def test_the_published_contract_is_compatible_with_what_was_last_released():
    """An incompatible change of a published major is a new major, beside the old one."""
    last = max(RELEASED.iterdir(), key=lambda folder: Version(folder.name))

    refused = [str(change) for change in compare(last, publishing.FOLDER) if change.grade.needs_new_major]

    assert refused == []


class TestFolders:
    """Published folders, file by file."""

    @pytest.fixture
    def folders(self, tmp_path):
        publishing.write(tmp_path / "old")
        publishing.write(tmp_path / "new")
        return tmp_path / "old", tmp_path / "new"

    @staticmethod
    def rewrite(file, change):
        content = json.loads(file.read_text(encoding="utf-8"))
        change(content)
        file.write_text(json.dumps(content), encoding="utf-8")

    def test_two_that_are_alike_differ_in_nothing(self, folders):
        assert compare(*folders) == []

    def test_a_form_that_is_gone_leaves_its_readers_without(self, folders):
        old, new = folders
        (new / "complaint-1.schema.json").unlink()

        assert [str(change) for change in compare(old, new)] == [
            "complaint-1.schema.json: is no longer published: incompatible, whoever reads it is left without."
        ]

    def test_a_form_that_is_new_harms_nobody(self, folders):
        old, new = folders
        (old / "complaint-1.schema.json").unlink()

        assert worst(compare(old, new)) is Grade.COMPATIBLE

    def test_another_type_of_column_is_another_file(self, folders):
        self.rewrite(folders[1] / "placement-1.arrow.json", lambda content: content["columns"][0].update(arrow="int32"))

        assert [str(change) for change in compare(*folders)] == [
            f"placement/1 in Arrow and Parquet: type of column record_ref changed: {OTHERWISE}."
        ]

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (lambda c: c["columns"].append({"name": "shoe"}), f"column shoe was added: {GRANTED}"),
            (lambda c: c["columns"].reverse(), f"columns stand in another order: {ORDERED}"),
            (lambda c: c["columns"].append(c["columns"][0]), f"column record_ref stands twice: {OTHERWISE}"),
            (lambda c: c.update(schema="placement/2"), "schema went from placement/1 to placement/2: incompatible, it"),
        ],
    )
    def test_columns_change_in_name_and_order(self, folders, change, said):
        self.rewrite(folders[1] / "placement-1.arrow.json", change)

        assert any(said in str(found) for found in compare(*folders))

    @pytest.mark.parametrize(
        ("header", "said"),
        [
            ("record_ref,stage", f"column stage_date was removed: {WITHOUT}"),
            ("record_ref,stage,stage_date,shoe", f"column shoe was added: {GRANTED}"),
            ("record_ref,stage_date,stage", f"columns stand in another order: {ORDERED}"),
            ("record_ref,stage,stage_date,stage", f"column stage stands twice: {OTHERWISE}"),
        ],
    )
    def test_a_header_of_csv_changes_in_name_and_order(self, folders, header, said):
        old, new = (folder / "placement-1.csv" for folder in folders)
        old.write_bytes(b"record_ref,stage,stage_date\r\n")
        new.write_bytes(f"{header}\r\n".encode())

        assert [str(change) for change in compare(*folders)] == [f"placement-1 in CSV: {said}."]

    def test_a_single_file_is_known_by_what_it_holds_not_by_its_name(self, folders, tmp_path):
        """As when the old one was saved out of the history."""
        saved = tmp_path / "was.json"
        (folders[1] / "placement-1.arrow.json").rename(saved)

        assert compare(folders[0] / "placement-1.arrow.json", saved) == []

    def test_a_column_that_is_gone(self, folders):
        self.rewrite(folders[1] / "placement-1.arrow.json", lambda content: content["columns"].pop())

        assert worst(compare(*folders)) is Grade.INCOMPATIBLE

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (lambda c: c["sex"]["codes"].pop("X"), "code 'X' was removed from sex: incompatible, a value"),
            (
                lambda c: c["sex"]["codes"].update(Y={"en": "y"}),
                "code 'Y' was added to sex: compatible once both sides",
            ),
            (lambda c: c["sex"]["codes"]["X"].update(en="other"), "code 'X' of sex is called differently: no effect"),
            (lambda c: c["sex"]["codes"]["X"].update(unsure="?"), "code 'X' of sex is marked unsure"),
            (lambda c: c["occupation"]["codes"]["5120"].pop("unsure"), "code '5120' of occupation is no longer marked"),
            (lambda c: c["sex"].update(source="hearsay"), "sex names another source: no effect"),
            (lambda c: c.pop("urgency"), "code 'emergency' was removed from urgency: incompatible"),
        ],
    )
    def test_code_lists_change_code_by_code(self, folders, change, said):
        self.rewrite(folders[1] / "code-lists.json", change)

        assert any(said in str(found) for found in compare(*folders))

    def test_a_file_of_an_unknown_form_is_not_called_compatible(self, folders):
        old, new = folders
        (old / "placement-1.xsd").write_text("<a/>")
        (new / "placement-1.xsd").write_text("<b/>")

        assert worst(compare(old, new)) is Grade.INCOMPATIBLE

    def test_the_gravest_change_of_a_form_comes_first(self, folders):
        def change(schema):
            add(schema, "shoe_size")
            schema["properties"].pop("visa_no")

        self.rewrite(folders[1] / "placement-1.schema.json", change)

        assert [found.grade for found in compare(*folders)] == [Grade.INCOMPATIBLE, Grade.COMPATIBLE]

    @pytest.mark.parametrize(
        "content",
        [
            "{",
            "[]",
            "{}",
            '{"$schema": 1}',
            '{"a":' * 20_000 + "1" + "}" * 20_000,
            '{"$schema": "a", "$id": "b", "not": ' + '{"not": ' * 600 + "1" + "}" * 601,
            '{"$schema": "a", "$id": "b", "maxLength": NaN}',
            '{"$schema": "a", "$id": "b", "maxLength": true}',
            '{"$schema": "a", "$id": "b", "required": "record_ref"}',
            '{"$schema": "a", "$id": "b", "properties": {"sex": {"enum": "FMX"}}}',
            '{"$schema": "a", "$id": "b", "$id": "c"}',
            '{"$id": "' + "b" * 5_000_000 + '"}',
        ],
        ids=lambda content: content[:60],
    )
    def test_what_is_no_published_form_is_refused_by_name(self, folders, content):
        (folders[1] / "placement-1.schema.json").write_text(content)

        with pytest.raises(NotPublished, match=r"placement-1\.schema\.json"):
            compare(*folders)

    def test_references_that_multiply_end_in_a_refusal(self, folders):
        """Forty lines can name a million million pieces."""
        doubling = {f"a{n}": {"anyOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(40)}
        self.rewrite(
            folders[1] / "placement-1.schema.json",
            lambda schema: schema.update({"$defs": doubling, "anyOf": [{"$ref": "#/$defs/a0"}]}),
        )

        with pytest.raises(NotPublished, match="too large with its references filled in"):
            compare(*folders)

    def test_a_folder_is_compared_with_a_folder_only(self, folders):
        with pytest.raises(NotPublished, match="expected two files or two folders"):
            compare(folders[0], folders[1] / "placement-1.schema.json")

    def test_folders_without_a_published_file_are_not_alike_but_wrong(self, tmp_path):
        with pytest.raises(NotPublished, match=r"such as placement-1\.schema\.json"):
            compare(tmp_path, tmp_path)


def test_the_forms_that_were_compared_are_left_as_they_were():
    old, new = placement(), placement()
    value(new, "visa_no").update(maxLength=5)
    before = copy.deepcopy((old, new))

    compare_schemas(old, new)

    assert (old, new) == before
