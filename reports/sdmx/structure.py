"""The structure that the observations follow: an SDMX-JSON 2.0 structure message with its code lists."""

import json
from collections.abc import Mapping
from typing import Any

from reports import indicators, words
from reports.publication import About, Publication
from reports.sdmx.components import (
    AGENCY,
    COMPONENTS,
    CONF_STATUS,
    DATAFLOW,
    FREQUENCIES,
    NOT_APPLICABLE,
    OBS_STATUS,
    UNITS,
    VERSION,
    Component,
    code_of,
)
from reports.words import Words

_SCHEMA = (
    "https://raw.githubusercontent.com/sdmx-twg/sdmx-json/master/structure-message/tools/schemas/2.0.0/"
    "sdmx-json-structure-schema.json"
)
_URN = "urn:sdmx:org.sdmx.infomodel"
_CONCEPTS = "CS_EVALUATION"

Artefact = dict[str, Any]
Names = Mapping[str, str]


def structure(publication: Publication) -> str:
    """The content of ``publish.sdmx.json``: the same bytes for the same publication."""
    message = {"meta": _meta(publication.about), "data": _artefacts(publication)}
    return json.dumps(message, indent=1, ensure_ascii=False) + "\n"


def _meta(about: About) -> Artefact:
    return {
        "schema": _SCHEMA,
        "id": code_of(f"{about.agreement}-{about.quarter}"),
        "test": about.environment == "test",
        "prepared": about.frozen_at.isoformat(),
        "contentLanguages": list(about.title),
        "sender": {"id": code_of(about.frozen_by)},
    }


def _artefacts(publication: Publication) -> Artefact:
    lists: dict[str, dict[str, Names]] = {
        "CL_FREQ": _english(FREQUENCIES),
        "CL_INDICATOR": {code_of(each.id): each.name for each in indicators.load().indicators},
        "CL_COLUMN": _columns(publication),
        "CL_UNIT_MEASURE": _english(UNITS),
        "CL_OBS_STATUS": _english(OBS_STATUS),
        "CL_CONF_STATUS": _english(CONF_STATUS),
    }
    concepts = [{"id": each.id, **_named({"en": each.name})} for each in COMPONENTS]
    return {
        "conceptSchemes": [_kept(_CONCEPTS, {"en": "Concepts of the quarterly evaluation"}, concepts=concepts)],
        "codelists": [
            _kept(id_, {"en": id_}, codes=[{"id": code, **_named(names)} for code, names in codes.items()])
            for id_, codes in lists.items()
        ],
        "dataStructures": [
            _kept(DATAFLOW, {"en": "Quarterly evaluation of a corridor"}, dataStructureComponents=_components())
        ],
        "dataflows": [
            _kept(DATAFLOW, publication.about.title, structure=_urn("datastructure.DataStructure", DATAFLOW))
        ],
    }


def _columns(publication: Publication) -> dict[str, Names]:
    speakers = [Words(words.load(language), publication.about) for language in publication.about.title]
    used = {column.code for figure in publication.figures for column in figure.columns if column.unit != "state"}
    named: dict[str, Names] = {
        code_of(code): {words.language: words.code(code) for words in speakers} for code in sorted(used)
    }
    return named | {NOT_APPLICABLE: {"en": "Not applicable"}}


def _components() -> Artefact:
    def of(*roles: str) -> list[Component]:
        return [each for each in COMPONENTS if each.role in roles]

    dimensions = [{**_component(each), "position": place} for place, each in enumerate(of("dimension"), start=1)]
    attributes = [
        {**_component(each), "usage": _usage(each), "attributeRelationship": {"observation": {}}}
        for each in of("attribute")
    ]
    return {
        "dimensionList": {
            "id": "DimensionDescriptor",
            "dimensions": dimensions,
            "timeDimension": _component(*of("time")),
        },
        "measureList": {
            "id": "MeasureDescriptor",
            "measures": [{**_component(each), "usage": _usage(each)} for each in of("measure")],
        },
        "attributeList": {"id": "AttributeDescriptor", "attributes": attributes},
    }


def _component(component: Component) -> Artefact:
    values: Artefact = (
        {"enumeration": _urn("codelist.Codelist", component.codes)}
        if component.codes
        else {"format": {"dataType": component.kind}}
    )
    concept = f"{_urn('conceptscheme.Concept', _CONCEPTS)}.{component.id}"
    return {"id": component.id, "conceptIdentity": concept, "localRepresentation": values}


def _usage(component: Component) -> str:
    return "mandatory" if component.required else "optional"


def _kept(id_: str, names: Names, **content: object) -> Artefact:
    return {"id": id_, "agencyID": AGENCY, "version": VERSION, **_named(names), **content}


def _named(names: Names) -> Artefact:
    return {"name": names["en"], "names": dict(names)}


def _english(names: Names) -> dict[str, Names]:
    return {code: {"en": name} for code, name in names.items()}


def _urn(kind: str, id_: str) -> str:
    return f"{_URN}.{kind}={AGENCY}:{id_}({VERSION})"
