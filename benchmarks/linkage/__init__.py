"""Linkage beside its peers: made-up registers with a truth, what is right of what was linked, and what it costs."""
