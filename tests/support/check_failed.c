/*
 * check_failed.c - in unit tests a failed REQUIRE fails the test, not the process.
 *
 * Takes the place of the one in base/check.c, which is replaceable. A test expects it
 * with expect_assert_failure.
 */
#include "base/check.h"

#include <stdlib.h>

#include "support/unit.h"

_Noreturn void check_failed(const char *expression, const char *file, int line)
{
    mock_assert(0, expression, file, line);
    abort();
}
