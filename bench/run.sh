#!/bin/sh
# run.sh - builds the benches in build/bench and runs one: what `make bench...` does.
#
# usage: run.sh JOBS quick|kv|aging|promise [OPTION...]
# quick compares Freehold with LMDB in about three minutes; kv, aging and promise take every engine
# whose library is there, and leave tables, JSON lines and a page in build/bench; promise ends with
# 1 when one was not kept. The options are the program's own (bench/kv.c, bench/aging.c,
# bench/promise.c). FREEHOLD_BENCH_DIR names the folder for the databases
# (build/bench/data), which are gone afterwards. A memory file system shows no cost of a sync.
cd "$(dirname "$0")/.." || exit 2
jobs=$1
what=$2
shift 2
build=build/bench
data=${FREEHOLD_BENCH_DIR:-$build/data}

bench/build.sh "$jobs" || exit
mkdir -p "$data" || exit 2
case $what in
quick)
    $build/bench/kv --dir "$data" --engine lmdb --engine freehold --items 100000 \
        --seconds 2 --large-mb 32 --rounds 3 "$@" || exit
    $build/bench/load --dir "$data" --freehold $build/freehold --rounds 3
    ;;
kv | aging | promise)
    $build/bench/"$what" --dir "$data" --json $build/"$what".jsonl --html $build/"$what".html "$@"
    code=$?
    [ $code -le 1 ] && echo "$build/$what.jsonl, $build/$what.html"
    exit $code
    ;;
*)
    echo 'usage: run.sh JOBS quick|kv|aging|promise [OPTION...]' >&2
    exit 2
    ;;
esac
