# freehold scan: ranges, prefixes, both ways.
$ freehold init db
> printf 'a\t1\nab\t2\nabc\t3\nb\t4\nba\t5\nc\t6\n' | freehold load db
6 items loaded
$ freehold scan db
a	1
ab	2
abc	3
b	4
ba	5
c	6
$ freehold scan db --from ab --to b
ab	2
abc	3
$ freehold scan db --from aa --to bb --keys
ab
abc
b
ba
$ freehold scan db --prefix ab --reverse
abc	3
ab	2
$ freehold scan db --prefix a --from ab --to abc
ab	2
$ freehold scan db --prefix b --to ba --reverse --keys
b
$ freehold scan db --reverse --limit 2
c	6
ba	5
$ freehold scan db --from b --reverse --keys
c
ba
b
$ freehold scan db --to b --reverse --keys --limit 1
abc
$ freehold scan db --from zz
$ freehold scan db --from zz --reverse
$ freehold scan db --to a --reverse
$ freehold scan db --from c --to a
$ freehold scan db --limit 0
$ freehold scan db --prefix '' --limit 1
a	1
$ freehold scan db --limit -1
freehold: -1: not a number
? 2
$ freehold scan db --from 'x\'
freehold: scan: a backslash begins none of \\ \t \n \r \xNN
? 2

# Bytes that are no text
$ freehold init bytes
> freehold put bytes '\x00' 'tab\t back\\'
> freehold put bytes 'caf\xc3\xa9' 'euro \xe2\x82\xac csi \xc2\x9b'
> freehold put bytes '\xff' '\x7f\xed\xa0\x80'
$ freehold scan bytes
\x00	tab\t back\\
café	euro € csi \xc2\x9b
\xff	\x7f\xed\xa0\x80
$ freehold scan bytes --hex
00	74616209206261636b5c
636166c3a9	6575726f20e282ac2063736920c29b
ff	7feda080
$ freehold scan bytes --hex --from 63 --keys
636166c3a9
ff
$ freehold scan bytes --json | tee json
{"key":"\u0000","value":"tab\u0009 back\\"}
{"key":"café","value":"euro € csi "}
{"key_hex":"ff","value_hex":"7feda080"}
$ awk -f "$HERE/json_check.awk" json
$ freehold scan bytes --json --keys --limit 1
{"key":"\u0000"}

# The end of the alphabet
$ freehold init edge
> for k in fe feff ff ff00 ffff ffff00; do freehold put edge --hex $k 00; done
> freehold scan edge --hex --prefix ff --keys
ff
ff00
ffff
ffff00
$ freehold scan edge --hex --prefix ffff --keys --reverse
ffff00
ffff
$ freehold scan edge --hex --prefix fe --keys --reverse
feff
fe
$ freehold init empty; freehold scan empty; freehold scan empty --reverse
