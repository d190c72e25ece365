# freehold put, get, del: one item at a time.
$ freehold init db
$ freehold put db colour green
$ freehold get db colour; echo .
green.
$ freehold put db colour 'deep\tgreen\n\x00\\'
> freehold get db colour | od -An -tx1
 64 65 65 70 09 67 72 65 65 6e 0a 00 5c
$ freehold get db --hex 636f6c6f7572
6465657009677265656e0a005c

# The value from standard input, as it is: escapes mean nothing there.
$ printf 'a\\x41b\0' | freehold put db raw
> freehold get db raw | od -An -tx1
 61 5c 78 34 31 62 00
$ printf new | freehold put db raw -
> freehold get db raw; echo
new
$ freehold put db --hex 00ff deadBEEF
> freehold get db '\x00\xff' | od -An -tx1
 de ad be ef

# Empty is not absent.
$ freehold put db empty ''
> freehold get db empty
$ freehold get db absent
freehold: absent: no such key
? 1
$ freehold get db absent --json
{"key":"absent","value":null}
? 1
$ freehold get db raw --json
{"key":"raw","value":"new"}
$ freehold get db '\x00\xff' --json
{"key_hex":"00ff","value_hex":"deadbeef"}
$ freehold put db json '"\\/\x01é' --json
{"key":"json","value_bytes":6,"txn_id":*}
$ freehold get db json --json | tee json
{"key":"json","value":"\"\\/\u0001é"}
$ awk -f "$HERE/json_check.awk" json

# A large value, whole.
$ yes 'a line of a value that does not fit into one page' | head -c 3000000 > large
> freehold put db large < large
> freehold get db large | cmp - large

# Operands that begin with - stand behind --.
$ freehold put db -5 five
freehold: put: no such option: -5 (see freehold put --help; a key or value that begins with - goes behind --)
? 2
$ freehold put db -- -5 five
> freehold get db -- -5; echo
five

# del
$ freehold del db raw
$ freehold get db raw
freehold: raw: no such key
? 1
$ freehold del db raw
freehold: raw: no such key
? 1
$ freehold put db user:1 a; freehold put db user:2 b; freehold put db user: c; freehold put db uses d
$ freehold del db user: --prefix --json
{"erased_count":3}
$ freehold get db uses; echo
d
$ freehold del db user: --prefix
freehold: del: no key begins so
? 1
$ freehold put db '\xff\xff' 1; freehold put db '\xff\xffz' 2; freehold put db '\xfe' 3
> freehold del db '\xff\xff' --prefix --json
{"erased_count":2}
$ freehold del db '' --prefix
> freehold scan db

# Trees
$ freehold put db k named --tree fruit
$ freehold get db k --tree fruit; echo
named
$ freehold get db k
freehold: k: no such key
? 1
$ freehold get db k --tree vegetable
freehold: vegetable: no such tree (see: freehold trees DB)
? 1
$ freehold del db k --tree vegetable
freehold: vegetable: no such tree (see: freehold trees DB)
? 1
$ freehold del db k --tree=fruit --policy=lifo

# What no key and no value can be
$ freehold put db '' v
freehold: put: *
? 2
$ freehold get db ''
freehold: get: *
? 2
$ k=$(head -c 1024 /dev/zero | tr '\0' k)
> freehold put db "$k" longest && freehold get db "$k"; echo
longest
$ k=$(head -c 1025 /dev/zero | tr '\0' k)
> freehold put db "$k" v
freehold: put: *
? 2
$ k=$(head -c 1025 /dev/zero | tr '\0' k)
> freehold get db "$k"
freehold: get: *
? 2
$ freehold put db 'a\q' v
freehold: put: a backslash begins none of \\ \t \n \r \xNN
? 2
$ freehold put db 'a\x4' v
freehold: put: a backslash begins none of \\ \t \n \r \xNN
? 2
$ freehold put db --hex abc 00
freehold: put: an odd number of hexadecimal digits
? 2
$ freehold put db --hex ag 00
freehold: put: not a hexadecimal digit
? 2
$ freehold put db k v --policy sloppy
freehold: db: *
? 2
$ freehold check db
0 faults; *
