#!/bin/sh
# install_test - what is installed serves a stranger, and uninstalling leaves nothing.
#
# A program outside the tree is built by pkg-config (shared and static) and by find_package
# against a DESTDIR tree, and run; then every file goes.
. "$(dirname "$0")/house.sh"
case "$CFLAGS" in *-fsanitize=* | *--coverage*)
    echo 'an instrumented library wants instrumented users'
    exit 77
    ;;
esac
stage=$work/stage
prefix=/opt/freehold
mkdir "$stage"
echo 'not ours' >"$stage/kept"

DESTDIR=$stage passes cmake --install "$FREEHOLD_BUILD" --prefix "$prefix"
root=$stage$prefix
lib=$(dirname "$(find "$root" -name libfreehold.a)")
for file in "$root/include/freehold/kv.h" "$lib/libfreehold.so.0" "$lib/pkgconfig/freehold.pc" \
    "$lib/cmake/freehold/freehold-config.cmake"; do
    [ -e "$file" ] || { echo "not installed: $file"; exit 1; }
done
[ "$(ls "$root/include")" = freehold ] || { ls "$root/include"; echo 'stray headers'; exit 1; }
passes sh -c "readelf -d '$lib/libfreehold.so' | grep -q 'SONAME.*libfreehold.so.0'"

cat >user.c <<'END'
#include <freehold/kv.h>
#include <freehold/version.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    puts(fh_version());
    return strcmp(fh_version(), FH_VERSION_TEXT);
}
END

# pkg-config.
export PKG_CONFIG_PATH="$lib/pkgconfig"
flags=$(pkg-config --cflags --libs freehold) || exit 1
# shellcheck disable=SC2086 # words on purpose
passes "$CC" user.c -o user_shared $flags "-Wl,-rpath,$lib"
passes ./user_shared
passes "$CC" user.c -o user_static "-I$root/include" "$lib/libfreehold.a" -pthread
passes ./user_static
[ "$(pkg-config --modversion freehold)" = "$(./user_shared)" ] || { echo 'versions differ'; exit 1; }

# find_package.
mkdir project
cp user.c project/
cat >project/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.25)
project(stranger LANGUAGES C)
find_package(freehold 0.1 REQUIRED CONFIG)
add_executable(user_shared user.c)
target_link_libraries(user_shared PRIVATE freehold::freehold)
add_executable(user_static user.c)
target_link_libraries(user_static PRIVATE freehold::static)
END
passes cmake -G Ninja -S project -B project/build "-DCMAKE_PREFIX_PATH=$root" "-DCMAKE_C_COMPILER=$CC"
passes cmake --build project/build
passes project/build/user_shared
passes project/build/user_static

# The command finds its library where it now is.
if [ -x "$root/bin/freehold" ]; then
    passes "$root/bin/freehold" --version
fi

passes "$FREEHOLD_SOURCE/tools/uninstall" "$FREEHOLD_BUILD" "$stage" --prefix "$prefix"
[ "$(find "$stage" -mindepth 1)" = "$stage/kept" ] || {
    find "$stage" -mindepth 1
    echo 'left behind'
    exit 1
}
