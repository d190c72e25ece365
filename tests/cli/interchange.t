# Real files, through the programs of LMDB and Berkeley DB and back.
@need mdb_load mdb_dump db_load db_dump
$ u=/usr/share/unicode/UnicodeData.txt
> if [ -r $u ]; then awk -F';' '{ k = $1; sub(/^[^;]*;/, ""); print k "\t" $0 }' $u
> else awk 'BEGIN { for (i = 0; i < 30000; i++) printf "%05X\tcharacter %d;of;no;list\n", i, i }'
> fi > items.tsv
> freehold init db; freehold load db items.tsv
* items loaded
$ freehold dump db | wc -l > count; wc -l < items.tsv | cmp - count

# Out to LMDB, and back in both of its formats
$ freehold dump db --format mdb > fh.mdb
> mdb_load -n -f fh.mdb lmdb && mdb_dump -n lmdb > lmdb.dump && mdb_dump -n -p lmdb > lmdb_print.dump
> for f in lmdb.dump lmdb_print.dump; do
>     freehold init $f.fh; freehold load $f.fh $f > loaded; freehold dump $f.fh --format mdb | cmp - fh.mdb
> done

# Out to Berkeley DB, and back in both of its formats
$ freehold dump db --format db > fh.db
> db_load -f fh.db bdb && db_dump bdb > bdb.dump && db_dump -p bdb > bdb_print.dump
> for f in bdb.dump bdb_print.dump; do
>     freehold init $f.fh; freehold load $f.fh $f > loaded; freehold dump $f.fh --format db | cmp - fh.db
> done

# Named trees become named databases there, and trees again here.
$ freehold init named
> for t in first second; do freehold load named items.tsv --tree $t > loaded; done
> freehold put named 'k\x00\xff' 'v\x00' --tree third
$ freehold dump named --format mdb > named.mdb
> mdb_load -n -f named.mdb named.lmdb && mdb_dump -n -a named.lmdb > again.mdb
> freehold init again; freehold load again again.mdb > loaded; freehold dump again --format mdb | cmp - named.mdb
$ freehold dump named --format db > named.db
> db_load -f named.db named.bdb && db_dump -l named.bdb
first
second
third
$ for t in first second third; do db_dump -s $t named.bdb | freehold load again --tree back_$t > loaded; done
> for t in first second third; do
>     freehold dump again --tree back_$t > back; freehold dump named --tree $t | cmp - back
> done

# LMDB's keys with several values have no place here.
$ printf 'VERSION=3\nformat=bytevalue\ntype=btree\nmapsize=1048576\ndupsort=1\nHEADER=END\n 61\n 31\n 61\n 32\nDATA=END\n' | mdb_load -n several
> mdb_dump -n several | freehold load db
freehold: standard input: line *: keys with several values (duplicates=1) cannot be kept (nothing was loaded)
? 2
