# check --repair: what can be read goes into a new database, what cannot is named.
$ freehold init db
> awk 'BEGIN { for (i = 0; i < 20000; i++) printf "%05d\tthe value of item %d\n", i, i }' | freehold load db
20000 items loaded
$ head -c 100000 /dev/zero | tr '\0' 'x' > large
> freehold put db one --tree large < large
> freehold dump db --tree '' > dump; cksum < db > sum

# A whole one.
$ freehold check db --repair new
0 losses; new: 2 trees, 20001 items, 0 commits of the log, 0 pages without a checksum; 0 orphaned leaves, 0 items of them saved
$ freehold check new; freehold dump new --tree '' | cmp - dump; freehold get new one --tree large | cmp - large
0 faults; *
$ cksum < db | cmp - sum
$ freehold check db --repair new
freehold: new: it is already there (choose another name, or remove it first)
? 2
$ freehold check db --repair nowhere/new
freehold: nowhere/new: no such directory (make the directory first)
? 2
$ freehold check nothing --repair other
freehold: nothing: no such database (make one with: freehold init DB)
? 2
$ echo 'no database' > text; freehold check text --repair other
freehold: text: * (is it the right file?)
? 2
$ freehold check db --repair
freehold: check: --repair wants a value: NEW
? 2
$ freehold check db --repair db-2 --orphans --json | tee json
{"loss_count":0,"note_count":0,"tree_count":2,"item_count":20001,"commit_count":0,"unproven_pages":0,"orphan_leaf_count":0,"orphan_item_count":0}

# A leaf is damaged: its items are lost, and no others.
$ leaf=$(freehold slots db 0 | awk '$2 == "leaf" && $3 == "used" { print $1 }' | sed -n 5p)
> cp db body; printf XXXX | dd of=body bs=1 seek=$((leaf * 8192 + 8000)) conv=notrunc 2>dd
> freehold check body --repair body-new
lost: the unnamed tree: keys from * on, before *, are lost: page *
1 losses; body-new: 2 trees, * items, *
? 1
$ freehold check body-new
0 faults; *
$ freehold check body --repair body-json --json | tee json | head -n 1
{"finding":"items","text":"the unnamed tree: keys from * are lost: page *","page":*,"tree":"","from":"*","to":"*"}
$ awk -f "$HERE/json_check.awk" json

# A branch: the leaves below it are whole, and come back when they are asked for.
$ branch=$(freehold slots db 0 | awk '$2 == "branch" && $3 == "used" { print $1 }')
> cp db branch; dd if=/dev/zero of=branch bs=8192 seek=$branch count=1 conv=notrunc 2>dd
> freehold check branch --repair branch-new
lost: the unnamed tree: all keys are lost: page * is no node of level 1 of tree 1
orphans: tree 1: nothing refers to * leaves of it that are whole: they may hold what is lost, or be old
1 losses; branch-new: 1 trees, 1 items, *; * orphaned leaves, 0 items of them saved
? 1
$ freehold check branch --repair branch-found --orphans | tail -n 2
orphans: lost+found/1: 20000 items that tree 1 may have lost
1 losses; branch-found: 1 trees, 1 items, *
$ freehold dump branch-found --tree lost+found/1 | cmp - dump

# The header page and all metas: the pages that are left tell of themselves.
$ cp db metas; dd if=/dev/zero of=metas bs=8192 seek=1 count=4 conv=notrunc 2>dd
> freehold check metas --repair metas-new
note: pages 1 to 4: no copy of a meta is whole
lost: the newest catalog that proves itself, page * of epoch *, is taken: whether there was a newer one is not known
1 losses; metas-new: 2 trees, 20001 items, *
? 1
$ freehold dump metas-new --tree '' | cmp - dump
$ cp db header; dd if=/dev/zero of=header bs=8192 count=1 conv=notrunc 2>dd
> freehold check header --repair header-new
note: page 0: the header page is damaged: from page * on what it described is taken without a checksum
0 losses; header-new: 2 trees, 20001 items, 0 commits of the log, * pages without a checksum; *
$ freehold dump header-new --tree '' | cmp - dump

# A file that was cut keeps what is before the cut; nothing of the damaged files has changed.
$ head -c 500000 db > cut; cksum < cut > cut-sum
> freehold check cut --repair cut-new > found
? 1
$ grep -c 'beyond the end of the file' found
*
$ freehold check cut-new
0 faults; *
$ cksum < cut | cmp - cut-sum; cksum < db | cmp - sum
