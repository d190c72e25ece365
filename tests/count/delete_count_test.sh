#!/bin/sh
# delete_count_test - what a commit costs, in instructions, after most of a database was deleted.
#
# usage: delete_count_test.sh DELETE_COUNT
# A commit of 100 bytes and one of 64 KiB, as a multiple of what it takes in the full database:
# at most 3 while pages are moved, two for each that the commit writes anyway; at most 1.05 when
# none are. Callgrind counts fixed work, so the figures do not depend on the machine or its load.
set -u
program=$1
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
command -v valgrind >/dev/null 2>&1 || {
    echo 'no valgrind here (tools/deps ci)'
    exit 77
}

# count STATE KIND COMMITS: instructions a commit, into $counted.
count() {
    rm -f "$work"/db*
    valgrind --tool=callgrind --instr-atstart=no --collect-atstart=no \
        --callgrind-out-file="$work/out" "$program" "$work/db" "$@" >"$work/log" 2>&1 || {
        cat "$work/log"
        echo "delete_count $* did not end well"
        exit 1
    }
    counted=$(awk -v commits="$3" '/ Collected : / { print int($NF / commits) }' "$work/log")
    if [ "${counted:-0}" -le 0 ]; then
        cat "$work/log"
        echo 'callgrind counted nothing'
        exit 1
    fi
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
