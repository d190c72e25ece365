# json_check - is every line one JSON value, and nothing else?
#
# usage: awk -f json_check.awk; prints each bad line and exits with 1. Objects' member
# names must not repeat. Strings are bytes here; whether they are UTF-8 is not looked at.
function fail(why) {
    if (!bad_line) print "line " NR ": " why " at column " at ": " $0
    bad_line = bad = 1
}
function blanks() { while (substr(text, at, 1) ~ /^[ \t\r]$/) at++ }
function take(character) {
    blanks()
    if (substr(text, at, 1) != character) return 0
    at++
    return 1
}
function string(    begin, character) {
    begin = at
    if (!take("\"")) { fail("no string"); return "" }
    while (at <= length(text)) {
        character = substr(text, at, 1)
        if (character == "\"") { at++; return substr(text, begin, at - begin) }
        if (character ~ /[\001-\037]/) { fail("control character"); return "" }
        if (character == "\\") {
            if (substr(text, at + 1) ~ /^u[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F]/) at += 5
            else if (substr(text, at + 1, 1) ~ /^["\\\/bfnrt]$/) at++
            else { fail("bad escape"); return "" }
        }
        at++
    }
    fail("string without end")
    return ""
}
function object(depth,    name, names) {
    names = ""
    if (take("}")) return
    do {
        blanks()
        name = string()
        if (bad_line) return
        if (index(names, "," name ",")) { fail("member twice"); return }
        names = names "," name ","
        if (!take(":")) { fail("no colon"); return }
        value(depth + 1)
        if (bad_line) return
    } while (take(","))
    if (!take("}")) fail("no }")
}
function array(depth) {
    if (take("]")) return
    do {
        value(depth + 1)
        if (bad_line) return
    } while (take(","))
    if (!take("]")) fail("no ]")
}
function value(depth,    rest) {
    blanks()
    if (depth > 20) { fail("too deep"); return }
    if (take("{")) { object(depth); return }
    if (take("[")) { array(depth); return }
    rest = substr(text, at)
    if (substr(rest, 1, 1) == "\"") { string(); return }
    if (match(rest, /^(true|false|null)/)) { at += RLENGTH; return }
    if (match(rest, /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/)) { at += RLENGTH; return }
    fail("no value")
}
{
    text = $0; at = 1; bad_line = 0
    value(0)
    blanks()
    if (!bad_line && at <= length(text)) fail("something behind it")
}
END { exit bad }
