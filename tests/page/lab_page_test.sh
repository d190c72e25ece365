#!/bin/sh
# lab_page_test - the page of `freehold lab --trace --html` in a real browser.
#
# usage: lab_page_test.sh FREEHOLD
# Are the curves in the document and, in its picture, where the numbers say? Does the script
# run to its end? Does the page ask for nothing from outside? 77: no browser here.
freehold=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
here=$(cd "$(dirname "$0")" && pwd)
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
[ -n "$browser" ] || { echo 'skipped: chromium is not installed (tools/deps ci)'; exit 77; }
command -v python3 >/dev/null || { echo 'skipped: python3 is not installed'; exit 77; }

work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2

stop() {
    echo "$*"
    exit 1
}

# browse OPTIONS: draws probed.html in a window of 1280 x 1500; what it says goes to `said`.
browse() {
    env HOME="$work" timeout 100 "$browser" --headless --no-sandbox --disable-gpu \
        --disable-dev-shm-usage --hide-scrollbars --force-device-scale-factor=1 \
        --window-size=1280,1500 --user-data-dir="$work/profile" --enable-logging=stderr \
        --virtual-time-budget=4000 "$@" "file://$work/probed.html" 2>said
}

for mode in '' '--simulate --coalesce'; do
    # shellcheck disable=SC2086 # words on purpose
    "$freehold" lab --trace "$here/../traces/sqlite3-mem.trace.gz" $mode --html page.html >figures ||
        stop "lab $mode: exit $?"

    # Self-contained: no address but data:, and names of namespaces.
    grep -v 'href="data:image/png;base64,' page.html |
        grep -E '(src|href)="|https?://|@import|url\([^#]' &&
        stop 'the page asks for something outside'

    # The same page, and where its figures came to lie.
    # shellcheck disable=SC2016 # the script is the browser's
    awk '/<\/body>/ {
        print "<script>document.body.dataset.places=JSON.stringify([].map.call(" \
            "document.querySelectorAll(\"svg\"),function(svg){var r=svg.getBoundingClientRect();" \
            "return [r.left,r.top,r.width,r.height]}))</script>"
    } { print }' page.html >probed.html
    browse --dump-dom >document || { tail -n 3 said; stop "the browser: exit $?"; }
    grep -E 'CONSOLE.*(Uncaught|Error)' said && stop 'the script failed'
    grep -q 'data-ready="yes"' document || stop 'the script did not end'
    browse --screenshot="$work/page.png" >/dev/null || { tail -n 3 said; stop "the browser: exit $?"; }
    [ -s page.png ] || stop 'no picture'
    python3 "$here/look_at_page.py" document page.png || exit 1
done
