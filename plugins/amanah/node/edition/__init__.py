"""An edition of the quarterly evaluation, from the frozen quarter to its members: versions, drafts, decisions, places.

What is computed and how a page looks belongs to ``reports``; this knows where an edition stands and who gets it.
"""
