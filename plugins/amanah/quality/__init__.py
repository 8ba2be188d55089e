"""Quality: every record against its model, every batch against what is expected of it.

What fails a model goes to quarantine with the reason and is never lost; what fails as a batch stops the publish.
"""
