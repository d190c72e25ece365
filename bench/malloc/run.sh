#!/bin/sh
# run.sh - builds the malloc bench in build/bench and prints its tables: `make bench-malloc`.
#
# usage: run.sh JOBS [OPTION OF match...]
# Takes a quarter of an hour with the five rounds that match takes by itself. FREEHOLD_MALLOC_LIBRARY
# names another library than the one that is built here.
cd "$(dirname "$0")/../.." || exit 2
jobs=$1
shift
build=build/bench
library=${FREEHOLD_MALLOC_LIBRARY:-$build/libfreehold-malloc.so}
scratch=$build/malloc-scratch

mkdir -p $build || exit 2
if ! cmake --preset release -B $build -DFREEHOLD_BENCH=ON >$build/configure.log 2>&1; then
    cat $build/configure.log >&2
    exit 1
fi
if ! cmake --build $build --parallel "$jobs" >$build/build.log 2>&1; then
    cat $build/build.log >&2
    exit 1
fi

rm -rf $scratch
mkdir -p $scratch || exit 2
trap 'rm -rf $scratch' EXIT
trap 'exit 1' HUP INT TERM
case " $* " in
*' --json '*) ;;
*)
    echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | uniq), $(nproc) processors," \
        "Linux $(uname -r)," \
        "huge pages: $(sed 's/.*\[\(.*\)\].*/\1/' /sys/kernel/mm/transparent_hugepage/enabled)"
    # shellcheck disable=SC2016 # dpkg-query's own
    dpkg-query -W -f '${Package} ${Version}\n' libc6 libmimalloc2.0 libjemalloc2 \
        libtcmalloc-minimal4 gcc-12 git lua5.4 perl python3.11 redis-server sqlite3 2>/dev/null |
        paste -s -d, | sed 's/,/, /g'
    echo
    ;;
esac
[ ! -e "$library" ] || set -- --freehold "$(realpath "$library")" "$@"
$build/bench/malloc/match --work $build/bench/malloc/work --programs "$PWD/tests/malloc/programs" \
    --scratch "$PWD/$scratch" "$@"
