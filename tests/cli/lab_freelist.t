# lab --freelist: scripts of free lists over the store's own policies. The cases themselves are
# tests of their own (cases/freelist); here is what the command says of them.
$ cat > good.case <<'END'
> # Two policies, two answers.
> A1  array   | init 3 4 5 6 7 9 12 13 ; alloc 1 2 -> 3
> A1h by-size | init 3 4 5 6 7 9 12 13 ;
>      alloc 1 2 -> 12 ; free 2 12 1 ; reader+ 1 ; releasepending ; pending? -> 12 13
> B1  both    | init 5 ; free 1 5 0 -> refused
> END
$ freehold lab --freelist good.case
A1 array ok
A1h by-size ok
B1 array ok
B1 by-size ok
3 cases: 4 passed, 0 failed
$ freehold lab --freelist good.case --policy by-size
A1h by-size ok
B1 by-size ok
3 cases: 2 passed, 0 failed
$ freehold lab --policy all --freelist - < good.case | tail -n 1
3 cases: 4 passed, 0 failed
$ freehold lab --freelist good.case --policy array --json | tee json
{"case":"A1","policy":"array","passed":true}
{"case":"B1","policy":"array","passed":true}
{"case_count":3,"passed_count":2,"failed_count":0}
$ awk -f "$HERE/json_check.awk" json

# An expectation that is not met: where, what, and exit 1. The other cases run on.
$ cat > wrong.case <<'END'
> A1  both    | init 5 6 ; alloc 1 1 -> 5 ;
>     alloc 1 1 -> 7
> A2  array   | init 5 ; init 9 1 -> refused ; free? -> 5
> A3  array   | init 5 ; free 1 5 0 ; free? -> -
> A4  array   | init 5 -> refused
> END
$ freehold lab --freelist wrong.case
A1 array FAILED in line 2, column 5
  step      alloc 1 1
  expected  7
  got       6
A1 by-size FAILED in line 2, column 5
  step      alloc 1 1
  expected  7
  got       6
A2 array ok
A3 array FAILED in line 4, column 24
*
A4 array FAILED in line 5, column 15
  step      init 5
  expected  refused
  got       done
4 cases: 1 passed, 4 failed
freehold: wrong.case: 4 of 5 runs failed
? 1
$ freehold lab --freelist wrong.case --policy by-size --json 2>/dev/null | tee json
{"case":"A1","policy":"by-size","passed":false,"line":2,"column":5,"step":"alloc 1 1","expected":"7","got":"6"}
{"case_count":4,"passed_count":0,"failed_count":1}
$ awk -f "$HERE/json_check.awk" json

# A long answer is cut for people, not for programs.
$ echo 'A1 array | initrange 2 1000 ; free? -> -' > long.case
$ freehold lab --freelist long.case 2>/dev/null | awk '/got/ { print substr($0, length($0) - 2) }'
...
$ freehold lab --freelist long.case --json 2>/dev/null | grep -c ' 999 1000"}$'
1

# What is no script.
$ echo 'A1 both | init 3 ; grow 4' > bad.case; freehold lab --freelist bad.case
freehold: bad.case: line 1, column 20: there is no step "grow"
? 2
$ echo 'A1 hashmap | new' | freehold lab --freelist -
freehold: standard input: line 1, column 4: there is no policy "hashmap" (array, by-size, both)
? 2
$ : | freehold lab --freelist -
freehold: standard input: there is no case in it
? 2
$ freehold lab --freelist none.case
freehold: none.case: No such file or directory
? 2
$ freehold lab --freelist good.case --policy bitmap
freehold: --policy: there is no "bitmap" for free lists (array, by-size, all)
? 2
$ freehold lab --freelist good.case --size 100
freehold: --freelist: goes with --policy and --json only
? 2
