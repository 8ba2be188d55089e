"""What servers differ in, and what may lie at an exchange point besides packages."""

import os
import socket
from contextlib import suppress
from pathlib import Path

import paramiko
import pytest
import servers
from bare_server import BareServer
from servers import NAME

from amanah.exchange.sftp import NameTaken, SftpMisconfigured, connect
from amanah.exchange.sftp.upload import part_name
from amanah.exchange.transport import TransportError

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("hashing", [False, True], ids=["bare", "tells hashes"])
def test_a_server_without_any_extension_will_do(package, tmp_path, hashing):
    folder = tmp_path / "point" / "idn-sau" / "IDN"
    folder.mkdir(parents=True)
    with BareServer(tmp_path, hashing=hashing) as server, connect(server.settings) as wire:
        server.kind.hashed.clear()
        assert wire.names(f"{folder}/placement") == []
        wire.put(package, f"{folder}/placement")
        wire.put(package, f"{folder}/placement")
        assert wire.names(f"{folder}/placement") == [NAME]
        wire.get(f"{folder}/placement", NAME, tmp_path / "back")

    assert (tmp_path / "back").read_bytes() == package.read_bytes()
    assert server.kind.hashed == (["sha256"] if hashing else [])


def test_every_upload_is_read_back_where_the_settings_ask_for_it(server, package):
    with connect(server.settings.model_copy(update={"read_back": True})) as wire:
        wire.put(package, server.folder)
        assert wire.names(server.folder) == [NAME]


def test_the_fastest_cipher_is_used_and_nothing_is_compressed(openssh, monkeypatch):
    opened = []
    start = paramiko.Transport.start_client
    monkeypatch.setattr(
        paramiko.Transport, "start_client", lambda self, **more: (opened.append(self), start(self, **more))
    )

    with connect(openssh.settings):
        [transport] = opened
        assert transport.local_cipher == transport.remote_cipher == "aes128-gcm@openssh.com"
        assert transport.local_compression == transport.remote_compression == "none"


def test_only_plain_files_with_plain_names_are_listed(on_openssh, package, caplog):
    folder = on_openssh.on_disk
    (folder / "a folder").mkdir(parents=True)
    (folder / NAME).write_bytes(b"whole")
    (folder / f"{NAME}.part").write_bytes(b"half")
    (folder / "link").symlink_to(folder / NAME)
    (folder / "nowhere").symlink_to("/nowhere")
    os.mkfifo(folder / "pipe")
    (folder / "two\nlines").write_bytes(b"")
    (folder / "\x1b[2Jclear").write_bytes(b"")
    Path(os.fsdecode(os.fsencode(folder) + b"/not \xff text")).write_bytes(b"")
    (folder / "إندونيسيا").write_bytes(b"")

    with connect(on_openssh.settings) as wire:
        assert wire.names(on_openssh.folder) == sorted([NAME, "إندونيسيا"])

    assert "3 files left out" in caplog.text
    assert "lines" not in caplog.text


@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
def test_what_is_no_plain_file_is_not_fetched(on_openssh, tmp_path, kind):
    odd = on_openssh.on_disk / NAME
    odd.parent.mkdir(parents=True)
    {"link": lambda: odd.symlink_to("/etc/passwd"), "folder": odd.mkdir, "pipe": lambda: os.mkfifo(odd)}[kind]()

    settings = on_openssh.settings.model_copy(update={"timeout": 5})
    with connect(settings) as wire, pytest.raises(TransportError, match="no plain file"):
        wire.get(on_openssh.folder, NAME, tmp_path / "back")

    assert not list(tmp_path.glob("back*"))


def test_nothing_is_written_through_a_link(on_openssh, package, tmp_path):
    with package.open("rb") as local:
        names = [NAME, f"{NAME}.part", part_name(NAME, local)]
    on_openssh.on_disk.mkdir(parents=True)
    for name in names:
        (tmp_path / "elsewhere").write_bytes(b"precious")
        (on_openssh.on_disk / name).symlink_to(tmp_path / "elsewhere")
        with connect(on_openssh.settings) as wire, suppress(TransportError, NameTaken):
            wire.put(package, on_openssh.folder)
        assert (tmp_path / "elsewhere").read_bytes() == b"precious"
        (on_openssh.on_disk / name).unlink()


def test_tens_of_thousands_of_files_are_listed(on_openssh):
    on_openssh.on_disk.mkdir(parents=True)
    names = [f"IDN-SAU-placement-{number:06}.tar.pgp" for number in range(1, 30_001)]
    for name in names:
        os.close(os.open(on_openssh.on_disk / name, os.O_CREAT))

    with connect(on_openssh.settings) as wire:
        assert wire.names(on_openssh.folder) == names


def test_many_small_packages_go_and_come_over_one_connection(server, tmp_path):
    packages = [tmp_path / f"IDN-SAU-placement-{number:06}.tar.pgp" for number in range(1, 201)]
    (tmp_path / "inbox").mkdir()
    for number, path in enumerate(packages):
        path.write_bytes(os.urandom(number * 100))

    with connect(server.settings) as wire:
        for path in packages:
            wire.put(path, server.folder)
        for name in wire.names(server.folder):
            wire.get(server.folder, name, tmp_path / "inbox" / name)

    assert {path.name: path.read_bytes() for path in (tmp_path / "inbox").iterdir()} == {
        path.name: path.read_bytes() for path in packages
    }


@pytest.mark.parametrize(
    ("sftp", "says"),
    [("/bin/echo Welcome to the ministry", "text when somebody signs in"), ("/bin/false", "closed the session")],
)
def test_a_server_that_does_not_speak_sftp_is_told(supervisor, sftp, says):
    strange = servers.start(supervisor, sftp.split()[0].replace("/", ""), sftp=sftp)

    with pytest.raises(TransportError, match=says), connect(strange.settings):
        pass


def test_a_server_whose_key_is_of_another_kind_is_refused(openssh, tmp_path):
    other = paramiko.RSAKey.generate(2048)
    settings = openssh.settings.model_copy(update={"host_key": f"ssh-rsa {other.get_base64()}"})

    with pytest.raises(SftpMisconfigured, match="no key of the pinned kind"), connect(settings):
        pass


def test_a_key_of_ours_that_cannot_be_read_is_a_mistake_in_the_settings(openssh, tmp_path):
    (tmp_path / "no key").write_text("this is no key")

    for path in (tmp_path / "no key", tmp_path / "absent"):
        settings = openssh.settings.model_copy(update={"private_key": path})
        with pytest.raises(SftpMisconfigured, match=r"sftp\.private_key .* cannot be used"), connect(settings):
            pass


def test_a_server_that_is_back_in_a_moment_is_waited_for(openssh, monkeypatch):
    attempts, reach = [], socket.create_connection

    def refused_twice(*address, **more):
        attempts.append(address)
        if len(attempts) <= 2:
            raise ConnectionRefusedError
        return reach(*address, **more)

    monkeypatch.setattr(socket, "create_connection", refused_twice)
    monkeypatch.setattr("amanah.exchange.sftp.connection.FIRST_PAUSE", 0.01)

    with connect(openssh.settings.model_copy(update={"attempts": 3})) as wire:
        assert wire.names(f"{openssh.folder}/nothing yet") == []

    assert len(attempts) == 3
