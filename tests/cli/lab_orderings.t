# lab: which policy needs more heap on recorded programs. docs/laboratory.md has the figures.
# FREEHOLD_EFFORT above 1 asks for all settings; without it header 0, align 16, growth as needed.
$ cat > settings <<'END'
> 0 16 1
> 16 16 1
> 16 16 4096
> 16 16 65536
> 8 8 4096
> END
> [ "${FREEHOLD_EFFORT:-1}" -gt 1 ] || sed -i 2,5d settings
> while read -r header align grow; do for trace in "$HERE"/../traces/*.gz; do
>     echo "$(basename "$trace") $header/$align/$grow"
>     freehold lab --json --trace "$trace" --header $header --align $align --grow $grow \
>         --policy best,first,next,worst,segregated,buddy || echo failed
> done; done < settings > replays
> awk -v orderings='best<next best<worst best<buddy first<next first<worst segregated<next
>     segregated<worst segregated<buddy' -f "$HERE/lab_orderings.awk" replays
> grep -c . settings
*0 orderings looked at
*

# The ten policies are what they say: three ways to the lowest address, two to the shortest run.
$ for trace in sqlite3-mem perl-words; do
>     echo $trace; freehold lab --json --trace "$HERE"/../traces/$trace.trace.gz || echo failed
> done | awk -v orderings='bitmap=first first=array best=by-size' -f "$HERE/lab_orderings.awk"
6 orderings looked at

# They are the textbook's heaps, byte for byte: first, next, best and worst fit by address; and an
# array searches as many entries as the textbook's list has.
$ for trace in sqlite3-mem perl-words; do
>     echo $trace; freehold lab --json --trace "$HERE"/../traces/$trace.trace.gz --policy first,next,best,worst
>     freehold lab --json --trace "$HERE"/../traces/$trace.trace.gz --policy first,next,best,worst --simulate --coalesce
> done | awk -v orderings="first=first' next=next' best=best' worst=worst'" -f "$HERE/lab_orderings.awk"
8 orderings looked at
$ for trace in sqlite3-mem perl-words; do
>     freehold lab --json --trace "$HERE"/../traces/$trace.trace.gz --policy array
>     freehold lab --json --trace "$HERE"/../traces/$trace.trace.gz --policy first --simulate --coalesce
> done | sed 's/.*\("searched_mean.*\),"ns.*/\1/'
"searched_mean":14.40,"searched_max":137
"searched_mean":14.40,"searched_max":137
"searched_mean":1.87,"searched_max":307
"searched_mean":1.87,"searched_max":307

# The textbook's orders. Plain: by address, coalescing. ': not coalescing. '': coalescing, back.
$ for trace in sqlite3-mem perl-words; do
>     echo $trace
>     for order in '--coalesce' '' '--coalesce --order back'; do
>         freehold lab --json --trace "$HERE"/../traces/$trace.trace.gz --simulate $order \
>             --policy best,first,next,worst || echo failed
>     done
> done | awk -v orderings="best<next best<worst first<next first<worst best<best' next<next'
>     worst<worst' best'<worst' first<first''" -f "$HERE/lab_orderings.awk"
18 orderings looked at
