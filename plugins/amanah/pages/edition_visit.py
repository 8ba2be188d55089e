"""A visit to the editions of the evaluation: what there is, and one draft or edition as it was rendered."""

import base64
import hashlib
import re
from collections.abc import Mapping

from fastapi.responses import HTMLResponse, Response

from amanah.node.edition import shelf
from amanah.node.edition.editions import NoSuchVersion
from amanah.pages.guard import HEADERS
from amanah.pages.visit import Visit
from amanah.pages.visitors import Right

_STYLE = re.compile(rb"<style>(.*?)</style>", re.DOTALL)


class EditionVisit(Visit):
    """One request of one visitor about the editions of one node."""

    def editions(self) -> Response:
        """The drafts and the editions there are."""
        self._permitted.needs(Right.SEE_EDITIONS)
        return self._page("editions", "/editions", {"found": shelf.listed(self._its_node)})

    def draft(self, quarter: str) -> Response:
        """The draft of ``quarter`` in the visitor's language; that they looked is kept."""
        return self._shown(quarter, None)

    def edition(self, quarter: str, version: int) -> Response:
        """A published version in the visitor's language; that they looked is kept."""
        return self._shown(quarter, version)

    def _shown(self, quarter: str, version: int | None) -> Response:
        self._permitted.needs(Right.SEE_EDITIONS)
        who = self._visitor
        try:
            content = shelf.page(
                self._its_node, quarter, version, language=who.language, by=who.name, role=who.role.value
            )
        except NoSuchVersion:
            return self._notice("no_edition", 404)
        return HTMLResponse(content, headers=_headers(content))


def _headers(content: bytes) -> Mapping[str, str]:
    """Ours, but for the policy: the page carries its style and its fonts, and may load and run nothing else."""
    style = _STYLE.search(content)
    digest = base64.b64encode(hashlib.sha256(style[1] if style else b"").digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; font-src data:; form-action 'none'; base-uri 'none'; "
        "frame-ancestors 'self'"
    )
    return {**HEADERS, "Content-Security-Policy": policy}
