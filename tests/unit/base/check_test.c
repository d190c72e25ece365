/*
 * check_test.c - REQUIRE, AUDIT and TRY end calls as they say.
 *
 * The program asks for audits in its environment before anything has looked.
 */
#include "base/check.h"

#include <stdlib.h>

#include "base/note.h"
#include "support/unit.h"

/* The macros stand in functions: inside expect_assert_failure cppcheck loses its way. */
static void require_what_is_wrong(void)
{
    REQUIRE(1 + 1 == 3);
}

static void a_required_condition_that_holds_does_nothing(void **state)
{
    (void)state;
    REQUIRE(1 + 1 == 2);
}

static void a_required_condition_that_does_not_hold_ends_in_check_failed(void **state)
{
    (void)state;
    expect_assert_failure(require_what_is_wrong());
}

static void the_environment_can_ask_for_audits(void **state)
{
    (void)state;
    assert_true(check_audits());
}

static fh_status broken_audit(void)
{
    return note_fail(FH_CORRUPT, __FILE__, __LINE__, "law 1 is broken");
}

static void audit_what_is_broken(void)
{
    AUDIT(broken_audit());
}

static void a_structure_that_does_not_pass_its_audit_ends_in_check_failed(void **state)
{
    (void)state;
    AUDIT(FH_OK);
    expect_assert_failure(audit_what_is_broken());
}

static fh_status pass_on(fh_status status, int *reached)
{
    TRY(status);
    *reached = 1;
    return FH_EXISTS;
}

static void try_passes_a_failure_on_and_nothing_behind_it_runs(void **state)
{
    int reached = 0;

    (void)state;
    assert_int_equal(pass_on(FH_BUSY, &reached), FH_BUSY);
    assert_int_equal(reached, 0);
    assert_int_equal(pass_on(FH_OK, &reached), FH_EXISTS);
    assert_int_equal(reached, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_required_condition_that_holds_does_nothing),
        cmocka_unit_test(a_required_condition_that_does_not_hold_ends_in_check_failed),
        cmocka_unit_test(the_environment_can_ask_for_audits),
        cmocka_unit_test(a_structure_that_does_not_pass_its_audit_ends_in_check_failed),
        cmocka_unit_test(try_passes_a_failure_on_and_nothing_behind_it_runs),
    };

    if (setenv("FREEHOLD_AUDIT", "1", 1) != 0) return 2;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
