# lab --trace: recorded traces; what they may be, what is printed. Orderings: lab_orderings.t.
$ printf 'a 0 100\na 1 100\na 2 100\nf 1\na 3 40\nf 0\nf 2\nf 3\n' > small; gzip -nc small > small.gz
$ freehold lab --trace small --policy first,best,buddy
small: 8 operations, at most 3 blocks and 300 bytes live

policy         peak heap    peak live external % internal %   searched    worst     ns/op
first                336          336        0.0       12.0 *
best                 336          336        0.0       12.0 *
buddy                384          336       14.3       28.0 *
$ freehold lab --trace small.gz --policy first --json > json; cat json
{"policy":"first","peak_heap_bytes":336,"peak_live_bytes":336,"external_waste_percent":0.00,"internal_waste_percent":12.00,"searched_mean":*,"searched_max":*,"ns_per_op":*}
$ awk -f "$HERE/json_check.awk" json

# All policies without a choice, each once, compressed or not, from a pipe or a file.
$ for from in small small.gz; do freehold lab --json --trace - < $from; done | sed 's/,"searched.*//' | sort | uniq -c | awk '{ print $1, $2 }'
2 {"policy":"array","peak_heap_bytes":336,"peak_live_bytes":336,"external_waste_percent":0.00,"internal_waste_percent":12.00
2 {"policy":"best",*
2 {"policy":"bitmap",*
2 {"policy":"buddy",*
2 {"policy":"by-size",*
2 {"policy":"first",*
2 {"policy":"lifo",*
2 {"policy":"next",*
2 {"policy":"segregated",*
2 {"policy":"worst",*

# Header, rounding, growth.
$ freehold lab --trace small --policy best --header 16 --align 8 --grow 4K --json
{"policy":"best","peak_heap_bytes":4096,"peak_live_bytes":360,"external_waste_percent":1037.78,"internal_waste_percent":20.00,*
$ freehold lab --trace small --policy best --align -1 --json
{"policy":"best","peak_heap_bytes":300,"peak_live_bytes":300,"external_waste_percent":0.00,"internal_waste_percent":0.00,*

# The textbook's heap. A run that is not coalesced is no room for a larger block.
$ printf 'a 0 16\na 1 16\na 2 16\nf 0\nf 1\na 3 32\n' > apart
$ freehold lab --trace apart --simulate --json --policy best
{"policy":"best","peak_heap_bytes":80,"peak_live_bytes":48,*,"searched_mean":0.50,"searched_max":2,*
$ freehold lab --trace apart --simulate --coalesce --json | sed 's/,"peak_live.*//'
{"policy":"best","peak_heap_bytes":48
{"policy":"worst","peak_heap_bytes":48
{"policy":"first","peak_heap_bytes":48
{"policy":"next","peak_heap_bytes":48
{"policy":"buddy","peak_heap_bytes":48
$ freehold lab --trace apart --simulate --coalesce --order front --json | sed 's/,"peak_live.*//'
{"policy":"best","peak_heap_bytes":80
{"policy":"worst","peak_heap_bytes":80
{"policy":"first","peak_heap_bytes":80
{"policy":"next","peak_heap_bytes":80

# The page: whole, of its own, with the figures beside it; to standard output alone.
$ freehold lab --trace small --policy first,bitmap,next --html page.html --json | wc -l
*3
$ head -n 1 page.html; tail -n 1 page.html; grep -c 'class="curve' page.html; grep -c 'data:image/png;base64' page.html
<!DOCTYPE html>
</html>
2
1
$ freehold lab --trace small --policy first,next --html - | tail -n 1
</html>
$ grep -o '<h3>[^<]*= [^<]*' page.html
<h3>first = bitmap = next
$ cp small '<b>&.trace'; freehold lab --trace '<b>&.trace' --html - | grep '<h1>'
<h1>&lt;b&gt;&amp;.trace</h1>
*
$ freehold lab --trace small --html no/page.html
freehold: no/page.html: No such file or directory
? 2

# What is no trace: one line, with the line's number.
$ t() { printf "$1" > bad; freehold lab --trace bad; echo $?; }
> t ''; t 'x\n'; t 'a 0 1\na 2 1\n'; t 'a 0 1\nf 0\nf 0\n'; t 'a 0 1\nf 1\n'; t 'f 0\n'
> t 'a 0 1\nr 0 99999999999999999999\n'; t 'a 0 -1\n'; t 'a 0 1 3\n'; t 'a 0 1\n\nf 0\n'
freehold: bad: no operations
2
freehold: bad: line 1: not an operation (a ID SIZE, r ID SIZE, f ID, single blanks between)
2
freehold: bad: line 2: a new ID must be 1, the next number, not 2
2
freehold: bad: line 3: ID 0 is free already
2
freehold: bad: line 2: ID 1 was never allocated
2
freehold: bad: line 1: ID 0 was never allocated
2
freehold: bad: line 2: a size of 2^47 bytes or more
2
freehold: bad: line 1: not an operation (a ID SIZE, r ID SIZE, f ID, single blanks between)
2
freehold: bad: line 1: an alignment that is no power of two up to 2^30
2
freehold: bad: line 2: not an operation (a ID SIZE, r ID SIZE, f ID, single blanks between)
2
$ freehold lab --trace "$(command -v freehold)"
freehold: *: line 1: *
? 2
$ head -c 60 small.gz | head -c 40 > cut.gz; freehold lab --trace cut.gz
freehold: cut.gz: the compressed file is cut short (copy it again)
? 2
$ { head -c 20 small.gz; printf 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'; } > torn.gz; freehold lab --trace torn.gz
freehold: torn.gz: *
? 2
$ freehold lab --trace absent
freehold: absent: No such file or directory
? 2
$ freehold lab --trace .
freehold: .: Is a directory
? 2
$ printf 'a 0 140737488355327\n' > huge; freehold lab --trace huge
freehold: bitmap: a heap of more than 2^32 units of 16 bytes (choose a larger align)
? 2
$ printf 'a 0 5 4096\n' > odd; freehold lab --trace odd --policy best --align 24
freehold: best: an alignment of 4096 with units of 24 bytes: choose an align and a header that are powers of two
? 2

# What cannot be asked.
$ freehold lab --trace small --policy middle
freehold: --policy: "middle" is no policy of freehold (see: man freehold)
? 2
$ freehold lab --trace small --policy best,
freehold: --policy: "" is no policy of freehold (see: man freehold)
? 2
$ freehold lab --trace small --simulate --policy lifo
freehold: --policy: "lifo" is no policy of the textbook (see: man freehold)
? 2
$ freehold lab --trace small --simulate --order up
freehold: best: there is no order "up" (addr, size+, size-, front, back)
? 2
$ freehold lab --trace small --simulate --order front --policy buddy
freehold: buddy: the policy buddy has no other order than by address
? 2
$ freehold lab --trace small --order front
freehold: lab: --order and --coalesce go with --simulate
? 2
$ freehold lab --trace small --size 100
freehold: lab: --ops, --size, --base and --min-block do not go with --trace
? 2
$ freehold lab --policy best --ops +1 --grow 5
freehold: lab: --grow, --simulate and --html go with --trace FILE
? 2
$ freehold lab --trace small --align 0
freehold: --align: must be -1 (off) or more than 0
? 2
$ freehold lab --trace small --grow 0
freehold: --grow: must be more than 0
? 2
$ freehold lab --trace small --header 2T
freehold: bitmap: header, align and grow may be 2^40 at most
? 2
