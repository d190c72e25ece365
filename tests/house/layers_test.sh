#!/bin/sh
# layers_test - an include over an undeclared border is found.
. "$(dirname "$0")/house.sh"
build_house
passes tools/check-layers

# Upwards.
cp src/low/stone.c kept
echo '#include "high/roof.h"' | add_lines src/low/stone.c
stops 'src/low/stone.c:[0-9]*: from low may not include high/roof.h' tools/check-layers
cp kept src/low/stone.c

# Sideways.
cp src/high/roof.c kept
echo '#include "beside/pond.h"' | add_lines src/high/roof.c
stops 'from high may not include beside/pond.h' tools/check-layers
cp kept src/high/roof.c

# Downwards, skipping a layer, which no linker sees.
cp src/top/flag.c kept
echo '#include "low/stone.h"' | add_lines src/top/flag.c
stops 'from top may not include low/stone.h' tools/check-layers
cp kept src/top/flag.c

# What a layer keeps to itself.
echo '#include "low/stone_internal.h"' | add_lines src/high/roof.c
stops 'stone_internal.h is private to low' tools/check-layers
cp src/top/flag.c kept
build_house

# Without a layer in front; a source instead of a header; the promise in angle brackets.
echo '#include "roof.h"' | add_lines src/high/roof.c
stops 'roof.h names no layer' tools/check-layers
build_house
echo '#include "low/stone.c"' | add_lines src/high/roof.c
stops 'a .c is compiled, not included' tools/check-layers
build_house
echo '#include <freehold/small.h>' | add_lines src/high/roof.c
stops 'with quotes' tools/check-layers
build_house

# A front that reaches behind the promise.
echo '#include "low/stone.h"' | add_lines front/cli/main.c
stops 'a front sees include/' tools/check-layers
build_house

# A layer listed before what it uses; a folder that is no layer.
sed -i 's/^layer(low)$/layer(low USES high)/' CMakeLists.txt
stops 'layer low uses high, which is not below it' tools/check-layers
build_house
mkdir src/stray
source_file src/stray/cat.c <<'END'
#include <stdint.h>
END
stops 'src/stray is no layer' tools/check-layers
