# counting.sh - what the tests here begin with: sourced with the program as $1.
#
# Callgrind counts fixed work, so the figures do not depend on the machine or its load.
set -u
program=$1
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
command -v valgrind >/dev/null 2>&1 || {
    echo 'no valgrind here (tools/deps ci)'
    exit 77
}

# count_each TIMES ARGUMENT...: runs the program; instructions of each time, into $counted, and
# what it printed, into $work/log.
count_each() {
    times=$1
    shift
    valgrind --tool=callgrind --instr-atstart=no --collect-atstart=no \
        --callgrind-out-file="$work/out" "$program" "$@" >"$work/log" 2>&1 || {
        cat "$work/log"
        echo "${program##*/} $* did not end well"
        exit 1
    }
    counted=$(awk -v times="$times" '/ Collected : / { print int($NF / times) }' "$work/log")
    if [ "${counted:-0}" -le 0 ]; then
        cat "$work/log"
        echo 'callgrind counted nothing'
        exit 1
    fi
}
