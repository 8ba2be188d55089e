"""Pages for people: the worklist of a desk and its cases, behind a sign-in, by role and desk, in three languages.

Airflow's API server serves them through the plugin with its own sign-in; ``amanah pages`` serves them without Airflow.
Opening a page changes nothing, and shows nothing personal: a POST does, and it is kept who looked and what for.
"""
