"""Who is let in: client credentials, tokens that hold, another issuer's, certificates, and what the log says."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from served import CORRIDOR, SECRETS, SENT, SIGNING_KEY, make_certificates, package_headers

from amanah.exchange.api import client_secret
from amanah.exchange.api.client import connect
from amanah.exchange.api.settings import ServiceSettings
from amanah.exchange.transport import TransportError
from amanah.patience import Patience

pytestmark = pytest.mark.slow

QUICK = Patience(attempts=2, first=0.02)
CREDENTIALS = {"grant_type": "client_credentials"}


def token_of(url: str, **how: object) -> httpx.Response:
    return httpx.post(f"{url}/oauth2/token", **how)


def listing(url: str, token: str, **how: object) -> httpx.Response:
    return httpx.get(f"{url}/v1/messages", headers={"Authorization": f"Bearer {token}"}, **how)


class TestTheTokenEndpoint:
    def test_a_token_comes_for_basic_or_for_form_credentials(self, server):
        secret = SECRETS["IDN"][0]
        basic = token_of(server.url, data=CREDENTIALS, auth=("idn-node", secret))
        form = token_of(server.url, data={**CREDENTIALS, "client_id": "idn-node", "client_secret": secret})

        for answer in (basic, form):
            told = answer.json()
            assert (answer.status_code, told["token_type"], told["expires_in"]) == (200, "Bearer", 300)
            assert listing(server.url, told["access_token"]).status_code == 200
            assert answer.headers["Cache-Control"] == "no-store"

    @pytest.mark.parametrize(
        ("how", "status", "error"),
        [
            ({"data": CREDENTIALS, "auth": ("idn-node", "wrong")}, 401, "invalid_client"),
            ({"data": CREDENTIALS, "auth": ("nobody", SECRETS["IDN"][0])}, 401, "invalid_client"),
            ({"data": CREDENTIALS, "auth": ("sau-node", SECRETS["IDN"][0])}, 401, "invalid_client"),
            ({"data": CREDENTIALS, "auth": ("idn-node", SECRETS["IDN"][1])}, 401, "invalid_client"),  # the hash
            ({"data": CREDENTIALS, "headers": {"Authorization": "Basic !!!"}}, 401, "invalid_client"),
            ({"data": CREDENTIALS}, 401, "invalid_client"),
            ({"data": {"grant_type": "password"}, "auth": ("idn-node", "x")}, 400, "unsupported_grant_type"),
            ({"data": "grant_type=client_credentials&grant_type=x"}, 400, "invalid_request"),
            ({"data": "&&&"}, 400, "invalid_request"),
            ({"data": b"\xff=\xfe"}, 400, "invalid_request"),
        ],
    )
    def test_anything_else_is_refused_as_oauth2_says(self, server, how, status, error):
        how = {**how, "headers": {"Content-Type": "application/x-www-form-urlencoded", **how.get("headers", {})}}
        if isinstance(how["data"], (str, bytes)):
            how["content"] = how.pop("data")
        answer = token_of(server.url, **how)

        assert (answer.status_code, answer.json()) == (status, {"error": error})

    def test_whoever_tries_secrets_is_not_heard_for_a_while_even_with_the_right_one(self, a_server):
        server = a_server(limits={"failed_attempts": 3})
        right = ("idn-node", SECRETS["IDN"][0])
        tries = [token_of(server.url, data=CREDENTIALS, auth=("idn-node", f"guess {n}")) for n in range(4)]

        assert [answer.status_code for answer in tries] == [401, 401, 401, 429]
        assert 1 <= int(tries[-1].headers["Retry-After"]) <= 900
        assert token_of(server.url, data=CREDENTIALS, auth=right).status_code == 429

    def test_a_form_without_end_is_refused(self, server):
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = token_of(server.url, content=b"a=" + b"b" * 100_000, headers=headers)

        assert (answer.status_code, answer.json()["code"]) == (413, 128)


class TestTokens:
    def claims(self, url: str, **changes: object) -> dict[str, object]:
        now = int(time.time())
        return {"iss": url, "aud": url, "sub": "idn-node", "iat": now, "exp": now + 300, **changes}

    def test_only_a_token_that_holds_in_everything_is_taken(self, server):
        url, long_ago = server.url, int(time.time()) - 600

        def status(key: str = SIGNING_KEY, algorithm: str = "HS256", **changes: object) -> int:
            claims = {name: value for name, value in self.claims(url, **changes).items() if value is not None}
            return listing(url, jwt.encode(claims, key, algorithm=algorithm)).status_code

        assert status() == 200
        assert status(key="x" * 32) == 401
        assert status(algorithm="HS512") == 401
        assert status(key="", algorithm="none") == 401
        assert status(exp=long_ago) == 401
        assert status(exp=None) == 401
        assert status(aud="https://another.example") == 401
        assert status(iss="https://another.example") == 401
        assert status(sub="nobody") == 401
        assert status(sub=None) == 401
        assert listing(url, "rubbish").status_code == 401
        assert listing(url, "a.b.c").status_code == 401

    def test_a_refusal_says_how_to_sign_in(self, server):
        none = httpx.get(f"{server.url}/v1/messages")
        bad = listing(server.url, "rubbish")

        assert none.headers["WWW-Authenticate"] == 'Bearer realm="amanah"'
        assert bad.headers["WWW-Authenticate"] == 'Bearer realm="amanah", error="invalid_token"'
        assert (bad.json()["code"], bad.headers["Content-Type"]) == (120, "application/problem+json")

    def test_tokens_signed_with_the_key_before_are_taken_until_it_is_removed(self, a_server):
        server = a_server(tokens={"signing_keys": ["n" * 32, SIGNING_KEY]})
        claims = self.claims(server.url)

        assert listing(server.url, jwt.encode(claims, SIGNING_KEY, algorithm="HS256")).status_code == 200
        assert listing(server.url, server.token("IDN")).status_code == 200

    def test_refusals_are_logged_and_no_secret_is(self, a_server):
        server = a_server()
        token = server.token("IDN")
        token_of(server.url, data=CREDENTIALS, auth=("idn-node", "a-wrong-secret"))
        listing(server.url, token)
        listing(server.url, f"{token}x")
        httpx.get(
            f"{server.url}/v1/messages?after=a-token-in-the-wrong-place%0A", headers={"Authorization": "Bearer x"}
        )
        httpx.get(f"{server.url}/v1/%0AERROR%20forged/messages")
        server.stop()
        log = server.log.read_text()

        assert "POST /oauth2/token 401 client=- from=127.0.0.1" in log
        assert "refused=invalid_client" in log
        assert "refused=120 (not signed by a key of ours)" in log
        assert "\nERROR forged" not in log
        for secret in (token, SECRETS["IDN"][0], SECRETS["IDN"][1], SIGNING_KEY, "a-wrong-secret", "a-token-in-the"):
            assert secret not in log


@pytest.fixture
def issuer() -> Iterator[tuple[str, ec.EllipticCurvePrivateKey, list[str]]]:
    """Another OAuth2 server's published keys: their URL, the private key, and who has asked for them."""
    key, asked = ec.generate_private_key(ec.SECP256R1()), []
    public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key()))
    keys = json.dumps({"keys": [{**public, "kid": "one", "alg": "ES256", "use": "sig"}]}).encode()

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(keys)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Keys) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/keys", key, asked
        server.shutdown()


class TestAnotherIssuer:
    def test_its_tokens_are_taken_for_the_client_they_name_and_its_keys_asked_for_once(self, a_server, issuer):
        jwks_url, key, asked = issuer
        server = a_server(
            tokens=None,
            issuer={
                "issuer": "https://idp.example",
                "jwks_url": jwks_url,
                "audience": "exchange",
                "algorithms": ["ES256"],
            },
            clients={"idn-node": {"corridor": CORRIDOR, "party": "IDN", "subject": "service-account-7"}},
        )
        pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

        def status(key: object = key, algorithm: str = "ES256", kid: str = "one", **changes: object) -> int:
            claims = {"iss": "https://idp.example", "aud": "exchange", "sub": "service-account-7"}
            claims |= {"exp": int(time.time()) + 60, **changes}
            return listing(server.url, jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid})).status_code

        assert [status(), status(), status()] == [200, 200, 200]
        assert asked == ["/keys"]
        assert status(sub="somebody") == 401
        assert status(aud="another") == 401
        assert status(iss="https://another.example") == 401
        assert status(key=ec.generate_private_key(ec.SECP256R1())) == 401
        assert status(kid="two") == 401
        assert status(key=pem.hex(), algorithm="HS256") == 401  # no shared secret here, least of all a public key
        assert token_of(server.url, data=CREDENTIALS, auth=("idn-node", "x")).status_code == 404
        assert len(asked) <= 2


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


class TestTls:
    def tls(self, folder: Path, *, mutual: bool = False) -> dict[str, str]:
        found = {"certificate": str(folder / "server.pem"), "key": str(folder / "server.key")}
        return found | ({"client_ca": str(folder / "ca.pem")} if mutual else {})

    def shown(self, folder: Path, name: str) -> dict[str, Path]:
        return {
            "ca": folder / "ca.pem",
            "certificate": folder / f"{name}.pem",
            "certificate_key": folder / f"{name}.key",
        }

    def test_the_client_believes_the_pinned_ca_only(self, a_server, reach, certificates, tmp_path):
        server = a_server(tls=self.tls(certificates))
        package = tmp_path / f"{SENT}.tar.pgp"
        package.write_bytes(b"sealed")

        with connect(reach("IDN", server.url, ca=certificates / "ca.pem"), QUICK) as idn:
            idn.put(package, "/idn-sau/IDN/placement")
        assert server.packages() == [package.name]
        for ca in (certificates / "strange.pem", None):
            with (
                pytest.raises(TransportError, match="its certificate is not the one pinned"),
                connect(reach("IDN", server.url, ca=ca), QUICK),
            ):
                pass

    def test_nothing_older_than_tls_1_2_is_spoken(self, a_server, certificates):
        server = a_server(tls=self.tls(certificates))
        context = ssl.create_default_context(cafile=certificates / "ca.pem")
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")

        with (
            pytest.raises((ssl.SSLError, ConnectionError)),
            socket.create_connection(("localhost", server.port)) as plain,
            context.wrap_socket(plain, server_hostname="localhost"),
        ):
            pass

    def test_with_mutual_tls_a_client_shows_its_own_certificate_or_is_not_heard(self, a_server, reach, certificates):
        pinned = (certificates / "idn.sha256").read_text()
        client = {"corridor": CORRIDOR, "party": "IDN", "secrets": [SECRETS["IDN"][1]], "certificate_sha256": pinned}
        server = a_server(tls=self.tls(certificates, mutual=True), clients={"idn-node": client})

        with connect(reach("IDN", server.url, **self.shown(certificates, "idn")), QUICK) as idn:
            assert idn.names("/idn-sau/SAU/placement") == []
        for how in ({"ca": certificates / "ca.pem"}, self.shown(certificates, "x"), self.shown(certificates, "sau")):
            with pytest.raises(TransportError), connect(reach("IDN", server.url, **how), QUICK) as idn:
                idn.names("/idn-sau/SAU/placement")

    def test_a_token_taken_from_one_client_is_of_no_use_with_anothers_certificate(self, a_server, certificates):
        pinned = (certificates / "idn.sha256").read_text()
        client = {"corridor": CORRIDOR, "party": "IDN", "secrets": [SECRETS["IDN"][1]], "certificate_sha256": pinned}
        server = a_server(tls=self.tls(certificates, mutual=True), clients={"idn-node": client})

        def context(name: str) -> ssl.SSLContext:
            made = ssl.create_default_context(cafile=certificates / "ca.pem")
            made.load_cert_chain(certificates / f"{name}.pem", certificates / f"{name}.key")
            return made

        token = server.token("IDN", verify=context("idn"))
        assert listing(server.url, token, verify=context("idn")).status_code == 200
        stolen = httpx.put(
            f"{server.url}/v1/messages/{SENT}",
            content=b"x",
            headers={**package_headers(b"x"), "Authorization": f"Bearer {token}"},
            verify=context("sau"),
        )
        assert (stolen.status_code, stolen.json()["code"]) == (401, 120)


class TestSettings:
    def faults(self, **changes: object) -> str:
        content = {
            "root": "/srv/exchange",
            "url": "https://exchange.example",
            "tokens": {"signing_keys": [SIGNING_KEY]},
            "corridors": {CORRIDOR: {"parties": ["IDN", "SAU"]}},
            "clients": {"idn-node": {"corridor": CORRIDOR, "party": "IDN", "secrets": [SECRETS["IDN"][1]]}},
            **changes,
        }
        try:
            ServiceSettings.model_validate(content)
        except ValueError as error:
            return str(error)
        return ""

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({}, ""),
            ({"host": "0.0.0.0"}, "plain HTTP is for loopback only"),
            ({"host": "exchange.example"}, "plain HTTP is for loopback only"),
            ({"host": "::1"}, ""),
            ({"tokens": {"signing_keys": ["short"]}}, "at least 32 bytes"),
            ({"tokens": None}, "tokens (the token endpoint) is not set"),
            (
                {"issuer": {"issuer": "i", "jwks_url": "http://idp.example/keys", "audience": "a"}},
                "jwks_url must be https",
            ),
        ],
    )
    def test_settings_that_would_not_be_safe_are_refused(self, changes, says):
        assert says in self.faults(**changes)
        assert bool(says) == bool(self.faults(**changes))

    @pytest.mark.parametrize(
        ("client", "says"),
        [
            ({"secrets": ["a secret in the clear"]}, "secrets holds hashes, not secrets"),
            ({"secrets": [SECRETS["IDN"][1].replace("$16384$", "$2$")]}, "secrets holds hashes, not secrets"),
            ({"secrets": []}, "a client needs secrets"),
            ({"party": "MYS"}, "MYS is no party of a corridor"),
            ({"corridor": "idn-mys"}, "IDN is no party of a corridor 'idn-mys'"),
            ({"certificate_sha256": "0" * 64}, "needs tls.client_ca"),
            ({"subject": "x"}, "issuer is not set"),
        ],
    )
    def test_clients_that_could_not_come_in_are_refused(self, client, says):
        good = {"corridor": CORRIDOR, "party": "IDN", "secrets": [SECRETS["IDN"][1]]}

        assert says in self.faults(clients={"idn-node": {**good, **client}})

    def test_a_secret_matches_its_hash_and_no_other(self):
        secret, hashed = client_secret.make()
        _, other = client_secret.make()

        assert len(secret) >= 43
        assert secret not in hashed
        assert client_secret.hashed(secret) != hashed  # salted
        assert client_secret.matches(secret, (other, hashed))
        assert not client_secret.matches(secret, (other,))
        assert not client_secret.matches(secret, ())
        assert not client_secret.matches("", (hashed,))
