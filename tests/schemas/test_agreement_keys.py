"""The keys that an agreement names: what stands there counts, and what cannot hold is a fault with its line."""

from datetime import UTC, datetime

import pytest
from altered import altered, faults_of, line_of, loaded

A, B = "A" * 40, "B" * 40
V6 = "C" * 64
AFTER_IDN, AFTER_SAU = "    engineer: pipeline@kp2mi.example\n", "    engineer: pipeline@mhrsd.example\n"


def a_key(fingerprint=A, not_before="2026-01-01", not_after="2027-12-31", **more) -> str:
    entries = {"fingerprint": f'"{fingerprint}"', "not_before": not_before, "not_after": not_after, **more}
    return "      - {" + ", ".join(f"{name}: {value}" for name, value in entries.items()) + "}\n"


def with_keys(idn=(), sau=(), *more) -> str:
    def clause(keys):
        return "    keys:\n" + "".join(keys) if keys else ""

    return altered(*more, (AFTER_IDN, AFTER_IDN + clause(idn)), (AFTER_SAU, AFTER_SAU + clause(sau)))


LIVE = ("environment: test", "environment: live")


def test_test_data_may_travel_without_keys_in_the_agreement(tmp_path):
    assert loaded(tmp_path, lambda text: text).parties["IDN"].keys == ()


def test_live_data_needs_keys_of_both_parties(tmp_path):
    text = with_keys([a_key()], (), LIVE)

    [fault] = faults_of(tmp_path, text)

    assert fault.startswith(f"idn-sau.yaml line {line_of(text, '  SAU:')}, parties.SAU: has no keys")
    assert faults_of(tmp_path, with_keys([a_key()], [a_key(B)], LIVE)) == []


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ([a_key("AB12")], "keys.0.fingerprint: String should match"),
        ([a_key(A.lower())], "keys.0.fingerprint: String should match"),
        ([a_key(not_after="2025-12-31")], "keys.0.not_after: lies before not_before"),
        ([a_key(), a_key()], "keys.1.fingerprint: is also that of parties.IDN.keys.0"),
        ([a_key(V6)], "keys.0.fingerprint: is of an OpenPGP version 6 key, which package.seal gnupg cannot use"),
        ([a_key(since="2026-01-01")], "keys.0.since: no such entry here"),
        (["      - {fingerprint: x}\n"], "keys.0.not_before: is required and missing"),
    ],
)
def test_a_key_that_cannot_hold_is_named_where_it_stands(tmp_path, keys, said):
    text = with_keys(keys)

    faults = faults_of(tmp_path, text)

    assert any(f"parties.IDN.{said}" in fault for fault in faults), faults


def test_one_key_cannot_speak_for_both_sides(tmp_path):
    [fault] = faults_of(tmp_path, with_keys([a_key()], [a_key()]))

    assert "parties.SAU.keys.0.fingerprint: is also that of parties.IDN.keys.0" in fault


def test_a_modern_key_goes_with_the_modern_profile(tmp_path):
    text = with_keys([a_key(V6)], [a_key(B)]).replace("seal: gnupg", "seal: aead")

    assert faults_of(tmp_path, text) == []


@pytest.mark.parametrize(
    ("moment", "counts"),
    [
        ("2026-03-31T23:59:59", False),
        ("2026-04-01T00:00:00", True),
        ("2026-08-31T23:59:59", True),
        ("2026-09-01T00:00:00", False),
    ],
)
def test_a_key_counts_from_its_first_day_to_the_end_of_its_last(tmp_path, moment, counts):
    text = with_keys([a_key(not_before="2026-04-01", not_after="2026-08-31")])
    [key] = loaded(tmp_path, lambda _: text).parties["IDN"].keys

    assert key.counts_at(datetime.fromisoformat(moment).replace(tzinfo=UTC)) is counts


def test_a_revoked_key_counts_until_that_day(tmp_path):
    text = with_keys([a_key(revoked_on="2026-05-02")])
    [key] = loaded(tmp_path, lambda _: text).parties["IDN"].keys

    assert key.counts_at(datetime(2026, 5, 1, 23, 59, tzinfo=UTC))
    assert not key.counts_at(datetime(2026, 5, 2, tzinfo=UTC))
