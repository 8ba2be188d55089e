"""The service's answers, seen by a partner who speaks plain HTTP: what is stored, who may see it, in which order."""

import os
import re
import shutil
from pathlib import Path

import httpx
import pytest
from served import OTHER, SENT, lay_down, package_headers, patch_headers, sha256

from amanah.exchange.codes import HTTPS, Code

pytestmark = pytest.mark.slow

CONTENT = b"sealed " * 1000


def put(client: httpx.Client, message_id: str = SENT, content: bytes = CONTENT, **headers: str) -> httpx.Response:
    return client.put(f"/v1/messages/{message_id}", content=content, headers=package_headers(content, **headers))


def refused(answer: httpx.Response, status: int, code: int) -> bool:
    """Whether ``answer`` is that refusal, as problem details."""
    said = answer.json()
    assert (answer.status_code, said["code"], said["status"]) == (status, code, status), answer.text
    return answer.headers["Content-Type"] == "application/problem+json" and bool(said["type"] and said["title"])


class TestSending:
    def test_a_package_is_stored_once_and_saying_it_again_changes_nothing(self, server, idn):
        first, again = put(idn), put(idn)

        assert (first.status_code, again.status_code) == (201, 200)
        assert first.headers["ETag"] == again.headers["ETag"] == f'"{sha256(CONTENT)}"'
        assert first.json() == {"id": SENT, "sha256": sha256(CONTENT), "size": len(CONTENT), "complete": True}
        assert (server.room() / f"{SENT}.tar.pgp").read_bytes() == CONTENT
        assert server.packages() == [f"{SENT}.tar.pgp"]

    def test_the_same_id_with_other_content_is_refused_and_the_first_stays(self, server, idn):
        put(idn)

        assert refused(put(idn, content=b"something else"), 409, 123)
        assert (server.room() / f"{SENT}.tar.pgp").read_bytes() == CONTENT

    def test_what_came_over_sftp_is_not_replaced_either(self, server, idn):
        lay_down(server, SENT, CONTENT)

        assert put(idn).status_code == 200
        assert refused(put(idn, content=b"something else"), 409, 123)

    @pytest.mark.parametrize("header", [None, "sha-256=:abc=:", "md5=:AAAA:", f"sha-256={sha256(CONTENT)}"])
    def test_a_package_without_its_digest_is_refused(self, server, idn, header):
        headers = {"Content-Type": "application/octet-stream"} | ({"Repr-Digest": header} if header else {})
        answer = idn.put(f"/v1/messages/{SENT}", content=CONTENT, headers=headers)

        assert refused(answer, 400, 124)
        assert server.packages() == []

    def test_a_package_that_is_not_what_its_digest_says_leaves_nothing(self, server, idn):
        answer = idn.put(f"/v1/messages/{SENT}", content=CONTENT[:-1], headers=package_headers(CONTENT))

        assert refused(answer, 400, 125)
        assert server.packages() == []
        assert list((server.root / ".api" / "uploads").rglob("*.part")) == []

    def test_another_content_type_is_refused(self, idn):
        assert refused(put(idn, **{"Content-Type": "multipart/form-data"}), 415, 131)

    def test_nobody_sends_in_the_partners_name_or_to_somebody_else(self, server, idn):
        assert refused(put(idn, OTHER), 403, 121)
        assert refused(put(idn, "IDN-MYS-placement-000001"), 403, 121)
        assert refused(put(idn, "IDN-SAU-remittance-000001"), 403, 121)
        assert server.packages() == []

    @pytest.mark.parametrize(
        "text",
        [
            "IDN-SAU-placement-1",
            "IDN-SAU-placement-0000001",  # another spelling of 000001
            "idn-sau-placement-000001",
            "IDN-SAU-placement-000001.tar.pgp",
            "IDN-SAU-placement-000001%00",
            "IDN-SAU-placement-000001%0A",
            "..%2F..%2Fetc%2Fpasswd",
            "IDN-SAU-..%2F..%2Fx-000001",
            "%2e%2e",
            "IDN-SAU-placement-٠٠٠٠٠١",
        ],
    )
    def test_only_a_message_id_is_a_message_id(self, server, idn, text):
        answer = idn.put(f"/v1/messages/{text}", content=CONTENT, headers=package_headers(CONTENT))

        assert answer.status_code in {400, 404}
        assert answer.json()["code"] in {122, 132}
        assert server.packages() == []

    def test_a_link_in_the_tree_is_not_followed(self, server, idn, sau, tmp_path):
        (tmp_path / "secret").write_bytes(b"not for the partner")
        server.room("SAU").mkdir(parents=True)
        (server.room("SAU") / f"{OTHER}.tar.pgp").symlink_to(tmp_path / "secret")

        assert refused(idn.get(f"/v1/messages/{OTHER}"), 404, 122)
        assert idn.get("/v1/messages").json()["messages"] == []


class TestReading:
    def test_the_receiver_lists_and_fetches_what_was_sent(self, idn, sau):
        put(idn)

        [listed] = sau.get("/v1/messages").json()["messages"]
        fetched = sau.get(f"/v1/messages/{SENT}")

        assert (listed["id"], listed["sha256"], listed["size"]) == (SENT, sha256(CONTENT), len(CONTENT))
        assert fetched.content == CONTENT
        assert fetched.headers["ETag"] == f'"{sha256(CONTENT)}"'
        assert fetched.headers["Content-Type"] == "application/octet-stream"
        assert fetched.headers["Cache-Control"] == "no-store"

    def test_nobody_reads_what_is_for_somebody_else_or_learns_whether_it_is_there(self, idn, sau):
        before = idn.get(f"/v1/messages/{SENT}")
        put(idn)
        after = idn.get(f"/v1/messages/{SENT}")

        assert refused(after, 403, 121)
        assert before.json() == after.json()
        assert idn.get("/v1/messages").json()["messages"] == []
        assert refused(sau.get("/v1/messages/IDN-SAU-placement-000002"), 404, 122)

    def test_a_part_of_it_can_be_fetched(self, idn, sau):
        put(idn)

        def get(**headers: str) -> tuple[int, bytes]:
            answer = sau.get(f"/v1/messages/{SENT}", headers={k.replace("_", "-"): v for k, v in headers.items()})
            return answer.status_code, answer.content

        tag, size = f'"{sha256(CONTENT)}"', len(CONTENT)
        assert get(Range="bytes=10-") == (206, CONTENT[10:])
        assert get(Range="bytes=10-19") == (206, CONTENT[10:20])
        assert get(Range="bytes=-5") == (206, CONTENT[-5:])
        assert get(Range="bytes=10-", If_Range=tag) == (206, CONTENT[10:])
        assert get(Range="bytes=10-", If_Range='"of another file"') == (200, CONTENT)
        assert get(If_None_Match=tag) == (304, b"")
        for passed_over in ("bytes=0-1,5-6", "bytes=9-3", "bytes=-", "lines=1-2", "bytes=a-b"):
            assert get(Range=passed_over) == (200, CONTENT)
        beyond = sau.get(f"/v1/messages/{SENT}", headers={"Range": f"bytes={size}-"})
        assert refused(beyond, 416, 132)
        assert beyond.headers["Content-Range"] == f"bytes */{size}"

    def test_its_size_and_digest_are_told_without_it(self, idn, sau):
        put(idn)
        told = sau.head(f"/v1/messages/{SENT}")

        assert (told.status_code, told.content) == (200, b"")
        assert told.headers["Content-Length"] == str(len(CONTENT))
        assert told.headers["ETag"] == f'"{sha256(CONTENT)}"'


class TestOrder:
    def ids(self, client: httpx.Client, **params: object) -> tuple[list[str], str, bool]:
        page = client.get("/v1/messages", params=params).json()
        return [each["id"] for each in page["messages"]], page["next"], page["more"]

    def message_id(self, number: int) -> str:
        return f"IDN-SAU-placement-{number:06d}"

    def test_pages_hold_everything_once_in_the_order_of_arrival(self, server, sau):
        for number in (5, 3, 9, 1, 7):
            lay_down(server, self.message_id(number), b"%d" % number)
            self.ids(sau)
        found, after, more = [], None, True
        while more:
            page, after, more = self.ids(sau, limit=2, **({"after": after} if after else {}))
            found += page

        assert found == [self.message_id(number) for number in (5, 3, 9, 1, 7)]
        assert self.ids(sau, after=after) == ([], after, False)

    def test_what_comes_late_is_never_skipped(self, server, idn, sau):
        put(idn, self.message_id(2))
        _, after, _ = self.ids(sau)
        late = lay_down(server, self.message_id(1), b"an earlier sequence, an earlier time, another wire")
        os.utime(late, (0, 0))

        assert self.ids(sau, after=after)[0] == [self.message_id(1)]
        assert self.ids(sau)[0] == [self.message_id(2), self.message_id(1)]

    def test_a_package_that_was_replaced_is_listed_again_and_one_that_is_gone_is_not(self, server, sau):
        lay_down(server, self.message_id(1), b"first")
        gone = lay_down(server, self.message_id(2), b"second")
        _, after, _ = self.ids(sau)
        lay_down(server, self.message_id(1), b"other")
        gone.unlink()

        assert self.ids(sau, after=after)[0] == [self.message_id(1)]
        assert self.ids(sau)[0] == [self.message_id(1)]
        assert sau.get(f"/v1/messages/{self.message_id(1)}").headers["ETag"] == f'"{sha256(b"other")}"'

    def test_what_is_no_finished_package_is_not_listed(self, server, sau):
        lay_down(server, self.message_id(1), b"finished")
        for name in ("IDN-SAU-placement-000002.tar.pgp.part", "notes.txt", "SAU-IDN-placement-000001.tar.pgp"):
            (server.room() / name).write_bytes(b"x")
        (server.room() / "IDN-SAU-complaint-000001.tar.pgp").write_bytes(b"in the wrong folder")

        assert self.ids(sau)[0] == [self.message_id(1)]

    def test_one_stream_can_be_asked_for(self, server, sau):
        lay_down(server, "IDN-SAU-complaint-000001", b"x")
        lay_down(server, self.message_id(1), b"x")

        assert self.ids(sau, stream="complaint")[0] == ["IDN-SAU-complaint-000001"]
        assert refused(sau.get("/v1/messages", params={"stream": "remittance"}), 403, 121)

    @pytest.mark.parametrize("mark", ["AAAA", "MDEyMzQ1Njc4OWFiY2RlZi4x", "", "é"])
    def test_a_mark_of_somewhere_else_is_said_to_be_unknown(self, sau, mark):
        assert refused(sau.get("/v1/messages", params={"after": mark}), 410, 133)

    @pytest.mark.parametrize("limit", ["0", "1001", "many"])
    def test_a_limit_that_is_none_is_refused(self, sau, limit):
        assert refused(sau.get("/v1/messages", params={"limit": limit}), 400, 132)


class TestUploadsInParts:
    @property
    def unfinished(self) -> str:
        return f"/v1/messages/{SENT}/uploads/{sha256(CONTENT)}"

    def begin(self, client: httpx.Client) -> httpx.Response:
        headers = package_headers(CONTENT, **{"Upload-Complete": "?0", "Upload-Length": str(len(CONTENT))})
        return client.put(f"/v1/messages/{SENT}", headers=headers, content=b"")

    def test_a_package_comes_in_several_requests(self, server, idn):
        begun = self.begin(idn)
        part = idn.patch(self.unfinished, content=CONTENT[:1000], headers=patch_headers(0, complete=False))
        asked = idn.head(self.unfinished)
        assert server.packages() == []
        done = idn.patch(self.unfinished, content=CONTENT[1000:], headers=patch_headers(1000))

        assert (begun.status_code, begun.headers["Location"], begun.headers["Upload-Offset"]) == (
            201,
            self.unfinished,
            "0",
        )
        assert (part.status_code, part.headers["Upload-Offset"]) == (200, "1000")
        assert (asked.status_code, asked.headers["Upload-Offset"], asked.headers["Upload-Complete"]) == (
            204,
            "1000",
            "?0",
        )
        assert (done.status_code, done.json()["complete"]) == (201, True)
        assert (server.room() / f"{SENT}.tar.pgp").read_bytes() == CONTENT
        assert list((server.root / ".api" / "uploads").rglob("*.part")) == []

    def test_beginning_again_tells_how_far_it_has_come(self, idn):
        self.begin(idn)
        idn.patch(self.unfinished, content=CONTENT[:1000], headers=patch_headers(0, complete=False))

        assert self.begin(idn).headers["Upload-Offset"] == "1000"

    def test_going_on_at_another_byte_is_refused_and_the_right_one_is_named(self, idn):
        self.begin(idn)
        answer = idn.patch(self.unfinished, content=CONTENT, headers=patch_headers(7))

        assert refused(answer, 409, 126)
        assert (answer.json()["expected-offset"], answer.json()["provided-offset"]) == (0, 7)

    def test_an_upload_that_was_not_begun_cannot_be_gone_on_with(self, idn):
        assert refused(idn.patch(self.unfinished, content=b"x", headers=patch_headers(0)), 404, 122)
        assert idn.head(self.unfinished).status_code == 404
        assert refused(idn.delete(self.unfinished), 404, 122)

    def test_a_finished_upload_says_so_for_good(self, idn):
        put(idn)

        told = idn.head(self.unfinished)
        again = idn.patch(self.unfinished, content=b"", headers=patch_headers(len(CONTENT)))
        assert (told.status_code, told.headers["Upload-Complete"]) == (204, "?1")
        assert (again.status_code, self.begin(idn).status_code) == (200, 200)

    def test_an_upload_can_be_given_up_but_a_stored_package_cannot(self, server, idn):
        self.begin(idn)
        assert idn.delete(self.unfinished).status_code == 204
        assert idn.head(self.unfinished).status_code == 404

        put(idn)
        assert idn.delete(self.unfinished).status_code == 404
        assert server.packages() == [f"{SENT}.tar.pgp"]

    def test_headers_that_are_not_as_described_are_refused(self, idn):
        self.begin(idn)
        for change in ({"Upload-Offset": "-1"}, {"Upload-Complete": "yes"}, {"Upload-Offset": "1" * 16}):
            headers = {**patch_headers(0), **change}
            assert refused(idn.patch(self.unfinished, content=b"x", headers=headers), 400, 132)

    def test_the_partner_has_nothing_to_do_with_our_uploads(self, idn, sau):
        self.begin(idn)

        assert sau.head(self.unfinished).status_code == 403
        assert refused(sau.delete(self.unfinished), 403, 121)


class TestTheRest:
    def test_every_code_of_the_service_has_its_example(self):
        tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_api_*.py"))

        assert [code for code in Code if code in HTTPS and not re.search(rf"\b{code.value}\b", tests)] == []

    def test_a_service_that_cannot_do_its_work_says_so(self, a_server, tmp_path):
        server = a_server()
        with server.as_party("SAU") as client:
            shutil.rmtree(tmp_path / "root")
            assert refused(client.get("/v1/messages"), 503, 135)
            assert refused(httpx.get(f"{server.url}/v1/health"), 503, 135)

    def test_whoever_asks_for_what_is_not_there_is_told_in_the_same_form(self, server, idn):
        assert refused(idn.get("/v2/messages"), 404, 122)
        assert refused(idn.delete(f"/v1/messages/{SENT}"), 405, 122)

    def test_the_health_of_the_service_needs_no_token(self, server):
        assert httpx.get(f"{server.url}/v1/health").json() == {"status": "ok"}
