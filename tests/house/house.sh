# house - a small house with every wall of the real one, to plant faults in.
#
# Sourced by the tests beside it. `build_house` makes, in the current empty folder, a project
# of two layers and a front over the real cmake/ and tools/; a test checks that a wall lets it
# pass, breaks one thing, and checks that the same wall stops it.
set -u
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
unset MAKEFLAGS MFLAGS

build_house() {
    mkdir -p src/low src/high front/cli include/freehold
    cp -R "$FREEHOLD_SOURCE/cmake" "$FREEHOLD_SOURCE/tools" "$FREEHOLD_SOURCE/.clang-format" .
    : >tools/check-sizes.exempt
    source_file include/freehold/version.h <<'END'
#define FH_VERSION_TEXT "0.1.0"
END
    cat >CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.25)
list(APPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR}/cmake)
include(version)
project(small VERSION ${FREEHOLD_VERSION} LANGUAGES C)
include(language)
include(layers)
layer(low)
layer(beside)
layer(high  USES low)
layer(top   USES high)
include(products)
END
    source_file include/freehold/small.h <<'END'
#ifndef FH_SMALL_H
#define FH_SMALL_H

#define FH_API __attribute__((visibility("default")))

/* The answer. */
FH_API int fh_answer(void);

#endif
END
    source_file src/low/stone.h <<'END'
#ifndef FREEHOLD_LOW_STONE_H
#define FREEHOLD_LOW_STONE_H

int stone_weigh(int count);

#endif
END
    source_file src/low/stone.c <<'END'
#include "low/stone.h"

int stone_weigh(int count)
{
    return 2 * count;
}
END
    mkdir -p src/beside src/top
    source_file src/beside/pond.h <<'END'
#ifndef FREEHOLD_BESIDE_POND_H
#define FREEHOLD_BESIDE_POND_H

int pond_depth(void);

#endif
END
    source_file src/beside/pond.c <<'END'
#include "beside/pond.h"

int pond_depth(void)
{
    return 3;
}
END
    source_file src/high/roof.h <<'END'
#ifndef FREEHOLD_HIGH_ROOF_H
#define FREEHOLD_HIGH_ROOF_H

int roof_weigh(void);

#endif
END
    source_file src/high/roof.c <<'END'
#include "high/roof.h"

#include "low/stone.h"

int roof_weigh(void)
{
    return stone_weigh(21);
}
END
    source_file src/top/flag.c <<'END'
#include "freehold/small.h"
#include "high/roof.h"

int fh_answer(void)
{
    return roof_weigh();
}
END
    source_file front/cli/main.c <<'END'
#include "freehold/small.h"

int main(void)
{
    return fh_answer() == 42 ? 0 : 1;
}
END
}

# source_file PATH: writes it with a head, the text from stdin.
source_file() {
    {
        printf '/*\n * %s - a part of the small house.\n */\n' "$(basename "$1")"
        cat
    } >"$1"
}

# add_lines PATH: appends stdin.
add_lines() {
    cat >>"$1"
}

# What `cmake` and the compiler say, when it fails, is the test's output.
configure() {
    cmake -G Ninja -B build -S . -DBUILD_TESTING=OFF "$@" >configure.log 2>&1 || {
        cat configure.log
        return 1
    }
}

compile() {
    configure && cmake --build build --parallel 2 "$@" >compile.log 2>&1 || {
        cat compile.log
        return 1
    }
}

passes() {
    "$@" >output 2>&1 || {
        cat output
        echo "should pass, but does not: $*"
        exit 1
    }
}

# stops WORDS COMMAND...: the command fails, and its output says WORDS (a pattern).
stops() {
    words=$1
    shift
    if "$@" >output 2>&1; then
        echo "should fail, but passes: $*"
        exit 1
    fi
    if ! grep -q -e "$words" output; then
        cat output
        echo "fails, but does not say '$words': $*"
        exit 1
    fi
}

needs() {
    for tool; do
        command -v "$tool" >/dev/null 2>&1 || {
            echo "no $tool here"
            exit 77
        }
    done
}
