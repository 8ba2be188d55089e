"""Contradictions in an agreement: entries each well formed that cannot all hold, found all at once."""

from collections.abc import Iterator, Mapping
from typing import Any

from schemas import codelists
from schemas.agreement_keys import key_faults
from schemas.clause_view import Clauses, as_day, did_you_mean
from schemas.located_yaml import Fault, Location
from schemas.stream_faults import stream_faults

ASSESSMENTS = ("data_protection_impact", "transfer_risk")
_MONEY = ("minimum_wage", "cost_cap", "worker_cost_cap")
_PROTECTION_LISTS = {
    "wage_complaints": "complaint_kind",
    "open_complaint_stages": "complaint_stage",
    "known_by_both": "placement_stage",
}


def contradictions(data: Mapping[str, Any]) -> list[Fault]:
    """Everything in the clauses ``data`` that contradicts something else there or in the contract."""
    clauses = Clauses(data)
    return [
        *_identity_faults(clauses),
        *_language_faults(clauses),
        *_purpose_faults(clauses),
        *_code_faults(clauses),
        *_money_faults(clauses),
        *_rate_faults(clauses),
        *_wire_faults(clauses),
        *key_faults(clauses),
        *_assessment_faults(clauses),
        *_member_faults(clauses),
        *(fault for stream in clauses.entries("streams") for fault in stream_faults(clauses, stream)),
    ]


def _identity_faults(clauses: Clauses) -> Iterator[Fault]:
    expected = "-".join(clauses.parties).lower()
    if clauses.text("id") not in (None, expected):
        yield Fault(("id",), f"expected {expected}, the codes of the parties in their order")
    start, end = clauses.day("in_force_from"), clauses.day("in_force_until")
    if start is not None and end is not None and end <= start:
        yield Fault(("in_force_until",), "must lie after in_force_from")
    for party in clauses.parties:
        for where, authority in list(_mappings(clauses, "parties", party, "authorities"))[:1]:
            since = as_day(authority.get("since"))
            if start is not None and since is not None and since > start:
                yield Fault((*where, "since"), "nobody speaks for the party between in_force_from and this day")


def _language_faults(clauses: Clauses) -> Iterator[Fault]:
    needed = {"en", *(language for _, language in clauses.texts("report", "languages"))}  # mails are in English
    needed |= {language for party in clauses.parties for _, language in clauses.texts("parties", party, "languages")}
    named: list[tuple[Location, object]] = [(("title",), clauses.at("title"))]
    for party in clauses.parties:
        authorities = _mappings(clauses, "parties", party, "authorities")
        named += [((*where, "names"), authority.get("names")) for where, authority in authorities]
    for where, words in named:
        for language in sorted(needed):
            if isinstance(words, Mapping) and language not in words:
                yield Fault(where, f"has no text in {language!r}, a language of mails, of the report or of a party")


def _purpose_faults(clauses: Clauses) -> Iterator[Fault]:
    for purpose in clauses.entries("purposes"):
        grounds = clauses.entries("purposes", purpose, "grounds")
        for party in clauses.parties:
            if party not in grounds:
                yield Fault(("purposes", purpose, "grounds"), f"{party} has no legal ground for this purpose")
        for party in grounds:
            if party not in clauses.parties:
                yield Fault(("purposes", purpose, "grounds", party), "is not one of the parties")


def _code_faults(clauses: Clauses) -> Iterator[Fault]:
    areas = tuple(area for _, area in clauses.texts("areas"))
    agreed = tuple(clauses.entries("streams"))
    for party in clauses.parties:
        for where, route in _mappings(clauses, "parties", party, "routes"):
            view = Clauses(route)
            yield from _unlisted(where, view, "areas", areas, "one of the agreement's areas")
            yield from _unlisted(where, view, "streams", agreed, "an agreed stream")
    for clause, name in _PROTECTION_LISTS.items():
        yield from _unlisted(
            ("protection",), Clauses(clauses.entries("protection")), clause, _codes(name), f"a code of {name}"
        )
    stage = clauses.text("protection", "absconding_stage")
    stages = _codes("placement_stage")
    if stage is not None and stage not in stages:
        where = ("protection", "absconding_stage")
        yield Fault(where, f"{stage!r} is not a code of placement_stage{did_you_mean(stage, stages)}")


def _money_faults(clauses: Clauses) -> Iterator[Fault]:
    agreed = tuple(currency for _, currency in clauses.texts("currencies"))
    for threshold in _MONEY:
        currency = clauses.text("thresholds", threshold, "currency")
        if currency is not None and currency not in agreed:
            said = f"{currency!r} is not one of the agreement's currencies{did_you_mean(currency, agreed)}"
            yield Fault(("thresholds", threshold, "currency"), said)


def _rate_faults(clauses: Clauses) -> Iterator[Fault]:
    agreed = tuple(currency for _, currency in clauses.texts("currencies"))
    told: set[frozenset[str]] = set()
    for where, rate in _mappings(clauses, "rates"):
        named = [(entry, rate[entry]) for entry in ("one", "of") if isinstance(rate.get(entry), str)]
        for entry, currency in named:
            if currency not in agreed:
                said = f"{currency!r} is not one of the agreement's currencies{did_you_mean(currency, agreed)}"
                yield Fault((*where, entry), said)
        pair = frozenset(currency for _, currency in named)
        if len(named) == len(("one", "of")) and (len(pair) == 1 or pair in told):
            yield Fault(where, "between two currencies one rate is agreed, and none of a currency with itself")
        told.add(pair)


def _wire_faults(clauses: Clauses) -> Iterator[Fault]:
    use = clauses.text("transport", "use")
    for where, wire in clauses.texts("transport", "fallback"):
        if wire == use:
            yield Fault(where, f"{wire} falls back on itself")


def _assessment_faults(clauses: Clauses) -> Iterator[Fault]:
    found = list(_mappings(clauses, "assessments"))
    start = clauses.day("in_force_from")
    for where, assessment in found:
        review = as_day(assessment.get("review_by"))
        if start is not None and review is not None and review < start:
            yield Fault((*where, "review_by"), "lies before in_force_from; nothing could ever leave")
        party = assessment.get("party")
        if isinstance(party, str) and party not in clauses.parties:
            yield Fault((*where, "party"), f"{party!r} is not one of the parties")
    for kind in ASSESSMENTS:
        if kind not in [assessment.get("kind") for _, assessment in found]:
            yield Fault(("assessments",), f"no {kind} is named; without one nothing may leave")


def _member_faults(clauses: Clauses) -> Iterator[Fault]:
    languages = tuple(language for _, language in clauses.texts("report", "languages"))
    named: set[object] = set()
    for where, member in _mappings(clauses, "report", "members"):
        party, mail = member.get("party"), member.get("mail")
        if isinstance(party, str) and party not in clauses.parties:
            yield Fault((*where, "party"), f"{party!r} is not one of the parties")
        language = member.get("language")
        if languages and isinstance(language, str) and language not in languages:
            yield Fault((*where, "language"), f"{language!r} is not a language of the report")
        if isinstance(mail, str) and mail in named:
            yield Fault((*where, "mail"), "stands twice; name each member once")
        named.add(mail)


def _unlisted(where: Location, view: Clauses, entry: str, known: tuple[str, ...], what: str) -> Iterator[Fault]:
    for (*_, place), item in view.texts(entry):
        if item not in known:
            yield Fault((*where, entry, place), f"{item!r} is not {what}{did_you_mean(item, known)}")


def _mappings(clauses: Clauses, *where: str) -> Iterator[tuple[Location, Mapping[str, Any]]]:
    found = clauses.at(*where)
    for place, item in enumerate(found if isinstance(found, list | tuple) else ()):
        if isinstance(item, Mapping):
            yield (*where, place), item


def _codes(name: str) -> tuple[str, ...]:
    return codelists.load(name).codes
