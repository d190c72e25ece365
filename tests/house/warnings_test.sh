#!/bin/sh
# warnings_test - what the compiler warns of stops a developer's build, not a user's.
. "$(dirname "$0")/house.sh"
build_house
source_file src/low/leak.c <<'END'
#include <stdint.h>

uint8_t leak_size(uint64_t size);

uint8_t leak_size(uint64_t size)
{
    return size;
}
END
passes compile
passes configure -DCMAKE_COMPILE_WARNING_AS_ERROR=ON
stops conversion compile
