/*
 * cases_api_test.c - scripts of free lists: what is no script, verdicts, wrong expectations.
 */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "freehold/lab.h"
#include "support/fault.h"
#include "support/unit.h"

static fh_lab_cases *open_cases(const char *text)
{
    fh_lab_cases *cases;

    assert_ok(fh_lab_cases_open(text, strlen(text), &cases));
    return cases;
}

static fh_lab_verdict run(fh_lab_cases *cases, size_t case_no, const char *policy)
{
    fh_lab_verdict verdict = {.size = sizeof(verdict)};

    assert_ok(fh_lab_cases_run(cases, case_no, policy, &verdict));
    return verdict;
}

/* Each is refused, with exactly this note. */
static void what_is_no_script_is_refused_with_its_place(void **state)
{
    static const char *const wrong[][2] = {
        {"", "there is no case in it"},
        {"# nothing\n\n   \n", "there is no case in it"},
        {"A1 both", "line 1, column 1: this is no case: NAME POLICY | STEP ; STEP -> ANSWER ; ..."},
        {"A1 | new",
         "line 1, column 1: this is no case: NAME POLICY | STEP ; STEP -> ANSWER ; ..."},
        {"A1 both more | new",
         "line 1, column 1: this is no case: NAME POLICY | STEP ; STEP -> ANSWER ; ..."},
        {"| new", "line 1, column 1: this is no case: NAME POLICY | STEP ; STEP -> ANSWER ; ..."},
        {"A1 hashmap | new",
         "line 1, column 4: there is no policy \"hashmap\" (array, by-size, both)"},
        {"\nA1 both | new ; grow 3", "line 2, column 17: there is no step \"grow\""},
        {"A1 both | new ; ; new", "line 1, column 17: a step without words"},
        {"A1 both |", "line 1, column 10: a step without words"},
        {"A1 both | new\n  ; new ;\n", "line 2, column 10: a step without words"},
        {"A1 both | -> 4", "line 1, column 11: a step without words"},
        {"A1 both | new 3", "line 1, column 11: 1 numbers where the step is: new"},
        {"A1 both | free 3 4", "line 1, column 11: 2 numbers where the step is: free T ID MORE"},
        {"A1 both | pending? 3 4 -> -",
         "line 1, column 11: 2 numbers where the step is: pending? [T]"},
        {"A1 both | init 5 -6", "line 1, column 18: \"-6\" is no number"},
        {"A1 both | init 5 6x", "line 1, column 18: \"6x\" is no number"},
        {"A1 both | init 18446744073709551616",
         "line 1, column 16: 18446744073709551616 is too large a number"},
        {"A1 both | write p", "line 1, column 17: a saved page is called A to Z: write P"},
        {"A1 both | write", "line 1, column 16: a saved page is called A to Z: write P"},
        {"A1 both | free?",
         "line 1, column 11: free? answers something: -> what? (* for anything)"},
        {"A1 both | free? ->", "line 1, column 19: nothing stands behind ->"},
        {"A1 both | new -> done", "line 1, column 18: new answers nothing: it is done, or refused"},
        {"A1 both | new\nA2 both | new\nA1 array | new",
         "line 3, column 1: the case \"A1\" is there already, in line 1"},
        {"  new", "line 1, column 3: the line goes on with a case, and there is none above it"},
        {"A1 both | new\n\n  ; new",
         "line 3, column 3: the line goes on with a case, and there is none above it"},
        {"A1 both | new\nA2 \x01", "line 2, column 4: a control character: this is no text"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        fh_lab_cases *cases = NULL;

        assert_status(fh_lab_cases_open(wrong[i][0], strlen(wrong[i][0]), &cases), FH_INVALID);
        assert_string_equal(fh_note(), wrong[i][1]);
        assert_null(cases);
    }
    assert_int_equal(memory_block_count(), 0);
}

static void a_case_may_have_several_lines_and_comments(void **state)
{
    fh_lab_cases *cases = open_cases("# first\r\n"
                                     "A1\tboth | init 5\t6 ;\r\n"
                                     "# between\n"
                                     "   alloc 1 1 ->   5 ;free? ->6\r\n"
                                     "\n"
                                     "B array|new\n"
                                     "A1b both | new");

    (void)state;
    assert_int_equal(fh_lab_cases_count(cases), 3);
    assert_true(run(cases, 0, "array").is_passed);
    assert_true(run(cases, 0, "by-size").is_passed);
    assert_string_equal(run(cases, 1, "array").name, "B");
    assert_string_equal(run(cases, 2, "array").policy, "array");
    fh_lab_cases_close(cases);
}

static void a_wrong_expectation_fails_at_its_place(void **state)
{
    static const char *const wrong[][3] = {
        {"init 5 6 ; alloc 1 1 -> 6", "6", "5"},
        {"init 5 6 ; alloc 1 1 -> in 6 55 15", "in 6 55 15", "5"},
        {"init 5 6 ; alloc 1 1 -> refused", "refused", "5"},
        {"init 5 6 ; free? -> 5", "5", "5 6"},
        {"init 5 6 ; free? -> -", "-", "5 6"},
        {"init 5 6 ; new -> refused", "refused", "done"},
        {"init 5 6 ; free 1 5 0", "done", "refused: page 5 is free already"},
        {"init 5 6 ; pagecount P -> *", "*", "refused: nothing was saved there"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char text[200];
        fh_lab_cases *cases;
        fh_lab_verdict verdict;

        (void)snprintf(text, sizeof(text), "# a comment\nA1 both | new ;\n   %s", wrong[i][0]);
        cases = open_cases(text);
        verdict = run(cases, 0, "by-size");
        assert_false(verdict.is_passed);
        assert_int_equal(verdict.line, 3);
        assert_int_equal(verdict.column, 15);
        assert_memory_equal(verdict.step, wrong[i][0] + 11, strlen(verdict.step));
        assert_string_equal(verdict.expected, wrong[i][1]);
        assert_string_equal(verdict.got, wrong[i][2]);
        fh_lab_cases_close(cases);
    }
}

static void the_first_failure_ends_a_case_and_cases_know_nothing_of_each_other(void **state)
{
    fh_lab_cases *cases = open_cases("A both | init 5 ; write P ; count? -> 2 ; count? -> 3\n"
                                     "B both | count? -> 0 ; read P -> refused\n");
    fh_lab_verdict verdict;

    (void)state;
    verdict = run(cases, 0, "array");
    assert_string_equal(verdict.step, "count?");
    assert_string_equal(verdict.expected, "2");
    verdict = run(cases, 1, "array");
    assert_true(verdict.is_passed);
    assert_null(verdict.step);
    fh_lab_cases_close(cases);
}

static void a_case_runs_with_the_policies_that_it_names(void **state)
{
    fh_lab_cases *cases = open_cases("A array | new\nA by-size | new");
    fh_lab_verdict verdict = {.size = offsetof(fh_lab_verdict, is_passed)};

    (void)state;
    assert_string_equal(fh_lab_cases_policy(0), "array");
    assert_string_equal(fh_lab_cases_policy(1), "by-size");
    assert_null(fh_lab_cases_policy(2));
    assert_status(fh_lab_cases_run(cases, 0, "by-size", &verdict), FH_NOT_FOUND);
    assert_status(fh_lab_cases_run(cases, 1, "array", &verdict), FH_NOT_FOUND);
    assert_status(fh_lab_cases_run(cases, 0, "bitmap", &verdict), FH_INVALID);
    assert_status(fh_lab_cases_run(cases, 2, "array", &verdict), FH_INVALID);
    assert_null(verdict.name);

    /* Only as much of the struct as the caller has. */
    verdict.is_passed = 77;
    assert_ok(fh_lab_cases_run(cases, 0, "array", &verdict));
    assert_string_equal(verdict.name, "A");
    assert_int_equal(verdict.is_passed, 77);
    fh_lab_cases_close(cases);
}

static void wrong_arguments_are_refused(void **state)
{
    fh_lab_cases *cases = open_cases("A array | new");
    fh_lab_verdict verdict = {.size = 0};

    (void)state;
    assert_status(fh_lab_cases_open(NULL, 0, &cases), FH_INVALID);
    assert_status(fh_lab_cases_open("A array | new", 13, NULL), FH_INVALID);
    assert_status(fh_lab_cases_run(NULL, 0, "array", &verdict), FH_INVALID);
    assert_status(fh_lab_cases_run(cases, 0, NULL, &verdict), FH_INVALID);
    assert_status(fh_lab_cases_run(cases, 0, "array", NULL), FH_INVALID);
    assert_status(fh_lab_cases_run(cases, 0, "array", &verdict), FH_INVALID);
    assert_int_equal(fh_lab_cases_count(NULL), 0);
    fh_lab_cases_close(cases);
    fh_lab_cases_close(NULL);
}

/* Every verb once, so that each of their allocations fails once. */
static void without_memory_there_is_no_verdict(void **state)
{
    static const char text[] =
        "A both | pages 2000 ; initrange 2 200 ; alloc 5 3 -> 2 ; free 6 2 2 ; freefl 6 300 1 ;\n"
        "  merge 400 402 ; mergespan 405 410 ; free? -> * ; pending? -> 2 3 4 300 301 ;\n"
        "  pending? 6 -> 2 3 4 300 301 ; alloctx? 6 -> 5 5 5 0 0 ; pendingtx? -> 6 ; allocs? -> - "
        ";\n"
        "  spans? -> 5+196 400+1 402+1 405+6 ; isfree? 2 -> true ; freecount? -> 204 ;\n"
        "  pendingcount? -> 5 ; count? -> 209 ; estsize -> 1688 ; write P ; pagecount P -> 209 ;\n"
        "  reader+ 5 ; releasepending ; releaserange 6 7 ; reader- 5 ; release 7 ; rollback 99 ;\n"
        "  new ; read P ; reload P ; list Q 5 6 ; mkpage R 4 0 ; init 7 ; alloc 8 1 -> 7 ; new\n";

    (void)state;
    for (struct fault fault = {0}; fault_next(&fault);) {
        fh_lab_cases *cases = NULL;
        fh_lab_verdict verdict = {.size = sizeof(verdict)};
        fh_status status;

        fault_memory_begin(&fault, FAULT_ONCE);
        status = fh_lab_cases_open(text, strlen(text), &cases);
        if (status == FH_OK) status = fh_lab_cases_run(cases, 0, "by-size", &verdict);
        fault_memory_end(&fault);
        assert_true(status == FH_NO_MEMORY || (status == FH_OK && verdict.is_passed));
        if (cases != NULL) assert_true(run(cases, 0, "array").is_passed);
        fh_lab_cases_close(cases);
        assert_int_equal(memory_block_count(), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_script_is_refused_with_its_place),
        cmocka_unit_test(a_case_may_have_several_lines_and_comments),
        cmocka_unit_test(a_wrong_expectation_fails_at_its_place),
        cmocka_unit_test(the_first_failure_ends_a_case_and_cases_know_nothing_of_each_other),
        cmocka_unit_test(a_case_runs_with_the_policies_that_it_names),
        cmocka_unit_test(wrong_arguments_are_refused),
        cmocka_unit_test(without_memory_there_is_no_verdict),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
