# trees, stat, check, copy, map, page, slots: looking inside.
$ freehold init db
> awk 'BEGIN { for (i = 0; i < 20000; i++) printf "%05d\tthe value of item %d\n", i, i }' > items.tsv
> freehold load db items.tsv; freehold put db k v --tree 'named\n'
20000 items loaded

$ freehold trees db
       items  depth      pages  payload bytes  tree
       20000 *  (unnamed)
           1      1          1              2  named\n
$ freehold trees db --json | tee json
{"tree":"","tree_id":*,"item_count":20000,"payload_bytes":*,"depth":*,"branch_pages":*,"leaf_pages":*,"run_pages":0}
{"tree":"named\u000a","tree_id":*,"item_count":1,"payload_bytes":2,"depth":1,"branch_pages":0,"leaf_pages":1,"run_pages":0}
$ awk -f "$HERE/json_check.awk" json

$ freehold stat db --runs
file * bytes
allocated * bytes  on the medium
payload * bytes  in 20001 items of 2 trees
all * pages  of 8192 bytes, in * chunks of 256
  live * pages *%
  free * pages *%
  pending * pages *%
    pinned * pages  held by readers
    checkpoint * pages  held by the checkpoint alone
free runs * runs   the largest * pages; fragmentation * %
log * bytes  of a ring of *
transaction *        the checkpoint is of *
policy                 bitmap
readers                     0
growth           none since the database was opened
peak * pages  since it was opened; pending 0, pinned 0
moved            * 0 pages  since it was opened; 0 chunks punched, 0 bytes cut
free runs by length
*

# Every figure has its name.
$ freehold stat db --json > json; awk -f "$HERE/json_check.awk" json
> for name in page_bytes chunk_pages file_bytes allocated_bytes live_pages free_pages pending_pages \
>     pinned_pages log_bytes log_ring_bytes chunk_count free_run_count largest_free_run_pages \
>     checkpoint_pages raw_held_pages txn_id checkpoint_txn_id reader_count oldest_reader_txn_id \
>     tree_count item_count payload_bytes policy file_pages quota_bytes readers growth_reason \
>     growth_txn_id growth_wanted_pages growth_snapshot_txn_id file_pages_peak pending_pages_peak \
>     pinned_pages_peak relocated_pages punched_chunks cut_bytes
> do grep -q "\"$name\":" json || echo "no $name"; done
$ freehold stat db --json --runs | awk -f "$HERE/json_check.awk"
$ freehold stat db --json | tr ',' '\n' | grep -E '"(page_bytes|chunk_pages|item_count|tree_count)"'
{"page_bytes":8192
"chunk_pages":256
"tree_count":2
"item_count":20001
# The pages of a file are live, free or pending.
$ freehold stat db --json | tr '{,}:' '\n' | awk '
>     /"(file|live|free|pending)_pages"/ { name = $0; getline; n[name] = $0 }
>     END { print n["\"file_pages\""] - n["\"live_pages\""] - n["\"free_pages\""] - n["\"pending_pages\""] }'
0

# In a pipe a look is a line.
$ freehold stat db --watch | head -n 2
transaction *: 20001 items, * pages: * live, * free, 0 pending; file * bytes, allocated *
transaction *: 20001 items, * pages: * live, * free, 0 pending; file * bytes, allocated *
$ freehold stat db --watch=1 --json | head -n 1 | awk -f "$HERE/json_check.awk"
$ freehold stat db --watch=0
freehold: --watch: 0: a number of seconds from 1 to 86400
? 2
$ freehold stat db --watch=soon
freehold: soon: not a number
? 2
$ freehold stat nowhere --watch
freehold: nowhere: no such database (make one with: freehold init DB)
? 2

$ freehold check db
0 faults; * pages: * used, * metadata, * pending, * free; 2 trees, 20001 items
$ freehold check db --json | tee json
{"fault_count":0,"page_count":*,"used_pages":*,"metadata_pages":*,"pending_pages":*,"free_pages":*,"tree_count":2,"item_count":20001}
$ awk -f "$HERE/json_check.awk" json
$ freehold check db --orphans
freehold: --orphans: belongs to --repair NEW
? 2

$ freehold copy db new && freehold dump new --format mdb > new.mdb; freehold dump db --format mdb | cmp - new.mdb
$ freehold check new
0 faults; *
$ freehold copy db new
freehold: new: it is already there (choose another name, or remove it first)
? 2
$ freehold check new
0 faults; *
$ mkdir folder; freehold copy db folder
freehold: folder: it is already there (choose another name, or remove it first)
? 2
$ freehold copy db nowhere/new
freehold: nowhere/new: *
? 2
$ freehold copy db newer --json | awk -f "$HERE/json_check.awk"

$ freehold map db > map; head -n 1 map; tail -n 1 map; grep -c "$(printf '\033')" map
         0 m*
*metadata * (pages; in a character: 1)
0
? 1
$ freehold map db --svg map.svg --html map.html
> head -c 4 map.svg; tail -n 1 map.svg; head -n 1 map.html; tail -n 1 map.html
<svg</svg>
<!DOCTYPE html>
</html>
$ freehold map db --svg - | cmp - map.svg
$ freehold map db --json | tee json
{"stretches":[{"first_page":0,"page_count":*"state":"*","kind":"*"}]}
$ awk -f "$HERE/json_check.awk" json
# A file name is text in the picture, whatever it holds.
$ mkdir '<b>&' && freehold init '<b>&/"db"' && freehold map '<b>&/"db"' --html - | grep '<title>&lt;'
<title>&lt;b&gt;&amp;/"db"</title>

$ freehold page db 0
page           0
file offset    0
*
body crc *
*
$ for no in 0 1 2 3 4 5 6 7 8; do freehold page db $no --json || echo none; done > json
> awk -f "$HERE/json_check.awk" json && wc -l < json | tr -d ' '
9
$ freehold page db 4000000000
freehold: 4000000000: no such page (see: freehold stat DB)
? 1
$ freehold page db 99999999999
freehold: 99999999999: no such page
? 1
$ freehold page db one
freehold: one: not a number
? 2
$ freehold slots db 0
chunk 0: pages 0 to *, * used, * free, * pending; header page of checkpoint *, proven
      page  kind       state    level  tree        birth        run    body crc  slot
         0  header     used *
*
$ freehold slots db 0 --json | awk -f "$HERE/json_check.awk"
$ freehold slots db 100000
freehold: 100000: no such chunk (see: freehold stat DB)
? 1
