"""Editions of a node: versions beside each other, drafts, decisions, the published place, members and their annex."""

import subprocess

import pytest
from builders import CANARIES, a_placement, with_canaries
from corridor import hold

from amanah.exchange import seal
from amanah.exchange.seal import readers
from amanah.exchange.seal.keyring import KeyFault
from amanah.node.edition import place, versions
from amanah.node.edition.editions import NoSuchVersion
from amanah.node.settings import PublishedSettings, SettingsError
from amanah.node.signing import EditionError

pytestmark = pytest.mark.slow

QUARTER, LAST_MONTH = "2026-Q3", "2026-09"
WHY = {"en": "A package came late."}
MEMBER = "jtf.secretariat@kp2mi.example"
MEETING = """
2026-Q3:
  decisions:
    - {id: D-1, text: {en: Agree on areas.}, owner: SAU, due: 2026-12-15}
"""


def in_english(node):
    """Let the node's agreement have the report in one language: a page takes a second."""
    members = tuple(each.model_copy(update={"language": "en"}) for each in node.agreement.report.members)
    report = node.agreement.report.model_copy(update={"languages": ("en",), "members": members})
    node.__dict__["agreement"] = node.agreement.model_copy(update={"report": report})
    return node


@pytest.fixture
def idn(a_node):
    node = in_english(a_node("IDN"))
    hold(node, a_placement("IDN-P-1"), with_canaries("IDN-P-2"))
    return node


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def editions_in_database(node):
    with node.database.engine.connect() as connection:
        return connection.exec_driver_sql("SELECT version, reason, files FROM edition ORDER BY version").all()


def later(node):
    """What becomes known of the quarter after it was frozen."""
    hold(node, *(a_placement(f"IDN-P-{number}") for number in range(10, 40)), month=LAST_MONTH)


class TestVersions:
    def test_the_same_quarter_again_is_the_same_version_with_the_same_bytes(self, idn):
        first = idn.evaluate(QUARTER)
        before = files(idn.editions.folder(QUARTER, 1))
        later(idn)

        second = idn.evaluate("2026Q3")

        assert (first.version, second.version) == (1, 1)
        assert files(idn.editions.folder(QUARTER, 1)) == before
        assert first.publish.parent == idn.store / "editions" / QUARTER / "v1"

    def test_a_revision_stands_beside_the_version_before_it_and_is_made_once(self, idn):
        first = idn.evaluate(QUARTER)
        before = files(first.publish.parent)
        later(idn)

        second = idn.evaluate(QUARTER, revise=WHY)

        assert second.publish.parent == idn.store / "editions" / QUARTER / "v2"
        assert files(first.publish.parent) == before
        page = second.pages["en"].read_text(encoding="utf-8")
        assert WHY["en"] in page
        assert "What changed since version 1" in page
        kept = editions_in_database(idn)
        assert [(row.version, row.reason) for row in kept] == [(1, None), (2, WHY)]
        assert kept[1].files == dict(second.sha256)
        assert idn.evaluate(QUARTER).version == 2
        assert len(editions_in_database(idn)) == 2

    @pytest.mark.parametrize(
        ("reason", "said"),
        [({"en": "late"}, "it lacks id, ar"), ({"en": "x", "id": " ", "ar": "x"}, "it lacks id")],
    )
    def test_a_revision_says_why_in_every_language_of_the_report(self, a_node, reason, said):
        node = a_node("IDN")
        with node.database.engine.begin() as connection:
            versions.note(connection, QUARTER, 1, snapshot_sha256="0" * 64, reason=None, files={})

        with pytest.raises(ValueError, match=said):
            node.evaluate(QUARTER, revise=reason)

    def test_there_is_nothing_to_revise_before_the_first_version(self, idn):
        with pytest.raises(NoSuchVersion, match="no published version to revise"):
            idn.evaluate(QUARTER, revise=WHY)

    def test_a_revision_that_was_killed_after_it_was_frozen_is_gone_on_with(self, idn):
        idn.evaluate(QUARTER)
        frozen = idn.editions.freeze(QUARTER, WHY)
        later(idn)

        assert idn.editions.freeze(QUARTER, WHY) == frozen
        assert idn.evaluate(QUARTER, revise=WHY).version == 2

    def test_what_was_made_before_there_were_versions_is_the_first(self, idn):
        made = idn.evaluate(QUARTER)
        before = {shelf: files(idn.store / shelf / QUARTER / "v1") for shelf in ("editions", "snapshots")}
        for shelf in before:
            (idn.store / shelf / QUARTER / "v1").rename(idn.store / shelf / "flat")
            (idn.store / shelf / QUARTER).rmdir()
            (idn.store / shelf / "flat").rename(idn.store / shelf / QUARTER)

        assert idn.evaluate(QUARTER).sha256 == made.sha256
        assert {shelf: files(idn.store / shelf / QUARTER / "v1") for shelf in before} == before


class TestEarlierEditions:
    """What is out already bounds what a later edition may tell, and what is made again is made beside the same."""

    def out_before(self, node, quarter, version):
        with node.database.engine.connect() as connection:
            found = versions.out_before(connection, node.store / "editions", quarter, version)
        return [(each.about.quarter, each.about.version) for each in found]

    def test_each_edition_knows_those_that_were_out_before_it_whatever_their_quarter(self, idn):
        idn.evaluate("2026-Q2")
        idn.evaluate(QUARTER)
        idn.evaluate("2026-Q2", revise=WHY)

        assert self.out_before(idn, "2026-Q2", 1) == []
        assert self.out_before(idn, QUARTER, 1) == [("2026-Q2", 1)]
        assert self.out_before(idn, "2026-Q2", 2) == [("2026-Q2", 1), (QUARTER, 1)]
        assert len(self.out_before(idn, "2026-Q4", 1)) == 3
        idn.evaluate("2026-Q2")
        assert self.out_before(idn, QUARTER, 1) == [("2026-Q2", 1)]

    def test_one_that_cannot_be_read_is_named(self, idn):
        idn.evaluate(QUARTER).publish.write_text("{}", encoding="utf-8")

        with pytest.raises(EditionError, match=r"v1/publish\.json: no publish\.json of this software"):
            idn.evaluate("2026-Q4")


class TestDecided:
    def test_a_draft_is_stamped_unsigned_and_no_edition(self, idn):
        made = idn.evaluate(QUARTER, draft=True)

        assert made.publish.parent == idn.store / "drafts" / QUARTER
        assert "draft, not approved" in made.pages["en"].read_text(encoding="utf-8")
        assert not list(made.publish.parent.glob("SHA256SUMS*"))
        assert editions_in_database(idn) == []
        assert not (idn.store / "editions").exists()

    def test_what_was_rejected_is_frozen_anew_under_the_same_number_and_the_reason_is_kept(self, idn):
        frozen = idn.editions.freeze(QUARTER)
        idn.editions.decide(frozen, approved=False, by="idn.supervisor", why="August is not right")
        later(idn)

        again = idn.editions.freeze(QUARTER)

        assert again.version == 1
        assert again.snapshot_sha256 != frozen.snapshot_sha256
        with idn.database.engine.connect() as connection:
            [kept] = connection.exec_driver_sql("SELECT * FROM edition_decision").all()
        assert (kept.approved, kept.by, kept.why) == (False, "idn.supervisor", "August is not right")

    def test_what_was_approved_is_published_as_it_was_frozen(self, idn):
        frozen = idn.editions.freeze(QUARTER)
        drafted = idn.editions.draft(QUARTER, 1).publish.read_bytes()
        idn.editions.decide(frozen, approved=True, by="idn.supervisor", why="")
        later(idn)

        made = idn.editions.publish(QUARTER, 1).edition

        assert made.publish.read_bytes() == drafted
        assert not idn.editions.drafts(QUARTER).exists()
        assert idn.editions.freeze(QUARTER) == frozen

    def test_what_is_not_frozen_cannot_be_published(self, idn):
        with pytest.raises(NoSuchVersion, match="freeze it first"):
            idn.editions.publish(QUARTER, 1)


def test_the_decisions_of_the_quarter_are_frozen_with_it(idn, tmp_path):
    file = tmp_path / "decisions.yaml"
    file.write_text(MEETING, encoding="utf-8")
    idn.settings = idn.settings.model_copy(update={"decisions": file})
    made = idn.evaluate(QUARTER)
    file.write_text("", encoding="utf-8")

    assert idn.evaluate(QUARTER).sha256 == made.sha256
    assert "Agree on areas." in made.pages["en"].read_text(encoding="utf-8")


def test_the_page_says_that_the_partners_certificate_is_missing_and_not_once_it_is_there(corridor):
    idn, sau = in_english(corridor.idn), corridor.sau
    missing = idn.evaluate(QUARTER).pages["en"].read_text(encoding="utf-8")
    for month in ("2026-07", "2026-08", LAST_MONTH):
        for node in (idn, sau):
            for stream in ("placement", "complaint"):
                node.publish(stream, month)
        corridor.exchange()
        for node in (idn, sau):
            node.reconcile(month)
    for _ in range(2):
        corridor.exchange()

    there = idn.evaluate(QUARTER, revise=WHY).pages["en"].read_text(encoding="utf-8")

    assert "the certificate of Saudi Arabia for September 2026" in missing
    assert "Nothing. Every package" in there
    assert idn.editions.certified(QUARTER)
    assert not idn.editions.waits(QUARTER)
    with idn.database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM certificate WHERE party = 'SAU'")
    assert idn.editions.waits(QUARTER)  # the agreed day may be past: the partner still has the time of an answer


def test_it_is_waited_until_the_agreed_day_after_the_quarter(idn):
    assert idn.editions.waits_until(QUARTER).isoformat() == "2026-11-14T17:00:00+00:00"  # midnight in Jakarta
    assert not idn.editions.waits("2026-Q1")
    assert idn.editions.waits("2099-Q1")


class TestPublishedPlace:
    def test_the_place_holds_the_edition_and_nothing_else(self, idn, tmp_path):
        to = tmp_path / "readers"
        idn.settings = idn.settings.model_copy(update={"published": PublishedSettings(to=str(to))})
        made = idn.evaluate(QUARTER)
        there = to / "idn-sau" / QUARTER / "v1"

        assert files(there) == files(made.publish.parent)
        assert {path.name for path in to.rglob("*") if path.is_file()} == {
            *made.sha256,
            "SHA256SUMS",
            "SHA256SUMS.IDN.asc",
        }
        (there / "SHA256SUMS.SAU.asc").write_text("of an edition that is no more", encoding="utf-8")
        (there / "publish.csv").unlink()
        assert idn.editions.publish(QUARTER, 1).written == ("publish.csv",)
        assert files(there) == files(made.publish.parent)

    def test_an_object_store_is_a_place_too(self, idn):
        to = "memory://editions"
        made = idn.evaluate(QUARTER)
        written = place.put(made.publish.parent, to, "v1")

        assert written[-2:] == ["SHA256SUMS", "SHA256SUMS.IDN.asc"]
        assert set(written[:-2]) == set(made.sha256)
        assert place.put(made.publish.parent, to, "v1") == []

    def test_a_place_that_cannot_be_used_says_what_is_missing(self, idn):
        idn.settings = idn.settings.model_copy(update={"published": PublishedSettings(to="nowhere://x")})

        with pytest.raises(SettingsError, match=r"published\.to cannot be used: Protocol not known"):
            idn.evaluate(QUARTER)


class TestAnnex:
    @pytest.fixture
    def member(self, tmp_path):
        """A member's key and certificate."""
        made = (tmp_path / "member.key.pgp", tmp_path / "member.cert.pgp")
        seal.generate("A member (test)", *made)
        return made

    def test_it_stands_beside_the_edition_and_not_in_it(self, idn, member, tmp_path):
        to = tmp_path / "readers"
        published = PublishedSettings(to=str(to))
        idn.settings = idn.settings.model_copy(update={"members": {MEMBER: member[1]}, "published": published})
        idn.evaluate(QUARTER)

        assert [str(path.relative_to(idn.store)) for path in idn.store.rglob("*restricted*.pgp")] == [
            f"restricted/{QUARTER}/v1/restricted.csv.pgp"
        ]
        assert not list(to.rglob("*.pgp"))

    def test_the_member_and_we_open_it_with_gpg_and_a_stranger_does_not(self, idn, member, key_files, a_gpg, tmp_path):
        sealed = tmp_path / "restricted.csv.pgp"
        readers.seal_to(b"indicator,value\nF1,3\n", sealed, idn.keys, [member[1]])

        for owner, key in {"member": member[0], "idn": key_files["IDN"][0]}.items():
            gpg = a_gpg(f"{owner}@example")
            gpg.knows(key)
            gpg.knows(key_files["IDN"][1])
            opened = gpg.run("--status-fd", "2", "--decrypt", str(sealed))
            assert opened.stdout == b"indicator,value\nF1,3\n"
            assert b"GOODSIG" in opened.stderr
        assert b"F1" not in sealed.read_bytes()
        with pytest.raises(subprocess.CalledProcessError):
            a_gpg("stranger@example").run("--decrypt", str(sealed))

    def test_a_certificate_of_somebody_whom_the_agreement_does_not_name_is_refused(self, idn, member):
        idn.settings = idn.settings.model_copy(update={"members": {"friend@example.org": member[1]}})

        with pytest.raises(SettingsError, match=r"members has friend@example\.org"):
            idn.evaluate(QUARTER)
        assert editions_in_database(idn) == []

    def test_a_file_that_is_no_certificate_is_refused(self, idn, tmp_path):
        (tmp_path / "none").write_text("hello", encoding="utf-8")

        with pytest.raises(KeyFault):
            readers.seal_to(b"x", tmp_path / "sealed", idn.keys, [tmp_path / "none"])
        assert not (tmp_path / "sealed").exists()


class TestMembersAreTold:
    @pytest.fixture
    def idn(self, a_node, post_office):
        node = in_english(a_node("IDN", mail=post_office.settings, pages="https://node.example/amanah"))
        hold(node, *(with_canaries(f"IDN-P-{number}") for number in range(20)))
        return node

    def test_each_member_of_ours_is_mailed_once_for_each_version(self, idn, post_office):
        idn.evaluate(QUARTER)
        assert idn.tell_members(QUARTER, 1).members == 1
        assert idn.tell_members(QUARTER, 1).members == 0
        later(idn)
        idn.evaluate(QUARTER, revise=WHY)
        assert idn.tell_members(QUARTER, 2).sent == 1

        assert [mail["To"] for mail in post_office.taken] == [MEMBER, MEMBER]
        assert len({mail["Message-ID"] for mail in post_office.taken}) == 2
        assert "version 2" in post_office.taken[1]["Subject"]
        text = post_office.taken[1].get_body(("plain",)).get_content()
        assert WHY["en"] in text

    def test_the_mail_says_what_the_edition_says_and_leads_to_it(self, idn, post_office):
        made = idn.evaluate(QUARTER)
        idn.tell_members(QUARTER, 1)

        [mail] = post_office.taken
        text = mail.get_body(("plain",)).get_content()
        assert f"https://node.example/amanah/IDN/edition/{QUARTER}/v1?lang=en" in text
        page = made.pages["en"].read_text(encoding="utf-8")
        told = [line.removeprefix("* ") for line in text.splitlines() if line.startswith("* ")]
        assert len(told) == page.count('<li><a href="#', page.index('class="headlines"'), page.index('id="missing"'))
        assert not any(canary in str(mail) for canary in CANARIES)

    def test_the_link_leads_to_the_published_place_where_readers_have_an_address_of_it(
        self, idn, post_office, tmp_path
    ):
        published = PublishedSettings(to=str(tmp_path / "readers"), address="https://editions.example/")
        idn.settings = idn.settings.model_copy(update={"published": published})
        made = idn.evaluate(QUARTER)
        idn.tell_members(QUARTER, 1)

        text = post_office.taken[0].get_body(("plain",)).get_content()
        assert f"https://editions.example/idn-sau/{QUARTER}/v1/{made.pages['en'].name}" in text

    def test_nobody_is_told_of_what_is_not_published(self, idn):
        idn.evaluate(QUARTER, draft=True)

        with pytest.raises(NoSuchVersion, match="publish it first"):
            idn.tell_members(QUARTER, 1)
