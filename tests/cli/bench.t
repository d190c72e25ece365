# bench: the rows of the benches on Freehold alone. What they measure is nobody's promise.
$ mkdir folder
$ freehold bench --items 500 --rounds 2 --rows read-rand,scan,put-sync,fill-rand,open-killed folder
machine: *
limits: *
*
binary keys of 16 bytes, values of 100, 500 items, batches of 1000, 2 rounds, medians

CPU time * freehold us
read-rand *
scan *
put-sync *
fill-rand *
open-killed *

wall time *
*
a transaction, p50 *
put-sync *

a transaction, p99 *
put-sync *

files, all in MB *
fill-rand *

memory, all in MB *
read-rand *
fill-rand *

-  less than was asked: the last commits can be lost when the program dies, *
*

# Nothing is left of it.
$ ls folder

$ freehold bench --items 200 --rounds 1 --rows read-txn,get-64k --json folder | tee json
{"bench":"limits",*}
{"bench":"kv","workload":"read-txn","keys":"binary","engine":"freehold",*}
{"bench":"kv","workload":"get-64k",*}
$ awk -f "$HERE/json_check.awk" json

$ freehold bench --rows scan,everything folder
freehold: --rows: everything: no such row, or too many (see: freehold bench --help)
? 2

$ freehold bench --items 0 folder
freehold: 0: must be from 1 to 4294967295
? 2

$ freehold bench nowhere
freehold: nowhere: no folder that may be written to
? 2
