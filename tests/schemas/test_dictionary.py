"""The data dictionary: every field, code and rule in three languages, for the people who sign the contract."""

import hashlib
from html.parser import HTMLParser

import pytest
import yaml

from schemas import agreement as agreements
from schemas import codelists, dictionary, publishing
from schemas.codelists import LANGUAGES
from schemas.dictionary import called
from schemas.dictionary.marked import marked
from schemas.dictionary.words import FOLDER, LanguageError, Words, exact_form, value_schema
from schemas.fields import Classification, Purpose
from schemas.streams import STREAMS

EVERY_FIELD = [(stream, field) for stream in STREAMS.values() for field in stream.fields]
EVERY_RULE = [(stream, rule) for stream in STREAMS.values() for rule in stream.rules]
VOID = {"meta", "br"}
DOCS = publishing.FOLDER.parents[1] / "docs" / "dictionary"


class Page(HTMLParser):
    """A page as a browser takes it: elements in order, the text of each row, what it links to."""

    def __init__(self, html):
        super().__init__()
        self.open, self.elements, self.ids, self.rows, self.links, self._row = [], [], [], {}, [], None
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.elements.append((tag, found))
        if tag not in VOID:
            self.open.append(tag)
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "tr":
            self._row = found.get("id")
            self.rows.setdefault(self._row, "")
        if tag == "a":
            self.links.append(found["href"])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag == "tr":
            self._row = None

    def handle_data(self, data):
        self.text += data
        if self._row is not None:
            self.rows[self._row] += data


@pytest.fixture(scope="module")
def pages():
    return {name.split(".")[1]: Page(html) for name, html in dictionary.pages().items()}


@pytest.fixture(scope="module")
def agreement():
    return agreements.load(agreements.FOLDER / "idn-sau.yaml")


@pytest.fixture(scope="module")
def granted(agreement):
    return {name.split(".")[1]: Page(html) for name, html in dictionary.pages(agreement).items()}


@pytest.fixture(params=LANGUAGES)
def spoken(request, pages):
    return pages[request.param], Words(request.param)


def begin(text):
    return text[:1].upper() + text[1:]


def test_every_field_of_every_stream_stands_in_every_language(spoken):
    page, words = spoken

    for stream in STREAMS.values():
        names = [name for section in called.sections(stream) for name in section.fields]
        assert tuple(names) == stream.fields, "sections keep the model's order"
        for section in called.sections(stream):
            assert section.title[words.language] in page.text
            for field, said in section.fields.items():
                row = page.rows[f"{stream.name}-{field}"]
                assert begin(said.label[words.language]) in row
                assert field in row
                assert said.description[words.language] in row
                assert begin(words.value(stream, field)) in row
                assert words.text["classification"][stream.classification(field).value]["name"] in row
                assert all(words.text["purpose"][purpose.value]["name"] in row for purpose in stream.purposes(field))
                assert (words.text["required"] in row) == stream.is_required(field)


def test_every_code_stands_with_its_label_source_and_doubt(spoken):
    page, words = spoken

    for name in codelists.names():
        found = codelists.load(name)
        assert found.source in page.text
        assert f"list-{name}" in page.ids
        for code in found.codes:
            row = page.rows[f"code-{name}-{code}"]
            assert code in row
            assert begin(found.label(code, words.language)) in row
            assert found.unsure.get(code, "") in row


@pytest.mark.parametrize(("stream", "field"), EVERY_FIELD, ids=lambda value: getattr(value, "name", value))
def test_a_coded_field_leads_to_its_list_and_back(pages, stream, field):
    for page in pages.values():
        if stream.code_list(field):
            assert f"#list-{stream.code_list(field)}" in page.links
            assert f"#{stream.name}-{field}" in page.links


def test_every_rule_stands_with_its_code_its_field_and_its_demand(spoken):
    page, words = spoken

    for stream, rule in EVERY_RULE:
        row = page.rows[f"{stream.name}-rule-{rule.code}"]
        assert rule.code in row
        assert words.label(stream, rule.at) in row
        assert begin(words.demand(stream, rule)) in row
        assert rule.code in page.rows[f"{stream.name}-{rule.at}"]


def test_a_rule_is_said_with_the_names_people_use():
    said = [Words(language).demand(STREAMS["placement"], STREAMS["placement"].rules[0]) for language in LANGUAGES]

    assert said == [
        "“contract end” does not lie before “contract start”.",
        "“akhir perjanjian kerja” tidak mendahului “awal perjanjian kerja”.",
        "لا يقع «نهاية العقد» قبل «بداية العقد».",
    ]


def test_what_never_leaves_says_so_and_nothing_else_does(spoken):
    page, words = spoken

    for stream, field in EVERY_FIELD:
        never = begin(words.text["travel"]["never"]) in page.rows[f"{stream.name}-{field}"]
        assert never == (not stream.may_leave(field))


def test_classifications_and_purposes_are_explained(spoken):
    page, words = spoken

    for name, members in (("classification", Classification), ("purpose", Purpose)):
        assert set(words.text[name]) == {member.value for member in members}
        assert all(said["meaning"] in page.text for said in words.text[name].values())


def test_a_number_says_what_it_counts(spoken):
    page, words = spoken

    for stream, field in EVERY_FIELD:
        unit = words.unit(stream, field)
        assert (unit is None) == (stream.unit(field) is None)
        if unit:
            assert f"{words.text['unit']} {unit}" in page.rows[f"{stream.name}-{field}"]


@pytest.mark.parametrize(
    ("field", "looks"),
    [
        ("record_ref", "reference, such as IDN-P-000123"),
        ("passport_no", "3 to 32 capital letters, digits, / or -"),
        ("previous_passport_expiries", "list of at most 10 values, each: date, such as 2026-07-01"),
        (
            "wage_amount",
            "amount with two decimals, or three where the third is not zero, such as 1500.00 or 125.505",
        ),
        ("rest_days_per_week", "whole number, 0 to 7"),
        ("name_latin", "text, at most 160 characters"),
        ("sex", "one code of a list"),
        ("not_applicable", "list of at most 100 values, each: text"),
    ],
)
def test_what_a_value_looks_like_is_said_in_words(field, looks):
    assert Words("en").value(STREAMS["placement"], field) == looks


@pytest.mark.parametrize(("stream", "field"), EVERY_FIELD, ids=lambda value: getattr(value, "name", value))
def test_the_words_hold_the_bounds_of_the_schema(stream, field):
    form = value_schema(stream, field)
    said = [Words(language).value(stream, field) for language in LANGUAGES]

    for bound in (form.get("maxItems"), form.get("maxLength"), form.get("maximum")):
        assert bound is None or all(str(bound) in words for words in said)
    assert exact_form(stream, field) in (None, form.get("items", form).get("pattern"))


def test_the_words_of_each_language_are_the_same_words():
    kinds = {language: keys(yaml.safe_load((FOLDER / f"{language}.yaml").read_text())) for language in LANGUAGES}

    assert kinds["en"] == kinds["id"] == kinds["ar"]


def keys(words, within=""):
    below = [keys(value, f"{within}{key}.") for key, value in words.items() if isinstance(value, dict)]
    return {f"{within}{key}" for key in words}.union(*below)


@pytest.mark.parametrize(("stream", "field"), EVERY_FIELD, ids=lambda value: getattr(value, "name", value))
def test_a_field_is_called_and_described_in_the_letters_of_each_language(stream, field):
    [said] = [section.fields[field] for section in called.sections(stream) if field in section.fields]

    for texts in (said.label, said.description):
        assert set(texts) == set(LANGUAGES)
        assert len(set(texts.values())) == len(LANGUAGES), "a language repeats another"
        arabic = {language: any("\u0600" <= letter <= "\u06ff" for letter in texts[language]) for language in LANGUAGES}
        assert arabic == {"en": False, "id": False, "ar": True}
    assert all(text.endswith(".") for text in said.description.values())


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
def test_no_two_fields_of_a_stream_are_called_the_same(stream):
    for language in LANGUAGES:
        labels = [called.label(stream, field, language) for field in stream.fields]
        assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
def test_a_translation_is_of_the_english_text_there_is(stream):
    """When the model's text changes, somebody looks at the translations, and then at this mark."""
    sections = yaml.safe_load((called.FOLDER / f"{stream.name}.yaml").read_text(encoding="utf-8"))
    marks = {field: said["english"] for section in sections for field, said in section["fields"].items()}

    assert marks == {f: hashlib.sha256(stream.description(f).encode()).hexdigest()[:8] for f in stream.fields}


class TestPage:
    """One file a language, that any browser shows and no reader is shut out of."""

    def test_the_page_says_its_language_and_direction(self, spoken):
        page, words = spoken
        [root] = [attributes for tag, attributes in page.elements if tag == "html"]

        assert root == {"lang": words.language, "dir": "rtl" if words.language == "ar" else "ltr"}

    def test_only_translations_say_that_nobody_has_confirmed_them(self, pages):
        notes = {language: Words(language).text["translation"] for language in LANGUAGES}

        assert notes["en"] is None
        assert all(notes[language].strip() in pages[language].text for language in ("id", "ar"))

    def test_each_page_leads_to_the_others(self, spoken):
        page, words = spoken
        others = {f"data-dictionary.{language}.html" for language in LANGUAGES if language != words.language}

        assert {link for link in page.links if not link.startswith("#")} == others

    def test_every_link_within_the_page_arrives(self, spoken):
        page, _ = spoken

        assert len(set(page.ids)) == len(page.ids)
        assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)

    def test_nothing_is_asked_of_another_host_and_nothing_runs(self, spoken):
        page, _ = spoken

        assert not {tag for tag, _ in page.elements} & {"script", "link", "img", "iframe", "object", "form"}
        assert not {
            name for _, found in page.elements for name in found if name.startswith("on") or name in {"src", "style"}
        }

    def test_english_sources_are_marked_as_english(self, pages):
        english = [found for tag, found in pages["ar"].elements if tag == "span" and found.get("lang") == "en"]

        assert len(english) >= len(codelists.names())
        assert all(found["dir"] == "ltr" for found in english)


class TestAgreement:
    """With an agreement, each field says what that agreement grants."""

    def test_each_field_says_which_way_it_travels_and_what_for(self, agreement, granted):
        row = granted["en"].rows

        for stream, field in EVERY_FIELD:
            grant = agreement.streams[stream.name].fields.get(field)
            said = row[f"{stream.name}-{field}"]
            if grant is not None:
                assert f"for {grant.purpose.value}" in said
                assert ("Both ways" in said) == (len(grant.directions) == 2)
            else:
                assert ("Does not travel" in said) == stream.may_leave(field)
        assert "From SAU to IDN, for linkage" in row["placement-name_arabic"]

    def test_the_agreement_is_named_with_its_parties_and_its_hash(self, agreement, granted):
        for language, page in granted.items():
            assert agreement.sha256 in page.text
            assert agreement.title[language] in page.text
            assert all(party.names[language] in page.text for party in agreement.parties.values())

    def test_text_of_an_agreement_is_text(self, agreement):
        title = {"en": "<script>alert(1)</script> & more"}

        page = Page(dictionary.render("ar", agreement.model_copy(update={"title": title})))

        assert title["en"] in page.text
        assert "script" not in {tag for tag, _ in page.elements}

    def test_a_stream_that_is_not_agreed_does_not_travel(self, agreement):
        placements = {"placement": agreement.streams["placement"]}

        page = Page(dictionary.render("en", agreement.model_copy(update={"streams": placements})))

        assert "Does not travel" in page.rows["complaint-kind"]


def test_names_and_dates_keep_their_direction_inside_arabic():
    html = str(marked("مثل 2026-07-01 في wage_period و < فقط", known={"wage_period"}))

    assert html == (
        'مثل <bdi dir="ltr">2026-07-01</bdi> في <code dir="ltr">wage_period</code> و <bdi dir="ltr">&lt;</bdi> فقط'
    )


def test_what_looks_like_html_in_a_text_is_text():
    html = str(marked("a<b> & 2026-07-01 <i>", known=()))

    assert html == 'a&lt;b&gt; &amp; <bdi dir="ltr">2026-07-01</bdi> &lt;i&gt;'


def test_the_pages_in_the_documentation_are_these():
    assert {file.name: file.read_text(encoding="utf-8") for file in DOCS.iterdir()} == dictionary.pages(), (
        "run: make docs"
    )


def test_a_language_without_words_is_refused_with_those_there_are():
    with pytest.raises(LanguageError, match="there is one in ar, en, id"):
        dictionary.render("fr")
