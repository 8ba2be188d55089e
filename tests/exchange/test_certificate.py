"""Certificates: both sides sign what both held of a month; where they differ, the records are found and sent anew."""

import hashlib
import subprocess
from decimal import Decimal

import pytest
from builders import a_complaint, a_placement
from corridor import MONTH, NEXT_MONTH, alarms, entries, hold, holds, ledger_is_whole, message
from sqlalchemy import delete, select

from amanah.exchange.building import build_certificate, build_difference
from amanah.exchange.certificate.tree import HeldOf, Tree, grow
from amanah.store import tables
from schemas.envelope import Branch, Certificate, Difference

pytestmark = pytest.mark.slow

THIRD_MONTH = "2026-09"


def month_ends(corridor, month, *, reconciled=True):
    """Both sides publish and exchange the month, reconcile it, and exchange what they certify."""
    for node in (corridor.idn, corridor.sau):
        for stream in ("placement", "complaint"):
            node.publish(stream, month)
    corridor.exchange()
    if reconciled:
        for node in (corridor.idn, corridor.sau):
            node.reconcile(month)
    for _ in range(3):
        corridor.exchange()


def certificates(node, month=MONTH):
    with node.database.engine.connect() as connection:
        found = connection.execute(select(tables.certificate).where(tables.certificate.c.period == month))
        return {row.party: row for row in found}


def certified(node):
    return [entry.detail["period"] for entry in entries(node) if entry.event == "certified"]


class TestBothHeldTheSame:
    @pytest.fixture
    def month(self, corridor):
        hold(corridor.idn, a_placement("IDN-P-1"), a_placement("IDN-P-2", wage_amount=Decimal("1500.000")))
        hold(corridor.idn, a_complaint("IDN-C-1", placement_ref="IDN-P-1"), stream="complaint")
        hold(corridor.sau, a_placement("SAU-P-1", contract_no="C-1", not_applicable=["visa_no", "national_id"]))
        month_ends(corridor, MONTH)
        return corridor

    def test_both_sign_the_same_lines(self, month):
        ours, theirs = certificates(month.idn), certificates(month.sau)
        assert {ours[party].said for party in ours} == {theirs[party].said for party in theirs}
        assert {party: row.signed for party, row in ours.items()} == {p: row.signed for p, row in theirs.items()}
        assert certified(month.idn)[-1:] == certified(month.sau)[-1:] == [MONTH]
        assert alarms(month.idn) == alarms(month.sau) == []

        lines = ours["IDN"].said.splitlines()
        assert lines[:3] == [
            "amanah certificate 1",
            f"agreement_sha256 {month.idn.agreement.sha256}",
            f"period {MONTH}",
        ]
        assert [" ".join(line.split()[:5]) for line in lines[3:7]] == [
            "held complaint IDN records 1",
            "held complaint SAU records 0",
            "held placement IDN records 2",
            "held placement SAU records 1",
        ]
        assert "links placement 1" in lines
        assert "discrepancies placement missing_there 1" in lines  # as Indonesia, the first party, sees it

    def test_a_third_party_checks_both_signatures_with_gpg(self, month, a_gpg, key_files, tmp_path):
        third = a_gpg("third@example")
        for party, row in certificates(month.idn).items():
            third.knows(key_files[party][1])
            (tmp_path / f"{party}.asc").write_text(row.signed)
            shown = third.run("--status-fd", "2", "--decrypt", str(tmp_path / f"{party}.asc"))
            assert shown.stdout.decode().rstrip().splitlines() == row.said.splitlines()
            assert b"GOODSIG" in shown.stderr

    def test_the_root_can_be_made_with_sha256sum_as_the_protocol_says(self, month, tmp_path):
        rows = holds(month.sau, "IDN")
        with month.sau.database.engine.connect() as connection:
            table = tables.RECORDS["placement"]
            held = connection.execute(
                select(table.c.record_ref, table.c.revision, table.c.fingerprint).where(table.c.holder == "IDN")
            ).all()
        assert {row.record_ref for row in held} == set(rows)
        script = tmp_path / "root.sh"
        script.write_text(
            "set -eu; export LC_ALL=C\n"
            "hash() { sha256sum | cut -d' ' -f1; }\n"
            "sort lines | while read -r ref revision fingerprint; do\n"
            '  at=$(printf %s "$ref" | hash | cut -c1-4)\n'
            '  echo "$ref $revision $fingerprint" >> "branch.$at"\n'
            "done\n"
            "for head in $(ls branch.* | cut -c8-9 | sort -u); do\n"
            "  for file in branch.$head*; do\n"
            '    echo "$(echo "$file" | cut -c10-11) $(hash < "$file")"\n'
            '  done > "head.$head"\n'
            "done\n"
            'for file in head.*; do echo "${file#head.} $(hash < "$file")"; done | hash\n'
        )
        (tmp_path / "lines").write_text("".join(f"{r.record_ref} {r.revision} {r.fingerprint}\n" for r in held))
        root = subprocess.run(["sh", script], cwd=tmp_path, check=True, capture_output=True, text=True).stdout.strip()
        assert f"held placement IDN records 2 root {root}" in certificates(month.idn)["SAU"].said

    def test_reconciling_a_month_again_certifies_nothing_anew(self, month):
        before = len(entries(month.idn))
        month.idn.reconcile(MONTH)
        assert len(entries(month.idn)) == before


class TestASideHoldsSomethingElse:
    @pytest.fixture
    def diverged(self, corridor):
        """Saudi Arabia's node lost one record, has another in an older look, and keeps one that was withdrawn."""
        everything = [a_placement(f"IDN-P-{number}") for number in range(1, 40)]
        hold(corridor.idn, *everything)
        month_ends(corridor, MONTH, reconciled=False)
        hold(corridor.idn, a_placement("IDN-P-2", area="SA-02"), month=NEXT_MONTH)
        hold(corridor.idn, a_placement("IDN-P-3"), month=NEXT_MONTH, withdrawn=True)
        month_ends(corridor, NEXT_MONTH, reconciled=False)
        table = tables.RECORDS["placement"]
        with corridor.sau.database.engine.begin() as connection:
            connection.execute(delete(table).where(table.c.record_ref == "IDN-P-1"))
            connection.execute(
                delete(table).where(table.c.record_ref.in_(["IDN-P-2", "IDN-P-3"]), table.c.revision == 2)
            )
        assert len(holds(corridor.sau, "IDN")) == 38
        return corridor

    def test_it_is_found_and_mended_with_the_next_month(self, diverged):
        for node in (diverged.idn, diverged.sau):
            node.reconcile(NEXT_MONTH)
        for _ in range(4):
            diverged.exchange()

        assert any("certificates of 2026-08 differ in" in reason for reason in alarms(diverged.idn))
        assert [e.detail["mended"] for e in entries(diverged.idn) if e.event == "difference"][-1] == 3

        month_ends(diverged, THIRD_MONTH)
        there = holds(diverged.sau, "IDN")
        assert len(there) == 38
        assert there["IDN-P-2"]["area"] == "SA-02"
        assert "IDN-P-3" not in there
        assert "IDN-P-1" in there
        applied = message(diverged.idn, "IDN-SAU-placement-000003").answer["applied"]
        assert applied == {"new": 1, "correct": 1, "withdraw": 1}
        assert certified(diverged.idn)[-1:] == certified(diverged.sau)[-1:] == [THIRD_MONTH]
        assert ledger_is_whole(diverged.idn)
        assert ledger_is_whole(diverged.sau)


class TestWhatIsNotInOrder:
    """A word that cannot be heeded is set aside with an alarm, and the stream of words goes on."""

    def answers(self, corridor):
        for _ in range(2):
            corridor.exchange()
        corridor.send(a_placement())
        corridor.exchange()
        return message(corridor.idn, "IDN-SAU-placement-000001").verdict

    def test_a_certificate_that_its_side_did_not_sign(self, corridor):
        certificate = Certificate(
            period=MONTH, agreement_sha256=corridor.sau.agreement.sha256, trees=(), links={}, discrepancies={}
        )
        with corridor.sau.database.engine.begin() as connection:
            build_certificate(connection, corridor.sau.endpoint, certificate, "amanah certificate 1\n")

        assert self.answers(corridor) == "accepted"
        assert certificates(corridor.idn) == {}
        assert alarms(corridor.idn) == ["a certificate that proves nothing: not exactly one signed text"]

    @pytest.mark.parametrize(("stream", "holder"), [("status", "IDN"), ("placement", "MYS")])
    def test_a_step_about_what_is_not_agreed(self, corridor, stream, holder):
        step = Difference(period=MONTH, branches=(Branch(stream=stream, holder=holder, prefix="", hashes={}),))
        with corridor.sau.database.engine.begin() as connection:
            build_difference(connection, corridor.sau.endpoint, step)

        assert self.answers(corridor) == "accepted"
        [reason] = alarms(corridor.idn)
        assert "names a stream or a party that is not agreed" in reason

    def test_a_side_that_holds_quite_other_records_is_told_to_send_a_snapshot(self, corridor):
        hold(corridor.idn, *(a_placement(f"IDN-P-{number}") for number in range(300)))
        month_ends(corridor, MONTH, reconciled=False)
        with corridor.sau.database.engine.begin() as connection:
            connection.execute(delete(tables.RECORDS["placement"]))
        for node in (corridor.idn, corridor.sau):
            node.reconcile(MONTH)
        for _ in range(4):
            corridor.exchange()

        assert any("publish a snapshot of the stream" in reason for reason in alarms(corridor.sau))


class TestTheTree:
    def test_is_equal_only_when_every_record_is(self):
        def branch(*lines):
            return hashlib.sha256("".join(lines).encode()).hexdigest()

        one = Tree(2, {"0a1b": branch("a 1 x\n"), "0a2c": branch("b 1 y\n")})
        assert one.root == Tree(2, {"0a2c": branch("b 1 y\n"), "0a1b": branch("a 1 x\n")}).root
        assert one.root != Tree(2, {"0a1b": branch("a 1 x\n"), "0a2d": branch("b 1 y\n")}).root
        assert one.root != Tree(2, {"0a1b": branch("a 2 x\n"), "0a2c": branch("b 1 y\n")}).root
        assert set(one.below("0a")) == {"1b", "2c"}

    def test_of_nothing_is_the_hash_of_nothing(self, corridor):
        with corridor.idn.database.engine.connect() as connection:
            tree = grow(connection, corridor.idn.endpoint, HeldOf("placement", "SAU", MONTH))
        assert (tree.records, tree.root) == (0, hashlib.sha256(b"").hexdigest())
