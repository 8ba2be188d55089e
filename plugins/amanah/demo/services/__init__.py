"""The services that a demonstration needs on one machine: PostgreSQL, an SSH file server, a mail catcher, Airflow.

Every service listens on 127.0.0.1 only, writes inside one folder only, and ends with the program that started it.
Nothing here is meant for production: there, PostgreSQL, OpenSSH and Airflow are run by those who run servers.
"""
