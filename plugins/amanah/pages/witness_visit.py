"""A visit to the people whom only a witness of ours knows: how many, and on request, which is kept, who."""

from collections.abc import Sequence

from fastapi.responses import Response
from starlette.datastructures import FormData

from amanah.node.witness.in_neither import Person
from amanah.pages.text import visible
from amanah.pages.visit import Visit
from schemas.dictionary.called import label

_SHOWN = ("name_latin", "birth_date", "sex", "passport_no", "residence_no", "stage", "stage_date")


class WitnessVisit(Visit):
    """One request of one visitor about people in neither register."""

    def witnessed(self) -> Response:
        """How many there are, without anything personal."""
        return self._listed(None)

    def looked_at_people(self, form: FormData) -> Response:
        """Who they are."""
        return self._listed(self._permitted.in_neither(str(form.get("why", ""))))

    def _listed(self, people: Sequence[Person] | None) -> Response:
        words = self._words()
        node = self._its_node

        def column(field: str) -> str:
            return label(node.agreement.stream("placement"), field, words.language)

        view = {
            "counts": self._permitted.counted_in_neither(),
            "people": people,
            "shown": [name for name in _SHOWN if people and any(name in each.values for each in people)],
            "reasons": self._reasons(words),
            "column": column,
            "witness": self._witness,
            "visible": visible,
        }
        return self._page("witnessed", "/witnessed", view)
