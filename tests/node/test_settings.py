"""``node.yaml``: every fault is named at once, and no secret ever is."""

from pathlib import Path

import pytest
import yaml

from amanah.node.node import Node
from amanah.node.settings import NodeSettings, SettingsError

RIGHT = {
    "party": "IDN",
    "agreement": "idn-sau.yaml",
    "store": "store",
    "database": "env:AMANAH_TEST_DATABASE",
    "keys": {"ours": "keys/ours.pgp", "partner": "/etc/amanah/partner.pgp", "passphrase": "env:AMANAH_TEST_PASSPHRASE"},
}


@pytest.fixture
def load(tmp_path, monkeypatch):
    monkeypatch.setenv("AMANAH_TEST_DATABASE", "postgresql+psycopg://amanah:SECRET@host/node")
    monkeypatch.setenv("AMANAH_TEST_PASSPHRASE", "SECRET")

    def loaded(**changed):
        (tmp_path / "node.yaml").write_text(yaml.safe_dump(RIGHT | changed), encoding="utf-8")
        return NodeSettings.load(tmp_path / "node.yaml")

    return loaded


def test_paths_are_relative_to_the_file_and_secrets_come_from_outside(load, tmp_path):
    settings = load()

    assert settings.store == tmp_path / "store"
    assert settings.keys.ours == (tmp_path / "keys" / "ours.pgp",)
    assert settings.keys.partner == (Path("/etc/amanah/partner.pgp"),)
    assert settings.database.get_secret_value().endswith("SECRET@host/node")
    assert "SECRET" not in repr(settings)


def test_all_faults_are_named_at_once_and_no_secret(load):
    with pytest.raises(SettingsError) as caught:
        load(party="Indonesia", keys={"ours": "x", "passphrase": "SECRET"}, speed="SECRET")

    text = str(caught.value)
    assert "node.yaml: 3 fault(s)" in text
    assert all(name in text for name in ("party", "keys.partner", "speed"))
    assert "SECRET" not in text


def test_a_secret_that_is_not_there_is_named(load, monkeypatch):
    monkeypatch.delenv("AMANAH_TEST_PASSPHRASE")

    with pytest.raises(SettingsError, match="environment variable AMANAH_TEST_PASSPHRASE is not set"):
        load()


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SettingsError, match="nowhere"):
        NodeSettings.load(tmp_path / "nowhere.yaml")


def test_the_owners_secret_is_for_the_process_that_migrates_and_no_fault_elsewhere(load, monkeypatch):
    monkeypatch.delenv("AMANAH_TEST_OWNER", raising=False)
    assert load(database_owner="env:AMANAH_TEST_OWNER").database_owner is None

    monkeypatch.setenv("AMANAH_TEST_OWNER", "postgresql+psycopg://owner:SECRET@host/node")
    settings = load(database_owner="env:AMANAH_TEST_OWNER")
    assert settings.database_owner.get_secret_value().endswith("owner:SECRET@host/node")
    assert "SECRET" not in repr(settings)


def test_an_owner_that_is_the_applications_role_is_refused(load):
    settings = load(database_owner="postgresql+psycopg://amanah:other@host/node", agreement="x")

    with pytest.raises(SettingsError, match="two different roles"):
        Node(settings).migrate()


def test_keys_may_be_one_file_or_several(load, tmp_path):
    keys = load(keys={"ours": ["new.pgp", "old.pgp"], "partner": "partner.pgp"}).keys

    assert keys.ours == (tmp_path / "new.pgp", tmp_path / "old.pgp")
    assert keys.partner == (tmp_path / "partner.pgp",)


def test_a_secret_key_may_come_from_the_environment_itself(load, monkeypatch):
    monkeypatch.setenv("AMANAH_TEST_KEY", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nSECRET\n")

    keys = load(keys={"ours": "env:AMANAH_TEST_KEY", "partner": "partner.pgp"}).keys

    assert keys.our_material[0].startswith(b"-----BEGIN PGP PRIVATE")
    assert "SECRET" not in repr(keys)
