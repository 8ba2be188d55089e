"""How long a server that is busy is waited for."""

from datetime import UTC, datetime

import pytest

from amanah.patience import Patience

NOW = datetime(2026, 7, 1, tzinfo=UTC)
ONE_MINUTE_ON = str(int(datetime(2026, 7, 1, 0, 1, tzinfo=UTC).timestamp()))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "Wed, 01 Jul 2026 00:00:30 GMT"}, 30),
        ({"Retry-After": "Wed, 01 Jul 2026 00:00:30 -0000"}, 30),
        ({"Retry-After": "Tue, 30 Jun 2026 23:00:00 GMT"}, 0),
        ({"Retry-After": "120"}, 120),
        ({"Retry-After": "121"}, None),
        ({"Retry-After": "7", "X-RateLimit-Reset": "90"}, 7),
        ({"X-RateLimit-Reset": "90"}, 90),
        ({"RateLimit-Reset": "3"}, 3),
        ({"X-RateLimit-Reset": ONE_MINUTE_ON}, 60),
    ],
)
def test_a_server_is_waited_for_as_long_as_it_says_unless_that_is_too_long(headers, seconds):
    assert Patience(longest=120).seconds(1, headers, now=NOW) == seconds


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "soon"}, {"X-RateLimit-Reset": "tomorrow"}])
def test_one_that_does_not_say_is_waited_for_longer_each_time_with_some_chance(headers):
    patience = Patience(attempts=9, first=1, longest=20)
    for attempt, most in enumerate([1, 2, 4, 8, 16, 20, 20, 20], start=1):
        drawn = {patience.seconds(attempt, headers, now=NOW) for _ in range(20)}
        assert len(drawn) > 1
        assert all(most / 2 <= seconds <= most for seconds in drawn)


def test_patience_ends():
    assert Patience(attempts=3).seconds(2, {}, now=NOW) is not None
    assert Patience(attempts=3).seconds(3, {"Retry-After": "0"}, now=NOW) is None
