#!/bin/sh
# symbols_test - the libraries export the promise: nothing else, and all of it.
. "$(dirname "$0")/house.sh"
build_house
passes compile
passes tools/check-symbols build

# A name without fh_. The .so hides it behind the version script; the .a needs this check.
echo '__attribute__((visibility("default"))) int stone_weigh(int count);' | add_lines src/low/stone.h
passes compile
stops 'archive library: exports without fh_: stone_weigh' tools/check-symbols build
echo '{ global: *; };' >cmake/freehold.map
passes compile
stops 'shared library: exports without fh_: stone_weigh' tools/check-symbols build
build_house

# Public in no header; promised and not there.
source_file src/high/door.c <<'END'
#include "freehold/small.h"

FH_API int fh_door(void);

int fh_door(void)
{
    return 1;
}
END
passes compile
stops 'exported but in no public header: fh_door' tools/check-symbols build
rm src/high/door.c
sed -i 's/^FH_API.*/&\n\n\/* The question. *\/\nFH_API int fh_question(void);/' include/freehold/small.h
passes compile
stops 'promised but missing: fh_question' tools/check-symbols build
