#!/bin/sh
# Run once by the postgres image on an empty volume: two databases, neither open to the other's roles. Airflow's
# bookkeeping never sees a record, a node never sees Airflow's connections. The partner of a rehearsal runs without
# Airflow: where there is no AIRFLOW_DB_PASSWORD, there is no such database.
#
# The node's database has two roles: amanah_owner owns the tables and migrates them, amanah works with them. So nothing
# that runs every day could change the ledger, whatever it was made to do.
set -eu

for name in ${AIRFLOW_DB_PASSWORD:+airflow} amanah; do
    case $name in
        airflow) owner=airflow password=$AIRFLOW_DB_PASSWORD ;;
        amanah) owner=amanah_owner password=$AMANAH_OWNER_PASSWORD ;;
    esac
    psql --username postgres --quiet --set ON_ERROR_STOP=1 --set name="$name" --set owner="$owner" \
        --set password="$password" <<'SQL'
CREATE ROLE :"owner" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"owner";
REVOKE CONNECT, TEMPORARY ON DATABASE :"name" FROM PUBLIC;
SQL
done
psql --username postgres --quiet --set ON_ERROR_STOP=1 --set password="$AMANAH_DB_PASSWORD" <<'SQL'
CREATE ROLE amanah LOGIN PASSWORD :'password';
SQL
