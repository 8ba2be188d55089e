"""One node's database: its tables, how they are migrated, and how records go in and out.

Nothing above decides here; nothing here knows a pipeline, a partner or a rule of reconciliation.
"""
