#!/bin/sh
# Starts the exchange point. Read from /run/exchange, made by the operator (docs/production.md):
#   host_key                  the server's ed25519 key; its public half is pinned by every party
#   authorized_keys/<account> the public keys of one party; the account is the party's code in small letters
# Kept in /srv/exchange: /<corridor>/<PARTY>/, written by that party alone, read by all; a party makes its own folders
# per stream in it.
set -eu

corridor=${AMANAH_CORRIDOR:?the corridor that meets here, such as idn-sau}
keys=/etc/ssh/exchange/authorized_keys

# sshd reads keys only from files that root owns; those of the operator are owned by the operator.
install -d -m 0755 /run/sshd "$keys" /srv/exchange "/srv/exchange/$corridor"
install -m 0600 /run/exchange/host_key /etc/ssh/exchange/host_key
getent group exchange >/dev/null || groupadd --gid 7000 exchange

for file in /run/exchange/authorized_keys/*; do
    account=$(basename "$file")
    party=$(printf '%s' "$account" | tr '[:lower:]' '[:upper:]')
    # The password '*' matches nothing; without one the account counts as locked and sshd refuses its keys as well.
    id "$account" >/dev/null 2>&1 ||
        useradd --no-create-home --home-dir / --gid exchange --shell /usr/sbin/nologin --password '*' "$account"
    install -m 0644 "$file" "$keys/$account"
    install -d -m 2750 "/srv/exchange/$corridor/$party"
    # A new container may number its accounts differently.
    chown -R "$account:exchange" "/srv/exchange/$corridor/$party"
done

exec /usr/sbin/sshd -D -e -f /etc/ssh/exchange/sshd_config
