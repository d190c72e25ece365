#!/bin/sh
# readers_count_test - what a small commit costs, in instructions, whatever readers hold.
#
# usage: readers_count_test.sh READERS_COUNT
# A short reader and a commit of one item, beside 10 readers and beside 5,000 that hold 40,000
# runs, each with a snapshot of its own: within a quarter. Callgrind counts fixed work, so the
# figures do not depend on the machine or its load.
set -u
program=$1
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
command -v valgrind >/dev/null 2>&1 || {
    echo 'no valgrind here (tools/deps ci)'
    exit 77
}

# count ITEMS READERS COMMITS: instructions a commit, into $counted.
count() {
    rm -f "$work"/db*
    valgrind --tool=callgrind --instr-atstart=no --collect-atstart=no \
        --callgrind-out-file="$work/out" "$program" "$work/db" "$@" >"$work/log" 2>&1 || {
        cat "$work/log"
        echo "readers_count $* did not end well"
        exit 1
    }
    counted=$(awk -v commits="$3" '/ Collected : / { print int($NF / commits) }' "$work/log")
    if [ "${counted:-0}" -le 0 ]; then
        cat "$work/log"
        echo 'callgrind counted nothing'
        exit 1
    fi
    printf '%6d items, %5d readers: %9d instructions a commit\n' "$1" "$2" "$counted"
}

count 40000 10 100
few=$counted
count 40000 5000 100
[ $((4 * counted)) -le $((5 * few)) ] || {
    echo 'many readers make a commit dearer'
    exit 1
}
