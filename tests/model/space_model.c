/*
 * space_model.c - random histories of every policy against a plain array of booleans.
 *
 * Two spaces live through each history, so that the same calls must give the same answers
 * (L4). Where the policy can, one of them lives in memory behind the units: then nothing is
 * reserved, and whatever lies in taken units stays as it is. After every step both audit
 * themselves and all that can be seen of the first is compared with the array (L1, L2); a
 * refusal is checked by looking for the run by hand (L3); takes and gives run with all memory
 * refused once they are reserved (L5).
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/random.h"
#include "space/space.h"
#include "support/seed.h"
#include "support/unit.h"

enum { UNITS_MAX = 5000, HISTORIES = 24, STEPS = 2000, UNIT_WORDS = 7 };

struct model {
    const char *policy;
    uint64_t seed;
    unsigned step;
    struct random random;
    unsigned take_percent; /* changes within a history, so that it fills and empties */
    struct space *space;
    struct space *twin;
    bool is_inside; /* the space, not its twin */
    bool free[UNITS_MAX];
    uint64_t unit_count;
};

/* Fails the test with the words that repeat it. */
#define EXPECT(model, condition)                                                           \
    do {                                                                                   \
        if (!(condition))                                                                  \
            fail_msg("%s:%d: %s, step %u: %s (note: %s)\n  again: %s", __FILE__, __LINE__, \
                     (model)->policy, (model)->step, #condition, fh_note(),                \
                     seed_repeat("space_model", (model)->seed));                           \
    } while (0)

static uint64_t below(struct model *model, uint64_t limit)
{
    return random_below(&model->random, limit);
}

static bool chance(struct model *model, unsigned percent)
{
    return below(model, 100) < percent;
}

/* From 1 to `most`, every order of magnitude as often. */
static uint64_t length_up_to(struct model *model, uint64_t most)
{
    uint64_t bits = 0;

    while (most >> bits > 1)
        bits++;
    most = most < UINT64_C(1) << bits ? most : UINT64_C(1) << below(model, bits + 1);
    return 1 + below(model, most);
}

static uint64_t units[UNITS_MAX][UNIT_WORDS];

/* What the owner of a taken unit has in it. */
static uint64_t content(uint64_t unit, unsigned word)
{
    return (unit * UNIT_WORDS + word + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

static void fill_units(struct run run)
{
    for (uint64_t unit = run.first; unit < run_end(run); unit++)
        for (unsigned word = 0; word < UNIT_WORDS; word++)
            units[unit][word] = content(unit, word);
}

static bool is_filled(uint64_t unit)
{
    for (unsigned word = 0; word < UNIT_WORDS; word++)
        if (units[unit][word] != content(unit, word)) return false;
    return true;
}

static bool all_are(const struct model *model, struct run run, bool free)
{
    for (uint64_t unit = run.first; unit < run_end(run); unit++)
        if (model->free[unit] != free) return false;
    return true;
}

static void set_all(struct model *model, struct run run, bool free)
{
    for (uint64_t unit = run.first; unit < run_end(run); unit++)
        model->free[unit] = free;
    if (!free) fill_units(run);
}

static bool find_by_hand(const struct model *model, uint64_t count, uint64_t align)
{
    uint64_t length = 0;

    for (uint64_t unit = model->unit_count; unit-- > 0;) {
        length = model->free[unit] ? length + 1 : 0;
        if (length >= count && (align <= 1 || unit % align == 0)) return true;
    }
    return false;
}

/* L3, of a strict policy for the whole block that the request is rounded up to. */
static bool may_refuse(const struct model *model, const struct policy_request *request)
{
    uint64_t block = request->align > 1 ? request->align : 1;

    if (!policy_find(model->policy)->is_strict)
        return !find_by_hand(model, request->unit_count, request->align);
    while (block < request->unit_count)
        block *= 2;
    return !find_by_hand(model, block, block);
}

static void compare(struct model *model)
{
    struct space_stat stat;
    struct run run;
    uint64_t at = 0;
    uint64_t free_units = 0;
    uint64_t free_runs = 0;
    uint64_t largest = 0;

    EXPECT(model, space_audit(model->space) == FH_OK);
    EXPECT(model, space_audit(model->twin) == FH_OK);
    for (; space_next_run(model->space, at, &run); at = run_end(run)) {
        EXPECT(model, run.first >= at && run_end(run) <= model->unit_count);
        EXPECT(model, all_are(model, (struct run){at, run.first - at}, false));
        EXPECT(model, all_are(model, run, true));
        EXPECT(model, run_end(run) == model->unit_count || !model->free[run_end(run)]);
        free_units += run.count;
        free_runs++;
        largest = run.count > largest ? run.count : largest;
    }
    EXPECT(model, all_are(model, (struct run){at, model->unit_count - at}, false));

    space_stat(model->space, &stat);
    EXPECT(model, stat.unit_count == model->unit_count);
    EXPECT(model, stat.free_units == free_units);
    EXPECT(model, stat.free_units == space_free_units(model->space));
    EXPECT(model, stat.free_runs == free_runs);
    EXPECT(model, stat.largest_run_units == largest);
}

/* A policy inside has not written into a taken unit. */
static void compare_units(struct model *model)
{
    for (uint64_t unit = 0; unit < UNITS_MAX; unit++)
        if (!model->free[unit]) EXPECT(model, is_filled(unit));
}

/* One look from the middle, and one question. */
static void look(struct model *model)
{
    uint64_t from = below(model, model->unit_count);
    struct run asked = {from, length_up_to(model, model->unit_count - from)};
    struct run run;

    EXPECT(model, space_is_free(model->space, asked) == all_are(model, asked, true));
    if (!space_next_run(model->space, from, &run)) {
        EXPECT(model, all_are(model, (struct run){from, model->unit_count - from}, false));
        return;
    }
    EXPECT(model, run.first >= from && run.count > 0);
    EXPECT(model, all_are(model, (struct run){from, run.first - from}, false));
    EXPECT(model, all_are(model, run, true));
    EXPECT(model, run_end(run) == model->unit_count || !model->free[run_end(run)]);
}

static void take(struct model *model)
{
    struct policy_request request = {.unit_count = 1};
    struct run run = {0, 0};
    struct run twin_run = {0, 0};
    fh_status status;

    if (chance(model, 60)) request.unit_count = length_up_to(model, model->unit_count);
    if (chance(model, 30)) request.near = below(model, model->unit_count + 2);
    if (chance(model, 30)) request.align = UINT64_C(1) << below(model, 10);
    if (!model->is_inside) EXPECT(model, space_reserve(model->space, 1, 0) == FH_OK);
    (void)memory_fail_at(1, 1);
    status = space_take(model->space, &request, &run);
    EXPECT(model, memory_fail_at(0, 0) == 0);

    EXPECT(model, space_take(model->twin, &request, &twin_run) == status);
    EXPECT(model, run_equals(run, twin_run));
    if (status == FH_NO_SPACE) {
        EXPECT(model, may_refuse(model, &request));
        return;
    }
    EXPECT(model, status == FH_OK && run.count == request.unit_count);
    EXPECT(model, run_holds((struct run){0, model->unit_count}, run));
    EXPECT(model, all_are(model, run, true));
    EXPECT(model, request.align == 0 || run.first % request.align == 0);
    set_all(model, run, false);
}

static void take_at(struct model *model)
{
    uint64_t first = below(model, model->unit_count);
    struct run run = {first, length_up_to(model, model->unit_count - first)};
    fh_status expected = all_are(model, run, true) ? FH_OK : FH_INVALID;

    EXPECT(model, space_take_at(model->space, run) == expected);
    EXPECT(model, space_take_at(model->twin, run) == expected);
    if (expected == FH_OK) set_all(model, run, false);
}

/* Any run, most often cut so that it is right. */
static void give(struct model *model)
{
    uint64_t first = below(model, model->unit_count);
    struct run run = {first, length_up_to(model, model->unit_count - first)};
    fh_status expected;

    if (chance(model, 80)) {
        while (run.first + 1 < model->unit_count && model->free[run.first])
            run.first++;
        while (run.count > 1 && (run_end(run) > model->unit_count || !all_are(model, run, false)))
            run.count--;
    }
    expected = run_end(run) <= model->unit_count && all_are(model, run, false) ? FH_OK : FH_INVALID;
    if (!model->is_inside) EXPECT(model, space_reserve(model->space, 0, 1) == FH_OK);
    (void)memory_fail_at(1, 1);
    EXPECT(model, space_give(model->space, run) == expected);
    EXPECT(model, memory_fail_at(0, 0) == 0);
    EXPECT(model, space_give(model->twin, run) == expected);
    if (expected == FH_OK) set_all(model, run, true);
}

static void ask_nonsense(struct model *model)
{
    const struct run runs[] = {
        {below(model, model->unit_count), 0},
        {model->unit_count, 1},
        {model->unit_count - 1, 2},
        {UINT64_MAX - 1, 2},
        {UINT64_MAX, UINT64_MAX},
        {1, UINT64_MAX},
        {0, model->unit_count + 1},
    };
    const struct policy_request requests[] = {
        {.unit_count = 0},
        {.unit_count = 1, .align = 3},
        {.unit_count = 1, .align = UINT64_MAX},
    };
    struct run run;

    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
        EXPECT(model, space_give(model->space, runs[i]) == FH_INVALID);
        EXPECT(model, space_take_at(model->space, runs[i]) == FH_INVALID);
    }
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
        EXPECT(model, space_take(model->space, &requests[i], &run) == FH_INVALID);
}

/* First with the n-th request for memory refused, then again until it works. */
static void grow(struct model *model)
{
    uint64_t unit_count = model->unit_count + below(model, model->unit_count / 4 + 2);
    struct run fresh = {model->unit_count, 0};
    fh_status status = FH_NO_MEMORY;

    if (unit_count > UNITS_MAX) return;
    fresh.count = unit_count - model->unit_count;
    for (uint64_t n = 1; status != FH_OK; n++) {
        (void)memory_fail_at(n, 0);
        status = space_grow(model->space, unit_count);
        (void)memory_fail_at(0, 0);
        EXPECT(model, status == FH_OK || status == FH_NO_MEMORY);
        if (status == FH_NO_MEMORY) compare(model);
    }
    EXPECT(model, space_grow(model->twin, unit_count) == FH_OK);
    set_all(model, fresh, false);
    model->unit_count = unit_count;
    if (fresh.count == 0 || chance(model, 30)) return;
    EXPECT(model, space_give(model->space, fresh) == FH_OK);
    EXPECT(model, space_give(model->twin, fresh) == FH_OK);
    set_all(model, fresh, true);
}

/* Most often the free units at the end are taken before. */
static void shrink(struct model *model)
{
    uint64_t unit_count = model->unit_count - below(model, model->unit_count / 4 + 1);
    bool emptied = chance(model, 80);
    fh_status expected;
    struct run run;

    while (emptied && space_next_run(model->space, unit_count, &run)) {
        EXPECT(model, space_take_at(model->space, run) == FH_OK);
        EXPECT(model, space_take_at(model->twin, run) == FH_OK);
        set_all(model, run, false);
    }
    expected = all_are(model, (struct run){unit_count, model->unit_count - unit_count}, false)
                   ? FH_OK
                   : FH_INVALID;
    EXPECT(model, space_shrink(model->space, unit_count) == expected);
    EXPECT(model, space_shrink(model->twin, unit_count) == expected);
    if (expected == FH_OK) model->unit_count = unit_count;
}

static void step(struct model *model)
{
    if (chance(model, 2)) model->take_percent = 20 + (unsigned)below(model, 61);
    if (chance(model, 1))
        ask_nonsense(model);
    else if (chance(model, 2))
        grow(model);
    else if (chance(model, 1))
        shrink(model);
    else if (chance(model, 10))
        take_at(model);
    else if (chance(model, model->take_percent))
        take(model);
    else
        give(model);
    look(model);
    compare(model);
    if (model->is_inside && model->step % 50 == 49) compare_units(model);
}

static void run_history(const char *policy, bool is_inside, uint64_t seed, uint64_t units_max)
{
    const struct policy_memory memory = {.units = units, .unit_bytes = sizeof(units[0])};
    static struct model model;
    uint64_t block_count = memory_block_count();

    model =
        (struct model){.policy = policy, .is_inside = is_inside, .seed = seed, .take_percent = 50};
    fill_units((struct run){0, UNITS_MAX});
    random_init(&model.random, seed);
    model.unit_count = 1 + below(&model, units_max);
    assert_ok(space_open_in(policy, model.unit_count, is_inside ? &memory : NULL, &model.space));
    assert_ok(space_open(policy, model.unit_count, &model.twin));
    for (; model.step < STEPS; model.step++)
        step(&model);
    space_close(model.twin);
    space_close(model.space);
    assert_int_equal(memory_block_count(), block_count);
}

static void run_histories(const struct policy_ops *ops, bool is_inside)
{
    for (uint64_t i = 0; i < HISTORIES * seed_effort(); i++)
        run_history(ops->name, is_inside, seed_get() + i,
                    i % 3 == 0 ? 90 : UNITS_MAX / (1 + i % 4));
}

static void every_policy_equals_the_array(void **state)
{
    (void)state;
    for (unsigned n = 0; policy_at(n) != NULL; n++)
        run_histories(policy_at(n), false);
}

static void every_policy_that_can_lives_in_the_units(void **state)
{
    unsigned count = 0;

    (void)state;
    for (unsigned n = 0; policy_at(n) != NULL; n++)
        if (policy_at(n)->open_in != NULL) {
            run_histories(policy_at(n), true);
            count++;
        }
    assert_true(count >= 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_policy_equals_the_array),
        cmocka_unit_test(every_policy_that_can_lives_in_the_units),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
