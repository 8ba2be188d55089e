"""Witnesses in a node: sources of our own that fill no record, and are heard beside both sides.

What is loaded of them stays apart from our records (`loading`), one record of each person counts (`newest`), and at
the end of a month's reconciliation they are heard about what was found (`hearing`). Nothing of it leaves the node.
"""
