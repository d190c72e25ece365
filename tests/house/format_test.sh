#!/bin/sh
# format_test - a badly formatted file is found; the format is stable.
. "$(dirname "$0")/house.sh"
needs clang-format
build_house
passes tools/lint format
source_file src/low/stone.c <<'END'
#include "low/stone.h"

int stone_weigh(int count) {
  return 2*count;
}
END
stops 'src/low/stone.c.*clang-format' tools/lint format
clang-format -i src/low/stone.c
passes tools/lint format
