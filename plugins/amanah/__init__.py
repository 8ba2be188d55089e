"""Amanah: exchange, reconcile and evaluate migrant-worker records between two governments.

The library runs without Airflow; only ``amanah.airflow`` knows it.
"""

__version__ = "0.1.0"
