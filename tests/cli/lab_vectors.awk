# lab_vectors.awk - recorded heaps, a row each, as commands and the lines they must print.
#
# usage: awk -f lab_vectors.awk FILE.jsonl ... > script; sh script
#
# Writes NUMBER.expected for each row into the current folder. The script runs `freehold lab`
# for all of them, shows the first difference of each, and ends with `N heaps as recorded`.
# Rows have no blanks between members; tests/vectors/README.md says what they hold.

# What stands behind "name": up to the end of a number, word or string.
function member(name,    text) {
    if (!match($0, "\"" name "\":")) return ""
    text = substr($0, RSTART + RLENGTH)
    sub(/^"/, "", text)
    match(text, /^[^",}]*/)
    return substr(text, 1, RLENGTH)
}

# What stands behind "name":[ , to the end of the row.
function list_of(name) {
    match($0, "\"" name "\":\\[")
    return substr($0, RSTART + RLENGTH)
}

# Takes all up to `mark` off the front of `out`, and the mark too.
function take_to(mark,    at, taken) {
    at = index(out, mark)
    taken = substr(out, 1, at - 1)
    out = substr(out, at + length(mark))
    return taken
}

# The line that `op` prints, from [answer,searched,free] at the front of `out`.
function expected_line(op,    answer, searched, free) {
    take_to("[")
    answer = take_to(",")
    searched = take_to(",")
    if (substr(out, 1, 2) == "[]") {
        free = "[]"
        take_to("]]")
    } else {
        free = take_to("]]") "]]"
        take_to("]")
    }
    if (op ~ /^\+/)
        return "{\"op\":\"" op "\",\"addr\":" answer ",\"searched\":" searched ",\"free\":" free "}"
    return "{\"op\":\"" op "\",\"rc\":" answer ",\"free\":" free "}"
}

{
    ops = list_of("ops")
    ops = substr(ops, 1, index(ops, "]") - 1)
    gsub(/"/, "", ops)
    out = list_of("out")
    count = split(ops, op, ",")
    file = NR ".expected"
    for (i = 1; i <= count; i++) print expected_line(op[i]) > file
    close(file)

    command = "freehold lab --json --policy " member("policy") " --order " member("order")
    if (member("coalesce") == "true") command = command " --coalesce"
    for (i = split("size base header align", name, " "); i >= 1; i--)
        command = command " --" name[i] " " member(name[i])
    if (member("min_block") != "") command = command " --min-block " member("min_block")
    print command " --ops " ops " > found"
    print "[ $? -eq 0 ] || { echo '" member("id") ": exit code'; wrong=1; }"
    print "diff " file " found > difference || { echo '" member("id") ":'; head -n 4 difference; wrong=1; }"
}
END {
    print "[ -n \"$wrong\" ] || echo " NR " heaps as recorded"
}
