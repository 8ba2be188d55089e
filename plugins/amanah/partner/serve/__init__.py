"""A node to talk to: the other party's, with everything it needs on this machine, in one folder that is kept.

For a partner's engineer, and for trying. Databases, SFTP and HTTPS are those of the demonstration.
"""
