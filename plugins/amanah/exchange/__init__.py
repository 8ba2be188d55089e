"""The exchange: packages, seals, transports, answers, and the ledger that proves what happened.

Knows nothing of where records come from or what is done with them afterwards.
"""
