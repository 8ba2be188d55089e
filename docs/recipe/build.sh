#!/bin/sh
# Build and seal the next message of a stream: build.sh STREAM PERIOD [FILE]
#
#   build.sh placement 2026-08 placement.csv     a CSV file with a header, or an NDJSON file, as the agreement says
#   build.sh placement 2026-08                   nothing to say: a nil message
#
# The file holds exactly the columns that the agreement grants us, in its order, before them `action` and `revision`.
# Without these two every record is sent as new, in revision 1. Prints the message's id. Needs tar, gpg and sha256sum.
set -eu
umask 077
. "${AMANAH_SETTINGS:-./settings.sh}"
export GNUPGHOME
stream=$1 period=$2 file=${3:-}

# The next number: each message has a folder of its own, and a number is given once. One build.sh at a time.
sequence=1
id=$US-$THEM-$stream-000001
while [ -f "$STATE/$id/$id.tar.pgp" ]; do
    sequence=$((sequence + 1))
    id=$US-$THEM-$stream-$(printf %06d "$sequence")
done
room=$STATE/$id
rm -rf "$room" # what a run left that was broken off before its package was whole
mkdir -p "$room"

# The manifest before this one, byte for byte; the first message follows none.
previous=null
if [ "$sequence" -gt 1 ]; then
    before=$STATE/$US-$THEM-$stream-$(printf %06d $((sequence - 1)))
    previous=\"$(sha256sum <"$before/manifest.json" | cut -d' ' -f1)\"
fi

# The part, and how many records of each action it holds. A record is one line: no value of the contract has a line feed.
kind=nil parts= content= new=0 correct=0 withdraw=0
if [ -n "$file" ]; then
    part=$stream.${file##*.}
    case $part in
    *.csv)
        case $(head -n 1 "$file") in
        action,revision,*) cp "$file" "$room/$part" ;;
        *) sed -e '1s/^/action,revision,/' -e '2,$s/^/new,1,/' "$file" >"$room/$part" ;;
        esac
        count() { tail -n +2 "$room/$part" | cut -d, -f1 | grep -cx "\"\{0,1\}$1\"\{0,1\}" || :; }
        ;;
    *.ndjson)
        if head -n 1 "$file" | grep -q '"action"'; then
            cp "$file" "$room/$part"
        else
            sed 's/^ *{/{"action": "new", "revision": 1, /' "$file" >"$room/$part"
        fi
        count() { grep -c "\"action\" *: *\"$1\"" "$room/$part" || :; }
        ;;
    *)
        echo "build.sh: expected a file named .csv or .ndjson, got $file" >&2
        exit 2
        ;;
    esac
    new=$(count new) correct=$(count correct) withdraw=$(count withdraw)
    records=$((new + correct + withdraw))
    if [ "$records" -gt 0 ]; then
        kind=records content=$part
        hash=$(sha256sum <"$room/$part" | cut -d' ' -f1)
        size=$(wc -c <"$room/$part" | tr -d ' ')
        parts="{\"name\": \"$part\", \"sha256\": \"$hash\", \"size\": $size, \"records\": $records}"
    fi
fi

cat >"$room/manifest.json" <<END
{
 "protocol": "amanah/1",
 "message_id": "$id",
 "kind": "$kind",
 "environment": "$ENVIRONMENT",
 "schema_id": "$stream/1",
 "agreement_sha256": "$(sha256sum <"$AGREEMENT" | cut -d' ' -f1)",
 "period": "$period",
 "created_at": "$(date -u +%Y-%m-%dT%H:%M:%SZ)",
 "counts": {"new": $new, "correct": $correct, "withdraw": $withdraw},
 "parts": [$parts],
 "previous_manifest_sha256": $previous,
 "legal_ground": "$LEGAL_GROUND",
 "software": "docs/recipe"
}
END

# manifest.json first, then the part; signed and encrypted, not compressed. What was in the clear goes.
(cd "$room" && tar --format=ustar -cf package.tar manifest.json $content)
gpg --batch --yes --quiet --trust-model always --compress-algo none --local-user "$OUR_KEY" --recipient "$THEIR_KEY" \
    --output "$room/sealed" --sign --encrypt "$room/package.tar"
rm -f "$room/package.tar" ${content:+"$room/$content"}
mv "$room/sealed" "$room/$id.tar.pgp"
echo "$id"
