"""One visit: a request of somebody who has signed in, answered with a page, a file, or a page that says why not."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from amanah.cases.actions import ChangedMeanwhile, NoSuchCase
from amanah.cases.ageing import Age
from amanah.cases.deeds import NotAllowed, resolutions
from amanah.cases.lifecycle import WaitsFor
from amanah.node import Node
from amanah.node.amending import CannotAmend
from amanah.node.case_records import Records
from amanah.node.casework import Shown
from amanah.node.witness.in_neither import called
from amanah.pages import export
from amanah.pages.guard import HEADERS, check_form
from amanah.pages.permitted import FILTERS, REASONS, Permitted, Unusable
from amanah.pages.render import PageWords, page
from amanah.pages.text import visible
from amanah.pages.visitors import Forbidden, Visitor, visitor
from schemas import codelists
from schemas.codelists import LANGUAGES
from schemas.dictionary.called import label

SEVERITIES = ("high", "medium", "low")
_MOST_FIELDS = 300  # of a form: as many cases as a page has, and some more
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Visit:
    """One request of one visitor to the pages of one node."""

    def __init__(self, request: Request, party: str, node: Node | None, name: str) -> None:
        self._request = request
        self._party = party
        self._node = node
        self._name = name
        asked = request.query_params.get("lang")
        self._asked = asked if asked in LANGUAGES else None

    def safely(self, answer: Callable[[], Response]) -> Response:
        """The answer, or a page that says why there is none."""
        if self._node is None:
            return Response("not found", 404, headers=dict(HEADERS))
        try:
            return answer()
        except Forbidden:
            return self._notice("forbidden", 403)
        except NoSuchCase:
            return self._notice("missing", 404)
        except Unusable as error:
            return Response(str(error), 400, headers=dict(HEADERS))

    async def posted(self, answer: Callable[[FormData], Response]) -> Response:
        """The answer to a form of ours."""
        form = await self._request.form(max_files=0, max_fields=_MOST_FIELDS)
        return await run_in_threadpool(self.safely, lambda: self._checked(form, answer))

    def _checked(self, form: FormData, answer: Callable[[FormData], Response]) -> Response:
        store = self._its_node.store
        check_form(self._request, store, self._name, str(form.get("token", "")))
        return answer(form)

    def worklist(self) -> Response:
        """The list, or a page of it."""
        asked = self._filters()
        after = self._request.query_params.get("after", "")
        lines, more = self._permitted.listed(asked, after=after)
        counts = self._permitted.counts(asked)
        found = sum(counts.values()) if not asked["age"] else counts[asked["age"]]
        return self._list(asked | {"after": after}, lines, more, counts, found)

    def searched(self, form: FormData) -> Response:
        """What a document's number leads to."""
        lines = self._permitted.of_document(str(form.get("document", "")))
        asked = dict.fromkeys(FILTERS, "")
        return self._list(asked | {"after": ""}, lines, None, self._permitted.counts(asked), None)

    def file(self, form: str) -> Response:
        """The list as a file."""
        lines = self._permitted.every(self._filters())
        named = {"Content-Disposition": f'attachment; filename="worklist-{self._party}.{form}"'}
        if form == "csv":
            return StreamingResponse(export.as_csv(lines), media_type="text/csv", headers={**HEADERS, **named})
        if form == "xlsx":
            return Response(export.as_xlsx(lines), media_type=_XLSX, headers={**HEADERS, **named})
        raise Unusable("csv or xlsx")

    def case(self, number: str) -> Response:
        """One case."""
        return self._case(self._permitted.outline(number), None)

    def looked(self, number: str, form: FormData) -> Response:
        """One case with both records."""
        return self._case(*self._permitted.records(number, str(form.get("why", ""))))

    def done(self, number: str, form: FormData) -> Response:
        """Back to the case once it is done, or the case with what kept it from being done."""
        try:
            self._permitted.act(number, {name: str(value) for name, value in form.items()})
        except ChangedMeanwhile:
            return self._case(self._permitted.outline(number), None, fault="case.changed", status=409)
        except (NotAllowed, CannotAmend) as error:
            return self._case(
                self._permitted.outline(number), None, fault="case.not_done", detail=str(error), status=422
            )
        return self._back(f"/case/{number}")

    def done_to_all(self, form: FormData) -> Response:
        """Back to the list."""
        self._permitted.act_on_all([str(each) for each in form.getlist("chosen")], str(form.get("action", "")))
        return self._back("/worklist")

    @property
    def _its_node(self) -> Node:
        if self._node is None:
            raise Forbidden
        return self._node

    @cached_property
    def _permitted(self) -> Permitted:
        return Permitted(self._its_node, self._visitor)

    @cached_property
    def _visitor(self) -> Visitor:
        try:
            return visitor(self._its_node, self._name, language=self._asked)
        except Forbidden:
            self._its_node.cases.refused("-", by=self._name, role="-", why="not among the people")
            raise

    def _filters(self) -> dict[str, str]:
        return {name: self._request.query_params.get(name, "") for name in FILTERS}

    def _back(self, to: str) -> Response:
        language = f"?lang={self._asked}" if self._asked else ""
        return RedirectResponse(f"{self._base}{to}{language}", 303, headers=dict(HEADERS))

    @property
    def _base(self) -> str:
        return f"{self._request.scope.get('root_path', '')}/{self._party}"

    def _list(
        self, asked: dict[str, str], lines: Any, more: str | None, counts: Mapping[str, int], found: int | None
    ) -> Response:
        words = self._words()
        theirs = self._visitor.desks
        view = {
            "asked": asked,
            "language": self._asked,
            "cases": lines,
            "next": more,
            "found": found,
            "counts": {age.value: counts.get(age.value, 0) for age in Age},
            "states": _listed(words, "case_state"),
            "classes": _listed(words, "discrepancy_class"),
            "severities": [(each, words(f"severities.{each}")) for each in SEVERITIES],
            "ages": [(each.value, words(f"ages.{each.value}")) for each in Age],
            "desks": [(each, each) for each in (theirs if theirs is not None else self._desks())],
            "in_neither": sum(each.people for each in self._permitted.counted_in_neither()),
        }
        return self._page("worklist", "/worklist", view)

    def _case(
        self,
        shown: Shown,
        records: Records | None,
        *,
        fault: str | None = None,
        detail: str | None = None,
        status: int = 200,
    ) -> Response:
        words = self._words()
        agreement = self._its_node.agreement
        stream = agreement.stream(shown.case.stream)
        view = {
            "shown": shown,
            "records": records,
            "looks": self._permitted.looks(shown.case.number),
            "fault": words(fault) if fault else None,
            "detail": detail,
            "reasons": self._reasons(words),
            "resolutions": [
                (each.value, words.label("case_resolution", each.value)) for each in resolutions(agreement)
            ],
            "waits": [(each.value, words(f"waits.{each.value}")) for each in WaitsFor],
            "desks": [(each, each) for each in self._desks() if each != shown.case.desk],
            "called": lambda field: label(stream, field, words.language),
            "witness": self._witness,
            "visible": visible,
        }
        return self._page("case", f"/case/{shown.case.number}", view, status)

    def _notice(self, about: str, status: int) -> Response:
        if self._name not in self._its_node.people.people:  # there is no language to say more in
            return Response("forbidden", 403, headers=dict(HEADERS))
        return self._page("notice", "/worklist", {"about": about}, status)

    def _page(self, template: str, path: str, view: dict[str, Any], status: int = 200) -> Response:
        return page(
            template,
            self._visitor,
            base=self._base,
            store=self._its_node.store,
            path=path,
            asked=self._asked,
            view={**view, "party": self._party},
            status=status,
        )

    def _words(self) -> PageWords:
        return PageWords(self._visitor.language)

    def _witness(self, name: str) -> str:
        return called(self._its_node.consolidation, name, self._visitor.language)

    @staticmethod
    def _reasons(words: PageWords) -> list[tuple[str, str]]:
        return [(each, words(f"case.reasons.{each}")) for each in REASONS]

    def _desks(self) -> list[str]:
        return sorted({route.official for route in self._its_node.agreement.parties[self._its_node.us].routes})


def _listed(words: PageWords, name: str) -> list[tuple[str, str]]:
    return [(code, words.label(name, code)) for code in codelists.load(name).codes]
