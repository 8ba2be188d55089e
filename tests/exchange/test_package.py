"""The package: what is written can be read, equal input gives equal bytes, and a hostile one is refused whole."""

import subprocess
import tarfile
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amanah.exchange import package
from amanah.exchange.codes import Code, Refused
from amanah.exchange.package import MANIFEST


def refused(unpack, source, code):
    with pytest.raises(Refused) as caught:
        unpack(source)
    assert caught.value.code == code, str(caught.value)
    return True


@pytest.fixture
def described(a_manifest, part):
    """A manifest that names ``part``; keywords change how."""

    def build(**changed):
        right = package.describe(part, records=100).model_dump()
        return a_manifest(kind="records", parts=[right | changed])

    return build


def test_what_is_written_can_be_read(described, part, tmp_path, unpack):
    digest = package.write(tmp_path / "a.tar", described(), [part])

    assert unpack(tmp_path / "a.tar") == (described(), digest)
    assert (tmp_path / "room" / part.name).read_bytes() == part.read_bytes()


def test_equal_input_gives_equal_bytes(described, part, tmp_path):
    package.write(tmp_path / "a.tar", described(), [part])
    part.touch()
    package.write(tmp_path / "b.tar", described(), [part])

    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()


def test_tar_and_sha256sum_are_enough_for_a_partner(described, part, tmp_path):
    digest = package.write(tmp_path / "a.tar", described(), [part])
    (tmp_path / "theirs").mkdir()

    names = subprocess.run(
        ["tar", "-xvf", tmp_path / "a.tar", "-C", tmp_path / "theirs"], check=True, capture_output=True, text=True
    ).stdout.split()
    sums = subprocess.run(
        ["sha256sum", *names], cwd=tmp_path / "theirs", check=True, capture_output=True, text=True
    ).stdout.split()

    assert names == [MANIFEST, part.name]
    assert sums[::2] == [digest, described().parts[0].sha256]


def test_a_partner_may_write_it_with_tar(described, part, tmp_path, unpack):
    (tmp_path / MANIFEST).write_bytes(package.encode(described()))
    subprocess.run(["tar", "-cf", "a.tar", MANIFEST, "-C", part.parent, part.name], cwd=tmp_path, check=True)

    assert unpack(tmp_path / "a.tar")[0] == described()


@pytest.mark.parametrize("name", ["../escape.json", "/tmp/escape.json", "placement.parquet/../../escape.json"])
def test_a_path_that_leads_outside_is_refused(a_tar, a_manifest, unpack, name):
    source = a_tar((MANIFEST, package.encode(a_manifest())), (name, b"x"))

    assert refused(unpack, source, Code.PART_DIFFERS)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_a_member_that_is_not_a_file_is_refused(a_tar, described, part, unpack, kind):
    member = tarfile.TarInfo(part.name)
    member.type, member.linkname = kind, "/etc/passwd"

    assert refused(unpack, a_tar((MANIFEST, package.encode(described(size=0))), member), Code.PART_DIFFERS)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.DIRTYPE])
def test_a_manifest_that_is_not_a_file_is_refused(a_tar, unpack, kind):
    member = tarfile.TarInfo(MANIFEST)
    member.type, member.linkname = kind, "/etc/passwd"

    assert refused(unpack, a_tar(member), Code.MALFORMED)


def test_a_part_more_than_the_manifest_names_is_refused(a_tar, described, part, unpack):
    members = [(MANIFEST, package.encode(described())), (part.name, part.read_bytes())]

    assert refused(unpack, a_tar(*members, ("extra.json", b"{}")), Code.PART_DIFFERS)
    assert refused(unpack, a_tar(*members, members[1]), Code.PART_DIFFERS)


def test_a_part_that_is_missing_is_refused(a_tar, described, unpack):
    assert refused(unpack, a_tar((MANIFEST, package.encode(described()))), Code.PART_DIFFERS)


@pytest.mark.parametrize("changed", [{"size": 499}, {"size": 501}, {"sha256": "0" * 64}])
def test_a_part_of_another_size_or_hash_is_refused(a_tar, described, part, unpack, changed):
    source = a_tar((MANIFEST, package.encode(described(**changed))), (part.name, part.read_bytes()))

    assert refused(unpack, source, Code.PART_DIFFERS)


def test_the_manifest_must_come_first(a_tar, described, part, unpack):
    source = a_tar((part.name, part.read_bytes()), (MANIFEST, package.encode(described())))

    assert refused(unpack, source, Code.MALFORMED)


def test_a_huge_manifest_is_refused_unread(a_tar, a_manifest, unpack):
    padded = package.encode(a_manifest()) + b" " * package.LARGEST_MANIFEST

    assert refused(unpack, a_tar((MANIFEST, padded)), Code.MALFORMED)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"protocol": "amanah/1"}'])
def test_a_manifest_that_cannot_be_read_is_refused(a_tar, unpack, content):
    assert refused(unpack, a_tar((MANIFEST, content)), Code.MANIFEST_INVALID)


def test_a_refusal_names_fields_and_no_values(a_tar, a_manifest, unpack):
    content = package.encode(a_manifest()).replace(b'"2026-07"', b'"KANARI"').replace(b'"test"', b'"KANARI"')

    with pytest.raises(Refused, match=r"^302 .*: environment, period$") as caught:
        unpack(a_tar((MANIFEST, content)))
    assert "KANARI" not in str(caught.value)


def test_an_empty_tar_and_no_tar_are_refused(a_tar, tmp_path, unpack):
    assert refused(unpack, a_tar(), Code.MALFORMED)
    for content in (b"", b"not a tar" * 200):
        (tmp_path / "x.tar").write_bytes(content)
        assert refused(unpack, tmp_path / "x.tar", Code.MALFORMED)


def test_every_truncation_is_refused(described, part, tmp_path, unpack):
    package.write(tmp_path / "a.tar", described(), [part])
    whole = (tmp_path / "a.tar").read_bytes()
    end = len(package.encode(described())) + 2 * 512 + len(part.read_bytes())

    for length in range(0, end, 97):
        (tmp_path / "cut.tar").write_bytes(whole[:length])
        with pytest.raises(Refused):
            unpack(tmp_path / "cut.tar")


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_damage_anywhere_is_refused_or_harmless(described, part, tmp_path, unpack, data):
    """Whatever is changed in the bytes: a refusal with a code, or the package as it was; never another error."""
    package.write(tmp_path / "a.tar", described(), [part])
    content = bytearray((tmp_path / "a.tar").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    (tmp_path / "b.tar").write_bytes(content)

    with suppress(Refused):
        manifest, _ = unpack(tmp_path / "b.tar")
        assert manifest.parts == described().parts
        assert (tmp_path / "room" / part.name).read_bytes() == part.read_bytes()
