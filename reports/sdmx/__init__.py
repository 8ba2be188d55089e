"""The edition for statistical systems: SDMX-CSV 2.0 and the structure it follows, both from ``publish.json`` alone."""

from reports.sdmx.observations import observations
from reports.sdmx.structure import structure

__all__ = ["observations", "structure"]
