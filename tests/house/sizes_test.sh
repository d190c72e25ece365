#!/bin/sh
# sizes_test - long files, long functions, long lines and missing heads are found.
. "$(dirname "$0")/house.sh"
build_house
passes tools/check-sizes

# A file of 600 lines is fine, one of 601 is not.
lines() {
    seq "$1" | sed 's/.*/extern int line_&;/'
}
lines 597 | source_file src/low/long.c
passes tools/check-sizes
lines 598 | source_file src/low/long.c
stops 'src/low/long.c: 601 lines, 600 are allowed' tools/check-sizes

# An exemption holds, and only shrinks.
echo 'src/low/long.c 601' >tools/check-sizes.exempt
passes tools/check-sizes
lines 599 | source_file src/low/long.c
stops 'src/low/long.c: 602 lines, 601 are allowed' tools/check-sizes
lines 100 | source_file src/low/long.c
stops 'src/low/long.c has shrunk' tools/check-sizes
rm src/low/long.c
: >tools/check-sizes.exempt

# A function of 70 lines is fine, one of 71 is not.
function_of() {
    echo 'int hall(int a)'
    echo '{'
    seq 2 "$1" | sed 's/.*/    a += &;/'
    echo '    return a;'
    echo '}'
}
function_of 70 | source_file src/low/hall.c
passes tools/check-sizes
function_of 71 | source_file src/low/hall.c
stops 'src/low/hall.c:5: a function of 71 lines' tools/check-sizes

printf '/*\n * this file does things.\n */\n' >src/low/hall.c
stops 'src/low/hall.c:2: the head says' tools/check-sizes
echo '#include <stdint.h>' >src/low/hall.c
stops 'src/low/hall.c:1: begins with' tools/check-sizes

# Columns are counted in characters: 100 arrows fit, 101 do not.
arrows() {
    printf '// '
    seq "$1" | sed 's/.*/→/' | tr -d '\n'
    echo
}
arrows 97 | source_file src/low/hall.c
passes tools/check-sizes
arrows 98 | source_file src/low/hall.c
stops 'src/low/hall.c:4: 101 columns' tools/check-sizes
