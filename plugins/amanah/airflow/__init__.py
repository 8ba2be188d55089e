"""Airflow's side: the only place in the library that knows it. Tasks call the node's verbs, nothing more."""
