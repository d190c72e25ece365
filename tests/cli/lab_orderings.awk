# lab_orderings.awk - does every trace rank the policies as theory and measurement say?
#
# usage: { echo NAME; freehold lab --json ...; echo NAME; ... } | awk -v orderings='best<next ...'
#        -v same='array=first ...' -f lab_orderings.awk
#
# A line that is no JSON names the replays that follow. A<B: the peak heap of A is at most that of
# B. Prints each ordering that does not hold, and ends with how many were looked at.
function heap_of(policy) {
    if (!(policy in heap)) { print name ": no " policy; heap[policy] = -1 }
    return heap[policy]
}
function compare(    i, count, pair, side) {
    if (name == "") return
    count = split(orderings, pair, " ")
    for (i = 1; i <= count; i++) {
        split(pair[i], side, /[<=]/)
        looked++
        if (pair[i] ~ /=/ ? heap_of(side[1]) != heap_of(side[2]) : heap_of(side[1]) > heap_of(side[2]))
            print name ": " pair[i] ": " heap[side[1]] ", " heap[side[2]]
    }
    delete heap
}
/^[^{]/ { compare(); name = $0; prefix = ""; next }
{
    match($0, /"policy":"[^"]*"/)
    policy = substr($0, RSTART + 10, RLENGTH - 11)
    match($0, /"peak_heap_bytes":[0-9]+/)
    # The second replay of a policy under one name is called POLICY', the third POLICY''.
    while (policy in heap) policy = policy "'"
    heap[policy] = substr($0, RSTART + 18, RLENGTH - 18) + 0
}
END { compare(); print looked + 0 " orderings looked at" }
