"""Causes that make it hard to see that two records are about the same person: numbers, names, birth dates."""

from datetime import date, timedelta

from amanah.demo.corridor.arabic import respell, to_arabic
from amanah.demo.corridor.cause import Cause, held_by_both
from amanah.demo.corridor.draw import day_between
from amanah.demo.corridor.pairs import Pair, Planting
from amanah.demo.corridor.papers import renewed
from amanah.demo.corridor.placements import Record
from amanah.demo.corridor.window import Window

TWO_GENERATIONS = 0.3  # of the names that grow: father and grandfather
DAYS_OF_MONTHS = 12  # a day up to this could be read as a month


def _renew_passport(pair: Pair, planting: Planting) -> None:
    origin, _ = pair.both()
    arrived = next(step.day for step in pair.truth.steps if step.stage == "arrived")
    day = day_between(planting.rng, max(arrived, planting.window.start), planting.window.end)
    origin.later += ((day, renewed(pair.truth, planting.issuer.passport(), day)),)


def _lose_passport_history(pair: Pair, _planting: Planting) -> None:
    origin, _ = pair.both()
    origin.lacks |= {"previous_passport_nos", "previous_passport_expiries"}


def _mistype_contract(pair: Pair, planting: Planting) -> None:
    _, destination = pair.both()
    destination.always["contract_no"] = planting.issuer.mistyped(str(pair.truth.values["contract_no"]))


def _add_father(pair: Pair, planting: Planting) -> None:
    _, destination = pair.both()
    grown = pair.truth.person.with_forefathers(2 if planting.rng.random() < TWO_GENERATIONS else 1)
    destination.always |= {"name_latin": grown, "name_arabic": to_arabic(grown)}


def _respell(pair: Pair, planting: Planting) -> None:
    _, destination = pair.both()
    name = str(destination.always.get("name_latin", pair.truth.person.name))
    destination.always["name_latin"] = respell(name, planting.rng)


def _shift_birth_date(pair: Pair, planting: Planting) -> None:
    _, destination = pair.both()
    born = pair.truth.values["birth_date"]
    if not isinstance(born, date):
        raise TypeError("birth_date: expected a date in the truth")
    as_given, converted = ({"birth_date_calendar": calendar} for calendar in ("gregorian", "umm_al_qura"))
    year_only = {**as_given, "birth_date_precision": "year"}
    shifted: list[Record] = [{"birth_date": born + timedelta(days=by), **converted} for by in (1, -1)]
    if (born.month, born.day) != (1, 1):
        shifted.append({"birth_date": born.replace(month=1, day=1), **year_only})
    if born.day <= DAYS_OF_MONTHS and born.day != born.month:
        shifted.append({"birth_date": born.replace(month=born.day, day=born.month), **as_given})
    destination.always |= planting.rng.choice(shifted)


def _living_there(pair: Pair, window: Window) -> bool:
    return held_by_both(pair, window) and not pair.truth.at_risk and pair.truth.reached("arrived", window.end)


def _renewed(pair: Pair, _window: Window) -> bool:
    return "passport_renewed" in pair.causes


def _one_word(pair: Pair, window: Window) -> bool:
    return held_by_both(pair, window) and len(pair.truth.person.words) == 1


def _more_words(pair: Pair, window: Window) -> bool:
    return held_by_both(pair, window) and len(pair.truth.person.words) > 1


IDENTITY = (
    Cause("passport_renewed", _living_there, _renew_passport, shows_in="passport_no"),
    Cause("passport_history_lost", _renewed, _lose_passport_history),
    Cause("contract_typo", held_by_both, _mistype_contract, shows_in="contract_no"),
    Cause("mononym", _one_word, _add_father, shows_in="name_latin"),
    Cause("name_added_father", _more_words, _add_father, shows_in="name_latin"),
    Cause("arabic_respelling", held_by_both, _respell, shows_in="name_latin"),
    Cause("birth_date_shift", held_by_both, _shift_birth_date, shows_in="birth_date"),
)
