#!/bin/sh
# delete_count_test - what a commit costs, in instructions, after most of a database was deleted.
#
# usage: delete_count_test.sh DELETE_COUNT
# A commit of 100 bytes and one of 64 KiB, as a multiple of what it takes in the full database:
# at most 3 while pages are moved, two for each that the commit writes anyway; at most 1.05 when
# none are.
. "$(dirname "$0")/counting.sh"

# count STATE KIND COMMITS: instructions a commit, into $counted.
count() {
    rm -f "$work"/db*
    count_each "$3" "$work/db" "$@"
    printf '%-8s %-6s %9d instructions a commit, %s\n' "$1" "$2" "$counted" \
        "$(grep 'pages moved' "$work/log")"
}

failed=0
# The moves are over after some hundred commits, and must not be lost among those that follow.
for kind in small large; do
    count full $kind 1000
    full=$counted
    count emptied $kind 200
    [ "$counted" -le $((3 * full)) ] || {
        echo "while pages are moved, a commit takes over 3 times what it took"
        failed=1
    }
    count rested $kind 1000
    [ $((100 * counted)) -le $((105 * full)) ] || {
        echo "with nothing to move, a commit takes over 1.05 times what it took"
        failed=1
    }
done
exit $failed
