# A database that was not closed, and its log: together, apart, damaged, foreign.
$ cp "$HERE/../compat/crashed/database" db; truncate -s 131072 db
> cp "$HERE/../compat/crashed/database-wal" db-wal; truncate -s 12288 db-wal
> cp db db.kept; cp db-wal wal.kept
> freehold get db 'key 030'
changed 30
$ freehold trees db --json | grep -c colours
1
# Reading has written nothing.
$ cmp db db.kept && cmp db-wal wal.kept

# Without the log nobody takes the checkpoint for all there was, but who says so.
$ mv db-wal elsewhere
$ for c in 'put db k v' 'get db k' 'del db k' 'scan db' 'dump db' 'trees db' 'stat db' 'check db' \
>     'copy db new' 'map db' 'page db 0' 'slots db 0'
> do freehold $c; echo $?; done | sort | uniq -c | sed 's/^ *//'
freehold: db: commits are in a log that is not there: bring db-wal back, or open without it and lose them (or use --without-log)
*
12 2
$ cmp db db.kept
$ freehold get db 'key 030' --without-log
value 30
$ freehold trees db --without-log --json | grep -c colours
0
? 1
$ freehold check db --without-log
0 faults; * 1 trees, 40 items
$ cmp db db.kept

# Somebody else's log is no help, and is not touched.
$ freehold init other; head -c 12288 /dev/urandom > db-wal; cp db-wal foreign
> freehold get db 'key 030'
freehold: db: commits are in a log that is not there: * (*)
? 2
$ freehold put db k v --without-log; freehold get db k
v
$ cmp db-wal foreign; rm db-wal

# With its log beside it again: who opens it for writing puts the commits into the file.
$ cp db.kept db; cp wal.kept db-wal
> freehold put db k v; ls db*; freehold get db 'key 030'
db
db.kept
changed 30
$ freehold check db
0 faults; * 2 trees, 34 items

# A log that was put back too late is of an earlier life, and goes.
$ cp wal.kept db-wal; freehold get db k; freehold put db k2 v; ls db*
vdb
db.kept

# The last group may be half there: that is an end. Any other may not: that is damage.
$ cp db.kept db; cp wal.kept db-wal
> printf x | dd of=db-wal bs=1 seek=6716 conv=notrunc 2> /dev/null
> freehold get db 'key 030'; cmp -s wal.kept db-wal || echo changed
value 30changed
$ cp wal.kept db-wal; printf x | dd of=db-wal bs=1 seek=4620 conv=notrunc 2> /dev/null
> freehold get db 'key 030'
freehold: db: the log is damaged at 512, before its end: * (*)
? 2
$ freehold check db
the log is damaged at 512, *
? 1
$ freehold get db 'key 030' --without-log
value 30
$ freehold dump db --without-log | wc -l | tr -d ' '
40
