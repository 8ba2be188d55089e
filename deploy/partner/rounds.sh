#!/bin/sh
# The other party, for a rehearsal: the node's verbs in order, again and again.
#   rounds.sh NODE.YAML [SECONDS BETWEEN ROUNDS [PERIOD]]        the period is last month unless one is given
# The database is migrated before, by partner-init: a round works with the role that owns nothing.
# A verb that fails says why on stderr and is tried again in the next round. The health check looks at
# /tmp/round-done, which is touched when a whole round went well.
set -u

node=${1:?the path of a node.yaml}
pause=${2:-300}
given=${3:-}

verb() {
    amanah node "$@" --node "$node" || failed="$failed $1"
}

names='
import sys
from pathlib import Path
from amanah.node import Node
node = Node.load(Path(sys.argv[1]))
print(*(node.settings.sources if sys.argv[2] == "sources" else node.agreement.streams))
'

while :; do
    # Counted back from the middle of the month: a month before the 31st is not always last month.
    period=${given:-$(date --utc --date "$(date --utc +%Y-%m-15) -1 month" +%Y-%m)}
    failed=
    sources=$(python -c "$names" "$node" sources) || failed=" configuration"
    streams=$(python -c "$names" "$node" streams) || failed=" configuration"
    if [ -z "$failed" ]; then
        for source in $sources; do
            verb extract --source "$source" --period "$period"
            verb validate --source "$source" --period "$period"
        done
        for stream in $streams; do
            verb publish --stream "$stream" --period "$period"
        done
        verb collect
        verb admit
        verb deliver            # the packages and the answers
        verb reconcile --period "$period"
        verb notify
    fi
    if [ -z "$failed" ]; then
        touch /tmp/round-done
    else
        echo "round not done, failed:$failed" >&2
    fi
    sleep "$pause"
done
