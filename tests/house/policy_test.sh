#!/bin/sh
# policy_test - a new policy is one file and one line.
#
# A copy of the two layers gets toy.c as src/space/toy.c and X(toy) in the table; what
# is built from it has the policy by its name, and the suites that run over all policies pass.
# The same suites stop a policy that breaks a law.
. "$(dirname "$0")/house.sh"
mkdir src tests
cp -R "$FREEHOLD_SOURCE/cmake" "$FREEHOLD_SOURCE/include" .
cp -R "$FREEHOLD_SOURCE/src/base" "$FREEHOLD_SOURCE/src/space" src
cp -R "$FREEHOLD_SOURCE/tests/support" "$FREEHOLD_SOURCE/tests/unit" "$FREEHOLD_SOURCE/tests/model" tests
cat >CMakeLists.txt <<'END_OF_FILE'
cmake_minimum_required(VERSION 3.25)
list(APPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR}/cmake)
include(version)
project(toy VERSION ${FREEHOLD_VERSION} LANGUAGES C)
include(language)
include(layers)
layer(base)
layer(space USES base)
find_package(PkgConfig REQUIRED)
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
add_compile_definitions(FREEHOLD_AUDITS)
add_library(support STATIC tests/support/seed.c)
target_include_directories(support PUBLIC tests PRIVATE src include)
target_link_libraries(support PUBLIC PkgConfig::CMOCKA)
foreach(test unit/space/policy_test unit/space/space_test model/space_model)
  get_filename_component(name ${test} NAME)
  add_executable(${name} tests/${test}.c tests/support/check_failed.c)
  target_link_libraries(${name} PRIVATE support layer_space)
endforeach()
add_executable(user user.c)
target_link_libraries(user PRIVATE layer_space)
END_OF_FILE
cat >user.c <<'END_OF_FILE'
#include <freehold/space.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    fh_space *space;
    fh_unit_run run = {0, 0};
    int is_listed = 0;

    for (unsigned n = 0; fh_space_policy(n) != NULL; n++)
        is_listed += strcmp(fh_space_policy(n), "toy") == 0;
    if (fh_space_open("toy", 100, &space) != FH_OK) {
        puts(fh_note());
        return 1;
    }
    if (fh_space_give(space, (fh_unit_run){10, 50}) != FH_OK) return 1;
    if (fh_space_take(space, 7, NULL, &run) != FH_OK) return 1;
    printf("listed %d: %s: %d at %d\n", is_listed, fh_space_policy_idea("toy"), (int)run.count,
           (int)run.first);
    fh_space_close(space);
    return 0;
}
END_OF_FILE

# Without the file and the line there is no such policy.
passes compile "--target" user
stops 'no policy is called "toy"; there are: bitmap ' build/user

cp "$FREEHOLD_SOURCE/tests/house/toy.c" src/space/toy.c
sed -i 's/^    X(lifo) .*/&\n    X(toy) \\/' src/space/policy_table.h
[ "$(diff -rq "$FREEHOLD_SOURCE/src/space" src/space | wc -l)" = 2 ] &&
    [ "$(diff "$FREEHOLD_SOURCE/src/space/policy_table.h" src/space/policy_table.h | grep -c '^[<>]')" = 1 ] || {
    diff -r "$FREEHOLD_SOURCE/src/space" src/space
    echo 'that was more than a file and a line'
    exit 1
}
passes compile
passes build/user
[ "$(build/user)" = 'listed 1: the highest address, by a walk over all units: 7 at 53' ] || {
    build/user
    echo 'the toy is not the policy that answered'
    exit 1
}
passes build/policy_test
passes build/space_test
passes build/space_model

# L1: a run that is too short. L2: a give that is forgotten.
sed -i 's/(struct run){first, count};/(struct run){first, count > 2 ? count - 1 : count};/' src/space/toy.c
passes compile
stops 'space_model.c:.*: toy, step' build/space_model
cp "$FREEHOLD_SOURCE/tests/house/toy.c" src/space/toy.c
sed -i '/^static void toy_give/,/^}/s/mark(policy, run, true)/(void)policy, (void)run/' src/space/toy.c
passes compile
stops 'policy_test.c:.*Failure' build/policy_test
