"""The partner kit: a node to talk to, a check of somebody else's node, samples to compare with.

What a partner's engineer needs before the first live message. Nothing here is part of a running node.
"""
