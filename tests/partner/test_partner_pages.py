"""What docs/protocol.md and docs/partner.md show is what is published and what is written."""

import csv
import json
import re

import pytest
import yaml
from published import validator

from amanah.demo.house import PROJECT
from amanah.partner.settings import PartnerSettings
from schemas.agreement import Agreement

PROTOCOL = (PROJECT / "docs" / "protocol.md").read_text(encoding="utf-8")
PARTNER = (PROJECT / "docs" / "partner.md").read_text(encoding="utf-8")
EXAMPLES = PROTOCOL.partition("<!-- examples")[2].partition("<!-- end of examples")[0]
SHOWN = re.findall(r"^(.+?):\n\n```(json|text)\n(.+?)^```", EXAMPLES, re.M | re.S)


@pytest.mark.parametrize("title", [title for title, language, _ in SHOWN if language == "json"])
def test_an_example_keeps_to_its_published_schema(title: str) -> None:
    said = next(json.loads(text) for each, _, text in SHOWN if each == title)
    name = re.search(r"`(manifest|status|resend|certificate|cases)\.json`", title)
    if name is None:  # a record: behind what is said of it come the fields
        assert (said.pop("action"), said.pop("revision")) == ("new", 1)

    validator(name[1] if name else "complaint").validate(said)


def test_the_example_in_csv_has_the_granted_columns(agreement: Agreement) -> None:
    shown = next(text for title, _, text in SHOWN if "placement.csv" in title)
    header, *rows = csv.reader(shown.splitlines())

    assert header == ["action", "revision", *agreement.granted("placement", sender="IDN")]
    assert [row[:3] for row in rows] == [
        ["correct", "2", "IDN-P-000123"],
        ["withdraw", "2", "IDN-P-000124"],
        ["correct", "2", "IDN-P-000999"],
    ]


def test_the_settings_shown_to_a_partner_are_accepted() -> None:
    example = re.search(r"^```yaml\n(party: .+?)^```", PARTNER, re.M | re.S)
    assert example

    assert PartnerSettings.model_validate(yaml.safe_load(example[1])).party == "IDN"
