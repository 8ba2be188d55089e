#!/bin/sh
# Put a message that build.sh made at the exchange point: send.sh MESSAGE-ID. Doing it again changes nothing.
set -eu
umask 077
. "${AMANAH_SETTINGS:-./settings.sh}"
id=$1
stream=${id#"$US-$THEM-"}
stream=${stream%-*}
folder=$FOLDER/$US/$stream
file=$id.tar.pgp
room=$STATE/$id

exchange() {
    sftp -q -b - -P "$SFTP_PORT" -i "$SFTP_KEY" -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes \
        -o UserKnownHostsFile="$KNOWN_HOSTS" "$SFTP_USER@$SFTP_HOST"
}

# Already there? Then it is the same file, or a person has to find out what the other one is.
if echo "get $folder/$file $room/there" | exchange >/dev/null 2>&1; then
    if cmp -s "$room/there" "$room/$file"; then
        rm -f "$room/there"
        echo "$id is there already"
        exit 0
    fi
    echo "send.sh: another file is at the exchange point under the name $file; tell a person" >&2
    exit 1
fi

# Under another name first; read back what is there; only then its own name. A leading - lets a command fail.
# rename -l fails when the name is taken; OpenSSH's plain rename would replace.
exchange >/dev/null <<END
-mkdir $folder
put $room/$file $folder/$file.part
get $folder/$file.part $room/there
END
cmp "$room/there" "$room/$file"
rm -f "$room/there"
echo "rename -l $folder/$file.part $folder/$file" | exchange >/dev/null
echo "$id is at the exchange point"
