/*
 * trace_api_test.c - replays by hand: growth, waste, what is searched, pictures; refusals.
 */
#include <string.h>

#include "base/memory.h"
#include "freehold/lab.h"
#include "space/policy.h"
#include "support/fault.h"
#include "support/unit.h"

/* Three blocks of 100; the middle one goes, a smaller one comes into its place. */
static const char small[] = "a 0 100\na 1 100\na 2 100\nf 1\na 3 40\nf 0\nf 2\nf 3\n";

static void assert_near(double found, double expected)
{
    assert_true(found > expected - 1e-9 && found < expected + 1e-9);
}

static fh_trace *read_trace(const char *text)
{
    fh_trace *trace;

    assert_ok(fh_trace_new(&trace));
    assert_ok(fh_trace_add(trace, text, strlen(text)));
    assert_ok(fh_trace_end(trace));
    return trace;
}

static fh_replay_info replay(const char *text, const fh_replay_options *options)
{
    fh_replay_info info = {.size = sizeof(info)};
    fh_trace *trace = read_trace(text);

    assert_ok(fh_trace_replay(trace, options, NULL, &info));
    fh_trace_delete(trace);
    return info;
}

static void every_policy_fills_the_hole(void **state)
{
    (void)state;
    for (unsigned n = 0; policy_at(n) != NULL; n++) {
        fh_replay_options options = {.size = sizeof(options), .policy = policy_at(n)->name};
        fh_replay_info info = replay(small, &options);

        assert_int_equal(info.op_count, 8);
        assert_int_equal(info.take_count, 4);
        assert_int_equal(info.peak_live_bytes, 336);
        assert_true(info.ns_per_op > 0.0);
        assert_true(info.searched_max >= 1);
        assert_true(info.searched_mean > 0.0);
        if (strcmp(options.policy, "buddy") == 0) continue;
        assert_int_equal(info.peak_heap_bytes, 336);
        assert_int_equal(info.grow_count, 3);
        assert_int_equal(info.peak_held_bytes, 336);
        assert_near(info.external_waste_percent, 0.0);
        assert_near(info.internal_waste_percent, 12.0);
    }
}

/* A block of 112 bytes is 128 to buddies: that is internal waste, and external too. */
static void buddies_hold_powers_of_two(void **state)
{
    fh_replay_options options = {.size = sizeof(options), .policy = "buddy"};

    (void)state;
    for (options.simulates = 0; options.simulates < 2; options.simulates++) {
        fh_replay_info info = replay(small, &options);

        assert_int_equal(info.peak_live_bytes, 336);
        assert_int_equal(info.peak_held_bytes, 384);
        assert_int_equal(info.peak_heap_bytes, 384);
        assert_near(info.internal_waste_percent, 28.0);
        assert_near(info.external_waste_percent, 100.0 * (384.0 / 336.0 - 1.0));
    }
}

static void a_header_is_charged_behind_the_rounding(void **state)
{
    fh_replay_options options = {
        .size = sizeof(options), .policy = "best", .header_bytes = 8, .align_bytes = 32};

    (void)state;
    assert_int_equal(replay("a 0 33\n", &options).peak_heap_bytes, 72);
    options.align_bytes = 1;
    options.header_bytes = 0;
    assert_int_equal(replay("a 0 33\n", &options).peak_heap_bytes, 33);
}

/* What is free at the heap's end counts; only the rest is new. */
static void a_heap_grows_by_what_is_missing(void **state)
{
    fh_replay_options options = {.size = sizeof(options), .policy = "first"};

    (void)state;
    for (options.simulates = 0; options.simulates < 2; options.simulates++) {
        fh_replay_info info = replay("a 0 64\na 1 64\nf 1\na 2 96\n", &options);

        assert_int_equal(info.peak_heap_bytes, 160);
        options.grow_bytes = 4096;
        info = replay("a 0 64\na 1 5000\n", &options);
        assert_int_equal(info.peak_heap_bytes, 8192);
        assert_int_equal(info.grow_count, 2);
        options.grow_bytes = 0;
    }
}

/* The new block comes before the old one goes, but for the same size nothing moves. */
static void a_reallocation_takes_then_gives(void **state)
{
    fh_replay_options options = {.size = sizeof(options), .policy = "first"};
    fh_replay_info info;

    (void)state;
    info = replay("a 0 64\nr 0 50\nr 0 49\n", &options);
    assert_int_equal(info.peak_heap_bytes, 64);
    assert_int_equal(info.take_count, 1);
    info = replay("a 0 64\nr 0 128\n", &options);
    assert_int_equal(info.peak_heap_bytes, 192);
    assert_int_equal(info.peak_live_bytes, 128);
    assert_int_equal(info.take_count, 2);
}

static void an_aligned_block_begins_there(void **state)
{
    (void)state;
    for (unsigned n = 0; policy_at(n) != NULL; n++) {
        fh_replay_options options = {.size = sizeof(options), .policy = policy_at(n)->name};
        fh_replay_info info = replay("a 0 16\na 1 16 1024\na 2 64 8\nf 1\n", &options);

        if (strcmp(options.policy, "buddy") != 0) assert_int_equal(info.peak_heap_bytes, 1040);
    }
}

/* Searched by hand: nothing; nothing; one too short; then the second of two. */
static void the_textbook_counts_free_runs(void **state)
{
    fh_replay_options options = {
        .size = sizeof(options), .policy = "first", .simulates = 1, .coalesces = 1};
    fh_replay_info info;

    (void)state;
    info = replay("a 0 16\na 1 16\na 2 64\na 3 16\nf 0\na 4 32\nf 2\na 5 48\n", &options);
    assert_int_equal(info.searched_max, 2);
    assert_near(info.searched_mean, 3.0 / 6.0);
}

/* Without coalescing a hole in two parts is no hole; in the order front they are apart, too. */
static void orders_and_coalescing_reach_the_textbook(void **state)
{
    static const char text[] = "a 0 16\na 1 16\na 2 16\nf 0\nf 1\na 3 32\n";
    fh_replay_options options = {.size = sizeof(options), .policy = "best", .simulates = 1};

    (void)state;
    assert_int_equal(replay(text, &options).peak_heap_bytes, 80);
    options.coalesces = 1;
    assert_int_equal(replay(text, &options).peak_heap_bytes, 48);
    options.order = "front";
    assert_int_equal(replay(text, &options).peak_heap_bytes, 80);
    options.order = "back";
    assert_int_equal(replay(text, &options).peak_heap_bytes, 48);
}

static void a_picture_shows_what_is_held(void **state)
{
    fh_replay_options options = {.size = sizeof(options), .policy = "first"};
    fh_replay_sample samples[4];
    unsigned char cells[8];
    fh_replay_picture picture = {
        .column_count = 4, .samples = samples, .row_count = 2, .top_address = 128, .cells = cells};
    fh_trace *trace = read_trace("a 0 64\na 1 32\nf 0\nf 1\n");

    (void)state;
    for (options.simulates = 0; options.simulates < 2; options.simulates++) {
        static const unsigned char expected[8] = {255, 255, 0, 0, 0, 128, 128, 0};

        memset(cells, 7, sizeof(cells));
        options.coalesces = options.simulates;
        assert_ok(fh_trace_replay(trace, &options, &picture, NULL));
        assert_memory_equal(cells, expected, sizeof(cells));
        assert_int_equal(samples[0].op_no, 1);
        assert_int_equal(samples[0].heap_bytes, 64);
        assert_int_equal(samples[2].live_bytes, 32);
        assert_int_equal(samples[2].free_count, 1);
        assert_int_equal(samples[3].heap_bytes, 96);
        assert_int_equal(samples[3].peak_live_bytes, 96);
        assert_int_equal(samples[3].live_bytes, 0);
    }
    fh_trace_delete(trace);
}

/* More columns than operations: some show the same moment. */
static void a_picture_may_have_many_columns(void **state)
{
    fh_replay_options options = {.size = sizeof(options), .policy = "buddy"};
    fh_replay_sample samples[50] = {{.op_no = 0}};
    fh_replay_picture picture = {.column_count = 50, .samples = samples};
    fh_trace *trace = read_trace(small);

    (void)state;
    assert_ok(fh_trace_replay(trace, &options, &picture, NULL));
    for (size_t i = 1; i < 50; i++)
        assert_true(samples[i].op_no >= samples[i - 1].op_no);
    assert_int_equal(samples[49].op_no, 8);
    fh_trace_delete(trace);
}

static void wrong_options_are_refused(void **state)
{
    const fh_replay_options good = {.size = sizeof(good), .policy = "best"};
    fh_replay_options wrong[8];
    fh_replay_picture picture = {.column_count = 0};
    fh_trace *trace = read_trace(small);

    (void)state;
    for (unsigned i = 0; i < 8; i++)
        wrong[i] = good;
    wrong[0].size = 0;
    wrong[1].policy = NULL;
    wrong[2].policy = "middle";
    wrong[3].order = "addr";
    wrong[4].coalesces = 1;
    wrong[5].header_bytes = UINT64_MAX;
    wrong[6].simulates = 1;
    wrong[6].order = "up";
    wrong[7].simulates = 1;
    wrong[7].policy = "buddy";
    wrong[7].order = "front";
    for (unsigned i = 0; i < 8; i++)
        assert_status(fh_trace_replay(trace, &wrong[i], NULL, NULL), FH_INVALID);
    assert_status(fh_trace_replay(trace, &good, &picture, NULL), FH_INVALID);
    assert_status(fh_trace_replay(NULL, &good, NULL, NULL), FH_INVALID);
    assert_status(fh_trace_replay(trace, NULL, NULL, NULL), FH_INVALID);
    fh_trace_delete(trace);
}

static void a_heap_beyond_all_counting_is_refused(void **state)
{
    fh_replay_options options = {.size = sizeof(options), .policy = "best"};
    fh_trace *trace = read_trace("a 0 140737488355327\n");

    (void)state;
    assert_status(fh_trace_replay(trace, &options, NULL, NULL), FH_TOO_LARGE);
    options.align_bytes = UINT64_C(1) << 32;
    assert_ok(fh_trace_replay(trace, &options, NULL, NULL));
    fh_trace_delete(trace);
}

/* A trace is read, then ended, then replayed: in this order only. */
static void a_trace_has_its_states(void **state)
{
    const fh_replay_options options = {.size = sizeof(options), .policy = "best"};
    fh_trace_info info = {.size = sizeof(info)};
    fh_trace *trace;

    (void)state;
    assert_ok(fh_trace_new(&trace));
    assert_ok(fh_trace_add(trace, "a 0 5\n", 6));
    assert_status(fh_trace_stat(trace, &info), FH_INVALID);
    assert_status(fh_trace_replay(trace, &options, NULL, NULL), FH_INVALID);
    assert_ok(fh_trace_end(trace));
    assert_status(fh_trace_add(trace, "f 0\n", 4), FH_ENDED);
    assert_status(fh_trace_end(trace), FH_ENDED);
    assert_ok(fh_trace_stat(trace, &info));
    assert_int_equal(info.op_count, 1);
    assert_int_equal(info.live_count, 1);
    assert_int_equal(info.peak_asked_bytes, 5);
    fh_trace_delete(trace);

    assert_ok(fh_trace_new(&trace));
    assert_status(fh_trace_add(trace, "x\n", 2), FH_INVALID);
    assert_status(fh_trace_add(trace, "a 0 5\n", 6), FH_ENDED);
    fh_trace_delete(trace);
    fh_trace_delete(NULL);
    assert_status(fh_trace_new(NULL), FH_INVALID);
}

static void without_memory_there_is_no_replay(void **state)
{
    unsigned char cells[8];
    fh_replay_sample samples[4];

    (void)state;
    for (unsigned n = 0; n < 2; n++)
        for (struct fault fault = {0}; fault_next(&fault);) {
            fh_replay_options options = {
                .size = sizeof(options), .policy = "best", .simulates = n == 1};
            fh_replay_picture picture = {.column_count = 4,
                                         .samples = samples,
                                         .row_count = 2,
                                         .top_address = 128,
                                         .cells = cells};
            fh_trace *trace = read_trace(small);
            fh_status status;

            fault_memory_begin(&fault, FAULT_ONCE);
            status = fh_trace_replay(trace, &options, &picture, NULL);
            fault_memory_end(&fault);
            assert_status(status, fault.was_met ? FH_NO_MEMORY : FH_OK);
            fh_trace_delete(trace);
            assert_int_equal(memory_block_count(), 0);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_policy_fills_the_hole),
        cmocka_unit_test(buddies_hold_powers_of_two),
        cmocka_unit_test(a_header_is_charged_behind_the_rounding),
        cmocka_unit_test(a_heap_grows_by_what_is_missing),
        cmocka_unit_test(a_reallocation_takes_then_gives),
        cmocka_unit_test(an_aligned_block_begins_there),
        cmocka_unit_test(the_textbook_counts_free_runs),
        cmocka_unit_test(orders_and_coalescing_reach_the_textbook),
        cmocka_unit_test(a_picture_shows_what_is_held),
        cmocka_unit_test(a_picture_may_have_many_columns),
        cmocka_unit_test(wrong_options_are_refused),
        cmocka_unit_test(a_heap_beyond_all_counting_is_refused),
        cmocka_unit_test(a_trace_has_its_states),
        cmocka_unit_test(without_memory_there_is_no_replay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
