#!/bin/sh
# probes.sh - are the probes that the manual lists those that the library has?
#
# usage: probes.sh LIBRARY SOURCES
library=$1
manual=$2/man/freehold-malloc.7

listed=$(sed -n '/^\.Sh PROBES/,/^\.Sh EXAMPLES/s/^\.It //p' "$manual" |
    tr ',' '\n' | sed -n 's/^ *Cm \([a-z_]*\).*/\1/p' | sort -u)
found=$(readelf -n "$library" |
    awk '$1 == "Provider:" { ours = $2 == "freehold" } $1 == "Name:" && ours { print $2 }' | sort -u)
[ -n "$listed" ] || {
    echo "probes: $manual lists none"
    exit 1
}
[ "$listed" = "$found" ] && exit 0
printf 'listed:\n%s\nfound in %s:\n%s\n' "$listed" "$library" "$found"
exit 1
