#!/bin/sh
# map_page_test - the page of `freehold map --html` in a real browser.
#
# usage: map_page_test.sh FREEHOLD
# Does pointing at a cell tell its pages? Do wheel and keys zoom, and 0 show all again? Does the
# page ask for nothing from outside? 77: no browser here.
freehold=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
[ -n "$browser" ] || { echo 'skipped: chromium is not installed (tools/deps ci)'; exit 77; }

work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2

stop() {
    echo "$*"
    exit 1
}

"$freehold" init db || stop 'no database'
awk 'BEGIN { for (i = 0; i < 20000; i++) printf "%05d\tthe value of item %d\n", i, i }' |
    "$freehold" load db - --format tsv >/dev/null || stop 'nothing loaded'
"$freehold" map db --html page.html || stop 'no page'
grep -E '(src|href)="|https?://[^w]|@import|url\([^#]' page.html &&
    stop 'the page asks for something outside'

# What somebody at the page would do, and what the page says then.
awk '/<\/body>/ {
    print "<script>"
    print "var said=[],cell=svg.querySelector(\"rect title\").parentNode;"
    print "function say(){said.push([view.x,view.y,view.width].map(Math.round).join(\" \"));}"
    print "cell.dispatchEvent(new MouseEvent(\"mouseover\",{bubbles:true}));"
    print "said.push(under.textContent);say();"
    print "svg.dispatchEvent(new WheelEvent(\"wheel\",{deltaY:-1,clientX:400,clientY:300,"
    print "  cancelable:true}));say();"
    print "dispatchEvent(new KeyboardEvent(\"keydown\",{key:\"-\"}));"
    print "dispatchEvent(new KeyboardEvent(\"keydown\",{key:\"-\"}));say();"
    print "dispatchEvent(new KeyboardEvent(\"keydown\",{key:\"+\"}));say();"
    print "dispatchEvent(new KeyboardEvent(\"keydown\",{key:\"0\"}));say();"
    print "document.body.dataset.said=said.join(\"|\");"
    print "</script>"
} { print }' page.html >probed.html
env HOME="$work" timeout 100 "$browser" --headless --no-sandbox --disable-gpu \
    --disable-dev-shm-usage --user-data-dir="$work/profile" --enable-logging=stderr \
    --window-size=1280,1500 --virtual-time-budget=4000 --dump-dom "file://$work/probed.html" \
    >document 2>said || { tail -n 3 said; stop "the browser: exit $?"; }
grep -E 'CONSOLE.*(Uncaught|Error)' said && stop 'the script failed'
said=$(sed -n 's/.*data-said="\([^"]*\)".*/\1/p' document)
echo "$said"
echo "$said" | awk -F '|' '
    $1 !~ /^pages 0 to [0-9]+: metadata; [0-9]+ pages, from byte 0$/ { exit 1 }
    { split($2, all, " "); split($3, wheel, " "); split($5, plus, " ") }
    wheel[3] >= all[3] || wheel[1] <= all[1] || plus[3] >= all[3] { exit 1 }
    $4 != $2 || $6 != $2 { exit 1 }' || stop 'not what a reader of the page would want'
