"""Disclosure control: from exact counts to figures that tell nothing of few people.

``protect`` hides, pools and rounds (``rule``), cell by cell. ``complement`` then reads the figures as an attacker would
(``audit``): it subtracts, with everything that earlier editions tell, and withholds further cells or refuses.
"""

from reports.disclosure.audit import Exposure, Told
from reports.disclosure.complement import DisclosureError, made_safe
from reports.disclosure.protect import protect
from reports.disclosure.rule import Rule

__all__ = ["DisclosureError", "Exposure", "Rule", "Told", "made_safe", "protect"]
