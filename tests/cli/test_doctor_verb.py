"""``amanah doctor``: says how each thing stands, what to do, and by its exit status whether somebody must."""

import json
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from command_line import Amanah, Said
from served import SECRETS, Server, make_certificates

from amanah.demo.services.keys import make_keypair, public_key_file
from amanah.demo.services.ports import free_port
from amanah.exchange import seal
from amanah.exchange.seal.keyring import Keys
from amanah.node.doctor import WARN_BEFORE, State, keys
from schemas.agreement import FOLDER
from schemas.agreement_keys import PinnedKey

NOW = datetime.now(UTC)


@pytest.fixture
def node(tmp_path, key_files):
    """Write a ``node.yaml`` of Indonesia of which nothing can be reached; keywords say otherwise."""

    def write(**content) -> Path:
        make_keypair(tmp_path / "sftp")
        nowhere = {"host": "127.0.0.1", "port": free_port(), "username": "idn", "private_key": "sftp"}
        settings = {
            "party": "IDN",
            "agreement": str(FOLDER / "idn-sau.yaml"),
            "store": "store",
            "database": f"postgresql+psycopg://amanah:GEHEIM@127.0.0.1:{free_port()}/nothing",
            "keys": {"ours": str(key_files["IDN"][0]), "partner": str(key_files["SAU"][1])},
            "sftp": {**nowhere, "host_key": " ".join(public_key_file(tmp_path / "sftp").read_text().split()[:2])},
            "mail": {"host": "127.0.0.1", "port": free_port(), "sender": "a@b.example", "password": "GEHEIM"},
        }
        file = tmp_path / "node.yaml"
        file.write_text(yaml.safe_dump(settings | content), encoding="utf-8")
        return file

    return write


@pytest.fixture
def doctor(amanah: Amanah):
    def ask(file: Path) -> tuple[Said, dict[str, dict[str, str]]]:
        said = amanah("doctor", "--node", str(file), "--json")
        return said, {finding["check"]: finding for finding in json.loads(said.output)}

    return ask


def test_what_cannot_be_reached_is_status_3_and_does_not_hide_what_is_well(doctor, node):
    said, found = doctor(node())

    assert said.status == 3
    unreachable = {check for check, finding in found.items() if finding["state"] == "unreachable"}
    assert unreachable == {"database", "SFTP sign-in", "mail"}
    assert {found[check]["state"] for check in ("agreement", "agreement term", "SSH key")} == {"ok"}
    assert all(finding["do"] for finding in found.values() if finding["state"] != "ok")


def test_what_the_next_edition_would_find_missing_is_said_before(doctor, node, key_files, tmp_path):
    (tmp_path / "decisions.yaml").write_text("2026-Q3: {decisions: [{id: D-1}]}", encoding="utf-8")
    member, certificate = "jtf.secretariat@kp2mi.example", str(key_files["SAU"][1])
    _, wanting = doctor(node(decisions="decisions.yaml", published={"to": "nowhere://editions"}))
    _, well = doctor(node(members={member: certificate}, published={"to": "editions"}))
    _, stranger = doctor(node(members={"somebody@else.example": certificate}))

    assert "the restricted annex is not for them" in wanting[f"member {member}"]["said"]
    assert wanting["decisions"]["state"] == "failed"
    assert "D-1" in wanting["decisions"]["said"]
    assert (wanting["published place"]["state"], well["published place"]["state"]) == ("failed", "ok")
    assert [each["state"] for check, each in well.items() if check.startswith(f"member {member} ")] == ["ok"]
    assert stranger["members"]["state"] == "failed"


def test_each_line_says_the_state_what_was_found_and_what_to_do(amanah, node):
    said = amanah("doctor", "--node", str(node()))

    lines = said.output.splitlines()
    assert all(line.split()[0] in set(State) for line in lines)
    [mail] = [line for line in lines if " mail: " in line]
    assert mail.startswith("unreachable  mail: mail server 127.0.0.1:")
    assert mail.endswith("-> host, port, starttls, username, password")


def test_no_secret_is_shown(amanah, node):
    for options in ([], ["--json"]):
        said = amanah("doctor", "--node", str(node()), *options)
        assert "GEHEIM" not in said.output + said.error
        assert "PRIVATE KEY" not in said.output


def test_a_node_file_that_cannot_be_used_is_status_2(amanah, node):
    assert amanah("doctor", "--node", str(node(colour="green"))).status == 2


def test_a_key_that_others_can_read_is_failed_with_the_command_that_mends_it(doctor, node, tmp_path, key_files):
    loose = tmp_path / "loose.key"
    loose.write_bytes(key_files["IDN"][0].read_bytes())
    loose.chmod(0o640)
    file = node(keys={"ours": str(loose), "partner": str(key_files["SAU"][1])})
    (tmp_path / "sftp").chmod(0o644)

    said, found = doctor(file)

    assert said.status == 1
    assert f"run: chmod 600 {loose}" in found["our key"]["said"]
    assert found["SSH key"]["do"] == f"run: chmod 600 {tmp_path / 'sftp'}"


@pytest.mark.parametrize(
    ("slip", "check", "state"),
    [
        (("in_force_until: 2027-12-31", "in_force_until: {soon}"), "agreement term", "warning"),
        (("in_force_until: 2027-12-31", "in_force_until: {gone}"), "agreement term", "failed"),
        (("review_by: 2028-12-31", "review_by: {soon}"), "assessment DPIA-2026-01", "warning"),
        (("review_by: 2028-12-31", "review_by: {gone}"), "assessment DPIA-2026-01", "failed"),
    ],
)
def test_what_ends_soon_is_a_warning_and_what_has_ended_is_failed(doctor, node, tmp_path, slip, check, state):
    days = {"soon": NOW.date() + timedelta(days=20), "gone": NOW.date() - timedelta(days=2)}
    text = (FOLDER / "idn-sau.yaml").read_text(encoding="utf-8").replace(slip[0], slip[1].format(**days), 1)
    (tmp_path / "idn-sau.yaml").write_text(text, encoding="utf-8")

    said, found = doctor(node(agreement="idn-sau.yaml"))

    assert found[check]["state"] == state
    assert found[check]["do"]
    assert said.status == (1 if state == "failed" else 3)


def test_an_agreement_that_cannot_be_read_is_failed_and_the_rest_is_still_looked_at(doctor, node, tmp_path):
    (tmp_path / "idn-sau.yaml").write_text("id: idn-sau\n", encoding="utf-8")

    said, found = doctor(node(agreement="idn-sau.yaml"))

    assert (said.status, found["agreement"]["state"]) == (1, "failed")
    assert {"database", "mail", "disk"} <= found.keys()


class TestKeys:
    """Sixty days are enough for two ministries to make, compare and sign; one key may end when another goes on."""

    @pytest.fixture
    def pair(self, tmp_path):
        def make(name: str, first: int, last: int, **how):
            secret, certificate = tmp_path / f"{name}.key", tmp_path / f"{name}.cert"
            fingerprint = seal.generate(name, secret, certificate, **how)
            term = [NOW.date() + timedelta(days=each) for each in (first, last)]
            return secret, certificate, PinnedKey(fingerprint=fingerprint, not_before=term[0], not_after=term[1])

        return make

    def states(self, *ours, partner, profile=None) -> list[State]:
        given = Keys(
            tuple(each[0] for each in ours), partner[1], None, tuple(each[2] for each in ours), (partner[2],), profile
        )
        return [finding.state for finding in keys.look_at(given, NOW)]

    def test_a_key_is_warned_about_in_time(self, pair):
        days, partner = WARN_BEFORE.days, pair("sau", -5, 400)

        assert self.states(pair("a", -5, days + 1), partner=partner) == [State.OK, State.OK]
        assert self.states(pair("b", -5, days - 2), partner=partner) == [State.WARNING, State.OK]

    def test_a_key_that_another_one_follows_needs_no_warning(self, pair):
        ours = pair("old", -400, 10), pair("new", -1, 400)

        assert self.states(*ours, partner=pair("sau", -5, 400)) == [State.OK] * 3

    def test_no_key_left_is_failed(self, pair):
        assert State.FAILED in self.states(pair("old", -400, -1), partner=pair("sau", -5, 400))

    def test_the_keys_own_expiry_counts_when_it_comes_first(self, pair):
        ours = pair("a", -5, 400, valid_for=timedelta(days=20))

        assert self.states(ours, partner=pair("sau", -5, 400)) == [State.WARNING, State.OK]

    def test_a_partners_certificate_of_the_other_profile_is_failed(self, pair):
        partner = pair("sau", -5, 400, profile="aead")

        assert self.states(pair("a", -5, 400), partner=partner, profile="gnupg") == [State.OK, State.OK, State.FAILED]


def test_a_wire_that_the_agreement_names_and_the_node_has_not_is_told(doctor, node, tmp_path):
    text = (FOLDER / "idn-sau.yaml").read_text(encoding="utf-8")
    text = text.replace("transport: {use: sftp}", "transport: {use: sftp, fallback: [api]}")
    (tmp_path / "idn-sau.yaml").write_text(text, encoding="utf-8")

    _, found = doctor(node(agreement="idn-sau.yaml"))

    assert found["wire api"]["state"] == "warning"
    assert found["wire api"]["do"] == "set it up, unless Airflow's connections have it"


@pytest.fixture
def reached(node, a_database, postgres, exchange_point, post_office):
    """A node that reaches its database, as the role that owns nothing, the SFTP exchange point and the mail server."""

    def write(**content) -> Path:
        database = postgres.url(str(a_database().url.database), role="application")
        real = {
            "database": database,
            "sftp": exchange_point.settings("IDN").model_dump(mode="json"),
            "mail": post_office.settings.model_dump(mode="json", exclude_none=True),
        }
        return node(**real | content)

    return write


@pytest.mark.slow
class TestReached:
    def test_a_node_that_is_well_is_status_0(self, doctor, reached, exchange_point, post_office):
        exchange_point.room("SAU", "placement").mkdir(parents=True)

        said, found = doctor(reached())

        assert said.status == 0, found
        assert {finding["state"] for finding in found.values()} <= {"ok", "warning"}
        well = ("database", "SFTP sign-in", "SFTP folders", "SFTP storing", "mail", "clock", "ledger", "ledger role")
        assert {found[check]["state"] for check in well} == {"ok"}
        assert post_office.taken == []
        assert [path for path in exchange_point.files.rglob("*") if path.is_file()] == []

    def test_folders_that_are_not_as_agreed_are_failed(self, doctor, reached, exchange_point):
        as_the_other = exchange_point.settings("SAU").model_dump(mode="json")

        said, found = doctor(reached(sftp=as_the_other))

        assert said.status == 1
        assert found["SFTP sign-in"]["state"] == "ok"
        assert found["SFTP storing"]["state"] == "failed"
        assert "let this account do that" in found["SFTP storing"]["said"]

    def test_another_host_key_than_the_pinned_one_is_failed(self, doctor, reached, exchange_point, tmp_path):
        make_keypair(tmp_path / "another")
        other = exchange_point.settings("IDN", host_key=tmp_path / "another").model_dump(mode="json")

        said, found = doctor(reached(sftp=other))

        assert (said.status, found["SFTP sign-in"]["state"]) == (1, "failed")
        assert "another host key than the pinned one" in found["SFTP sign-in"]["said"]

    def test_a_database_of_another_version_is_failed(self, doctor, reached, a_database):
        empty = a_database(template=None).url.render_as_string(hide_password=False)

        said, found = doctor(reached(database=empty))

        assert (said.status, found["database"]["do"]) == (1, "run amanah node migrate")
        assert "ledger" not in found

    def test_a_role_that_could_rewrite_the_ledger_and_little_room_are_warnings(
        self, doctor, reached, a_database, monkeypatch
    ):
        monkeypatch.setattr("amanah.exchange.ledger.room.WARN_AT", 0)
        owner = a_database().url.render_as_string(hide_password=False)

        _, found = doctor(reached(database=owner))

        assert {found[check]["state"] for check in ("ledger role", "ledger room")} == {"warning"}
        assert "database_owner" in found["ledger role"]["do"]
        assert "the ledger uses" in found["ledger room"]["said"]


@pytest.mark.slow
class TestOverHttps:
    @pytest.fixture
    def ask(self, doctor, reached, tmp_path):
        """Ask a node whose only wire is HTTPS, with certificates that count for so many days."""
        with ExitStack() as running:

            def run(*, days: int, secret: str = SECRETS["IDN"][0], start: bool = True):
                (tmp_path / "tls").mkdir()
                tls = make_certificates(tmp_path / "tls", days=days)
                server = Server(
                    tmp_path, tmp_path / "root", tls={"certificate": f"{tls}/server.pem", "key": f"{tls}/server.key"}
                )
                running.callback(server.stop)
                if not start:
                    server.stop()
                text = (FOLDER / "idn-sau.yaml").read_text(encoding="utf-8")
                text = text.replace("transport: {use: sftp}", "transport: {use: api}")
                (tmp_path / "idn-sau.yaml").write_text(text, encoding="utf-8")
                api = {"url": server.url, "client_id": "idn-node", "client_secret": secret}
                shown = {"ca": "tls/ca.pem", "certificate": "tls/idn.pem", "certificate_key": "tls/idn.key"}
                return doctor(reached(agreement="idn-sau.yaml", api=api | shown))

            yield run

    def test_the_token_the_listing_the_certificates_and_the_clock_are_looked_at(self, ask):
        said, found = ask(days=400)

        assert said.status == 0, found
        looked = {check: finding["state"] for check, finding in found.items() if check.startswith(("HTTPS", "SFTP"))}
        checks = ("CA", "our certificate", "our key", "sign-in", "listing", "certificate", "clock")
        assert looked == {f"HTTPS {each}": "ok" for each in checks}

    def test_certificates_that_end_soon_are_warnings(self, ask):
        said, found = ask(days=20)

        soon = {check for check, finding in found.items() if finding["state"] == "warning" and "HTTPS" in check}
        assert (said.status, soon) == (0, {"HTTPS CA", "HTTPS our certificate", "HTTPS certificate"})

    def test_a_client_that_is_not_let_in_is_failed(self, ask):
        said, found = ask(days=400, secret="not this one")

        assert (said.status, found["HTTPS sign-in"]["state"]) == (1, "failed")
        assert "not this one" not in said.output + said.error

    def test_a_service_that_does_not_answer_is_unreachable(self, ask):
        said, found = ask(days=400, start=False)

        assert (said.status, found["HTTPS sign-in"]["state"]) == (3, "unreachable")
