"""The pages as Airflow's own API server serves them: its sign-in, our file of people."""

import re
import shutil

import httpx
import pytest
import yaml
from desks import PEOPLE, STAGE, WAGE
from playwright.sync_api import sync_playwright
from sqlalchemy import select

from amanah.demo.house import PROJECT
from amanah.demo.services.airflow import AirflowServices
from amanah.demo.services.airflow_settings import password_of, settings
from amanah.demo.services.ports import free_port
from amanah.store import quarantine
from amanah.store.tables import case, case_event, case_look
from schemas.agreement import FOLDER

pytestmark = pytest.mark.slow

CHROMIUM = shutil.which("chromium")
USERS = {"siti": "", "eko": "op", "stranger": "admin"}  # an official needs no right of Airflow's


@pytest.fixture(scope="module")
def node_file(tmp_path_factory):
    file = tmp_path_factory.mktemp("node") / "node.yaml"
    file.write_text(yaml.safe_dump({"party": "IDN", "store": "store"}), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def airflow(supervisor, postgres, node_file, tmp_path_factory):
    folder = tmp_path_factory.mktemp("airflow")
    postgres.create_database("airflow_of_pages")
    env = settings(
        folder,
        database_url=postgres.url("airflow_of_pages"),
        port=free_port(),
        dags=folder,
        plugins=PROJECT / "plugins",
        users=USERS,
        extra={"AMANAH_NODES": str(node_file)},
    )
    services = AirflowServices(folder, env)
    services.serve(supervisor)
    return folder, services


@pytest.fixture
def served_node(node, node_file, key_files):
    """The node with its cases is the one that Airflow serves: a changed file is read again."""
    (node.store / "editions").mkdir(parents=True)
    (node.store / "editions" / "report.html").write_text("the report", encoding="utf-8")
    node_file.write_text(
        yaml.safe_dump(
            {
                "party": "IDN",
                "agreement": str(FOLDER / "idn-sau.yaml"),
                "store": str(node.store),
                "database": node.settings.database.get_secret_value(),
                "keys": {"ours": str(key_files["IDN"][0]), "partner": str(key_files["SAU"][1])},
                "people": str(node.settings.people),
            }
        ),
        encoding="utf-8",
    )
    return node


@pytest.fixture
def sign_in(airflow, served_node):
    """A browser, as far as HTTP goes, of somebody who has signed in to Airflow; or of nobody."""
    _, services = airflow
    opened = []

    def enter(name=None):
        cookies = {}
        if name is not None:
            with services.client(name) as client:
                cookies = {"_token": client.token()}
        opened.append(httpx.Client(base_url=services.base_url, cookies=cookies, trust_env=False, timeout=60))
        return opened[-1]

    yield enter
    for client in opened:
        client.close()


def looks(node):
    with node.database.engine.connect() as connection:
        return [(row.by, row.why, row.refused) for row in connection.execute(select(case_look))]


def test_an_official_without_a_right_of_airflows_resolves_a_case(sign_in, served_node):
    official = sign_in("siti")

    worklist = official.get("/amanah/IDN/worklist")
    token = re.search(r'name="token" value="([0-9a-f]{64})"', worklist.text)[1]
    act = f"/amanah/IDN/case/{WAGE}/act"
    form = {"action": "resolve", "seen": "1", "resolution": "theirs_wrong", "why": "seen the contract"}
    forged = official.post(act, data={**form, "token": "0" * 64})
    done = official.post(act, data={**form, "token": token})

    assert f'href="/amanah/IDN/case/{WAGE}"' in worklist.text
    assert STAGE not in worklist.text
    assert worklist.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self';")
    assert worklist.headers["cache-control"] == "no-store"
    assert forged.status_code == 403
    assert (done.status_code, done.headers["location"]) == (303, f"/amanah/IDN/case/{WAGE}")
    assert "resolved, until the next exchange shows it" in official.get(done.headers["location"]).text
    with served_node.database.engine.connect() as connection:
        assert connection.execute(select(case.c.state).where(case.c.number == WAGE)).scalar_one() == "resolved"
        last = select(case_event.c.by, case_event.c.action).order_by(case_event.c.id.desc()).limit(1)
        assert connection.execute(last).one() == ("siti", "resolve")


def test_the_files_stay_with_those_whom_airflow_lets_look_at_its_jobs(sign_in):
    files = ("/amanah/", "/amanah/IDN/editions/report.html")

    assert {sign_in("siti").get(file).status_code for file in files} == {403}
    assert {sign_in("eko").get(file).status_code for file in files} == {200}


def test_an_engineer_goes_from_the_corridor_to_airflows_runs_and_the_data_docs(sign_in, served_node):
    docs = served_node.store / "data_docs" / "siskop2mi" / "gx" / "uncommitted" / "data_docs" / "local_site"
    docs.mkdir(parents=True)
    (docs / "index.html").write_text("the docs", encoding="utf-8")
    with served_node.database.engine.begin() as connection:
        row = {"source": "siskop2mi", "period": "2026-08", "position": 1, "code": "type", "message": "no day"}
        quarantine.add(connection, [{**row, "raw": {}, "field": None, "record_ref": None}])
    engineer = sign_in("eko")

    corridor = engineer.get("/amanah/IDN/corridor").text

    links = re.findall(r'href="([^"]+)"', corridor)
    assert "/dags/idn-sau.idn.publish/runs" in links
    assert "/dags/idn-sau.idn.reconcile/runs?partition_key_pattern=2026-07" in links
    [to_docs] = [link for link in links if "data_docs" in link]
    assert engineer.get(to_docs).text == "the docs"
    assert engineer.get("/amanah/IDN/messages").status_code == 200
    assert sign_in("siti").get("/amanah/IDN/corridor").status_code == 403


def test_airflows_menu_leads_to_the_pages_of_each_node(sign_in):
    [plugin] = [each for each in sign_in("eko").get("/api/v2/plugins").json()["plugins"] if each["name"] == "amanah"]

    assert {view["name"]: view["href"] for view in plugin["external_views"]} == {
        "Editions and Data Docs": "amanah/",
        "Worklist IDN": "amanah/IDN/worklist",
        "Corridor IDN": "amanah/IDN/corridor",
    }


def test_an_admin_of_airflow_who_is_not_among_the_people_gets_403_and_an_audit_line(sign_in, served_node):
    page = sign_in("stranger").get("/amanah/IDN/worklist")

    assert (page.status_code, page.text) == (403, "forbidden")
    assert looks(served_node) == [("stranger", "not among the people", True)]


def test_without_sign_in_nothing_is_served(sign_in, served_node):
    nobody = sign_in()

    for path in ("worklist", "worklist.csv", f"case/{WAGE}", "style.css", "corridor", "messages", "editions/x"):
        assert nobody.get(f"/amanah/IDN/{path}").status_code == 401
    assert nobody.get("/amanah/").status_code == 401
    assert nobody.post(f"/amanah/IDN/case/{WAGE}/act").status_code == 401
    nobody.cookies.set("_token", "made up")
    assert nobody.get("/amanah/IDN/worklist").status_code in {401, 403}
    assert looks(served_node) == []


def test_who_is_taken_off_the_list_of_people_is_out_at_once(sign_in, served_node):
    official = sign_in("siti")
    assert official.get("/amanah/IDN/worklist").status_code == 200

    others = {name: person for name, person in PEOPLE["people"].items() if name != "siti"}
    served_node.settings.people.write_text(yaml.safe_dump({**PEOPLE, "people": others}), encoding="utf-8")

    assert official.get("/amanah/IDN/worklist").status_code == 403
    assert official.get("/amanah/XXX/worklist").status_code == 404


@pytest.mark.skipif(CHROMIUM is None, reason="needs the system's Chromium (apt-get install chromium)")
def test_a_link_in_a_mail_leads_through_airflows_sign_in_to_the_worklist(airflow, served_node):
    folder, services = airflow
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{services.base_url}/amanah/IDN/worklist?lang=id")
        assert WAGE not in page.content()
        page.locator("input[name=username]").fill("siti")
        page.locator("input[name=password]").fill(password_of(folder, "siti"))
        page.locator("button[type=submit]").click()
        page.wait_for_url(f"{services.base_url}/amanah/IDN/worklist?lang=id")

        assert page.locator("h1").inner_text() == "Daftar kerja"
        assert page.locator(f"a[href*='{WAGE}']").count() == 1
        browser.close()
