#!/bin/sh
# space_count_test - what a take and a give cost, in instructions, whatever number of runs is free.
#
# usage: space_count_test.sh SPACE_COUNT
# From a thousand free runs to ten million those of bitmap and segregated stay within a factor of
# two. All others from a thousand to a million, or to a hundred thousand longer runs, within three:
# the logarithm doubles. `array` is linear, and must be found out.
. "$(dirname "$0")/counting.sh"

# count POLICY WORK FREE_RUNS PAIRS: instructions a pair, into $counted.
count() {
    count_each "$4" "$@"
}

# stays_within FACTOR POLICY WORK PAIRS FREE_RUNS...: prints the figures.
stays_within() {
    factor=$1
    policy=$2
    kind=$3
    pairs=$4
    shift 4
    least=
    most=
    for free_runs; do
        count "$policy" "$kind" "$free_runs" "$pairs"
        printf '%-11s %-7s %9d free runs %9d instructions a pair\n' \
            "$policy" "$kind" "$free_runs" "$counted"
        [ -n "$least" ] && [ "$least" -le "$counted" ] || least=$counted
        [ -n "$most" ] && [ "$most" -ge "$counted" ] || most=$counted
    done
    [ "$most" -le $((factor * least)) ]
}

must_stay_within() {
    stays_within "$@" || {
        echo "$2, $3: the most is over $1 times the least"
        failed=1
    }
}

failed=0
for policy in $("$program" policies); do
    case $policy in
    bitmap)
        must_stay_within 2 bitmap single 20000 1000 10000 100000 1000000 10000000
        must_stay_within 2 bitmap runs 20000 1000 10000 100000 1000000 10000000
        ;;
    segregated)
        must_stay_within 2 segregated single 20000 1000 10000 100000 1000000 10000000
        # Its records take 16 bytes a unit: memory, not time, ends this row earlier.
        must_stay_within 2 segregated runs 20000 1000 10000 100000
        ;;
    array)
        if stays_within 3 array single 640 1000 10000; then
            echo 'array is linear, and was not found out'
            failed=1
        fi
        ;;
    *)
        must_stay_within 3 "$policy" single 20000 1000 1000000
        must_stay_within 3 "$policy" runs 20000 1000 100000
        ;;
    esac
done
exit $failed
