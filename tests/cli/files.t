# Files that are no databases, and a system that says no. Every command says it in one line.
$ freehold init db; freehold put db k v
$ for c in 'put none k v' 'get none k' 'del none k' 'scan none' 'dump none' 'trees none' \
>     'stat none' 'check none' 'copy none new' 'map none' 'page none 0' 'slots none 0' 'load none -'
> do freehold $c; echo $?; done | sort | uniq -c | sed 's/^ *//'
freehold: none: no such database (make one with: freehold init DB)
freehold: none: no such database (make one with: freehold init DB)
freehold: none: no such database (make one with: freehold init DB)
freehold: none: no such database (make one with: freehold init DB)
freehold: none: no such database (make one with: freehold init DB)
freehold: none: no such database (make one with: freehold init DB)
freehold: none: no such database (make one with: freehold init DB)
freehold: none: no such database (make one with: freehold init DB)
freehold: none: no such database (make one with: freehold init DB)
freehold: none: no such database (make one with: freehold init DB)
freehold: none: no such database (make one with: freehold init DB)
freehold: none: no such database (make one with: freehold init DB)
freehold: none: no such database (make one with: freehold init DB)
13 2
$ ls
db

$ freehold get . k
freehold: .: a directory, not a database (name the file)
? 2
$ freehold stat db/below
freehold: db/below: *
? 2
$ echo 'not a database' > text
> freehold get text k
freehold: text: * (*)
? 2
$ head -c 100000 /dev/urandom > noise
> freehold stat noise
freehold: noise: * (*)
? 2
$ : > nothing
> freehold scan nothing
freehold: nothing: * (*)
? 2
$ cat nothing

# A cut file is a fault, or no database at all; never a crash.
$ head -c 20000 db > cut
> freehold check cut > found 2>&1; code=$?; test $code -eq 1 -o $code -eq 2 || echo $code
$ wc -l < found | tr -d ' '
1

# Standard output is full.
$ test -e /dev/full || exit 3
> freehold scan db > /dev/full
freehold: standard output: No space left on device
? 3
$ freehold stat db --json > /dev/full
freehold: standard output: No space left on device
? 3
$ freehold map db --svg /nowhere/m.svg
freehold: /nowhere/m.svg: No such file or directory
? 2
