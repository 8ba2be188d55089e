"""Parquet files from outside, which may be made to do harm: read in bounded memory, or refused.

The sizes of all pages are known before one is unpacked, and the length of every text before it is written out.
"""

from amanah.foreign_parquet.reading import batches
from amanah.foreign_parquet.sizes import Column, Unfit

__all__ = ["Column", "Unfit", "batches"]
