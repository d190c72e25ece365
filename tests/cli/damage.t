# Damaged files: check names every fault, reading says no instead of something false.
$ freehold init db
> awk 'BEGIN { for (i = 0; i < 20000; i++) printf "%05d\tthe value of item %d\n", i, i }' | freehold load db
20000 items loaded
$ leaf=$(freehold slots db 0 | awk '$2 == "leaf" && $3 == "used" { last = $1 } END { print last }')
> cp db body; printf XXXX | dd of=body bs=1 seek=$((leaf * 8192 + 4000)) conv=notrunc 2>dd
> freehold check body > found; echo $?; grep -c "^page $leaf: " found; tail -n 1 found
1
1
* faults; *
$ freehold check body --json > json; echo $?; awk -f "$HERE/json_check.awk" json; head -n 1 json
1
{"fault":"page *"}
$ leaf=$(freehold slots db 0 | awk '$2 == "leaf" && $3 == "used" { last = $1 } END { print last }')
> freehold page body $leaf | grep crc
body crc       0x*, computed 0x*: damaged

# One meta of the copies is gone: found by check, harmless to who reads.
$ cp db meta; dd if=/dev/zero of=meta bs=8192 seek=1 count=1 conv=notrunc 2>dd
> freehold check meta > found; echo $?
1
$ freehold get meta 00042; echo
the value of item 42

# All of them
$ cp db metas; dd if=/dev/zero of=metas bs=8192 seek=1 count=4 conv=notrunc 2>dd
> freehold get metas 00042
freehold: metas: *
? 2

# A file that was cut: reading refuses, check calls it a fault.
$ head -c 500000 db > cut
> freehold get cut 00042
freehold: cut: * (see what is damaged with: freehold check DB)
? 2
$ freehold check cut
*cut*
? 1
$ freehold check db
0 faults; *
