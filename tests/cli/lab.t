# lab: the policy laboratory. The recorded heaps first, all of them.
$ awk -f "$HERE/lab_vectors.awk" "$HERE"/../vectors/*.jsonl > script; sh script; rm script *.expected
62 heaps as recorded

# A heap of 100 bytes, by hand.
$ freehold lab --policy best --size 100 --base 1000 --header 0 --align -1 --ops +10,-0,+20
+10 -> 1000; searched 1; free 90, largest 90: 1010+90
-0 -> freed; free 100, largest 90: 1000+10 1010+90
+20 -> 1010; searched 2; free 80, largest 70: 1000+10 1030+70

$ freehold lab --policy best --size 100 --base 1000 --header 0 --align -1 --ops +10,-0,+20 --json | tee json
{"op":"+10","addr":1000,"searched":1,"free":[[1010,90]]}
{"op":"-0","rc":0,"free":[[1000,10],[1010,90]]}
{"op":"+20","addr":1010,"searched":2,"free":[[1000,10],[1030,70]]}
$ awk -f "$HERE/json_check.awk" json

# External fragmentation: 30 bytes are free, and 15 cannot be had. That is no failure of lab.
$ freehold lab --policy first --coalesce --size 60 --base 0 --header 0 --align 1 --ops +10,+10,+10,+10,+10,+10,-0,-2,-4,+15,-1,+15
*
-4 -> freed; free 30, largest 10: 0+10 20+10 40+10
+15 -> none; searched 3; free 30, largest 10: 0+10 20+10 40+10
-1 -> freed; free 40, largest 30: 0+30 40+10
+15 -> 0; searched 1; free 25, largest 15: 15+15 40+10

# Sizes are rounded before the header comes on top; the address is behind the header.
$ freehold lab --policy worst --size 1K --base 16 --header 4 --align 8 --ops +3,+17
+3 -> 20; searched 1; free 1012, largest 1012: 28+1012
+17 -> 32; searched 1; free 984, largest 984: 56+984

# Without --coalesce neighbours stay apart; buddies always join.
$ freehold lab --policy first --order back --size 32 --base 0 --header 0 --align -1 --ops +16,+16,-1,-0,+32
*
-0 -> freed; free 32, largest 16: 16+16 0+16
+32 -> none; searched 2; free 32, largest 16: 16+16 0+16
$ freehold lab --policy buddy --size 32 --base 0 --header 0 --align -1 --min-block 8 --ops +3,-0,+33
+3 -> 0; searched 3; free 24, largest 16: 8+8 16+16
-0 -> freed; free 32, largest 32: 0+32
+33 -> none; searched 0; free 32, largest 32: 0+32

# Strategies worked by hand: what each gets, and the free list behind its last operation.
$ for policy in first best worst next; do
>     for ops in +10,+20,+30,-1,+5,-0,-2,-3 +30,+10,+30,-0,-2,+28,+28 +25,+25,+25,+25,-1,-2,+50; do
>         freehold lab --policy $policy --coalesce --size 100 --base 0 --header 0 --align -1 \
>             --ops $ops | awk -v policy=$policy '/ -> [0-9]/ { got = got " " $3 + 0 }
>                 END { sub(/.*: ?/, ""); print policy got " / " $0 }'
>     done
> done
first 0 10 30 10 / 0+100
first 0 30 40 0 40 / 28+2 68+32
first 0 25 50 75 25 / *
best 0 10 30 10 / 0+100
best 0 30 40 0 40 / 28+2 68+32
best 0 25 50 75 25 / *
worst 0 10 30 60 / 0+100
worst 0 30 40 40 68 / 0+30 96+4
worst 0 25 50 75 25 / *
next 0 10 30 60 / 0+100
next 0 30 40 40 68 / 0+30 96+4
next 0 25 50 75 25 / *
$ for ops in +7 +7,-0 +7,+9,+33 +8,+8,-0,-1 +8,+8,+8,-1,-0 +16,+16,+16,+16,-1,-2,+32 +65; do
>     freehold lab --policy buddy --size 64 --base 0 --header 0 --align -1 --min-block 4 \
>         --ops $ops | awk '/ -> (none|[0-9])/ { sub(/;/, "", $3); got = got $3 " " }
>             END { sub(/.*: ?/, ""); print got "/ " $0 }'
> done
0 / 8+8 16+16 32+32
0 / 0+64
0 16 none / 8+8 32+32
0 8 / 0+64
0 8 16 / 0+16 24+8 32+32
0 16 32 48 none / 16+16 32+16
none / 0+64

# A request that failed or was not made cannot be freed; a number is another name of an address.
$ freehold lab --policy next --size 10 --base 0 --header 0 --align -1 --ops +11,-0,-7,+10,-1,+10,-1,-2
+11 -> none; searched 1; free 10, largest 10: 0+10
-0 -> refused; free 10, largest 10: 0+10
-7 -> refused; free 10, largest 10: 0+10
+10 -> 0; searched 1; free 0, largest 0:
-1 -> freed; free 10, largest 10: 0+10
+10 -> 0; searched 1; free 0, largest 0:
-1 -> freed; free 10, largest 10: 0+10
-2 -> refused; free 10, largest 10: 0+10

$ freehold lab --help
usage: freehold lab --ops L | --trace F | --freelist F [OPTIONS]

  policies on a simulated heap, on recorded traces

  --json *
  --html F *
  --policy P         best, worst, first, next, buddy*
*
  --min-block N *
*

# What cannot be.
$ freehold lab
freehold: lab: --policy is missing (see: freehold lab --help)
? 2
$ freehold lab --policy best --size 100 --base 0 --header 0 --ops +1
freehold: lab: --align is missing (see: freehold lab --help)
? 2
$ freehold lab --policy best --size 100 --base 0 --header 0 --align 1
freehold: lab: --ops is missing (see: freehold lab --help)
? 2
$ freehold lab --policy lifo --size 100 --base 0 --header 0 --align 1 --ops +1
freehold: lab: there is no policy "lifo" (best, worst, first, next, buddy)
? 2
$ freehold lab --policy best --order up --size 100 --base 0 --header 0 --align 1 --ops +1
freehold: lab: there is no order "up" (addr, size+, size-, front, back)
? 2
$ freehold lab --policy best --size 0 --base 0 --header 0 --align 1 --ops +1
freehold: lab: a heap of no bytes
? 2
$ freehold lab --policy best --size 100 --base -3 --header 0 --align 1 --ops +1
freehold: -3: not a number
? 2
$ freehold lab --policy best --size 100 --base 0 --header 0 --align 0 --ops +1
freehold: --align: must be -1 (off) or more than 0
? 2
$ freehold lab --policy best --size 100 --base 9223372036854775807 --header 0 --align 1 --ops +1
freehold: lab: no size or address may be larger than 2^62
? 2
$ freehold lab --policy best --size 100 --base 0 --header 0 --align 1 --min-block 8 --ops +1
freehold: lab: only the policy buddy has a smallest block
? 2
$ freehold lab --policy buddy --size 100 --base 0 --header 0 --align 1 --ops +1
freehold: lab: buddy: a heap of 100 bytes is no power of two
? 2
$ freehold lab --policy buddy --order front --size 64 --base 0 --header 0 --align 1 --ops +1
freehold: lab: the policy buddy has no other order than by address
? 2
$ for ops in '' , +10, +10,,+10 '+10, -0' 10 + - +-1 +1x ++1 +0 +99999999999999999999; do
>     freehold lab --policy best --size 100 --base 0 --header 0 --align 1 --ops "$ops"
>     [ $? -eq 2 ] || exit 1
> done
freehold: --ops: "" is no operation (+N allocates, -K frees, commas between)
freehold: --ops: "" is no operation (+N allocates, -K frees, commas between)
freehold: --ops: "" is no operation (+N allocates, -K frees, commas between)
freehold: --ops: "" is no operation (+N allocates, -K frees, commas between)
freehold: --ops: " -0" is no operation (+N allocates, -K frees, commas between)
freehold: --ops: "10" is no operation (+N allocates, -K frees, commas between)
freehold: --ops: "+" is no operation (+N allocates, -K frees, commas between)
freehold: --ops: "-" is no operation (+N allocates, -K frees, commas between)
freehold: --ops: "+-1" is no operation (+N allocates, -K frees, commas between)
freehold: --ops: "+1x" is no operation (+N allocates, -K frees, commas between)
freehold: --ops: "++1" is no operation (+N allocates, -K frees, commas between)
freehold: --ops: +0: a request for no bytes
freehold: 99999999999999999999: too large a number
