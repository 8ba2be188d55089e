"""The one exception of reconciliation."""


class ReconcileError(ValueError):
    """Records cannot be reconciled as given. The text names file, record or field, never a personal value."""
