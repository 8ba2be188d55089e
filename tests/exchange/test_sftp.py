"""The SFTP transport against real servers: whole files or none, and only the host whose key is pinned."""

import subprocess

import pytest
from servers import NAME

from amanah.demo.services.keys import make_keypair
from amanah.demo.services.ports import free_port
from amanah.exchange.sftp import SftpMisconfigured, connect
from amanah.exchange.transport import TransportError

pytestmark = pytest.mark.slow


def test_a_file_goes_and_comes_back_whole(server, package, tmp_path):
    settings, folder, on_disk = server.settings, server.folder, server.on_disk

    with connect(settings) as transport:
        assert transport.names(folder) == []
        transport.put(package, folder)
        assert transport.names(folder) == [NAME]
        transport.get(folder, NAME, tmp_path / "back")

    assert (tmp_path / "back").read_bytes() == package.read_bytes()
    assert [path.name for path in on_disk.iterdir()] == [NAME]


def test_a_partner_whose_folder_is_not_there_has_not_said_nothing(server):
    settings, folder = server.settings, server.folder

    with connect(settings) as transport, pytest.raises(TransportError, match=r"list .*/MYS/placement"):
        transport.names(folder.replace("/IDN/", "/MYS/"))


def test_half_an_upload_is_never_seen_and_is_done_again(server, package):
    settings, folder, on_disk = server.settings, server.folder, server.on_disk
    on_disk.mkdir(parents=True)
    (on_disk / f"{NAME}.part").write_bytes(package.read_bytes()[:1000] + b"something else")

    with connect(settings) as transport:
        assert transport.names(folder) == []
        transport.put(package, folder)

    assert [path.name for path in on_disk.iterdir()] == [NAME]
    assert (on_disk / NAME).read_bytes() == package.read_bytes()


def test_a_complete_file_is_not_uploaded_again(server, package):
    settings, folder, on_disk = server.settings, server.folder, server.on_disk

    with connect(settings) as transport:
        transport.put(package, folder)
        before = (on_disk / NAME).stat()
        transport.put(package, folder)

    after = (on_disk / NAME).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_file_that_is_not_there_leaves_nothing_here(server, tmp_path):
    settings, folder = server.settings, server.folder

    with connect(settings) as transport, pytest.raises(TransportError, match=f"fetch {folder}/{NAME}"):
        transport.get(folder, NAME, tmp_path / "back")

    assert not (tmp_path / "back").exists()


def test_another_host_key_than_the_pinned_one_is_refused(exchange_point, tmp_path):
    make_keypair(tmp_path / "other")

    with (
        pytest.raises(SftpMisconfigured, match="BadHostKeyException"),
        connect(exchange_point.settings("IDN", host_key=tmp_path / "other")),
    ):
        pass


def test_a_user_whose_key_is_not_known_is_refused(exchange_point, tmp_path):
    make_keypair(tmp_path / "other")
    stranger = exchange_point.settings("IDN").model_copy(update={"private_key": tmp_path / "other"})

    with pytest.raises(TransportError, match="AuthenticationException"), connect(stranger):
        pass


def test_nobody_writes_in_the_partners_folder(exchange_point, package):
    with (
        connect(exchange_point.settings("IDN")) as transport,
        pytest.raises(TransportError, match="store /idn-sau/SAU"),
    ):
        transport.put(package, "/idn-sau/SAU/placement")


def test_a_server_that_is_down_is_named(exchange_point):
    nobody = exchange_point.settings("IDN").model_copy(update={"port": free_port(), "attempts": 2})

    with pytest.raises(TransportError, match=rf"connect to 127\.0\.0\.1:{nobody.port}"), connect(nobody):
        pass


def test_a_pin_that_is_no_key_is_a_mistake_in_the_settings(exchange_point):
    wrong = exchange_point.settings("IDN").model_copy(update={"host_key": "SHA256:abc"})

    with pytest.raises(ValueError, match=r"sftp\.host_key is not a public key"), connect(wrong):
        pass


def test_a_partner_with_nothing_but_sftp_can_fetch_and_lay_down(openssh, package, tmp_path):
    settings, files = openssh.settings, openssh.on_disk
    (tmp_path / "known_hosts").write_text(f"[{settings.host}]:{settings.port} {settings.host_key}\n")
    commands = f"put {package} {files}/{NAME}.part\nrename {files}/{NAME}.part {files}/{NAME}\n"

    subprocess.run(
        [
            *("sftp", "-b", "-", "-P", str(settings.port), "-i", str(settings.private_key)),
            *("-o", f"UserKnownHostsFile={tmp_path / 'known_hosts'}", "-o", "StrictHostKeyChecking=yes"),
            f"{settings.username}@{settings.host}",
        ],
        input=commands,
        text=True,
        check=True,
        capture_output=True,
    )

    with connect(settings) as transport:
        assert transport.names(str(files)) == [NAME]
    (files / NAME).unlink()
