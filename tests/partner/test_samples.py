"""The samples: gpg opens every one, what is inside keeps to the published schemas, and a node answers as they say."""

import csv
import json
import subprocess

import pyarrow.parquet as pq
import pytest
from corridor import answer
from published import validator

from amanah.exchange import parts
from amanah.exchange.certificate.tree import HeldOf, grow
from amanah.node.settings import KeySettings
from amanah.partner import samples
from schemas.agreement import FOLDER, load
from schemas.envelope import Certificate, Kind
from schemas.streams import STREAMS
from schemas.texts import from_text, to_text

SOURCE = FOLDER / "idn-sau.yaml"
KINDS = set(Kind)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("samples") / "out"
    return folder, samples.write(folder, SOURCE)


def tar(what: str, content: bytes, *names: str) -> bytes:
    return subprocess.run(["tar", what, *names], input=content, capture_output=True, check=True).stdout


def records_in(part, stream: str) -> list[dict[str, object]]:
    """What a part says, as JSON has it."""
    if part.suffix == ".ndjson":
        return [json.loads(line) for line in part.read_text(encoding="utf-8").splitlines()]
    if part.suffix == ".csv":
        with part.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        kinds = {"action": str, "revision": int}
        kinds |= {field: STREAMS[stream].python_type(field) for field in rows[0] if field not in kinds}
        rows = [{name: from_text(text, kinds[name]) for name, text in row.items()} for row in rows]
    else:
        rows = pq.read_table(part).to_pylist()
    return [json.loads(json.dumps(row, default=to_text)) for row in rows]


@pytest.mark.parametrize("form", samples.FORMS)
def test_what_is_inside_keeps_to_the_published_schemas(made, form):
    kinds = set()
    for sample in made[1][form]:
        manifest = json.loads((sample.opened / "manifest.json").read_bytes())
        validator("manifest").validate(manifest)
        kinds.add(manifest["kind"])
        for part in manifest["parts"]:
            name, stream = sample.opened / part["name"], sample.message_id.stream
            if name.suffix == ".json":
                validator(name.stem).validate(json.loads(name.read_bytes()))
            elif name.suffix != ".asc":
                said = records_in(name, stream)
                assert len(said) == part["records"] or sample.shows.endswith("counts three")
                for record in said:
                    action = record.pop("action")
                    assert record.pop("revision") >= 1
                    if action != "withdraw":
                        validator(stream).validate(record)

    assert kinds == KINDS


def test_the_same_records_are_in_every_form(made):
    def content(form):
        return [
            records_in(part, sample.message_id.stream)
            for sample in made[1][form]
            for part in sample.opened.glob(f"*.{form}")
        ]

    assert content("csv") == content("ndjson") == content("parquet") != []


def test_what_is_inside_is_the_same_each_time(made, tmp_path):
    again = samples.write(tmp_path / "again", SOURCE)

    for form in samples.FORMS:
        for one, other in zip(made[1][form], again[form], strict=True):
            if not list(one.opened.glob("*.asc")):  # what is signed in the clear depends on the key
                content = [{path.name: path.read_bytes() for path in each.opened.iterdir()} for each in (one, other)]
                assert content[0] == content[1]


def test_the_samples_are_never_written_over_something_else(tmp_path):
    (tmp_path / "mine").write_text("mine")

    with pytest.raises(FileExistsError, match="holds other files"):
        samples.write(tmp_path, SOURCE)


@pytest.mark.slow
@pytest.mark.parametrize("form", samples.FORMS)
def test_gpg_opens_every_sample(made, form, a_gpg):
    folder, found = made
    gpg = a_gpg().knows(*sorted((folder / "keys").iterdir()))
    for sample in found[form]:
        sealed = folder / form / "packages" / sample.message_id.file_name
        done = gpg.run("--status-fd", "2", "--decrypt", str(sealed))
        listed = (
            subprocess.run(["tar", "-t"], input=done.stdout, capture_output=True, check=True).stdout.decode().split()
        )
        assert b"GOODSIG" in done.stderr
        assert listed[0] == "manifest.json"
        for name in listed:
            assert tar("-xO", done.stdout, name) == (sample.opened / name).read_bytes()
        assert sorted(listed) == sorted(path.name for path in sample.opened.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("form", samples.FORMS)
def test_a_node_answers_the_samples_as_they_say(made, form, a_node, exchange_point):
    folder, found = made
    keys = KeySettings(ours=folder / "keys" / "SAU.key.pgp", partner=folder / "keys" / "IDN.cert.pgp")
    node = a_node("SAU", agreement=folder / form / "agreement.yaml", keys=keys, sftp=exchange_point.settings("SAU"))
    for sample in found[form]:
        if sample.message_id.sender == "IDN":
            room = exchange_point.room("IDN", sample.message_id.stream)
            room.mkdir(parents=True, exist_ok=True)
            sealed = folder / form / "packages" / sample.message_id.file_name
            (room / sealed.name).write_bytes(sealed.read_bytes())

    node.collect()
    node.admit()

    for sample in found[form]:
        if sample.opened.joinpath("status.json").exists():
            said = json.loads((sample.opened / "status.json").read_bytes())
            given = answer(node, said["answers"]).model_dump(mode="json")
            assert given | {"decided_at": None} == said | {"decided_at": None}
        if sample.opened.joinpath("certificate.json").exists():
            trees = Certificate.model_validate_json((sample.opened / "certificate.json").read_bytes()).trees
            with node.database.engine.connect() as connection:
                held = [grow(connection, node.endpoint, HeldOf(t.stream, t.holder, samples.MONTH)) for t in trees]
            assert [(each.records, each.root) for each in held] == [(each.records, each.root) for each in trees]
            assert sum(each.records for each in held) == 1


def test_the_agreement_of_the_samples_is_for_tests(made):
    agreement = load(made[0] / "csv" / "agreement.yaml")

    assert (agreement.environment, agreement.package.parts) == ("test", "csv")
    assert parts.FORMATS.keys() == set(samples.FORMS)
