/*
 * trace_test.c - what a trace may say, in pieces of any length, and what is refused where.
 */
#include "lab/trace.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/note.h"
#include "support/fault.h"
#include "support/unit.h"

static const char whole[] = "a 0 100\na 1 50 64\nr 0 200\nf 1\na 2 0\n";

static fh_status read_text(struct trace *trace, const char *text, size_t piece)
{
    size_t size = strlen(text);

    trace_init(trace);
    for (size_t at = 0; at < size; at += piece) {
        fh_status status = trace_add(trace, text + at, size - at < piece ? size - at : piece);

        if (status != FH_OK) return status;
    }
    return trace_end(trace);
}

static void a_text_may_be_cut_anywhere(void **state)
{
    (void)state;
    for (size_t piece = 1; piece <= sizeof(whole); piece++) {
        struct trace trace;

        assert_ok(read_text(&trace, whole, piece));
        assert_int_equal(trace.op_count, 5);
        assert_int_equal(trace.block_count, 3);
        assert_int_equal(trace.ops[1].kind, TRACE_ALLOC);
        assert_int_equal(trace.ops[1].bytes, 50);
        assert_int_equal(trace.ops[1].align_bits, 6);
        assert_int_equal(trace.ops[2].kind, TRACE_REALLOC);
        assert_int_equal(trace.ops[2].bytes, 200);
        assert_int_equal(trace.ops[3].kind, TRACE_FREE);
        assert_int_equal(trace.ops[3].block_no, 1);
        trace_fini(&trace);
    }
    assert_int_equal(memory_block_count(), 0);
}

static void figures_are_of_what_was_asked(void **state)
{
    struct trace trace;

    (void)state;
    assert_ok(read_text(&trace, whole, sizeof(whole)));
    assert_int_equal(trace.kind_count[TRACE_ALLOC], 3);
    assert_int_equal(trace.kind_count[TRACE_REALLOC], 1);
    assert_int_equal(trace.kind_count[TRACE_FREE], 1);
    assert_int_equal(trace.peak_bytes, 250);
    assert_int_equal(trace.peak_op, 3);
    assert_int_equal(trace.peak_blocks, 2);
    assert_int_equal(trace.live_count, 2);
    trace_fini(&trace);
}

/* A program that asks for nothing gets an address of its own all the same. */
static void no_bytes_are_one_byte(void **state)
{
    struct trace trace;

    (void)state;
    assert_ok(read_text(&trace, "a 0 0\nr 0 0\nf 0\n", 100));
    assert_int_equal(trace.ops[0].bytes, 1);
    assert_int_equal(trace.ops[1].bytes, 1);
    trace_fini(&trace);
}

static void the_last_line_needs_no_newline(void **state)
{
    struct trace trace;

    (void)state;
    assert_ok(read_text(&trace, "a 0 1\nf 0", 100));
    assert_int_equal(trace.op_count, 2);
    trace_fini(&trace);
}

static void a_wrong_line_is_named(void **state)
{
    static const struct {
        const char *text;
        const char *note;
    } wrong[] = {
        {"a 0 1\nb 1 1\n", "line 2: not an operation"},
        {"a 0 1\n\na 1 1\n", "line 2: not an operation"},
        {"a 0\n", "line 1: not an operation"},
        {"a  0 1\n", "line 1: not an operation"},
        {"a 0 1 \n", "line 1: not an operation"},
        {"a 0 1 16 1\n", "line 1: not an operation"},
        {"a 0 -1\n", "line 1: not an operation"},
        {"a 0 1x\n", "line 1: not an operation"},
        {"a0 1\n", "line 1: not an operation"},
        {"a 0 1\nf 0 1\n", "line 2: not an operation"},
        {"a 0 1\nr 0 2 16\n", "line 2: not an operation"},
        {"a 0 1\r\n", "line 1: not an operation"},
        {"a 1 1\n", "line 1: a new ID must be 0"},
        {"a 0 1\na 0 1\n", "line 2: a new ID must be 1"},
        {"f 0\n", "line 1: ID 0 was never allocated"},
        {"a 0 1\nr 7 1\n", "line 2: ID 7 was never allocated"},
        {"a 0 1\nf 0\nf 0\n", "line 3: ID 0 is free already"},
        {"a 0 1\nf 0\nr 0 5\n", "line 3: ID 0 is free already"},
        {"a 0 140737488355328\n", "line 1: a size of 2^47 bytes or more"},
        {"a 0 99999999999999999999\n", "line 1: a size of 2^47 bytes or more"},
        {"a 0 1 3\n", "line 1: an alignment that is no power of two"},
        {"a 0 1 0\n", "line 1: an alignment that is no power of two"},
        {"a 0 1 2147483648\n", "line 1: an alignment that is no power of two"},
        {"", "no operations"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct trace trace;

        assert_status(read_text(&trace, wrong[i].text, 3), FH_INVALID);
        assert_memory_equal(fh_note(), wrong[i].note, strlen(wrong[i].note));
        trace_fini(&trace);
    }
}

static void what_has_no_lines_is_no_trace(void **state)
{
    char text[200];
    struct trace trace;

    (void)state;
    memset(text, 'a', sizeof(text));
    trace_init(&trace);
    assert_status(trace_add(&trace, text, sizeof(text)), FH_INVALID);
    assert_memory_equal(fh_note(), "line 1: too long", 16);
    trace_fini(&trace);
}

static void more_than_an_address_space_is_refused(void **state)
{
    struct trace trace;
    char line[64];
    fh_status status = FH_OK;
    unsigned i;

    (void)state;
    trace_init(&trace);
    for (i = 0; status == FH_OK && i < 10000; i++) {
        int size = snprintf(line, sizeof(line), "a %u 140737488355327\n", i);

        status = trace_add(&trace, line, (size_t)size);
    }
    assert_status(status, FH_INVALID);
    assert_int_equal(i, (1 << 13) + 1);
    assert_true(trace.live_bytes <= TRACE_LIVE_BYTES_MAX);
    trace_fini(&trace);
}

static void without_memory_there_is_no_trace(void **state)
{
    (void)state;
    for (struct fault fault = {0}; fault_next(&fault);) {
        struct trace trace;
        fh_status status;

        fault_memory_begin(&fault, FAULT_ONCE);
        status = read_text(&trace, whole, 7);
        fault_memory_end(&fault);
        assert_status(status, fault.was_met ? FH_NO_MEMORY : FH_OK);
        trace_fini(&trace);
        assert_int_equal(memory_block_count(), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_may_be_cut_anywhere),
        cmocka_unit_test(figures_are_of_what_was_asked),
        cmocka_unit_test(no_bytes_are_one_byte),
        cmocka_unit_test(the_last_line_needs_no_newline),
        cmocka_unit_test(a_wrong_line_is_named),
        cmocka_unit_test(what_has_no_lines_is_no_trace),
        cmocka_unit_test(more_than_an_address_space_is_refused),
        cmocka_unit_test(without_memory_there_is_no_trace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
