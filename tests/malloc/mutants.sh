#!/bin/sh
# mutants.sh - can the checker fail? Each fault of mutant.so must be seen by its duty.
#
# usage: mutants.sh CONTRACT STRESS MUTANT.so
# Reads mutants.list beside this file. Without a fault the same library passes everything.
list=$(dirname "$0")/mutants.list
contract=$1
stress=$2
mutant=$3
bad=0

LD_PRELOAD=$mutant "$contract" >healthy.log 2>&1 ||
    { grep FAILED healthy.log; echo 'without a fault'; bad=1; }
LD_PRELOAD=$mutant "$stress" || { echo 'stress, without a fault'; bad=1; }
FREEHOLD_MUTANT=racy LD_PRELOAD=$mutant "$stress" 2>fault.log && { echo 'stress sees no race'; bad=1; }
"$contract" --list | while read -r duty; do
    grep -q " $duty\$" "$list" || echo "no fault is listed for $duty"
done | { ! grep .; } || bad=1

while read -r fault duty; do
    case $fault in '#'*) continue ;; esac
    FREEHOLD_MUTANT=$fault LD_PRELOAD=$mutant "$contract" --seconds 2 "$duty" >fault.log 2>&1
    if [ $? = 1 ] && grep -q "^FAILED  $duty: " fault.log; then
        sed "s/^FAILED /$fault,/; q" fault.log
    else
        echo "nobody sees: $fault ($duty)"
        bad=1
    fi
done <"$list"
exit $bad
