#!/bin/sh
# build.sh - builds the benches in build/bench; prints only what is wrong.
#
# usage: build.sh JOBS
cd "$(dirname "$0")/.." || exit 2
build=build/bench

mkdir -p "$build" || exit 2
if ! cmake --preset release -B $build -DFREEHOLD_BENCH=ON >$build/configure.log 2>&1; then
    cat $build/configure.log >&2
    exit 1
fi
cmake --build $build --parallel "$1" >$build/build.log 2>&1 || {
    cat $build/build.log >&2
    exit 1
}
