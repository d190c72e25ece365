#!/bin/sh
# run_transcript - does a program print what a transcript says?
#
# usage: run_transcript.sh FREEHOLD FILE.t
#
# A transcript is a list of steps:
#     $ command            run by sh in an empty folder of its own, with freehold on the path
#     > more of it         further lines of the command
#     expected lines       what it prints, errors included; the next step or the end ends them
#     ? N                  its exit code, if it is not 0
# In expected lines * stands for any text, and a line that is only * for any lines or none;
# \* is the character. Blank lines at the end of a step count as little as lines of #.
#     @need PROGRAM ...    skips the rest, and says so, when one of them is not here
# Commands may use $HERE (the transcript's folder). The first step that differs is shown.
if [ $# -ne 2 ] || [ ! -x "$1" ] || [ ! -r "$2" ]; then
    echo "usage: run_transcript.sh FREEHOLD FILE.t" >&2
    exit 2
fi
freehold=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
HERE=$(cd "$(dirname "$2")" && pwd)
transcript=$HERE/$(basename "$2")
export HERE
LC_ALL=C
export LC_ALL

work=$(mktemp -d "${TMPDIR:-/tmp}/transcript.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
mkdir "$work/bin" "$work/steps" "$work/folder"
ln -s "$freehold" "$work/bin/freehold"
PATH=$work/bin:$PATH
export PATH

# One file a step and part: 1.line 1.command 1.expected 1.exit, or 1.need.
awk -v steps="$work/steps/" '
function close_step() {
    if (count == 0) return
    close(steps count ".command"); close(steps count ".expected")
}
/^#/ { next }
/^@need / {
    close_step(); count++
    sub(/^@need /, ""); print > (steps count ".need"); close(steps count ".need")
    next
}
/^\$ / {
    close_step(); count++
    print FNR > (steps count ".line"); close(steps count ".line")
    printf "" > (steps count ".expected")
    print substr($0, 3) > (steps count ".command")
    next
}
/^> / { print substr($0, 3) > (steps count ".command"); next }
/^\? [0-9]+$/ { print $2 > (steps count ".exit"); close(steps count ".exit"); next }
count > 0 { print > (steps count ".expected") }
END { close_step() }
' "$transcript" || exit 2

# Do the lines of one file match the pattern lines of the other?
matches() {
    awk '
    # Does text match pattern, in which * is any text and \* the character?
    function like(text, pattern,    at, piece, rest, literal, is_first) {
        gsub(/\\\*/, "\001", pattern)
        is_first = 1
        while ((at = index(pattern, "*")) > 0) {
            literal = substr(pattern, 1, at - 1)
            gsub(/\001/, "*", literal)
            pattern = substr(pattern, at + 1)
            piece = index(text, literal)
            if (piece == 0 || (is_first && piece != 1)) return 0
            text = substr(text, piece + length(literal))
            is_first = 0
        }
        gsub(/\001/, "*", pattern)
        if (is_first) return text == pattern
        if (length(text) < length(pattern)) return 0
        return substr(text, length(text) - length(pattern) + 1) == pattern
    }
    FILENAME == ARGV[1] { wanted[++wanted_count] = $0; next }
    { found[++found_count] = $0 }
    END {
        while (wanted_count > 0 && wanted[wanted_count] == "") wanted_count--
        while (found_count > 0 && found[found_count] == "") found_count--
        # On a difference go back to the last line of a lone *, and give it one line more.
        i = j = 1; star = 0
        while (j <= found_count) {
            if (i <= wanted_count && wanted[i] == "*") { star = i++; mark = j; continue }
            if (i <= wanted_count && like(found[j], wanted[i])) { i++; j++; continue }
            if (star == 0) exit 1
            i = star + 1; j = ++mark
        }
        while (i <= wanted_count && wanted[i] == "*") i++
        exit i <= wanted_count
    }' "$1" "$2"
}

step=1
cd "$work/folder" || exit 2
while [ -e "$work/steps/$step.command" ] || [ -e "$work/steps/$step.need" ]; do
    part=$work/steps/$step
    if [ -e "$part.need" ]; then
        read -r programs <"$part.need"
        for program in $programs; do
            command -v "$program" >/dev/null && continue
            echo "$(basename "$2"): skipped from here, $program is not installed"
            exit 0
        done
        step=$((step + 1))
        continue
    fi
    wanted=0
    [ -e "$part.exit" ] && wanted=$(cat "$part.exit")
    sh "$part.command" >"$part.found" 2>&1 </dev/null
    code=$?
    if [ $code -ne "$wanted" ] || ! matches "$part.expected" "$part.found"; then
        printf '%s:%s: $ %s\n' "$2" "$(cat "$part.line")" "$(cat "$part.command")"
        echo "exit $code, expected $wanted; - expected, + found"
        diff -u "$part.expected" "$part.found" | tail -n +3
        exit 1
    fi
    step=$((step + 1))
done
if [ "$step" -eq 1 ]; then
    echo "$2: no steps" >&2
    exit 2
fi
echo "$(basename "$2"): $((step - 1)) steps as expected"
