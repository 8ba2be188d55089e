#!/bin/sh
# Run once by the postgres image on an empty volume: two databases, each with its own role, neither able to open the
# other. Airflow's bookkeeping never sees a record, a node never sees Airflow's connections.
set -eu

for name in airflow amanah; do
    case $name in
        airflow) password=$AIRFLOW_DB_PASSWORD ;;
        amanah) password=$AMANAH_DB_PASSWORD ;;
    esac
    psql --username postgres --quiet --set ON_ERROR_STOP=1 --set name="$name" --set password="$password" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE CONNECT, TEMPORARY ON DATABASE :"name" FROM PUBLIC;
SQL
done
