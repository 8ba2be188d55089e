#!/bin/sh
# Fetch what they say, and read the answer to a message of ours: answer.sh MESSAGE-ID
#
# Prints the receipt once everything in it is checked. Ends with 0: accepted, every record taken; 1: rejected, or records
# refused (status.json beside it says which); 3: not answered yet. Anything that does not fit ends with 4.
set -eu
umask 077
. "${AMANAH_SETTINGS:-./settings.sh}"
export GNUPGHOME
id=$1
folder=$FOLDER/$THEM/status
inbox=$STATE/inbox
mkdir -p "$inbox"

fail() {
    echo "answer.sh: $1" >&2
    exit 4
}

exchange() {
    sftp -q -b - -P "$SFTP_PORT" -i "$SFTP_KEY" -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes \
        -o UserKnownHostsFile="$KNOWN_HOSTS" "$SFTP_USER@$SFTP_HOST"
}

# gpg ends well for what nobody signed, too: only a good signature by their fingerprint (the line's last word) counts.
signed_by_them() {
    grep -q '^\[GNUPG:\] GOODSIG ' "$1" && grep "^\[GNUPG:\] VALIDSIG " "$1" | grep -q " $THEIR_KEY\$"
}

# Open a status message into a folder, or leave nothing.
open() {
    name=$1 room=$inbox/.opening
    rm -rf "$room"
    mkdir "$room"
    gpg --batch --quiet --status-fd 3 --output "$room/package.tar" --decrypt "$inbox/$name" 3>"$room/gpg" 2>/dev/null ||
        fail "$name cannot be opened"
    signed_by_them "$room/gpg" || fail "$name is not signed by $THEIR_KEY"
    [ "$(tar -tf "$room/package.tar" | head -n 1)" = manifest.json ] || fail "$name: manifest.json is not first"
    for part in manifest.json status.json receipt.asc resend.json; do # only these names are ever written
        tar -xOf "$room/package.tar" "$part" >"$room/$part" 2>/dev/null || rm -f "$room/$part"
    done
    for part in status.json receipt.asc resend.json; do # the manifest names the hash of each
        if [ -f "$room/$part" ]; then
            grep -q "$(sha256sum <"$room/$part" | cut -d' ' -f1)" "$room/manifest.json" || fail "$name: $part differs"
        fi
    done
    rm -f "$room/package.tar" "$room/gpg"
    mv "$room" "$inbox/${name%.tar.pgp}"
}

# Whatever is new in their stream status, in the order of its numbers.
echo "-ls -1 $folder" | exchange >"$inbox/.list" 2>/dev/null || {
    echo "answer.sh: the exchange point cannot be reached" >&2
    exit 3
}
while read -r path; do
    name=${path##*/}
    case $name in "$THEM-$US-status-"*.tar.pgp) ;; *) continue ;; esac
    [ -d "$inbox/${name%.tar.pgp}" ] && continue
    echo "get $folder/$name $inbox/$name" | exchange >/dev/null
    open "$name"
done <"$inbox/.list"

# The receipt says in plain lines what status.json says; it is signed by itself.
for room in "$inbox/$THEM-$US-status-"*/; do
    [ -f "$room/receipt.asc" ] || continue
    gpg --batch --yes --quiet --status-fd 3 --output "$room/receipt.txt" --decrypt "$room/receipt.asc" \
        3>"$room/gpg" 2>/dev/null || fail "$room: the receipt's signature is not valid"
    signed_by_them "$room/gpg" || fail "$room: the receipt is not signed by $THEIR_KEY"
    rm -f "$room/gpg"
    grep -qx "answers $id" "$room/receipt.txt" || continue

    has() { grep -qx "$1" "$room/receipt.txt"; }
    has "amanah receipt 1" || fail "$room: not a receipt"
    has "package_sha256 $(sha256sum <"$STATE/$id/$id.tar.pgp" | cut -d' ' -f1)" || fail "$room: other bytes than we sent"
    has "manifest_sha256 $(sha256sum <"$STATE/$id/manifest.json" | cut -d' ' -f1)" || has "manifest_sha256 -" ||
        fail "$room: another manifest than we sent"
    has "status_sha256 $(sha256sum <"$room/status.json" | cut -d' ' -f1)" || fail "$room: of another status.json"
    cat "$room/receipt.txt"
    if has "verdict accepted" && has "refused 0"; then exit 0; fi
    echo "answer.sh: see ${room}status.json" >&2
    exit 1
done
echo "answer.sh: $id is not answered yet" >&2
exit 3
