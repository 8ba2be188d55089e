"""The conformance check: talks to a node as its partner, rightly and wrongly, and judges what it answers.

It speaks the protocol and nothing else: no database, no service of its own, its memory is a folder. ``conversation``
puts packages at the exchange point and reads what comes back; ``records`` makes the records that are sent; ``course``
says what is sent in which order and what must come of it; ``https`` holds the requests that an exchange point must
refuse; ``judging`` compares.
"""

from amanah.partner.check.finding import Finding
from amanah.partner.check.run import check

__all__ = ["Finding", "check"]
