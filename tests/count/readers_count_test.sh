#!/bin/sh
# readers_count_test - what a small commit costs, in instructions, whatever readers hold.
#
# usage: readers_count_test.sh READERS_COUNT
# A short reader and a commit of one item, beside 10 readers and beside 5,000 that hold 40,000
# runs, each with a snapshot of its own: within a quarter.
. "$(dirname "$0")/counting.sh"

# count ITEMS READERS COMMITS: instructions a commit, into $counted.
count() {
    rm -f "$work"/db*
    count_each "$3" "$work/db" "$@"
    printf '%6d items, %5d readers: %9d instructions a commit\n' "$1" "$2" "$counted"
}

count 40000 10 100
few=$counted
count 40000 5000 100
[ $((4 * counted)) -le $((5 * few)) ] || {
    echo 'many readers make a commit dearer'
    exit 1
}
