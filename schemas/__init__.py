"""The shared contract: what both governments sign.

Record models, code lists, the agreement and the envelope of a package, with the JSON Schema published from
them. This package imports nothing else of ours, so that a partner can take it alone.
"""
