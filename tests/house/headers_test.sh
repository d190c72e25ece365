#!/bin/sh
# headers_test - a header that leans on another's includes is found.
. "$(dirname "$0")/house.sh"
build_house
headers() {
    configure -DCMAKE_VERIFY_INTERFACE_HEADER_SETS=ON &&
        cmake --build build --target all_verify_interface_header_sets >compile.log 2>&1 || {
        cat compile.log
        return 1
    }
}
passes headers

# An internal one.
source_file src/high/window.h <<'END'
#ifndef FREEHOLD_HIGH_WINDOW_H
#define FREEHOLD_HIGH_WINDOW_H

uint64_t window_count(void);

#endif
END
source_file src/high/window.c <<'END'
#include <stdint.h>

#include "high/window.h"

uint64_t window_count(void)
{
    return 4;
}
END
passes compile
stops 'uint64_t' headers
rm src/high/window.[ch]

# A public one.
source_file include/freehold/garden.h <<'END'
#ifndef FH_GARDEN_H
#define FH_GARDEN_H

FH_API int fh_garden(void);

#endif
END
stops 'FH_API' headers
