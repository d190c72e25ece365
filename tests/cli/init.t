# freehold init: makes a database, and never anything else.
$ freehold init a.fh
$ freehold check a.fh
0 faults; *

$ freehold init a.fh
freehold: a.fh: it is already there (choose another name, or remove it first)
? 2

$ freehold init b.fh --quota 64M --policy lifo --json | tee json
{"path":"b.fh","page_bytes":8192,"quota_bytes":67108864}
$ awk -f "$HERE/json_check.awk" json

$ freehold init c.fh --quota lots
freehold: lots: not a number
? 2
$ freehold init c.fh --quota 20000000T
freehold: 20000000T: too large a number
? 2
$ freehold init c.fh --quota=
freehold: : not a number
? 2
$ freehold init c.fh --policy sloppy
freehold: c.fh: *
? 2
$ freehold init nowhere/c.fh
freehold: nowhere/c.fh: no such directory (make the directory first)
? 2

# An old file of any kind stays as it is.
$ echo mine > file
> freehold init file
freehold: file: it is already there (choose another name, or remove it first)
? 2
$ cat file
mine
$ mkdir folder
> freehold init folder
freehold: folder: it is already there (choose another name, or remove it first)
? 2
$ ls
a.fh
b.fh
file
folder
json
