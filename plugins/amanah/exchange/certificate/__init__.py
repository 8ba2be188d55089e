"""Certificates: each side signs what both held of a month, so that either can prove it, and a difference is found."""
