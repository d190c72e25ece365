# freehold dump: the inverse of load, in every format.
$ freehold init db
$ freehold dump db
$ freehold dump db --format mdb
VERSION=3
format=bytevalue
type=btree
mapsize=*
HEADER=END
DATA=END
$ printf 'a\\x00\tone\nb\t\n' | freehold load db
2 items loaded
$ freehold dump db
a\x00	one
b	
$ freehold dump db --format db
VERSION=3
format=bytevalue
type=btree
HEADER=END
 6100
 6f6e65
 62
 
DATA=END
$ freehold dump db --json
{"key":"a\u0000","value":"one"}
{"key":"b","value":""}
$ freehold dump db --format xml
freehold: xml: no such format (it is one of tsv, jsonl, mdb, db)
? 2

# Several trees
$ freehold put db apple red --tree fruit; freehold put db leek green --tree 'veg\\\n'
$ freehold dump db
freehold: db: tsv holds one tree, and 2 here have names (use --tree NAME, --tree '' for the unnamed one, or another --format)
? 2
$ freehold dump db --tree ''
a\x00	one
b	
$ freehold dump db --tree fruit
apple	red
$ freehold dump db --format db
freehold: db: Berkeley DB keeps either one unnamed tree or named ones, here are both (use --tree NAME, or --format mdb)
? 2
$ freehold dump db --format db --tree fruit
VERSION=3
format=bytevalue
database=fruit
type=btree
HEADER=END
 6170706c65
 726564
DATA=END
$ freehold dump db --format jsonl | tee all.jsonl
{"key":"a\u0000","value":"one"}
{"key":"b","value":""}
{"tree":"fruit","key":"apple","value":"red"}
{"tree":"veg\\\u000a","key":"leek","value":"green"}
$ awk -f "$HERE/json_check.awk" all.jsonl
$ freehold dump db --format mdb > all.mdb
> grep -c VERSION=3 all.mdb; grep database= all.mdb
3
database=fruit
database=veg\\\0a

# And back again
$ for f in all.jsonl all.mdb; do
>     freehold init "$f.fh"; freehold load "$f.fh" $f; freehold dump "$f.fh" --format mdb | cmp - all.mdb
> done
4 items loaded
4 items loaded
$ freehold dump db --tree fruit --format mdb > fruit.mdb; freehold load db fruit.mdb --tree copy
1 items loaded
$ freehold scan db --tree copy
apple	red
$ freehold load db all.mdb --tree one
freehold: all.mdb: line *: a second tree, but --tree takes one (nothing was loaded)
? 2

# Text that other programs wrote: format=print, unknown keywords, any order
$ cat > print.dump <<'END'
> format=print
> VERSION=3
> type=btree
> db_pagesize=4096
> maxreaders=126
> HEADER=END
>  key
>  a \\ and a byte \00\ff
>  \01
>  
> DATA=END
> END
$ freehold init text; freehold load text print.dump; freehold scan text
2 items loaded
\x01	
key	a \\ and a byte \x00\xff

# What is no dump
$ try() { printf "$1" | freehold load text --format mdb; }
> try ''
> try 'key\tvalue\n'
> try 'VERSION=2\nHEADER=END\nDATA=END\n'
> try 'format=print\nHEADER=END\nDATA=END\n'
> try 'VERSION=3\nformat=print\n'
> try 'VERSION=3\nformat=csv\nHEADER=END\n'
> try 'VERSION=3\ntype=recno\nHEADER=END\n'
> try 'VERSION=3\nduplicates=1\nHEADER=END\nDATA=END\n'
> try 'VERSION=3\nHEADER=END\n 61\n 62\n'
> try 'VERSION=3\nHEADER=END\n 61\nDATA=END\n'
> try 'VERSION=3\nHEADER=END\n61\n 62\nDATA=END\n'
> try 'VERSION=3\nHEADER=END\n 6\n 62\nDATA=END\n'
> try 'VERSION=3\nHEADER=END\n 61\n zz\nDATA=END\n'
> try 'VERSION=3\nHEADER=END\n \n 61\nDATA=END\n'
> try 'VERSION=3\nformat=print\nHEADER=END\n a\\0\n b\nDATA=END\n'
freehold: standard input: line 1: no header: it is not a dump (nothing was loaded)
freehold: standard input: line 1: a header line is keyword=value (is it a dump?) (nothing was loaded)
freehold: standard input: line 1: only VERSION=3 is known (nothing was loaded)
freehold: standard input: line 2: no VERSION=3 before HEADER=END (nothing was loaded)
freehold: standard input: line 3: the input ends before HEADER=END (nothing was loaded)
freehold: standard input: line 2: format is neither bytevalue nor print (nothing was loaded)
freehold: standard input: line 2: only type=btree and type=hash have keys and values (nothing was loaded)
freehold: standard input: line 2: keys with several values (duplicates=1) cannot be kept (nothing was loaded)
freehold: standard input: line 5: the input ends before DATA=END (nothing was loaded)
freehold: standard input: line 4: a data line begins with a blank (nothing was loaded)
freehold: standard input: line 3: a data line begins with a blank (nothing was loaded)
freehold: standard input: line 3: an odd number of hexadecimal digits (nothing was loaded)
freehold: standard input: line 4: not a hexadecimal digit (nothing was loaded)
freehold: standard input: line 3: an empty key (nothing was loaded)
freehold: standard input: line 4: a backslash wants two hexadecimal digits (nothing was loaded)
? 2
$ freehold check db
0 faults; *
