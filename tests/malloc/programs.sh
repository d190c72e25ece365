#!/bin/sh
# programs.sh - a real program under a preloaded allocator says what it says without.
#
# usage: programs.sh NAME ALLOCATOR.so
# NAME: gcc git lua perl python redis sqlite. Runs NAME in two empty folders and compares what
# it printed and what it left in the folder `kept`. Exit status 77: the program is not here.
name=$1
allocator=$2
here=$(cd "$(dirname "$0")" && pwd)/programs
work=$(mktemp -d "${TMPDIR:-/tmp}/programs.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
LC_ALL=C
PYTHONMALLOC=malloc
PYTHONHASHSEED=0
PYTHONDONTWRITEBYTECODE=1
export LC_ALL PYTHONMALLOC PYTHONHASHSEED PYTHONDONTWRITEBYTECODE

need() {
    for program; do
        command -v "$program" >/dev/null 2>&1 || { echo "no $program here"; exit 77; }
    done
}

run_gcc() {
    awk -v function_count=130 -f "$here/large_source.awk" >large.c
    gcc -O1 -S -o kept/large.s large.c
}

run_git() {
    unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
    HOME=$PWD
    export HOME
    sh "$here/repository.sh" repo 6
    git clone -q --no-local --bare repo clone 2>/dev/null
    git -C clone gc -q --aggressive
    git -C clone fsck --no-progress
    git -C clone log --stat --format=%H >kept/log
    git -C clone rev-list --objects --all | sort >kept/objects
    git -C repo diff HEAD~3 | git hash-object --stdin
    git -C repo blame -s file3 >kept/blame
}

run_lua() {
    lua5.4 "$here/work.lua"
}

run_perl() {
    perl "$here/work.pl"
}

# Then, if they are here, those of its own tests that need neither network nor terminal.
run_python() {
    /usr/bin/python3 "$here/work.py"
    if [ "$side" = other ] && /usr/bin/python3 -c 'import test.test_list' 2>/dev/null; then
        /usr/bin/python3 -m test -q test_list test_dict test_re test_struct \
            test_array test_heapq test_thread test_unicode test_generators >python.log 2>&1 ||
            { cat python.log; echo 'its own tests fail'; }
    fi
}

run_redis() {
    redis-server --port 0 --unixsocket "$PWD/socket" --save '' --daemonize no --maxmemory 100mb \
        --appendonly yes --dir "$PWD" --logfile "$PWD/redis.log" &
    server=$!
    tries=0
    until LD_PRELOAD='' redis-cli -s socket ping 2>/dev/null | grep -q PONG; do
        tries=$((tries + 1))
        [ $tries -lt 1000 ] || { cat redis.log; kill $server; return; }
    done
    for tests in set,get,incr lpush,rpop,sadd,hset,zadd,spop lrange_100,mset; do
        LD_PRELOAD='' redis-benchmark -s socket -t $tests -n 4000 -r 1000 -d 300 -q >load.log 2>&1 ||
            cat load.log
    done
    {
        echo FLUSHALL
        awk 'BEGIN { for (i = 0; i < 4000; i++) {
            print "SET s" i " " i * i; print "RPUSH l" i % 50 " " i
            print "HSET h" i % 40 " f" i " " i; print "ZADD z" i % 30 " " i % 997 " m" i
            if (i % 3 == 0) print "DEL s" i - 2; print "APPEND a" i % 20 " " i } }'
        echo BGREWRITEAOF
    } | LD_PRELOAD='' redis-cli -s socket >/dev/null
    for command in DBSIZE 'LRANGE l7 0 -1' 'HGETALL h3' 'ZRANGE z5 0 -1 WITHSCORES' 'GET a9' \
        'GET s40' 'SORT l8 LIMIT 0 50 DESC' 'DEBUG DIGEST'; do
        # shellcheck disable=SC2086 # words on purpose
        LD_PRELOAD='' redis-cli -s socket $command
    done
    LD_PRELOAD='' redis-cli -s socket shutdown nosave
    wait $server
    echo "the server's status: $?"
}

run_sqlite() {
    sqlite3 kept.db <"$here/work.sql"
    sqlite3 kept.db .dump >kept/dump
}

# run_in SIDE ALLOCATOR: the program in a folder of that name.
run_in() {
    side=$1
    mkdir -p "$work/$1/kept" && cd "$work/$1" || exit 2
    (
        set -e
        export LD_PRELOAD="$2"
        "run_$name"
    ) >kept/output 2>kept/errors
    echo "status $?" >>kept/output
}

case $name in
gcc) need gcc awk ;;
git) need git awk ;;
lua) need lua5.4 ;;
perl) need perl ;;
python) need /usr/bin/python3 ;;
redis) need redis-server redis-cli redis-benchmark ;;
sqlite) need sqlite3 ;;
*)
    echo 'usage: programs.sh gcc|git|lua|perl|python|redis|sqlite ALLOCATOR.so' >&2
    exit 2
    ;;
esac
# libc.so.6 by name: a program may be linked with another allocator.
run_in glibc libc.so.6
run_in other "$allocator"
if ! diff -r "$work/glibc/kept" "$work/other/kept" >"$work/difference"; then
    echo "$name under $allocator (>) is not what it is under glibc (<):"
    head -n 40 "$work/difference"
    exit 1
fi
if ! grep -qx 'status 0' "$work/glibc/kept/output"; then
    echo "$name fails already under glibc:"
    tail -n 20 "$work/glibc/kept/output" "$work/glibc/kept/errors"
    exit 1
fi
