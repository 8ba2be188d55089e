"""What the services of a demonstration promise: they work, they keep to themselves, and nothing of them is left."""

import base64
import json
import os
import signal
import smtplib
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import paramiko
import psutil
import psycopg
import pytest

from amanah.demo.services.airflow import ADMIN, AirflowServices
from amanah.demo.services.airflow_client import AirflowError
from amanah.demo.services.airflow_settings import settings
from amanah.demo.services.keys import make_keypair, public_key_file
from amanah.demo.services.lock import AlreadyRunningError
from amanah.demo.services.mail_catcher import mail_service
from amanah.demo.services.metrics_catcher import metrics_service
from amanah.demo.services.ports import free_port, free_ports, listens
from amanah.demo.services.postgres import Postgres
from amanah.demo.services.processes import Service, ServiceError, Supervisor, base_environment, down
from amanah.demo.services.running import members
from amanah.demo.services.sftp_server import sftp_service

PATIENCE = 30.0
# A service with a child of its own, as Airflow's scheduler has.
NAPPER = "import subprocess, time; subprocess.Popen(['sleep', '600']); print('asleep', flush=True); time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print('asleep', flush=True); time.sleep(600)"
DEMONSTRATION = f"""
import sys, time
from pathlib import Path
from amanah.demo.services.processes import Service, Supervisor, base_environment

with Supervisor(Path(sys.argv[1])) as supervisor:
    argv = [sys.executable, "-c", {NAPPER!r}]
    asleep = lambda: "asleep" in supervisor.log("napper").read_text()
    supervisor.start(Service("napper", argv, base_environment(), asleep))
    print("up", flush=True)
    time.sleep(600)
"""


def python(supervisor: Supervisor, name: str, code: str, **options: float) -> Service:
    """A service that runs ``code`` and is ready once it prints ``asleep``."""
    argv = [sys.executable, "-c", code]
    return Service(name, argv, base_environment(), lambda: "asleep" in supervisor.log(name).read_text(), **options)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder closed to other users, as ``mktemp -d`` makes it; nothing may be left running in it."""
    private = tmp_path.resolve() / "private"
    private.mkdir(mode=0o700)
    yield private
    left = members(private)
    for process in left:
        process.kill()
    assert not left


@pytest.fixture
def demonstration(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A demonstration in a process of its own, up and running in ``folder``."""
    argv = [sys.executable, "-c", DEMONSTRATION, str(folder)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        yield process
        process.kill()


def guard_of(process: subprocess.Popen[str]) -> psutil.Process:
    children = psutil.Process(process.pid).children()
    (guard,) = [child for child in children if "amanah.demo.services.guard" in child.cmdline()]
    return guard


def test_free_ports_are_different_and_can_be_listened_on():
    ports = free_ports(20)

    assert len(set(ports)) == 20
    for port in ports:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", port))


@pytest.mark.slow
def test_services_and_their_children_end_with_the_block(folder):
    with Supervisor(folder) as supervisor:
        supervisor.start(python(supervisor, "one", NAPPER), python(supervisor, "two", NAPPER))
        running = members(folder)

    assert len(running) == 4
    assert not psutil.wait_procs(running, timeout=PATIENCE)[1]


def test_services_end_when_the_block_fails(folder):
    def fail() -> None:
        with Supervisor(folder) as supervisor:
            supervisor.start(python(supervisor, "one", NAPPER))
            raise LookupError

    with pytest.raises(LookupError):
        fail()

    assert members(folder) == []


def test_a_service_that_does_not_listen_is_killed_after_its_grace(folder):
    with Supervisor(folder) as supervisor:
        supervisor.start(python(supervisor, "stubborn", STUBBORN, grace=0.1))

    assert members(folder) == []


def test_a_service_that_dies_is_reported_with_the_end_of_its_log(folder):
    with (
        pytest.raises(ServiceError, match=r"broken ended with exit status 3 before it was ready.*\n.*no disk"),
        Supervisor(folder) as supervisor,
    ):
        supervisor.start(python(supervisor, "broken", "import sys; print('no disk', flush=True); sys.exit(3)"))


def test_a_service_that_is_late_is_reported(folder):
    with pytest.raises(ServiceError, match="late was not ready within"), Supervisor(folder) as supervisor:
        supervisor.start(python(supervisor, "late", "import time; time.sleep(600)", timeout=0.1))


def test_a_program_that_fails_is_reported_when_its_end_is_awaited(folder):
    with Supervisor(folder) as supervisor:
        good = python(supervisor, "good", "pass")
        bad = python(supervisor, "bad", "raise SystemExit('table is missing')")
        supervisor.launch(good, bad)
        supervisor.finish(good)
        with pytest.raises(ServiceError, match=r"bad failed with exit status 1.*\n.*table is missing"):
            supervisor.finish(bad)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_services_end_when_the_demonstration_is_asked_to_end(folder, demonstration, number):
    demonstration.send_signal(number)
    demonstration.wait(PATIENCE)

    assert members(folder) == []


@pytest.mark.slow
def test_services_end_when_the_demonstration_is_killed(folder, demonstration):
    guard = guard_of(demonstration)
    demonstration.kill()

    guard.wait(PATIENCE)

    assert members(folder) == []


@pytest.mark.slow
def test_the_next_demonstration_stops_what_a_killed_one_left_and_nothing_else(folder, demonstration):
    bystander = subprocess.Popen(["sleep", "600"], cwd=folder)
    guard_of(demonstration).kill()
    demonstration.kill()
    demonstration.wait(PATIENCE)
    left = members(folder)

    with Supervisor(folder):
        assert not any(process.is_running() for process in left if process.status() != psutil.STATUS_ZOMBIE)
        assert members(folder) == []

    assert len(left) == 2
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_orphans_that_hide_their_environment_are_found_by_their_session(folder):
    """Airflow's workers write their title over their environment; here a child starts with an empty one."""
    code = NAPPER.replace("'600']", "'600'], env={}")
    with Supervisor(folder) as supervisor:
        supervisor.start(python(supervisor, "parent", code))
        parent = next(process for process in members(folder) if process.children())
        orphan = parent.children()[0]
        parent.kill()
        parent.wait(PATIENCE)

        assert [process.pid for process in members(folder)] == [orphan.pid]


@pytest.mark.slow
def test_a_second_demonstration_in_the_same_folder_is_refused(folder, demonstration):
    with pytest.raises(AlreadyRunningError, match=f"process {demonstration.pid}"), Supervisor(folder):
        pass

    with pytest.raises(AlreadyRunningError):
        down(folder)
    assert len(members(folder)) == 2
    demonstration.terminate()
    demonstration.wait(PATIENCE)


def test_detached_services_stay_until_they_are_taken_down(folder):
    with Supervisor(folder, detached=True) as supervisor:
        supervisor.start(python(supervisor, "napper", NAPPER))
    running = members(folder)
    assert len(running) == 2

    with pytest.raises(AlreadyRunningError, match="make down"), Supervisor(folder):
        pass
    assert members(folder) == running

    down(folder)
    assert members(folder) == []


def test_a_failed_detached_start_leaves_nothing(folder):
    def start() -> None:
        with Supervisor(folder, detached=True) as supervisor:
            supervisor.start(python(supervisor, "napper", NAPPER))
            raise LookupError

    with pytest.raises(LookupError):
        start()

    assert members(folder) == []


@pytest.mark.slow
def test_postgres_keeps_its_data_over_a_restart_in_a_folder_closed_to_others(folder):
    with Supervisor(folder) as supervisor:
        server = Postgres(folder)
        server.start(supervisor)
        server.create_database("node")
        server.create_database("node")
        with psycopg.connect(server.url("node", "postgresql")) as connection:
            connection.execute("CREATE TABLE kept (number int)")
            connection.execute("INSERT INTO kept VALUES (7)")

    with Supervisor(folder) as supervisor:
        server = Postgres(folder)
        server.start(supervisor)
        with psycopg.connect(server.url("node", "postgresql")) as connection:
            assert connection.execute("SELECT number FROM kept").fetchall() == [(7,)]

    assert members(folder) == []


@pytest.mark.slow
def test_postgres_lets_nobody_in_without_the_password_and_logs_no_values(folder):
    with Supervisor(folder) as supervisor:
        server = Postgres(folder)
        server.start(supervisor)
        for url in (
            f"postgresql://amanah@127.0.0.1:{server.port}/postgres",
            f"postgresql://amanah:no@127.0.0.1:{server.port}/",
        ):
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(url)
        with psycopg.connect(server.url("postgres", "postgresql")) as connection:
            connection.execute("CREATE TABLE worker (passport text PRIMARY KEY)")
            with pytest.raises(psycopg.errors.UniqueViolation):
                connection.execute("INSERT INTO worker VALUES ('X1234567'), ('X1234567')")

        log = supervisor.log("postgres").read_text()
        assert "duplicate key" in log
        assert "X1234567" not in log


@pytest.fixture
def exchange_point(folder) -> Iterator[int]:
    """An SFTP server for the users idn and sau; gives its port."""
    port = free_port()
    for name in ("host", "idn", "sau", "stranger"):
        make_keypair(folder / "keys" / name)
    config = {
        "port": port,
        "root": str(folder / "files"),
        "host_key": str(folder / "keys" / "host"),
        "users": {
            user: {"public_key": str(public_key_file(folder / "keys" / user)), "writable": [f"/idn-sau/{user.upper()}"]}
            for user in ("idn", "sau")
        },
    }
    (folder / "sftp.json").write_text(json.dumps(config))
    with Supervisor(folder) as supervisor:
        supervisor.start(sftp_service(folder / "sftp.json", port))
        yield port


def log_in(folder: Path, port: int, user: str, key: str = "") -> paramiko.SSHClient:
    host_key_type, host_key = public_key_file(folder / "keys" / "host").read_text().split()[:2]
    client = paramiko.SSHClient()
    expected = paramiko.PKey.from_type_string(host_key_type, base64.b64decode(host_key))
    client.get_host_keys().add(f"[127.0.0.1]:{port}", host_key_type, expected)
    client.connect(
        "127.0.0.1",
        port,
        user,
        key_filename=str(folder / "keys" / (key or user)),
        look_for_keys=False,
        allow_agent=False,
        timeout=PATIENCE,
    )
    return client


def refuses(call, *arguments) -> bool:
    """Whether the server says that this is not permitted."""
    try:
        call(*arguments)
    except PermissionError:
        return True
    return False


def put(sftp: paramiko.SFTPClient, path: str, content: bytes = b"sealed") -> None:
    with sftp.open(path, "wb") as file:
        file.write(content)


@pytest.mark.slow
def test_sftp_users_write_below_their_own_folder_and_read_everywhere(folder, exchange_point):
    with log_in(folder, exchange_point, "idn") as idn, log_in(folder, exchange_point, "sau") as sau:
        mine, theirs = idn.open_sftp(), sau.open_sftp()
        mine.mkdir("/idn-sau/IDN/placement")
        put(mine, "/idn-sau/IDN/placement/1.part")
        mine.rename("/idn-sau/IDN/placement/1.part", "/idn-sau/IDN/placement/1.pgp")
        put(mine, "/idn-sau/IDN/placement/1.part", b"again")
        mine.posix_rename("/idn-sau/IDN/placement/1.part", "/idn-sau/IDN/placement/1.pgp")

        assert theirs.open("/idn-sau/IDN/placement/1.pgp").read() == b"again"
        assert sorted(theirs.listdir("/idn-sau")) == ["IDN", "SAU"]
        assert theirs.listdir("/") == ["idn-sau"]
        put(theirs, "/idn-sau/SAU/answer.pgp")
        assert refuses(put, theirs, "/idn-sau/IDN/placement/2.part")
        assert refuses(put, theirs, "/idn-sau/SAU/../IDN/2.part")
        assert refuses(put, theirs, "/elsewhere")
        assert refuses(theirs.remove, "/idn-sau/IDN/placement/1.pgp")
        assert refuses(theirs.rename, "/idn-sau/IDN/placement/1.pgp", "/idn-sau/SAU/1.pgp")
        assert refuses(theirs.posix_rename, "/idn-sau/SAU/answer.pgp", "/idn-sau/IDN/placement/1.pgp")
        assert refuses(theirs.mkdir, "/idn-sau/IDN/new")
        assert refuses(theirs.rmdir, "/idn-sau/SAU")
        assert refuses(theirs.chmod, "/idn-sau/IDN/placement/1.pgp", 0o777)
        assert refuses(theirs.open("/idn-sau/IDN/placement/1.pgp").chmod, 0o777)
        assert theirs.open("/idn-sau/IDN/placement/1.pgp").read() == b"again"
        mine.remove("/idn-sau/IDN/placement/1.pgp")


@pytest.mark.slow
def test_sftp_users_cannot_leave_the_root(folder, exchange_point):
    (folder / "outside").write_text("private")
    (folder / "files" / "idn-sau" / "IDN" / "way-out").symlink_to(folder)

    with log_in(folder, exchange_point, "idn") as client:
        sftp = client.open_sftp()

        with pytest.raises(FileNotFoundError):
            sftp.stat("/../outside")
        assert refuses(sftp.open, "/idn-sau/IDN/way-out/outside")
        assert refuses(sftp.listdir, "/idn-sau/IDN/way-out")
        assert refuses(put, sftp, "/idn-sau/IDN/way-out/new")
        assert sftp.listdir("/idn-sau/IDN") == ["way-out"]
        assert refuses(sftp.symlink, "/etc", "/idn-sau/IDN/link")
        assert refuses(sftp.readlink, "/idn-sau/IDN/way-out")
        with pytest.raises(paramiko.SSHException):
            client.exec_command("id")
        with pytest.raises(paramiko.ChannelException):
            client.get_transport().open_channel("direct-tcpip", ("127.0.0.1", exchange_point), ("127.0.0.1", 0))
    assert not (folder / "new").exists()


@pytest.mark.slow
@pytest.mark.parametrize(("user", "key"), [("idn", "stranger"), ("idn", "sau"), ("root", "idn")])
def test_sftp_lets_nobody_in_without_the_right_key(folder, exchange_point, user, key):
    with pytest.raises(paramiko.AuthenticationException):
        log_in(folder, exchange_point, user, key)


def test_a_key_pair_is_private_and_made_once(tmp_path):
    key = tmp_path / "keys" / "host"
    make_keypair(key)
    first = key.read_bytes()
    make_keypair(key)

    assert key.read_bytes() == first
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert public_key_file(key).read_text().startswith("ssh-ed25519 ")


@pytest.mark.slow
def test_mails_are_kept_in_order_also_over_a_restart(folder):
    mails = folder / "mail"
    for subject in ("Discrepancies: 3", "Kasus baru", "حالة جديدة"):
        port = free_port()
        with Supervisor(folder) as supervisor:
            supervisor.start(mail_service(mails, port))
            mail = EmailMessage(policy=policy.SMTP)
            mail["From"], mail["To"], mail["Subject"] = "node@idn.example", "desk@idn.example", subject
            mail["Message-ID"] = f"<{len(subject)}@idn.example>"
            mail.set_content("Three cases are open.")
            with smtplib.SMTP("127.0.0.1", port) as smtp:
                smtp.send_message(mail, to_addrs=["desk@idn.example", "head@idn.example"])

    files = sorted(mails.iterdir())
    kept = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
    assert [mail["Subject"] for mail in kept] == ["Discrepancies: 3", "Kasus baru", "حالة جديدة"]
    assert kept[0].get_all("Delivered-To") == ["desk@idn.example", "head@idn.example"]
    assert kept[0].get_content().strip() == "Three cases are open."
    assert [file.name[:7] for file in files] == ["000001-", "000002-", "000003-"]
    assert all(file.suffix == ".eml" and len(file.stem) == 19 for file in files)


@pytest.mark.slow
def test_the_newest_value_of_each_metric_of_ours_is_kept_as_prometheus_writes_it(folder):
    file, port = folder / "metrics.prom", free_port()
    with Supervisor(folder) as supervisor:
        supervisor.start(metrics_service(file, port))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as airflow:
            for line in (
                "airflow.amanah.links,corridor=idn-sau,party=IDN,grade=certain:7|g",
                "airflow.scheduler_heartbeat:1|c",
                "airflow.amanah.links,corridor=idn-sau,party=IDN,grade=certain:9|g",
                "airflow.amanah.ledger_entries,corridor=idn-sau,party=SAU:12|g",
            ):
                airflow.sendto(line.encode(), ("127.0.0.1", port))
        deadline = time.monotonic() + 30
        while "entries" not in file.read_text(encoding="utf-8"):
            assert time.monotonic() < deadline
            time.sleep(0.05)

    assert file.read_text(encoding="utf-8").splitlines() == [
        'airflow_amanah_ledger_entries{corridor="idn-sau",party="SAU"} 12',
        'airflow_amanah_links{corridor="idn-sau",party="IDN",grade="certain"} 9',
    ]


def test_airflow_secrets_are_private_and_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("AIRFLOW__CORE__LOAD_EXAMPLES", "True")

    def make(**changes: object) -> dict[str, str]:
        place = {"database_url": "postgresql+psycopg://x", "port": 1, "dags": tmp_path, "plugins": tmp_path}
        return settings(tmp_path, **{**place, "users": {ADMIN: "admin"}, **changes})

    first = make()

    assert make() == first
    assert (
        make(users={ADMIN: "admin", "official": "viewer"})["AIRFLOW__CORE__FERNET_KEY"]
        == first["AIRFLOW__CORE__FERNET_KEY"]
    )
    assert first["AIRFLOW__CORE__LOAD_EXAMPLES"] == "False"
    private = [tmp_path / "airflow" / name for name in ("secrets.json", "passwords.json")]
    assert [stat.S_IMODE(file.stat().st_mode) for file in private] == [0o600, 0o600]


TINY = """
from airflow.sdk import dag, task

@dag
def tiny():
    @task
    def count(month, partition_key=None, dag_run=None):
        return len(month) + dag_run.conf.get("more", 0)

    count.expand(month=["07", "08"])

tiny()
"""
BROKEN = "import a_module_that_is_not_there  # airflow dag"


@pytest.mark.slow
def test_airflow_runs_a_dag_from_nothing_and_leaves_nothing(folder):
    dags, plugins = folder / "dags", folder / "plugins"
    dags.mkdir()
    plugins.mkdir()
    (dags / "tiny.py").write_text(TINY)
    (dags / "broken.py").write_text(BROKEN)
    seen: list[dict[str, str]] = []

    with Supervisor(folder) as supervisor:
        database = Postgres(folder)
        database.start(supervisor)
        database.create_database("airflow")
        url = database.url("airflow")
        env = settings(folder, database_url=url, port=free_port(), dags=dags, plugins=plugins, users={ADMIN: "admin"})
        airflow = AirflowServices(folder, env)
        airflow.start(supervisor)
        assert airflow.healthy()

        with airflow.client() as client:
            client.wait_for_dags(["tiny"], PATIENCE)
            run = client.trigger("tiny", conf={"more": 1})
            assert client.wait("tiny", run, 2 * PATIENCE, seen.append) == "success"
            assert seen[-1] == {"count[0]": "success", "count[1]": "success"}
            assert [found["dag_run_id"] for found in client.runs("tiny")] == [run]
            assert list(client.import_errors()) == ["broken.py"]
            with pytest.raises(AirflowError, match="404"):
                client.trigger("absent")
        assert outside_listeners(folder) == []

    assert members(folder) == []
    assert not listens(int(env["AIRFLOW__API__PORT"]))


def outside_listeners(folder: Path) -> list[str]:
    """The addresses other than 127.0.0.1 on which a process of ``folder`` listens."""
    connections = [connection for process in members(folder) for connection in process.net_connections("inet")]
    return [c.laddr.ip for c in connections if c.status == psutil.CONN_LISTEN and c.laddr.ip != "127.0.0.1"]


if os.geteuid() == 0:

    @pytest.mark.slow
    def test_root_does_not_run_postgres_as_root(folder):
        with Supervisor(folder) as supervisor:
            Postgres(folder).start(supervisor)
            (server,) = [process for process in members(folder) if process.ppid() == os.getpid()]
            assert server.username() == "nobody"
