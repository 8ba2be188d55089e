"""The HTTPS wire: a service over the exchange point's folder tree, and the client that a node reaches it with.

The service stores and hands out sealed packages; it opens none, holds no key of either party, and is no more trusted
than a postman. The tree is the one an SSH server may serve beside it, so that a package has the same bytes on both
wires. What a package holds, and what becomes of it, belongs to the rest of ``amanah.exchange``.
"""
