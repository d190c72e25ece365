# freehold load sorts what comes in any order: keys with zeros, prefixes of each other, twice.
# Digits sort as the bytes do, so that sort(1) knows the order; of equal keys the last wins.
$ cat > keys.awk <<'END'
> function below(n) { seed = seed * 16807 % 2147483647; return int(seed / 7) % n }
> function letters(count, kinds,    text) {
>     while (count-- > 0) text = text substr("0061ff", 2 * below(kinds) + 1, 2)
>     return text
> }
> BEGIN {
>     seed = 1
>     shared = letters(30, 3)
>     for (i = 0; i < 60000; i++) {
>         kind = below(6)
>         if (kind == 0) key = letters(1 + below(40), 3)                      # all kinds of keys
>         else if (kind == 1) key = shared letters(below(20), 3)              # far behind a prefix
>         else if (kind == 2) key = shared letters(1 + below(24), 1)          # zeros, and only zeros
>         else if (kind == 3) key = sprintf("%08x%08x", below(50), below(999)) # many with a short prefix
>         else if (kind == 4) key = letters(8 * (1 + below(3)), 2)            # ends where a word ends
>         else key = "757365723a" sprintf("%012d", below(30000))
>         last[key] = i
>         print " " key "\n " sprintf("%06d", i)
>     }
>     for (key in last) print key "\t" sprintf("%06d", last[key]) > "want"
> }
> END
$ { printf 'VERSION=3\nformat=bytevalue\ntype=btree\nHEADER=END\n'; awk -f keys.awk; echo DATA=END; } > items.mdb
> freehold init db; freehold load db items.mdb
60000 items loaded
$ sort want > sorted; freehold scan db --hex | cmp - sorted
$ test "$(wc -l < sorted)" -gt 20000
# Into a tree where all of it is already, in the other order of arrival.
$ freehold load db items.mdb; freehold scan db --hex | cmp - sorted
60000 items loaded
$ freehold scan db --hex --reverse | sort | cmp - sorted
$ freehold check db
0 faults; *
# In order for long enough to be streamed, and then not: an old key again, one between, a new end.
$ awk 'BEGIN { for (i = 0; i < 150000; i++) printf "%08d\t%060d\n", 2 * i, i
>     print "00000000\tagain\n00000001\tbetween\n99999999\tend\n00299998\tlast again" }' > long.tsv
> freehold init long; freehold load long long.tsv
150004 items loaded
$ { awk 'BEGIN { for (i = 1; i < 149999; i++) printf "%08d\t%060d\n", 2 * i, i }'
>     printf '00000000\tagain\n00000001\tbetween\n00299998\tlast again\n99999999\tend\n'; } | sort > sorted
> freehold scan long | cmp - sorted
$ freehold check long
0 faults; *
