"""Transforms of text into dates, and into what is known about a date."""

from collections.abc import Callable
from datetime import date

from amanah.sources.transforms.days import FIRST_HIJRI, LAST_HIJRI, Calendar, Form, Written
from amanah.sources.transforms.transform import Transform

_HIJRI_YEARS = f"the year from {FIRST_HIJRI} to {LAST_HIJRI}"

FORMS = {
    "date_iso": Form(day_first=False, calendar=Calendar.GREGORIAN),
    "date_dmy": Form(day_first=True, calendar=Calendar.GREGORIAN),
    "date_hijri": Form(day_first=False, calendar=Calendar.UMM_AL_QURA),
    "date_hijri_dmy": Form(day_first=True, calendar=Calendar.UMM_AL_QURA),
    "date_either": Form(day_first=False, calendar=None),
    "date_either_dmy": Form(day_first=True, calendar=None),
}


def _expected(form: Form) -> str:
    order = "DD/MM/YYYY" if form.day_first else "YYYY-MM-DD"
    if form.calendar is Calendar.GREGORIAN:
        return f"a date as {order}"
    if form.calendar is Calendar.UMM_AL_QURA:
        return f"a Hijri date as {order}, {_HIJRI_YEARS}"
    return f"a date as {order}, Hijri with {_HIJRI_YEARS} or Gregorian"


def _whole(name: str, form: Form) -> Transform:
    return Transform(name, date, _expected(form), lambda text: form.read(text).gregorian, form.write, of_date=True)


DATES = tuple(_whole(name, form) for name, form in FORMS.items())


def partial(name: str) -> Transform:
    """The date, or the first day of the month or year when no more is known."""
    return _part("partial", name, date, lambda written: written.gregorian)


def precision_of(name: str) -> Transform:
    """How much of the same text is known: ``day``, ``month`` or ``year``."""
    return _part("precision_of", name, str, lambda written: written.precision.value)


def calendar_of(name: str) -> Transform:
    """In which calendar the same text is: ``gregorian`` or ``umm_al_qura``."""
    return _part("calendar_of", name, str, lambda written: written.calendar.value)


def _part(family: str, name: str, gives: type, take: Callable[[Written], object]) -> Transform:
    if name not in FORMS:
        raise ValueError(f"{family}: needs a date transform such as {family}:date_dmy; there are {', '.join(FORMS)}")
    form = FORMS[name]

    def read(text: str) -> object:
        return take(form.read(text, partly=True))

    expects = f"{_expected(form)}; what is not known is 00 or left out"
    return Transform(f"{family}:{name}", gives, expects, read, of_date=True)
