# compact: the file small now.
$ freehold init db
> awk 'BEGIN { for (i = 0; i < 40000; i++) printf "%06d\tthe value of item %d, long enough to fill some pages\n", i, i }' > items.tsv
> freehold load db items.tsv; freehold del db 00 --prefix; freehold del db 01 --prefix
40000 items loaded
$ freehold dump db > before.tsv
$ freehold compact db
* pages moved; the file: * bytes, before *
$ freehold dump db | cmp - before.tsv; freehold check db
0 faults; *
# Nothing is left to move: the second time it stays as it is.
$ freehold compact db --json | tee json | tr ',' '\n' | grep moved
{"moved_pages":0
$ awk -f "$HERE/json_check.awk" json
$ tr '{,}:' '\n' < json | awk '
>     /_pages_|_bytes_/ { name = $0; getline; n[name] = $0 }
>     END { print (n["\"file_pages_after\""] <= n["\"file_pages_before\""]),
>                 n["\"file_bytes_after\""] == n["\"file_pages_after\""] * 8192 }'
1 1
$ freehold compact db --target 200
0 pages moved; *
$ freehold compact db --target 99
freehold: 99: no target (100 to 1000000: the file's pages in percent of its live ones)
? 2
$ freehold compact db --target many
freehold: many: not a number
? 2
$ freehold compact nowhere
freehold: nowhere: no such database (make one with: freehold init DB)
? 2
$ freehold compact
freehold: compact: a word is missing (usage: freehold compact DB)
? 2
