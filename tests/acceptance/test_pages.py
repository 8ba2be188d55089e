"""The editions and the Data Docs in the Airflow UI: for those who are signed in, and nothing beside them."""

import re
from collections.abc import Iterator
from urllib.parse import urljoin

import httpx
import pytest
from demonstrations import LANGUAGES, PARTIES, QUARTER, Demonstration

pytestmark = pytest.mark.slow

LINK = re.compile(r'href="([^"#]+)"')
SOURCES, MONTHS = 6, 9
DATA_DOCS_PAGE = re.compile(r"(?:validations|expectations)/[\w./-]+\.html")


@pytest.fixture(scope="module")
def stranger(demonstration: Demonstration) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=demonstration.address, trust_env=False, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def engineer(demonstration: Demonstration) -> Iterator[httpx.Client]:
    """A browser of somebody who is signed in: Airflow's token in a cookie."""
    with demonstration.client() as client:
        cookies = {"_token": client.token()}
    with httpx.Client(base_url=demonstration.address, cookies=cookies, trust_env=False, timeout=60) as client:
        yield client


@pytest.mark.parametrize(
    "path",
    ["/amanah/", "/amanah/IDN/editions/2026-Q3/v1/publish.json", "/amanah/IDN/store/nothing", "/amanah/docs"],
)
def test_a_stranger_sees_nothing(stranger: httpx.Client, path: str) -> None:
    assert stranger.get(path).status_code in (401, 404)
    assert stranger.get("/amanah/").status_code == 401


def test_the_overview_opens_every_edition_and_the_data_docs_of_every_batch(engineer: httpx.Client) -> None:
    overview = engineer.get("/amanah/")
    links = LINK.findall(overview.text)
    opened = {link: engineer.get(urljoin("/amanah/", link)).status_code for link in links}

    assert len([link for link in links if "/editions/" in link]) == len(PARTIES) * len(LANGUAGES)
    assert len([link for link in links if "/data_docs/" in link]) >= SOURCES * MONTHS  # and refused batches
    assert set(opened.values()) == {200}


def test_no_page_may_run_a_script_or_ask_another_host(engineer: httpx.Client) -> None:
    overview = engineer.get("/amanah/")
    for link in ["", *LINK.findall(overview.text)]:
        policy = engineer.get(urljoin("/amanah/", link)).headers["content-security-policy"]
        assert policy.startswith("default-src 'none';")
        assert "script-src" not in policy
        assert "http" not in policy


@pytest.mark.parametrize("party", PARTIES)
def test_the_edition_opens_as_it_was_rendered(engineer: httpx.Client, demonstration: Demonstration, party: str) -> None:
    page = next(demonstration.edition(party).glob("*.en.html"))

    answer = engineer.get(f"/amanah/{party}/editions/{QUARTER}/v1/{page.name}")

    assert answer.headers["content-type"].startswith("text/html")
    assert answer.content == page.read_bytes()


def test_the_pages_behind_the_data_docs_open_too(engineer: httpx.Client) -> None:
    site = "/amanah/IDN/data_docs/siskop2mi/gx/uncommitted/data_docs/local_site/index.html"
    pages = set(DATA_DOCS_PAGE.findall(engineer.get(site).text))

    assert len([page for page in pages if page.startswith("validations/")]) >= 9
    assert {engineer.get(urljoin(site, page)).status_code for page in pages} == {200}


@pytest.mark.parametrize(
    "path",
    [
        "IDN/editions/../snapshots/2026-Q3/v1/placement_IDN.parquet",
        "IDN/editions/%2e%2e/snapshots/2026-Q3/v1/placement_IDN.parquet",
        "IDN/editions/..%2fsnapshots%2f2026-Q3%2fv1%2fplacement_IDN.parquet",
        "IDN/editions/%252e%252e/snapshots/2026-Q3/v1/placement_IDN.parquet",
        "IDN/editions/%2e%2e%2f%2e%2e%2fnode.yaml",
        "IDN/editions//etc/passwd",
        "IDN/editions/%2fetc%2fpasswd",
        "IDN/snapshots/2026-Q3/v1/placement_IDN.parquet",
        "IDN/staged/",
        "IDN/editions/2026-Q3/v1",
        "IDN/restricted/2026-Q3/v1/restricted.csv.pgp",
        "IDN/drafts/2026-Q3/publish.json",
        "XXX/editions/2026-Q3/v1/publish.json",
        "%2e%2e/editions/2026-Q3/v1/publish.json",
    ],
)
def test_nothing_beside_the_shelves_is_served(engineer: httpx.Client, path: str) -> None:
    request = httpx.Request("GET", "http://host")
    request.url = httpx.URL(str(engineer.base_url)).copy_with(raw_path=f"/amanah/{path}".encode())
    request.headers["Host"] = request.url.netloc.decode()
    request.headers["Cookie"] = f"_token={engineer.cookies['_token']}"

    assert engineer.send(request).status_code == 404
