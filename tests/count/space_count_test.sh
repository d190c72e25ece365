#!/bin/sh
# space_count_test - a take and a give cost the same instructions whatever number of runs is free.
#
# usage: space_count_test.sh SPACE_COUNT
# Callgrind counts fixed work, so the figures do not depend on the machine or its load. They
# may differ by the factor of two from a thousand free runs to ten million: what a search may
# take in a summary of six or ten levels, and nothing that is linear. `array`, which is, must
# be found out.
set -u
program=$1
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
command -v valgrind >/dev/null 2>&1 || {
    echo 'no valgrind here (tools/deps ci)'
    exit 77
}

# count POLICY WORK FREE_RUNS PAIRS: instructions a pair, into $counted.
count() {
    valgrind --tool=callgrind --instr-atstart=no --collect-atstart=no \
        --callgrind-out-file="$work/out" "$program" "$@" >"$work/log" 2>&1 || {
        cat "$work/log"
        echo "space_count $* did not end well"
        exit 1
    }
    counted=$(awk -v pairs="$4" '/ Collected : / { print int($NF / pairs) }' "$work/log")
    if [ "${counted:-0}" -le 0 ]; then
        cat "$work/log"
        echo 'callgrind counted nothing'
        exit 1
    fi
}

# is_flat POLICY WORK PAIRS FREE_RUNS...: prints the figures.
is_flat() {
    policy=$1
    kind=$2
    pairs=$3
    shift 3
    least=
    most=
    for free_runs; do
        count "$policy" "$kind" "$free_runs" "$pairs"
        printf '%-11s %-7s %9d free runs %9d instructions a pair\n' \
            "$policy" "$kind" "$free_runs" "$counted"
        [ -n "$least" ] && [ "$least" -le "$counted" ] || least=$counted
        [ -n "$most" ] && [ "$most" -ge "$counted" ] || most=$counted
    done
    [ "$most" -le $((2 * least)) ]
}

failed=0
is_flat bitmap single 20000 1000 10000 100000 1000000 10000000 || failed=1
is_flat bitmap runs 20000 1000 10000 100000 1000000 10000000 || failed=1
is_flat segregated single 20000 1000 10000 100000 1000000 10000000 || failed=1
# Its records take 16 bytes a unit: memory, not time, ends this row earlier.
is_flat segregated runs 20000 1000 10000 100000 || failed=1
[ $failed = 0 ] || { echo 'not flat: more than twice the least'; exit 1; }

if is_flat array single 640 1000 10000; then
    echo 'array is linear, and was not found out'
    exit 1
fi
