#!/bin/sh
# run_case - does a database that was written long ago still open, and hold what it held?
#
# usage: run_case.sh FREEHOLD FOLDER
# The folder is a case: README.md. Nothing in it is changed.
if [ $# -ne 2 ] || [ ! -x "$1" ] || [ ! -r "$2/sizes" ]; then
    echo "usage: run_case.sh FREEHOLD FOLDER" >&2
    exit 2
fi
freehold=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
case=$(cd "$2" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/compat.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cd "$work" || exit 2

wrong() {
    echo "$case: $1" >&2
    exit 1
}

same_items() {
    "$freehold" dump database --format jsonl >found.jsonl || wrong "$1: no dump"
    diff "$case/expected.jsonl" found.jsonl || wrong "$1: other items"
}

while read -r name bytes; do
    cp "$case/$name" "$name" && truncate -s "$bytes" "$name" || exit 2
    cp "$name" "$name.before"
done <"$case/sizes"

same_items 'opened for reading'
"$freehold" check database >found.check || wrong "checked for reading: $(cat found.check)"
while read -r name bytes; do
    cmp "$name" "$name.before" || wrong 'reading has written'
done <"$case/sizes"

"$freehold" put database 'a new key' v || wrong 'opened for writing'
"$freehold" del database 'a new key' || wrong 'opened for writing'
[ ! -e database-wal ] || wrong 'a log after a close'
same_items 'after a change'
"$freehold" check database || wrong 'the check'
