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

# A file with functions enough to keep a compiler busy, always the same.
large_source() {
    awk 'BEGIN {
        print "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <math.h>"
        for (i = 0; i < 130; i++) {
            printf "struct s%d { int a[%d]; double b; char *c; };\n", i, i % 13 + 1
            printf "static int f%d(struct s%d *s, int n)\n{\n    int sum = %d;\n", i, i, i
            printf "    for (int i = 0; i < n; i++) {\n        switch (i %% 7) {\n"
            for (k = 0; k < 7; k++)
                printf "        case %d: sum += s->a[i %% %d] * %d; s->b += sum / %d.0; break;\n",
                    k, i % 13 + 1, i + k, k + 2
            printf "        }\n        if (sum > %d) sum ^= (int)strlen(s->c) + %d;\n    }\n", i * 7, i
            printf "    return sum%s;\n}\n", (i > 0 ? " + f" i - 1 "(calloc(1, 100), n - 1)" : "")
        }
        print "int main(void) { struct s129 s = {.c = \"x\"}; return f129(&s, 3) & 1; }"
    }'
}

run_gcc() {
    large_source >large.c
    gcc -O1 -S -o kept/large.s large.c
}

run_git() {
    GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_DATE='2001-01-01T00:00:00Z' GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE
    GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b HOME=$PWD
    GIT_COMMITTER_DATE='2001-01-01T00:00:00Z'
    export GIT_CONFIG_NOSYSTEM GIT_AUTHOR_DATE GIT_COMMITTER_DATE HOME
    export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL
    unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
    git init -q -b main repo
    for commit in 1 2 3 4 5 6; do
        for file in 1 2 3 4 5 6 7 8 9; do
            seq "$commit" $((commit * 1000 + file * 500)) >"repo/file$file"
        done
        git -C repo add .
        git -C repo commit -q -m "commit $commit"
    done
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
        /usr/bin/python3 -m test -q test_list test_dict test_json test_re test_bytes test_struct \
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
