"""Verbs on the shared contract: write its forms, judge a change of it, write its dictionary."""

import json
from pathlib import Path

import pytest
from command_line import Amanah

from schemas import publishing
from schemas.agreement import FOLDER


@pytest.fixture
def exported(amanah: Amanah, tmp_path: Path) -> tuple[Path, Path]:
    """The published contract twice: before and after a change that a test makes."""
    for name in ("old", "new"):
        assert amanah("schema", "export", "--out", str(tmp_path / name)).status == 0
    return tmp_path / "old", tmp_path / "new"


def shorten_names(folder: Path) -> Path:
    file = folder / "placement-1.schema.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    content["properties"]["name_latin"]["anyOf"][0]["maxLength"] = 20
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def test_every_published_form_is_written(amanah: Amanah, tmp_path: Path) -> None:
    said = amanah("schema", "export", "--out", str(tmp_path / "made"))

    written = sorted((tmp_path / "made").iterdir())
    assert said.status == 0
    assert sorted(said.output.splitlines()) == [str(file) for file in written]
    assert {file.name: file.read_bytes().decode() for file in written} == publishing.published()


def test_two_that_are_alike_have_no_differences(amanah: Amanah, exported: tuple[Path, Path]) -> None:
    said = amanah("schema", "diff", *map(str, exported))

    assert (said.status, said.output) == (0, "no differences\nin all: no effect\n")


def test_an_incompatible_change_is_status_1_and_told_in_words(amanah: Amanah, exported: tuple[Path, Path]) -> None:
    old, new = exported
    shorten_names(new)

    said = amanah("schema", "diff", str(old), str(new))

    assert said.status == 1
    change = "name_latin now allows at most 20 characters instead of 160"
    assert said.output.splitlines() == [
        f"placement/1: {change}: incompatible, a value that was valid is refused.",
        "in all: incompatible",
    ]


def test_a_change_that_both_sides_need_first_is_status_0(amanah: Amanah, exported: tuple[Path, Path]) -> None:
    old, new = exported
    file = shorten_names(new)

    said = amanah("schema", "diff", str(file), str(old / file.name))

    assert said.status == 0
    assert said.output.endswith("in all: compatible once both sides have it\n")


def test_a_script_reads_the_verdict_as_json(amanah: Amanah, exported: tuple[Path, Path]) -> None:
    old, new = exported
    shorten_names(new)

    said = amanah("schema", "diff", str(old), str(new), "--json")

    found = json.loads(said.output)
    assert (said.status, found["verdict"]) == (1, "incompatible")
    assert found["changes"] == [
        {
            "schema": "placement/1",
            "what": "name_latin now allows at most 20 characters instead of 160",
            "grade": "incompatible",
            "why": "a value that was valid is refused",
        }
    ]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere", "old"], "does not exist"),
        (["old", "old/placement-1.schema.json"], "expected two files or two folders"),
        (["empty", "empty"], "expected published files such as placement-1.schema.json"),
        (["old/placement-1.example.ndjson", "old/placement-1.example.ndjson"], "not readable as JSON"),
        (["old/placement-1.example.csv", "old/placement-1.example.csv"], "expected one line of column names"),
    ],
)
def test_what_cannot_be_compared_is_status_2(
    amanah: Amanah, exported: tuple[Path, Path], arguments: list[str], says: str
) -> None:
    folder = exported[0].parent
    (folder / "empty").mkdir()

    said = amanah("schema", "diff", *(str(folder / argument) for argument in arguments))

    assert said.status == 2
    assert says in " ".join(said.error.split())


def test_the_dictionary_is_written_in_three_languages(amanah: Amanah, tmp_path: Path) -> None:
    said = amanah("schema", "docs", "--out", str(tmp_path / "made"))

    names = [f"data-dictionary.{language}.html" for language in ("ar", "en", "id")]
    assert said.status == 0
    assert sorted(file.name for file in (tmp_path / "made").iterdir()) == names


def test_the_dictionary_says_what_an_agreement_grants(amanah: Amanah, tmp_path: Path) -> None:
    said = amanah("schema", "docs", "--out", str(tmp_path), "--agreement", str(FOLDER / "idn-sau.yaml"))

    assert said.status == 0
    assert "idn-sau" in (tmp_path / "data-dictionary.en.html").read_text(encoding="utf-8")


def test_an_agreement_that_cannot_be_used_is_status_1_and_nothing_is_written(amanah: Amanah, tmp_path: Path) -> None:
    (tmp_path / "agreement.yaml").write_text("id: idn-sau\n", encoding="utf-8")

    said = amanah("schema", "docs", "--out", str(tmp_path / "made"), "--agreement", str(tmp_path / "agreement.yaml"))

    assert said.status == 1
    assert "agreement.yaml" in said.error
    assert not (tmp_path / "made").exists()
