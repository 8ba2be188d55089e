"""Cases: a discrepancy somebody owns, with a deadline, and the mail that tells them.

Mails carry counts and case numbers, never a name, a document number or an amount.
"""
