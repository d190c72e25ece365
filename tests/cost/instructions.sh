#!/bin/sh
# instructions.sh - do get, put, next, commit and others take the instructions that were recorded?
#
# usage: instructions.sh [--record] OPERATIONS COMPILER
#
# OPERATIONS is the program beside this file, in a build like the released one. Counted in user
# space by callgrind, one run an operation; more than 5 % above instructions.txt fails. Fewer
# pass, and are worth recording: --record writes the file anew. The counts belong to a compiler,
# a C library and a processor: with others it skips (exit 77), and says which.
record=no
if [ "${1:-}" = --record ]; then
    record=yes
    shift
fi
if [ $# -ne 2 ]; then
    echo 'usage: instructions.sh [--record] OPERATIONS COMPILER' >&2
    exit 2
fi
operations=$1
compiler=$2
recorded=$(dirname "$0")/instructions.txt

skip() {
    echo "skipped: $*"
    exit 77
}
command -v valgrind >/dev/null 2>&1 || skip 'no valgrind here'
[ -x "$operations" ] || skip 'only gcc builds the program, without sanitizers'

version=$("$compiler" -dumpfullversion 2>/dev/null)
library=$(getconf GNU_LIBC_VERSION 2>/dev/null | tr ' ' '-')
simd=$(grep -qw avx2 /proc/cpuinfo 2>/dev/null && echo avx2 || echo none)
machine="gcc-$version ${library:-unknown-libc} $(uname -m) $simd"
if [ $record = no ]; then
    wanted=$(sed -n 's/^machine //p' "$recorded")
    [ "$machine" = "$wanted" ] || skip "recorded with $wanted, here is $machine"
fi

work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

# count NAME: instructions of one operation, with a tenth.
count() {
    mkdir "$work/$1" || exit 2
    # __attribute__((noinline)) keeps the name, but for what a compiler appends to it.
    valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect="count_$1*" \
        "$operations" "$work/$1" >"$work/$1.times" 2>"$work/$1.log" || {
        cat "$work/$1.log" >&2
        echo "instructions: the program failed" >&2
        exit 1
    }
    awk -v name="$1" '
        $1 == name { times = $2 }
        /Collected :/ { total = $NF }
        END { if (times == 0 || total == 0) exit 1; printf "%.1f\n", total / times }
    ' "$work/$1.times" "$work/$1.log" || {
        cat "$work/$1.log" >&2
        echo "instructions: nothing was counted for $1" >&2
        exit 1
    }
}

found=$work/found
for name in begin get many put next commit; do
    counted=$(count $name) || exit 1
    echo "$name $counted" >>"$found"
done

if [ $record = yes ]; then
    {
        echo '# Instructions of one operation, in user space; `make cost RECORD=yes` writes this file.'
        echo "machine $machine"
        cat "$found"
    } >"$recorded"
    cat "$recorded"
    exit
fi

awk '
    NR == FNR { if ($1 !~ /^#/ && $1 != "machine") wanted[$1] = $2; next }
    !($1 in wanted) { print $1 ": not recorded"; bad = 1; next }
    {
        change = 100 * ($2 / wanted[$1] - 1)
        printf "%-8s %10.1f instructions, recorded %10.1f, %+.1f %%", $1, $2, wanted[$1], change
        if (change > 5) { bad = 1; printf ": dearer than 5 %% allow" }
        if (change < -5) printf ": cheaper; worth `make cost RECORD=yes`"
        print ""
    }
    END { exit bad }
' "$recorded" "$found"
