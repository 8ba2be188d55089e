import base64

import pytest
from case_desk import a_case, a_page, refs
from pydantic import SecretStr, ValidationError

from amanah.sources import OAuth2, SourceConnection, SourceError, SourceUnavailable, open_source

SECRET = "a-secret-not-to-be-seen"
GRANTED = (200, {}, {"access_token": "first", "token_type": "Bearer", "expires_in": 3600})


@pytest.fixture
def read(ministry, a_mapping, at):
    def rows(**oauth2):
        way_in = OAuth2(
            **{"token_url": f"{ministry.url}/token", "client_id": "node", "client_secret": SecretStr(SECRET), **oauth2}
        )
        connection = SourceConnection(url=ministry.url, oauth2=way_in, timeout_seconds=5)
        return list(open_source(a_mapping("rest"), connection).read(None, at(31)))

    return rows


def shown(ministry):
    return [authorization for _, _, authorization in ministry.asked]


def test_one_token_serves_all_pages(ministry, read):
    ministry.will_grant(GRANTED)
    ministry.will_answer(a_page(a_case("1"), after="m1"), a_page(a_case("2")))
    assert refs(read(scope="records:read")) == ["IDN-C-1", "IDN-C-2"]
    assert shown(ministry) == ["Bearer first"] * 2
    [(form, authorization)] = ministry.posted
    assert form == {"grant_type": "client_credentials", "scope": "records:read"}
    assert base64.b64decode(authorization.removeprefix("Basic ")).decode() == f"node:{SECRET}"


def test_id_and_secret_may_go_into_the_form(ministry, read):
    ministry.will_grant(GRANTED)
    ministry.will_answer(a_page())
    read(client_in="body", audience="https://api.example")
    [(form, authorization)] = ministry.posted
    assert authorization is None
    assert (form["client_id"], form["client_secret"], form["audience"]) == ("node", SECRET, "https://api.example")


def test_a_token_at_its_end_is_renewed_before_it_is_used(ministry, read):
    ministry.will_grant(
        (200, {}, {"access_token": "first", "expires_in": 0}), (200, {}, {"access_token": "second", "expires_in": "60"})
    )
    ministry.will_answer(a_page(a_case("1"), after="m1"), a_page(a_case("2"), after="m2"), a_page())
    read()
    assert shown(ministry) == ["Bearer first", "Bearer second", "Bearer second"]


def test_a_token_that_is_refused_is_renewed_once(ministry, read):
    ministry.will_grant(GRANTED, (200, {}, {"access_token": "second"}))
    ministry.will_answer((401, {}, b""), a_page(a_case("1")))
    assert refs(read()) == ["IDN-C-1"]
    assert shown(ministry) == ["Bearer first", "Bearer second"]


def test_and_not_for_ever(ministry, read):
    ministry.will_grant(GRANTED)
    ministry.will_answer((401, {}, b""))
    with pytest.raises(SourceError, match=r"refuses the token \(401\)"):
        read()
    assert len(ministry.asked) == 2


def test_a_busy_token_endpoint_is_asked_again(ministry, read):
    ministry.will_grant((429, {"Retry-After": "0"}, b""), GRANTED)
    ministry.will_answer(a_page(a_case("1")))
    assert len(read()) == 1


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        ((401, {}, {"error": "invalid_client"}), SourceError, r"refuses the client \(401, invalid_client\)"),
        ((400, {}, {"error": f"what is {SECRET}?"}), SourceError, r"refuses the client \(400\)"),
        ((400, {}, b"[" * 100_000), SourceError, r"refuses the client \(400\)"),
        ((200, {}, {"access_token": f"{SECRET}\n"}), SourceError, "none that can be sent"),
        ((200, {}, {}), SourceError, "none that can be sent"),
        ((200, {}, {"access_token": SECRET, "token_type": "mac"}), SourceError, "not a bearer token"),
        ((200, {}, {"access_token": SECRET, "expires_in": "soon"}), SourceError, "expires_in"),
        ((500, {}, b""), SourceUnavailable, "token endpoint 127.0.0.1 answers 500"),
    ],
)
def test_what_the_token_endpoint_refuses_is_said_without_a_secret(ministry, read, answer, error, said):
    ministry.will_grant(answer)
    with pytest.raises(error, match=said) as refusal:
        read()
    assert SECRET not in str(refusal.value)
    assert ministry.asked == []


def test_a_token_endpoint_in_the_clear_gets_no_secret(read):
    with pytest.raises(SourceError, match="do not travel in the clear"):
        read(token_url="http://login.example/token")


def test_a_connection_has_one_way_in_and_shows_no_secret():
    way_in = OAuth2(token_url="https://login.example/token", client_id="node", client_secret=SecretStr(SECRET))
    assert SECRET not in repr(SourceConnection(url="https://api.example", oauth2=way_in))
    with pytest.raises(ValidationError, match="either token or oauth2"):
        SourceConnection(url="https://api.example", oauth2=way_in, token=SecretStr(SECRET))
