#!/bin/sh
# demo - the main job on real data: load, look up, forget under a snapshot, see the space.
#
# usage: demo.sh FREEHOLD [OUT_DIR]
#
# The data is Debian's: every character of Unicode (unicode-data) and every maker of network
# cards (ieee-data). The program snapshot.c is taken from beside FREEHOLD, from where
# FREEHOLD_SNAPSHOT says, or compiled here against the library beside FREEHOLD. OUT_DIR gets
# the database and its picture; without it they go to a new folder for temporary files.
set -eu
unicode=/usr/share/unicode/UnicodeData.txt
makers=/usr/share/ieee-data/oui.txt

stop() {
    echo "demo: $*" >&2
    exit 2
}

[ -x "${1:-}" ] || stop "usage: demo.sh FREEHOLD [OUT_DIR]"
for file in $unicode $makers; do
    [ -r "$file" ] || stop "$file is missing (apt-get install unicode-data ieee-data)"
done
here=$(cd "$(dirname "$0")" && pwd)
place=$(cd "$(dirname "$1")" && pwd)
freehold=$place/$(basename "$1")
out=${2:-$(mktemp -d "${TMPDIR:-/tmp}/freehold-demo.XXXXXX")}
mkdir -p "$out"
snapshot=${FREEHOLD_SNAPSHOT:-}
for program in "$place/tests/example_snapshot" "$place/examples/snapshot" "$place/snapshot"; do
    [ -n "$snapshot" ] || [ ! -x "$program" ] || snapshot=$program
done
if [ -z "$snapshot" ]; then
    snapshot=$out/snapshot
    ${CC:-cc} -std=c11 -O2 -I"$here/../include" "$here/snapshot.c" -o "$snapshot" \
        -L"$place" -lfreehold -Wl,-rpath,"$place" || stop "cannot compile examples/snapshot.c"
fi
db=$out/demo.fh
rm -f "$db" "$out/demo.svg" "$out/demo.html"

say() { printf '\n%s\n' "$*"; }
show() { sed 's/^/  /'; }
run() {
    "$@" >"$out/demo.log" || stop "failed: $*"
    show <"$out/demo.log"
}
size() { wc -c <"$1" | awk '{ printf "%.2f MiB", $1 / 1048576 }'; }

say "1. Load Unicode into the unnamed tree, the card makers into the tree 'makers'"
"$freehold" init "$db"
awk -F';' '{ key = $1; sub(/^[^;]*;/, ""); print key "\t" $0 }' $unicode | run "$freehold" load "$db"
awk '/\(hex\)/ { key = $1; sub(/^[^\t]*\t+/, ""); sub(/\r$/, ""); print key "\t" $0 }' $makers |
    run "$freehold" load "$db" --tree makers
run "$freehold" trees "$db"
echo "  the file: $(size "$db")"

say "2. Look things up"
echo "  1F600 is: $("$freehold" get "$db" 1F600)"
echo "  00-00-0C is: $("$freehold" get "$db" 00-00-0C --tree makers)"
"$freehold" get "$db" FFFFF 2>&1 | show

say "3. Scan a range and a prefix"
"$freehold" scan "$db" --from 221A --to 221D | cut -c 1-60 | show
run "$freehold" scan "$db" --prefix 08-00-2 --tree makers --limit 3 --reverse

say "4. Overwrite and delete most of Unicode while a snapshot reads on"
"$snapshot" "$db"
echo "  the file: $(size "$db")"

say "5. Forget the makers, and check every page"
run "$freehold" del "$db" '' --prefix --tree makers --json
run "$freehold" check "$db"
echo "  the file: $(size "$db")"

say "6. Draw the space"
"$freehold" map "$db" --svg "$out/demo.svg" --html "$out/demo.html"
rm -f "$out/demo.log"
echo "  $out/demo.svg, and with the figures $out/demo.html"
