#!/bin/sh
# run.sh - builds the benches in build/bench and prints their tables: what `make bench` does.
#
# usage: run.sh JOBS [OPTION OF kv...]
# Fewer items and rounds than the programs take by themselves, so that it ends in three
# minutes. FREEHOLD_BENCH_DIR names the folder for the databases (build/bench/data); they need
# about 1 GB there and are gone afterwards. A memory file system shows no cost of a sync.
cd "$(dirname "$0")/.." || exit 2
jobs=$1
shift
build=build/bench
data=${FREEHOLD_BENCH_DIR:-$build/data}

bench/build.sh "$jobs" || exit
rm -rf "$data"
mkdir -p "$data" || exit 2
trap 'rm -rf "$data"' EXIT
trap 'exit 1' HUP INT TERM
$build/bench/kv --dir "$data" --items 200000 "$@" || exit
$build/bench/load --dir "$data" --freehold $build/freehold --rounds 3
