"""Validation in bulk: a file against the contract, column by column where that is sure, by pydantic where it is not."""

from amanah.quality.bulk.blocks import UnreadableFile
from amanah.quality.bulk.outputs import UnusableFolder
from amanah.quality.bulk.validation import Outcome, validate

__all__ = ["Outcome", "UnreadableFile", "UnusableFolder", "validate"]
