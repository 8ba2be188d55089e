"""Several systems, one record: which rows are of one placement, whose value counts, what a person must look at.

The result follows from the rows alone, never from the order in which they arrived; only a reference that the partner
has been sent stays what it is.
"""
