"""The client of a node against real services: over bad links, after deaths, and against servers that are not honest."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from served import OTHER, SECRETS, SENT, lay_down, sha256

from amanah.demo.services.ports import free_port
from amanah.exchange.api.client import connect
from amanah.exchange.transport import OtherContent, TransportError
from amanah.patience import Patience

pytestmark = pytest.mark.slow

FOLDER = "/idn-sau/IDN/placement"
SIZE = 3_000_000
CONTENT = bytes(range(256)) * (SIZE // 256)
TEN_POINTS = [1, 200, 1_000, 5_000, 70_000, 300_000, 1_048_576, 2_000_000, len(CONTENT) - 1, len(CONTENT) + 900]
QUICK = Patience(attempts=4, first=0.02)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    path = tmp_path / f"{SENT}.tar.pgp"
    path.write_bytes(CONTENT)
    return path


class TestThereAndBack:
    @pytest.mark.parametrize("size", [0, 1, 1000, 2**20, 2**20 + 1, SIZE])
    def test_a_package_goes_and_comes_back_whole(self, server, reach, tmp_path, size):
        source = tmp_path / f"{SENT}.tar.pgp"
        source.write_bytes(CONTENT[:size])

        with connect(reach("IDN", server.url)) as idn, connect(reach("SAU", server.url)) as sau:
            assert sau.names(FOLDER) == []
            idn.put(source, FOLDER)
            idn.put(source, FOLDER)
            assert sau.names(FOLDER) == [source.name]
            sau.get(FOLDER, source.name, tmp_path / "back")

        assert (tmp_path / "back").read_bytes() == CONTENT[:size]
        assert server.packages() == [source.name]
        assert not list(tmp_path.glob("*.part"))

    def test_more_packages_than_fit_on_a_page_are_all_listed_and_only_those_of_the_folder(self, server, reach):
        expected = [f"IDN-SAU-placement-{number:06d}.tar.pgp" for number in range(1, 1103)]
        for name in expected:
            lay_down(server, name.removesuffix(".tar.pgp"), b"x")
        lay_down(server, "IDN-SAU-complaint-000001", b"x")

        with connect(reach("SAU", server.url)) as sau:
            assert sau.names(FOLDER) == expected

    @pytest.mark.parametrize("size", [1000, SIZE])
    def test_other_content_under_the_same_id_is_no_matter_of_waiting(self, server, reach, package, size):
        lay_down(server, SENT, b"other")
        package.write_bytes(CONTENT[:size])

        with connect(reach("IDN", server.url)) as idn, pytest.raises(OtherContent, match="409, 123"):
            idn.put(package, FOLDER)

    def test_a_package_that_is_not_there_leaves_nothing_here(self, server, reach, tmp_path):
        with (
            connect(reach("SAU", server.url)) as sau,
            pytest.raises(TransportError, match=rf"fetch .*{SENT}.*404, 122"),
        ):
            sau.get(FOLDER, f"{SENT}.tar.pgp", tmp_path / "back")

        assert not list(tmp_path.glob("back*"))

    def test_nobody_writes_in_the_partners_name(self, server, reach, package):
        theirs = package.rename(package.with_name(f"{OTHER}.tar.pgp"))

        with connect(reach("IDN", server.url)) as idn, pytest.raises(TransportError, match="403, 121"):
            idn.put(theirs, "/idn-sau/SAU/placement")


class TestBadLinks:
    @pytest.mark.parametrize("after", TEN_POINTS)
    def test_an_upload_cut_at_any_point_is_gone_on_with(self, server, reach, a_link, package, after):
        link = a_link(server, after=after, cuts=2)

        with connect(reach("IDN", link.url), QUICK) as idn:
            idn.put(package, FOLDER)

        assert link.cut >= 1 or after > len(CONTENT)
        assert (server.room() / package.name).read_bytes() == CONTENT

    @pytest.mark.parametrize("after", TEN_POINTS)
    def test_a_download_cut_at_any_point_is_gone_on_with(self, server, reach, a_link, tmp_path, after):
        lay_down(server, SENT, CONTENT)
        link = a_link(server, after=after, cuts=2, up=False)

        with connect(reach("SAU", link.url), QUICK) as sau:
            sau.get(FOLDER, f"{SENT}.tar.pgp", tmp_path / "back")

        assert link.cut >= 1 or after > len(CONTENT)
        assert (tmp_path / "back").read_bytes() == CONTENT

    def test_a_link_that_is_cut_again_and_again_carries_it_as_long_as_it_gets_on(self, server, reach, a_link, package):
        link = a_link(server, after=300_000, cuts=9)

        with connect(reach("IDN", link.url), QUICK) as idn:
            idn.put(package, FOLDER)

        assert link.cuts_left == 0
        assert (server.room() / package.name).read_bytes() == CONTENT

    def test_a_link_that_carries_nothing_is_given_up(self, server, reach, a_link, package):
        link = a_link(server, after=1, cuts=10**6)

        with (
            pytest.raises(TransportError, match=r"sign in: 127\.0\.0\.1: the link was lost"),
            connect(reach("IDN", link.url), QUICK),
        ):
            pass

    def test_a_service_that_is_killed_and_comes_back_is_waited_for(self, a_server, reach, a_link, package):
        server = a_server()
        link = a_link(server, after=1_000_000, cuts=1)
        back = threading.Timer(0.5, server.start)

        with connect(reach("IDN", link.url), Patience(attempts=30, first=0.05, longest=1)) as idn:
            server.kill()
            back.start()
            idn.put(package, FOLDER)

        back.join()
        assert (server.room() / package.name).read_bytes() == CONTENT

    def test_what_an_earlier_call_left_half_fetched_is_gone_on_with(self, server, reach, tmp_path):
        lay_down(server, SENT, CONTENT)
        (tmp_path / "back.part").write_bytes(CONTENT[:2_000_000])

        with connect(reach("SAU", server.url)) as sau:
            sau.get(FOLDER, f"{SENT}.tar.pgp", tmp_path / "back")

        assert (tmp_path / "back").read_bytes() == CONTENT
        sent = [line for line in server.log.read_text().splitlines() if f"GET /v1/messages/{SENT} 206" in line]
        assert f"sent={len(CONTENT) - 2_000_000} " in sent[-1]

    @pytest.mark.parametrize("left", [b"of something else " * 1000, CONTENT, CONTENT + b"too much", b""])
    def test_whatever_an_earlier_call_left_it_comes_out_right(self, server, reach, tmp_path, left):
        lay_down(server, SENT, CONTENT)
        (tmp_path / "back.part").write_bytes(left)

        with connect(reach("SAU", server.url)) as sau:
            sau.get(FOLDER, f"{SENT}.tar.pgp", tmp_path / "back")

        assert (tmp_path / "back").read_bytes() == CONTENT

    def test_a_spoilt_unfinished_upload_is_begun_anew(self, server, reach, package):
        unfinished = server.root / ".api" / "uploads" / "idn-sau" / "IDN" / f"{SENT}.{sha256(CONTENT)}.part"
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(b"\0" * 1_000_000)  # what a power cut can leave

        with connect(reach("IDN", server.url), QUICK) as idn:
            idn.put(package, FOLDER)

        assert (server.room() / package.name).read_bytes() == CONTENT


class TestSignedIn:
    def test_a_token_that_is_not_taken_any_more_is_renewed(self, a_server, reach, package):
        server = a_server()
        with connect(reach("IDN", server.url), QUICK) as idn:
            server.stop()
            server.file.write_text(server.file.read_text().replace("k" * 32, "n" * 32))
            server.start()
            idn.put(package, FOLDER)

        assert server.packages() == [package.name]

    def test_a_wrong_secret_is_said_without_the_secret(self, server, reach):
        settings = reach("IDN", server.url, client_secret="not-the-secret")

        with (
            pytest.raises(TransportError, match="gives no token \\(401\\); check client_id") as raised,
            connect(settings),
        ):
            pass

        assert "not-the-secret" not in f"{raised.value!r} {raised.value.__cause__!r} {settings!r}"

    def test_a_service_that_is_down_is_named(self, reach):
        port = free_port()

        with (
            pytest.raises(TransportError, match=r"sign in: 127\.0\.0\.1 cannot be reached"),
            connect(reach("IDN", f"http://127.0.0.1:{port}"), QUICK),
        ):
            pass

    @pytest.mark.parametrize(
        "url",
        ["http://exchange.example", "http://127.0.0.1.example", "https://user:password@exchange.example", "ftp://x"],
    )
    def test_no_secret_is_sent_in_the_clear_or_kept_in_an_address(self, reach, url):
        with pytest.raises(ValueError, match="url and token_url are https"):
            reach("IDN", url)
        with pytest.raises(ValueError, match="url and token_url are https"):
            reach("IDN", "https://exchange.example", token_url=url)


Answer = tuple[int, dict[str, str], bytes]


@pytest.fixture
def dishonest() -> Iterator[Callable[[Callable[[str, str], Answer]], str]]:
    """A server that gives out tokens and then answers as it is told; returns its URL."""
    servers: list[ThreadingHTTPServer] = []

    def serve(answer: Callable[[str, str], Answer]) -> str:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def do(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                token = json.dumps({"access_token": "abc", "token_type": "Bearer", "expires_in": 300}).encode()
                if self.path == "/oauth2/token":
                    status, headers, content = 200, {}, token
                else:
                    status, headers, content = answer(self.command, self.path)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(content)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            do_GET = do_PUT = do_HEAD = do_PATCH = do_POST = do  # noqa: N815 - http.server's names

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


class TestDishonestServers:
    def test_bytes_that_are_not_what_the_server_says_are_not_kept(self, dishonest, reach, tmp_path):
        url = dishonest(lambda *_: (200, {"ETag": f'"{sha256(b"right")}"'}, b"wrong"))

        with connect(reach("SAU", url), QUICK) as sau, pytest.raises(TransportError, match=r"not what .* says"):
            sau.get(FOLDER, f"{SENT}.tar.pgp", tmp_path / "back")

        assert not list(tmp_path.glob("back*"))

    def test_a_receipt_for_something_else_is_no_receipt(self, dishonest, reach, tmp_path):
        url = dishonest(lambda *_: (201, {"ETag": f'"{sha256(b"something else")}"'}, b"{}"))
        (tmp_path / f"{SENT}.tar.pgp").write_bytes(b"small")

        with (
            connect(reach("IDN", url), QUICK) as idn,
            pytest.raises(TransportError, match="does not say that it holds"),
        ):
            idn.put(tmp_path / f"{SENT}.tar.pgp", FOLDER)

    def test_redirects_are_not_followed(self, dishonest, reach, tmp_path):
        asked: list[str] = []
        elsewhere = dishonest(lambda _, path: (asked.append(path), (200, {}, b""))[1])
        url = dishonest(lambda *_: (307, {"Location": f"{elsewhere}/v1/messages"}, b""))

        with (
            connect(reach("SAU", url), QUICK) as sau,
            pytest.raises(TransportError, match="redirects are not followed"),
        ):
            sau.names(FOLDER)

        assert asked == []

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (b"<html>", "no listing"),
            (b'{"messages": [], "next": "", "more": true}', "the same page again"),
            (b"[" * 100_000, "no listing"),
            (b"x" * (9 * 2**20), "more than"),
        ],
    )
    def test_a_listing_that_is_none_is_said(self, dishonest, reach, content, says):
        url = dishonest(lambda *_: (200, {"Content-Type": "application/json"}, content))

        with connect(reach("SAU", url), QUICK) as sau, pytest.raises(TransportError, match=says):
            sau.names(FOLDER)

    def test_a_busy_server_is_asked_again_when_it_says(self, dishonest, reach):
        answers = iter([(429, {"Retry-After": "0"}, b""), (503, {}, b""), (502, {}, b"")])
        empty = (200, {}, b'{"messages": [], "next": "a", "more": false}')
        url = dishonest(lambda *_: next(answers, empty))

        with connect(reach("SAU", url), QUICK) as sau:
            assert sau.names(FOLDER) == []

    def test_one_that_is_busy_for_longer_than_we_wait_is_left_at_once(self, dishonest, reach):
        asked: list[str] = []
        url = dishonest(lambda method, _: (asked.append(method), (503, {"Retry-After": "86400"}, b""))[1])

        with connect(reach("SAU", url), QUICK) as sau, pytest.raises(TransportError, match="answers 503"):
            sau.names(FOLDER)

        assert len(asked) == 1

    def test_no_error_repeats_what_the_server_wrote(self, dishonest, reach):
        secret = SECRETS["SAU"][0]
        url = dishonest(lambda *_: (400, {}, json.dumps({"code": 132, "detail": f"a record; {secret}"}).encode()))

        with connect(reach("SAU", url), QUICK) as sau, pytest.raises(TransportError) as raised:
            sau.names(FOLDER)

        assert "400, 132 a parameter or header" in str(raised.value)
        assert secret not in repr(raised.value)
