# freehold load: every format, every way a line can be wrong, all or nothing.
$ freehold init db
> printf 'b\ttwo\na\tone\nc\t\nb\ttwo again\n' > items.tsv
> freehold load db items.tsv
4 items loaded
$ freehold scan db
a	one
b	two again
c	
$ freehold load db --json < items.tsv
{"item_count":4,"read_bytes":*}
$ freehold load db - --format tsv < items.tsv
4 items loaded
$ printf 'k\\t\\n\\\\\\x00\\r\tv\tand a tab\n' | freehold load db --tree odd
1 items loaded
$ freehold scan db --tree odd
k\t\n\\\x00\r	v\tand a tab
$ printf 'last line\twithout a newline' | freehold load db && freehold get db 'last line'; echo
1 items loaded
without a newline
$ : | freehold load db
0 items loaded

# Nothing half loaded
$ freehold init whole; freehold put whole here before
$ printf 'good\tline\n\nother\tline\n' > blank.tsv
> freehold load whole blank.tsv
freehold: blank.tsv: line 2: an empty line (nothing was loaded)
? 2
$ printf 'good\tline\nno tab here\n' | freehold load whole
freehold: standard input: line 2: no TAB between key and value (nothing was loaded)
? 2
$ printf 'a\tb\nc\\xg0\td\n' | freehold load whole
freehold: standard input: line 2: a backslash begins none of \\ \t \n \r \xNN (nothing was loaded)
? 2
$ printf 'a\tb\nc\td\\' | freehold load whole
freehold: standard input: line 2: a backslash begins none of \\ \t \n \r \xNN (nothing was loaded)
? 2
$ printf 'a\tb\n\td\n' | freehold load whole
freehold: standard input: line 2: an empty key (nothing was loaded)
? 2
$ { printf 'a\tb\n'; head -c 1025 /dev/zero | tr '\0' k; printf '\tv\n'; } | freehold load whole
freehold: standard input: line 2: the key is longer than the database allows (nothing was loaded)
? 2
$ printf 'a\tb\nc\n' | freehold load whole --tree made
freehold: standard input: line 2: no TAB between key and value (nothing was loaded)
? 2
$ freehold trees whole --json
{"tree":"","tree_id":*,"item_count":1,"payload_bytes":10,*}
$ freehold scan whole
here	before

# jsonl
$ cat > items.jsonl <<'END'
> {"key":"plain","value":"text"}
> { "value" : "\u00e9\ud83d\ude00\n\"\\\/" , "key" : "escapes" }
> {"key_hex":"00ff","value_hex":""}
> {"tree":"fruit","key":"apple","value":"red"}
> END
$ freehold init json; freehold load json items.jsonl
4 items loaded
$ freehold scan json
\x00\xff	
escapes	é😀\n"\\/
plain	text
$ freehold scan json --tree fruit
apple	red
$ try() { printf '{"key":"a","value":"b"}\n%s\n' "$1" | freehold load json --format jsonl; }
> try '{"key":"a"}'
> try '{"value":"a"}'
> try '{"key":"a","value":1}'
> try '{"key":"a","value":"b","extra":"c"}'
> try '{"key":"a","value":"b","key_hex":"00"}'
> try '{"key":"a","value":"b"} x'
> try '{"key":"a","value":"b"'
> try '{"key":"a" "value":"b"}'
> try '["key"]'
> try '{"key":"a\ud800","value":"b"}'
> try '{"key":"\q","value":"b"}'
> try '{"key":"\u12g4","value":"b"}'
> try '{"key":"a","value":"b'
> try '{"key_hex":"0","value":"b"}'
> try '{"key":"","value":"b"}'
> try ''
freehold: standard input: line 2: no value (nothing was loaded)
freehold: standard input: line 2: no key (nothing was loaded)
freehold: standard input: line 2: a string is expected (nothing was loaded)
freehold: standard input: line 2: a member that is none of key, value, tree (nothing was loaded)
freehold: standard input: line 2: a member stands twice (nothing was loaded)
freehold: standard input: line 2: something stands behind the object (nothing was loaded)
freehold: standard input: line 2: a comma or } is expected (nothing was loaded)
freehold: standard input: line 2: a comma or } is expected (nothing was loaded)
freehold: standard input: line 2: not a JSON object (nothing was loaded)
freehold: standard input: line 2: a lone surrogate (nothing was loaded)
freehold: standard input: line 2: no such escape in JSON (nothing was loaded)
freehold: standard input: line 2: \u wants four hexadecimal digits (nothing was loaded)
freehold: standard input: line 2: the string does not end (nothing was loaded)
freehold: standard input: line 2: an odd number of hexadecimal digits (nothing was loaded)
freehold: standard input: line 2: an empty key (nothing was loaded)
freehold: standard input: line 2: an empty line (nothing was loaded)
? 2
$ printf '{"key":"\303","value":""}\n' | freehold load json
freehold: standard input: line 1: not valid UTF-8 (use key_hex, value_hex) (nothing was loaded)
? 2
$ printf '{"key":"a\001","value":""}\n' | freehold load json
freehold: standard input: line 1: a control character in a string (nothing was loaded)
? 2
$ freehold load json items.jsonl --tree one
freehold: items.jsonl: line 4: a second tree, but --tree takes one (nothing was loaded)
? 2

# What the arguments may be
$ freehold load db nowhere.tsv
freehold: nowhere.tsv: No such file or directory
? 2
$ freehold load db .
freehold: .: Is a directory
? 2
$ freehold load db items.tsv --format xml
freehold: xml: no such format (it is one of tsv, jsonl, mdb)
? 2
$ freehold load db items.tsv --format bolt
freehold: bolt: this format comes with a later version
? 2
$ freehold load db items.tsv more.tsv
freehold: load: one word too many: more.tsv (usage: freehold load DB [FILE|-])
? 2

# Many items, in order and not, into an empty tree and between others
$ awk 'BEGIN { for (i = 0; i < 30000; i++) printf "%05d\tvalue %d\n", i, i }' > ascending.tsv
> awk 'BEGIN { for (i = 0; i < 30000; i++) printf "%05d\tvalue %d\n", (i * 7919) % 30000, (i * 7919) % 30000 }' > mixed.tsv
> freehold init many; freehold load many ascending.tsv; freehold load many mixed.tsv --tree mixed
30000 items loaded
30000 items loaded
$ freehold scan many | cmp - ascending.tsv
$ freehold scan many --tree mixed | cmp - ascending.tsv
$ awk 'BEGIN { for (i = 0; i < 30000; i += 3) printf "%05d+\tbetween\n", i }' > between.tsv
> freehold load many between.tsv
10000 items loaded
$ LC_ALL=C sort ascending.tsv between.tsv > all.tsv; freehold scan many | LC_ALL=C sort | cmp - all.tsv
$ freehold scan many --from 00003 --limit 3
00003	value 3
00003+	between
00004	value 4
$ printf 'zz\t1\nzz\t2\nzz\t3\n' | freehold load many && freehold get many zz; echo
3 items loaded
3
$ freehold check many
0 faults; *

# A quota that does not suffice: the system's no, and nothing loaded.
$ freehold init small --quota 200K; freehold put small k v; freehold load small ascending.tsv
freehold: *(delete something first)
? 3
$ freehold scan small
k	v
$ freehold check small
0 faults; *
