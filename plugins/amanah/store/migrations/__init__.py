"""Alembic migrations of a node's database."""
