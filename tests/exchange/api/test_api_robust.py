"""The service when things go wrong: two processes at once, ``kill -9``, a full disk, silence, floods."""

import os
import resource
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
from served import CORRIDOR, SENT, Server, package_headers, patch_headers, sha256, wait_until

pytestmark = pytest.mark.slow

BIG = bytes(range(256)) * 40_000  # 10 MB
UNFINISHED = f"/v1/messages/{SENT}/uploads/{sha256(BIG)}"


def put(client: httpx.Client, content: bytes, message_id: str = SENT) -> httpx.Response:
    return client.put(f"/v1/messages/{message_id}", content=content, headers=package_headers(content))


def begin(client: httpx.Client) -> httpx.Response:
    return client.put(f"/v1/messages/{SENT}", content=b"", headers=package_headers(BIG, **{"Upload-Complete": "?0"}))


class Stalled:
    """A PUT of ``BIG`` that stops after ``sent`` bytes of its body and holds its connection open."""

    def __init__(self, server: Server, sent: int) -> None:
        lines = [
            f"PUT /v1/messages/{SENT} HTTP/1.1",
            "Host: exchange.example",
            f"Authorization: Bearer {server.token('IDN')}",
            f"Content-Length: {len(BIG)}",
            *(f"{name}: {value}" for name, value in package_headers(BIG).items()),
        ]
        self.socket = socket.create_connection(("127.0.0.1", server.port))
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode() + BIG[:sent])
        part = server.root / ".api" / "uploads" / CORRIDOR / "IDN" / f"{SENT}.{sha256(BIG)}.part"
        wait_until(lambda: part.exists() and part.stat().st_size >= sent // 2)

    def rest(self) -> bytes:
        self.socket.settimeout(60)
        answer = b""
        while block := self.socket.recv(65_536):
            answer += block
        return answer


class TestTwoProcesses:
    @pytest.fixture
    def clients(self, a_server) -> Iterator[list[httpx.Client]]:
        servers = [a_server(), a_server()]
        made = [server.as_party("IDN") for server in servers]
        yield made
        for client in made:
            client.close()

    def at_once(self, clients: list[httpx.Client], contents: list[bytes]) -> list[httpx.Response]:
        answers: list[httpx.Response] = []
        start = threading.Barrier(len(contents))

        def send(client: httpx.Client, content: bytes) -> None:
            start.wait()
            answers.append(put(client, content))

        threads = [threading.Thread(target=send, args=(clients[n % 2], content)) for n, content in enumerate(contents)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers

    def test_one_of_two_contents_wins_and_stays(self, clients, tmp_path):
        contents = [bytes([n]) * 3_000_000 for n in range(6)]
        answers = self.at_once(clients, contents)
        stored = (tmp_path / "root" / CORRIDOR / "IDN" / "placement" / f"{SENT}.tar.pgp").read_bytes()

        assert sorted(answer.status_code for answer in answers) == [201, *[409] * 5]
        [won] = [answer for answer in answers if answer.status_code == 201]
        assert won.json()["sha256"] == sha256(stored)
        assert stored in contents

    def test_the_same_content_twice_at_once_is_stored_once(self, clients):
        answers = self.at_once(clients, [BIG] * 4)
        codes = {answer.json().get("code") for answer in answers if answer.status_code == 409}

        assert [answer.status_code for answer in answers].count(201) == 1
        assert codes <= {127}  # another request is writing it: try again
        assert put(clients[0], BIG).status_code == put(clients[1], BIG).status_code == 200

    def test_both_number_what_arrives_in_one_order(self, a_server):
        one, two = a_server(), a_server()
        with one.as_party("IDN") as a, two.as_party("IDN") as b, one.as_party("SAU") as c, two.as_party("SAU") as d:
            for number in range(1, 21):
                put((a, b)[number % 2], b"x", f"IDN-SAU-placement-{number:06d}")
                (c, d)[number % 2].get("/v1/messages")
            seen, after = [], None
            for client in (c, d) * 11:
                params = {"limit": "2"} | ({"after": after} if after else {})
                page = client.get("/v1/messages", params=params).json()
                seen += [each["id"] for each in page["messages"]]
                after = page["next"]

        assert seen == [f"IDN-SAU-placement-{number:06d}" for number in range(1, 21)]

    def test_a_listing_under_way_misses_nothing_while_packages_arrive(self, a_server):
        one, two = a_server(limits={"requests_per_minute": 10_000}), a_server(limits={"requests_per_minute": 10_000})
        wanted = {f"IDN-SAU-placement-{number:06d}" for number in range(1, 61)}

        def send(server: Server, ids: list[str]) -> None:
            with server.as_party("IDN") as client:
                for each in ids:
                    assert put(client, each.encode(), each).status_code == 201

        ids = sorted(wanted, reverse=True)
        threads = [threading.Thread(target=send, args=(s, ids[n::2])) for n, s in enumerate((one, two))]
        seen: list[str] = []
        after = None
        with one.as_party("SAU") as a, two.as_party("SAU") as b:
            for thread in threads:
                thread.start()
            more = True
            while more or any(thread.is_alive() for thread in threads) or len(seen) < len(wanted):
                for client in (a, b):
                    params = {"limit": "3"} | ({"after": after} if after else {})
                    page = client.get("/v1/messages", params=params).json()
                    seen += [each["id"] for each in page["messages"]]
                    after, more = page["next"], page["more"]
                assert len(seen) <= len(wanted)

        assert sorted(seen) == sorted(wanted)


class TestKilled:
    def test_an_upload_that_was_under_way_is_gone_on_with_at_another_process(self, a_server):
        first, second = a_server(), a_server()
        stalled = Stalled(first, 6_000_000)
        with second.as_party("IDN") as client:
            assert put(client, BIG).json()["code"] == 127  # the first still writes it
            first.kill()
            stalled.socket.close()
            offset = int(client.head(UNFINISHED).headers["Upload-Offset"])
            done = client.patch(UNFINISHED, content=BIG[offset:], headers=patch_headers(offset))

        assert 0 < offset <= 6_000_000
        assert done.status_code == 201
        assert (second.room() / f"{SENT}.tar.pgp").read_bytes() == BIG

    def test_killed_at_any_moment_it_shows_whole_packages_or_none(self, a_server):
        server = a_server()
        stored = 0
        for number in range(1, 9):
            message_id = f"IDN-SAU-placement-{number:06d}"
            token = server.token("IDN")
            killer = threading.Timer(0.004 * number, server.kill)
            killer.start()
            try:
                headers = {**package_headers(BIG), "Authorization": f"Bearer {token}"}
                httpx.put(f"{server.url}/v1/messages/{message_id}", content=BIG, headers=headers)
            except httpx.TransportError:
                pass
            killer.join()
            server.start()
            for path in server.room().glob("*"):
                assert path.read_bytes() == BIG
            with server.as_party("IDN") as client:
                assert put(client, BIG, message_id).status_code in {200, 201}
            stored += 1

        with server.as_party("SAU") as client:
            listed = client.get("/v1/messages").json()["messages"]
        assert len(listed) == stored
        assert {each["sha256"] for each in listed} == {sha256(BIG)}
        assert list((server.root / ".api" / "uploads").rglob("*.part")) == []


class TestNoRoom:
    def test_a_full_disk_is_said_and_leaves_nothing(self, a_server):
        def small_files() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (4_000_000, 4_000_000))

        server = a_server(limit=small_files)
        with server.as_party("IDN") as client:
            refused = put(client, BIG)
            assert (refused.status_code, refused.json()["code"]) == (507, 130)
            assert server.packages() == []
            assert list((server.root / ".api" / "uploads").rglob("*.part")) == []

            assert begin(client).status_code == 201
            assert client.patch(UNFINISHED, content=BIG, headers=patch_headers(0)).status_code == 507
            assert client.head(UNFINISHED).status_code == 404
            assert put(client, BIG[:1_000_000], "IDN-SAU-placement-000002").status_code == 201

        assert server.packages() == ["IDN-SAU-placement-000002.tar.pgp"]

    def test_a_package_above_the_limit_is_refused_before_or_while_it_comes(self, a_server):
        server = a_server(limits={"package_bytes": 1_000_000})
        with server.as_party("IDN") as client:
            said = put(client, BIG)
            unsaid = client.put(f"/v1/messages/{SENT}", content=iter([BIG]), headers=package_headers(BIG))
            announced = client.put(
                f"/v1/messages/{SENT}",
                content=b"",
                headers=package_headers(BIG, **{"Upload-Complete": "?0", "Upload-Length": str(len(BIG))}),
            )

        assert [(a.status_code, a.json()["code"]) for a in (said, unsaid, announced)] == [(413, 128)] * 3
        assert server.packages() == []

    def test_unfinished_uploads_are_not_too_many_and_not_kept_for_ever(self, a_server):
        server = a_server(limits={"unfinished_uploads": 2, "keep_unfinished_hours": 1})

        def begin_one(client: httpx.Client, number: int) -> httpx.Response:
            headers = package_headers(BIG, **{"Upload-Complete": "?0"})
            return client.put(f"/v1/messages/IDN-SAU-placement-{number:06d}", content=b"", headers=headers)

        with server.as_party("IDN") as client:
            assert [begin_one(client, number).status_code for number in (1, 2, 1, 3)] == [201, 201, 201, 429]
            for part in (server.root / ".api" / "uploads").rglob("*.part"):
                os.utime(part, (0, 0))
            assert begin_one(client, 3).status_code == 201


class TestImpatience:
    def test_a_body_that_stops_coming_is_ended_and_what_came_is_kept(self, a_server):
        server = a_server(limits={"idle_seconds": 0.5})
        stalled = Stalled(server, 6_000_000)

        said = stalled.rest()
        assert (b" 408 " in said[:20], b'"code":134' in said) == (True, True)
        with server.as_party("IDN") as client:
            assert client.head(UNFINISHED).headers["Upload-Offset"] == "6000000"

    def test_headers_that_do_not_come_end_the_connection(self, a_server):
        server = a_server(limits={"header_seconds": 0.5})
        with socket.create_connection(("127.0.0.1", server.port)) as slow:
            slow.settimeout(60)
            slow.sendall(b"GET /v1/health HTTP/1.1\r\nHost: x\r\n")
            try:
                answer = slow.recv(1000)
            except ConnectionResetError:
                answer = b""
            assert answer == b""

        assert httpx.get(f"{server.url}/v1/health").status_code == 200

    def test_headers_without_end_are_refused(self, a_server):
        server = a_server(limits={"header_bytes": 2048})

        assert httpx.get(f"{server.url}/v1/health", headers={"X": "y" * 1000}).status_code == 200
        assert httpx.get(f"{server.url}/v1/health", headers={"X": "y" * 3000}).status_code == 431

    def test_a_client_that_asks_too_often_is_told_when_to_come_back(self, a_server):
        server = a_server(limits={"requests_per_minute": 5})
        with server.as_party("SAU") as eager, server.as_party("IDN") as other:
            answers = [eager.get("/v1/messages") for _ in range(6)]

            assert [answer.status_code for answer in answers] == [*[200] * 5, 429]
            assert answers[-1].json()["code"] == 129
            assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
            assert put(other, b"not affected").status_code == 201
