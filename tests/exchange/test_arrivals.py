"""What a waiting trigger has to know of what has come already."""

import pytest
from builders import a_placement
from corridor import NEXT_MONTH

from amanah.exchange.arrivals import Awaited, awaited

pytestmark = pytest.mark.slow


def test_only_messages_to_us_that_are_not_here_are_new():
    here = Awaited("/idn-sau/SAU/placement", "SAU", "IDN", "placement", upto=4, beyond=(6,))
    new = [
        name
        for name in (
            *(f"SAU-IDN-placement-{number:06}.tar.pgp" for number in range(1, 9)),
            "SAU-IDN-placement-000007.tar.pgp.part",
            "SAU-KEN-placement-000007.tar.pgp",
            "SAU-IDN-complaint-000007.tar.pgp",
            "readme.txt",
        )
        if here.is_new(name)
    ]

    assert new == [f"SAU-IDN-placement-{number:06}.tar.pgp" for number in (5, 7, 8)]
    assert Awaited.of_json(here.as_json()) == here


def test_what_was_collected_is_not_awaited_any_more(corridor):
    corridor.send(a_placement("IDN-P-1"))
    corridor.send(a_placement("IDN-P-2"), month=NEXT_MONTH)
    before = {each.stream: each for each in awaited(corridor.sau.endpoint)}
    corridor.sau.collect(corridor.wires["SAU"])
    after = {each.stream: each for each in awaited(corridor.sau.endpoint)}

    assert before["placement"] == Awaited("/idn-sau/IDN/placement", "IDN", "SAU", "placement", 0, ())
    assert (after["placement"].upto, after["complaint"].upto, after["status"].upto) == (2, 0, 0)
