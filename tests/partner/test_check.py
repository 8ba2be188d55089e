"""The conformance check finds what is wrong with a node, says it, and never sends anything to a live one."""

import _thread
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest
import yaml
from corridor import Corridor
from serving import amanah, an_agreement

from amanah.demo.services.ports import free_port
from amanah.exchange import admission, building, inbound, opening, receipt, resend
from amanah.exchange.codes import Code, Refused
from amanah.exchange.sftp import connect
from amanah.node.node import Node
from amanah.partner.check import Finding, check
from amanah.partner.check.conversation import Conversation
from amanah.partner.check.journal import Journal
from amanah.partner.check.replays import Replays
from amanah.partner.check.run import Patience
from amanah.partner.check.talk import gap
from amanah.partner.forge import Forge
from schemas.envelope import MessageId

pytestmark = pytest.mark.slow

LONG = Patience(600, 0.1)
AT_ONCE = Patience(1, 0.1)


@contextmanager
def at_work(node: Node) -> Iterator[None]:
    """``node`` collects, admits and delivers beside us, over and over."""
    ends, failed = threading.Event(), []

    def rounds() -> None:
        try:
            while not ends.is_set():
                node.collect()
                node.admit()
                node.deliver()
                ends.wait(0.05)
        except Exception as error:
            failed.append(error)
            _thread.interrupt_main()  # whoever waits for its answers need not wait longer

    worker = threading.Thread(target=rounds)
    worker.start()
    try:
        yield
    except KeyboardInterrupt:
        if not failed:
            raise
    finally:
        ends.set()
        worker.join()
    for error in failed:
        raise error


def failures(findings: Sequence[Finding]) -> set[str]:
    return {each.case for each in findings if each.passed is False}


def without_receipt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipt, "give", lambda *_, **__: "no receipt at all\n")


def with_another_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    made = building.build_answer

    def answer(connection, endpoint, said, period):
        return made(connection, endpoint, said.model_copy(update={"package_sha256": "0" * 64}), period)

    monkeypatch.setattr(inbound, "build_answer", answer)


def twice(monkeypatch: pytest.MonkeyPatch) -> None:
    made = building.build_answer

    def answer(*arguments):
        made(*arguments)
        return made(*arguments)

    monkeypatch.setattr(inbound, "build_answer", answer)


def takes_any_column(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that answers 309 where the columns are not the agreed ones."""
    real = inbound.parts.read

    def read(*arguments, **named):
        try:
            yield from real(*arguments, **named)
        except Refused as refusal:
            raise Refused(Code.PART_DIFFERS if refusal.code is Code.FIELD_NOT_AGREED else refusal.code) from None

    monkeypatch.setattr(inbound.parts, "read", read)


def trusts_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that does not hold the manifest against the agreement."""
    monkeypatch.setattr(opening, "_check", lambda *_, **__: None)


def forgets_lineage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission.Admission, "_lineage_error", lambda *_: None)


def applies_what_it_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that keeps the records of a message that it refuses because of its counts."""

    @contextmanager
    def nothing_is_undone(_connection):
        yield

    monkeypatch.setattr("sqlalchemy.Connection.begin_nested", nothing_is_undone)


WRONG: dict[Callable[[pytest.MonkeyPatch], None], set[str]] = {
    without_receipt: {"an answer carries a right receipt"},
    with_another_hash: {"an answer gives the package's hash"},
    twice: {"exactly one answer to every message", "the same package again"},
    takes_any_column: {"a part without one of the agreed columns", "a column that may not travel"},
    trusts_everybody: {"another text of the agreement", "live data in a test", "a month before the agreement"},
    forgets_lineage: {"new, though it is held", "a correction of what was never sent", "a snapshot with a correction"},
    applies_what_it_refuses: {"nothing of a refused message was applied"},
}
TOGETHER = [  # what does not touch each other is tried in one check, as each takes some seconds
    (without_receipt, takes_any_column, forgets_lineage),
    (with_another_hash, applies_what_it_refuses),
    (twice, trusts_everybody),
]


@pytest.mark.parametrize("spoilt", TOGETHER, ids=lambda each: ", ".join(spoil.__name__ for spoil in each))
def test_a_node_fails_in_what_is_wrong_with_it(corridor: Corridor, reach, tmp_path, monkeypatch, spoilt):
    for spoil in spoilt:
        spoil(monkeypatch)

    with at_work(corridor.sau):
        found = check(reach, tmp_path / "check", patience=LONG)

    assert set().union(*(WRONG[spoil] for spoil in spoilt)) <= failures(found)


def test_a_node_that_never_asks_for_what_is_missing_fails_in_that(corridor, reach, agreement, tmp_path, monkeypatch):
    monkeypatch.setattr(resend, "ask", lambda *_: False)
    journal = Journal(tmp_path / "check", corridor="idn-sau", party="IDN", agreement_sha256=agreement.sha256)
    forge = Forge(agreement, "IDN", reach.keyring(agreement), tmp_path / "making", "2026-10")

    with at_work(corridor.sau), connect(reach.sftp) as wire:
        conversation = Conversation(wire, forge, journal, seconds=3, pause=0.1)
        done = gap(conversation, "placement", "sftp", Replays(reach, "sftp"))

    assert "what is missing is asked for" in failures(done.findings)


def test_a_right_node_passes_and_a_second_check_goes_on_with_the_numbers(corridor, reach, tmp_path):
    with at_work(corridor.sau):
        first = check(reach, tmp_path / "check", patience=LONG)
        again = check(reach, tmp_path / "check", patience=LONG)

    assert (failures(first), failures(again)) == (set(), set())
    names = [{each.sent for each in found if each.sent.startswith("IDN-")} for found in (first, again)]
    assert names[0].isdisjoint(names[1])


def test_what_an_interrupted_check_had_made_is_sent_by_the_next(corridor, reach, agreement, tmp_path):
    journal = Journal(tmp_path / "check", corridor="idn-sau", party="IDN", agreement_sha256=agreement.sha256)
    journal.keep(MessageId("IDN", "SAU", "placement", 1), b"made, and not sent")

    with at_work(corridor.sau):
        found = check(reach, tmp_path / "check", patience=LONG)

    assert failures(found) == set()
    assert "IDN-SAU-placement-000001.tar.pgp" in corridor.point.packages()


def test_messages_that_somebody_else_sent_stop_a_check_before_it_begins(corridor, reach, tmp_path):
    corridor.send()

    with pytest.raises(ValueError, match=r"IDN-SAU-placement-000001.* is at the exchange point and not in"):
        check(reach, tmp_path / "check", patience=AT_ONCE)

    assert corridor.point.packages() == ["IDN-SAU-placement-000001.tar.pgp"]


def test_a_node_that_says_nothing_could_not_be_reached(settings_file, exchange_point, tmp_path):
    said = amanah(
        *("partner", "check", "--settings", str(settings_file()), "--dir", str(tmp_path / "check")),
        *("--wait", "0", "--over", "sftp"),
    )  # fmt: skip

    assert said.returncode == 3
    assert "messages was answered within" in said.stderr


def test_an_exchange_point_that_is_down_could_not_be_reached(settings_file, tmp_path):
    file = settings_file(port=free_port())

    said = amanah("partner", "check", "--settings", str(file), "--dir", str(tmp_path / "check"))

    assert said.returncode == 3


def test_nothing_wrong_is_ever_sent_under_a_live_agreement(settings_file, pinned_keys, exchange_point, tmp_path):
    live = an_agreement(tmp_path / "live.yaml", pinned_keys, environment="live")

    said = amanah(
        *("partner", "check", "--settings", str(settings_file(agreement=live))), *("--dir", str(tmp_path / "check"))
    )

    assert (said.returncode, exchange_point.packages()) == (2, [])
    assert "environment is live" in said.stderr


@pytest.fixture
def settings_file(reach, tmp_path) -> Callable[..., object]:
    """Write ``partner.yaml``; keywords replace the port, or the agreement."""

    def write(*, port: int | None = None, agreement: object = None) -> object:
        content = reach.model_dump(mode="json", exclude_none=True)
        content["sftp"]["port"] = port or content["sftp"]["port"]
        content["agreement"] = str(agreement or content["agreement"])
        file = tmp_path / "partner.yaml"
        file.write_text(yaml.safe_dump(content), encoding="utf-8")
        return file

    return write
