/*
 * space_memory_test.c - spaces that live in the units: what they refuse, how a list comes back,
 * and what writes of others into free units do not lead to.
 *
 * That they answer as the same policy beside does is for the model test.
 */
#include "freehold/space.h"

#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "space/space.h"
#include "support/seed.h"
#include "support/unit.h"

enum { UNITS = 300, UNIT_WORDS = 6, UNIT_BYTES = UNIT_WORDS * 8 };

/* What a caller would map: a head and the units behind it. */
struct region {
    _Alignas(FH_SPACE_ALIGNMENT) uint8_t head[FH_SPACE_HEAD_BYTES];
    uint64_t units[UNITS][UNIT_WORDS];
};

static struct region region;

static fh_space_options options_of(const char *policy, struct region *behind, bool has_head)
{
    return (fh_space_options){
        .size = sizeof(fh_space_options),
        .policy = policy,
        .memory = behind->units,
        .unit_bytes = sizeof(behind->units[0]),
        .head = has_head ? behind->head : NULL,
    };
}

static fh_space *open_here(const char *policy, bool has_head)
{
    const fh_space_options options = options_of(policy, &region, has_head);
    fh_space *space;

    memset(&region, 0xa5, sizeof(region));
    assert_ok(fh_space_open_with(&options, UNITS, &space));
    return space;
}

static fh_status attach(struct region *behind, fh_space **ret_space)
{
    const fh_space_options options = options_of(NULL, behind, true);

    return fh_space_attach(&options, UNITS, ret_space);
}

static uint64_t take_one(fh_space *space)
{
    fh_unit_run run = {UINT64_MAX, 0};

    assert_ok(fh_space_take(space, 1, NULL, &run));
    return run.first;
}

/* Units 3 .. 7, 20, 100 and 299 are free, and were given so that 7 is next and 20 last. */
static void leave_a_list(void)
{
    fh_space *space = open_here("lifo", true);

    assert_ok(fh_space_give(space, (fh_unit_run){20, 1}));
    assert_ok(fh_space_give(space, (fh_unit_run){299, 1}));
    assert_ok(fh_space_give(space, (fh_unit_run){100, 2}));
    for (uint64_t unit = 3; unit < 8; unit++)
        assert_ok(fh_space_give(space, (fh_unit_run){unit, 1}));
    assert_ok(fh_space_take_at(space, (fh_unit_run){101, 1}));
    fh_space_close(space);
}

static void assert_the_list(fh_space *space)
{
    const uint64_t expected[] = {7, 6, 5, 4, 3, 100, 299, 20};
    fh_unit_run run;

    assert_ok(fh_space_audit(space));
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        assert_int_equal(take_one(space), expected[i]);
    assert_status(fh_space_take(space, 1, NULL, &run), FH_NO_SPACE);
}

static void node_bytes_are_told_for_every_policy(void **state)
{
    (void)state;
    assert_int_equal(fh_space_policy_node_bytes("lifo"), 8);
    assert_int_equal(fh_space_policy_node_bytes("segregated"), 8);
    assert_int_equal(fh_space_policy_node_bytes("first"), 48);
    assert_int_equal(fh_space_policy_node_bytes("bitmap"), 0);
    assert_int_equal(fh_space_policy_node_bytes("buddy"), 0);
    assert_int_equal(fh_space_policy_node_bytes("array"), 0);
    assert_int_equal(fh_space_policy_node_bytes("no such policy"), 0);
    assert_int_equal(fh_space_policy_node_bytes(NULL), 0);
}

static void wrong_options_are_refused(void **state)
{
    uint64_t block_count = memory_block_count();
    fh_space_options options = options_of("best", &region, false);
    fh_space *space = NULL;

    (void)state;
    options.size = sizeof(options) - 1;
    assert_status(fh_space_open_with(&options, UNITS, &space), FH_INVALID);
    options = options_of("best", &region, false);
    options.unit_bytes = 40;
    assert_status(fh_space_open_with(&options, UNITS, &space), FH_INVALID);
    options.unit_bytes = 52;
    assert_status(fh_space_open_with(&options, UNITS, &space), FH_INVALID);
    options = options_of("best", &region, false);
    options.memory = (uint8_t *)region.units + 4;
    assert_status(fh_space_open_with(&options, UNITS, &space), FH_INVALID);
    options = options_of("best", &region, true);
    assert_status(fh_space_open_with(&options, UNITS, &space), FH_INVALID);
    options = options_of("lifo", &region, true);
    options.head = region.head + 4;
    assert_status(fh_space_open_with(&options, UNITS, &space), FH_INVALID);
    options = options_of("lifo", &region, true);
    options.memory = NULL;
    assert_status(fh_space_open_with(&options, UNITS, &space), FH_INVALID);
    assert_status(fh_space_open_with(NULL, UNITS, &space), FH_INVALID);
    assert_status(fh_space_open_with(&options, UNITS, NULL), FH_INVALID);
    for (unsigned n = 0; fh_space_policy(n) != NULL; n++) {
        options = options_of(fh_space_policy(n), &region, false);
        if (fh_space_policy_node_bytes(fh_space_policy(n)) == 0)
            assert_status(fh_space_open_with(&options, UNITS, &space), FH_INVALID);
        else
            assert_status(fh_space_open_with(&options, UINT32_MAX, &space), FH_TOO_LARGE);
        options.unit_bytes = SIZE_MAX / 2 / 8 * 8;
        if (fh_space_policy_node_bytes(fh_space_policy(n)) != 0)
            assert_status(fh_space_open_with(&options, UNITS, &space), FH_TOO_LARGE);
    }
    assert_null(space);
    assert_int_equal(memory_block_count(), block_count);
}

static void growth_keeps_to_the_limits_of_links(void **state)
{
    (void)state;
    for (unsigned n = 0; fh_space_policy(n) != NULL; n++) {
        fh_space *space;

        if (fh_space_policy_node_bytes(fh_space_policy(n)) == 0) continue;
        space = open_here(fh_space_policy(n), false);
        assert_ok(fh_space_shrink(space, 10));
        assert_ok(fh_space_grow(space, UNITS));
        assert_status(fh_space_grow(space, UINT32_MAX), FH_TOO_LARGE);
        assert_ok(fh_space_give(space, (fh_unit_run){0, UNITS}));
        assert_ok(fh_space_audit(space));
        fh_space_close(space);
    }
}

static void a_list_comes_back_in_its_order_wherever_it_is_mapped(void **state)
{
    static struct region elsewhere;
    fh_space *space;

    (void)state;
    leave_a_list();
    memcpy(&elsewhere, &region, sizeof(region));
    memset(&region, 0, sizeof(region));

    assert_ok(attach(&elsewhere, &space));
    assert_the_list(space);
    assert_ok(fh_space_give(space, (fh_unit_run){50, 1}));
    fh_space_close(space);

    assert_ok(attach(&elsewhere, &space));
    assert_int_equal(take_one(space), 50);
    fh_space_close(space);

    /* An empty list is one, too. */
    assert_ok(attach(&elsewhere, &space));
    assert_ok(fh_space_give(space, (fh_unit_run){0, UNITS}));
    assert_ok(fh_space_audit(space));
    fh_space_close(space);
}

static void an_attached_space_has_the_units_that_it_had(void **state)
{
    fh_space_info info;
    fh_space *space;

    (void)state;
    leave_a_list();
    assert_ok(attach(&region, &space));
    assert_ok(fh_space_take_at(space, (fh_unit_run){299, 1}));
    assert_ok(fh_space_shrink(space, 200));
    fh_space_close(space);

    assert_ok(attach(&region, &space));
    assert_ok(fh_space_stat(space, &info));
    assert_int_equal(info.unit_count, 200);
    assert_int_equal(info.free_units, 7);
    assert_ok(fh_space_grow(space, UNITS));
    fh_space_close(space);

    assert_ok(attach(&region, &space));
    assert_ok(fh_space_stat(space, &info));
    assert_int_equal(info.unit_count, UNITS);
    fh_space_close(space);
}

static void what_is_not_the_same_space_is_a_mismatch(void **state)
{
    fh_space_options options = options_of("lifo", &region, true);
    fh_space *space = NULL;

    (void)state;
    leave_a_list();
    assert_status(fh_space_attach(&options, UNITS - 1, &space), FH_CORRUPT);
    options.policy = "best";
    assert_status(fh_space_attach(&options, UNITS, &space), FH_MISMATCH);
    options.policy = "lifo";
    options.unit_bytes -= 8;
    assert_status(fh_space_attach(&options, UNITS, &space), FH_MISMATCH);
    options = options_of("lifo", &region, false);
    assert_status(fh_space_attach(&options, UNITS, &space), FH_INVALID);
    options = options_of("lifo", &region, true);
    options.memory = NULL;
    assert_status(fh_space_attach(&options, UNITS, &space), FH_INVALID);
    assert_null(space);
}

/* Refuses the region as it is and writes nothing; then it is as it was again. */
static void assert_refused(const struct region *right)
{
    static struct region damaged;
    uint64_t block_count = memory_block_count();
    fh_space *space = NULL;

    memcpy(&damaged, &region, sizeof(region));
    assert_true(attach(&region, &space) != FH_OK);
    assert_null(space);
    assert_int_equal(memory_block_count(), block_count);
    assert_memory_equal(&damaged, &region, sizeof(region));
    memcpy(&region, right, sizeof(region));
}

static void every_flipped_bit_of_head_and_links_is_refused(void **state)
{
    const uint64_t free_units[] = {3, 4, 5, 6, 7, 20, 100, 299};
    static struct region right;
    fh_space *space;

    (void)state;
    leave_a_list();
    memcpy(&right, &region, sizeof(region));
    for (unsigned bit = 0; bit < FH_SPACE_HEAD_BYTES * 8; bit++) {
        region.head[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_refused(&right);
    }
    for (size_t i = 0; i < sizeof(free_units) / sizeof(free_units[0]); i++)
        for (unsigned bit = 0; bit < 64; bit++) {
            region.units[free_units[i]][0] ^= UINT64_C(1) << bit;
            assert_refused(&right);
        }
    assert_ok(attach(&region, &space));
    assert_the_list(space);
    fh_space_close(space);
}

/* Each free unit with the links of each other, and all of them with zeros. */
static void cycles_and_shared_ends_are_refused(void **state)
{
    const uint64_t free_units[] = {3, 4, 5, 6, 7, 20, 100, 299};
    const size_t count = sizeof(free_units) / sizeof(free_units[0]);
    static struct region right;

    (void)state;
    leave_a_list();
    memcpy(&right, &region, sizeof(region));
    for (size_t to = 0; to < count; to++)
        for (size_t from = 0; from < count; from++) {
            if (to == from) continue;
            region.units[free_units[to]][0] = right.units[free_units[from]][0];
            assert_refused(&right);
        }
    memset(region.units, 0, sizeof(region.units));
    assert_refused(&right);
    memset(&region, 0, sizeof(region));
    assert_refused(&right);
}

static void attaching_fails_cleanly_wherever_memory_ends(void **state)
{
    uint64_t block_count = memory_block_count();
    fh_status status = FH_NO_MEMORY;
    fh_space *space = NULL;

    (void)state;
    leave_a_list();
    for (uint64_t n = 1; status == FH_NO_MEMORY; n++) {
        assert_null(space);
        assert_int_equal(memory_block_count(), block_count);
        (void)memory_fail_at(n, 0);
        status = attach(&region, &space);
        (void)memory_fail_at(0, 0);
    }
    assert_ok(status);
    assert_the_list(space);
    fh_space_close(space);
}

/* The unit on top is zeroed: nothing can be taken off it, and all is as it was when it is back. */
static void a_list_that_was_written_into_is_not_followed(void **state)
{
    uint64_t links;
    fh_space_info info;
    fh_unit_run run = {0, 0};
    fh_space *space;

    (void)state;
    leave_a_list();
    assert_ok(attach(&region, &space));
    links = region.units[7][0];
    region.units[7][0] = 0;
    assert_status(fh_space_take(space, 1, NULL, &run), FH_CORRUPT);
    assert_status(fh_space_take(space, 4, NULL, &run), FH_CORRUPT);
    assert_status(fh_space_take_at(space, (fh_unit_run){7, 1}), FH_CORRUPT);
    assert_status(fh_space_audit(space), FH_CORRUPT);
    assert_int_equal(run.count, 0);
    assert_ok(fh_space_take_at(space, (fh_unit_run){299, 1}));
    assert_ok(fh_space_stat(space, &info));
    assert_int_equal(info.free_units, 7);

    region.units[7][0] = links;
    assert_ok(fh_space_audit(space));
    assert_int_equal(take_one(space), 7);
    assert_ok(fh_space_give(space, (fh_unit_run){7, 1}));
    assert_int_equal(take_one(space), 7);
    fh_space_close(space);
}

/* ---- Writes into free units, at random -------------------------------------------------- */

struct owner {
    struct random random;
    fh_space *space;
    bool free[UNITS];
};

static uint64_t content(uint64_t unit)
{
    return (unit + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

static void own(struct owner *owner, fh_unit_run run)
{
    for (uint64_t unit = run.first; unit < run.first + run.count; unit++) {
        assert_true(unit < UNITS && owner->free[unit]);
        owner->free[unit] = false;
        for (unsigned word = 0; word < UNIT_WORDS; word++)
            region.units[unit][word] = content(unit);
    }
}

/* One call; FH_CORRUPT is an answer. No taken unit is handed out, nor written to. */
static fh_status act(struct owner *owner)
{
    fh_unit_run run = {random_below(&owner->random, UNITS), 1};
    fh_status status;

    if (random_below(&owner->random, 2) == 0) {
        status = fh_space_take(owner->space, 1 + random_below(&owner->random, 4), NULL, &run);
        if (status == FH_OK) own(owner, run);
    } else {
        status = fh_space_give(owner->space, run);
        if (status == FH_OK) assert_false(owner->free[run.first]);
        if (status == FH_OK) owner->free[run.first] = true;
    }
    for (uint64_t unit = 0; unit < UNITS; unit++)
        for (unsigned word = 0; word < UNIT_WORDS && !owner->free[unit]; word++)
            assert_true(region.units[unit][word] == content(unit));
    return status;
}

/* True when the write was found out. */
static bool live_with_a_write(const char *policy, uint64_t seed)
{
    struct owner owner = {.free = {false}};
    bool was_found = false;
    uint64_t unit;

    random_init(&owner.random, seed);
    owner.space = open_here(policy, false);
    memset(owner.free, 1, sizeof(owner.free));
    own(&owner, (fh_unit_run){0, UNITS});
    for (unsigned i = 0; i < 200; i++)
        assert_true(act(&owner) != FH_CORRUPT);
    do
        unit = random_below(&owner.random, UNITS);
    while (!owner.free[unit]);
    region.units[unit][random_below(&owner.random, UNIT_WORDS)] =
        random_below(&owner.random, 3) == 0 ? random_below(&owner.random, UNITS)
                                            : random_next(&owner.random);
    for (unsigned i = 0; i < 300; i++)
        if (act(&owner) == FH_CORRUPT) was_found = true;
    fh_space_close(owner.space);
    return was_found;
}

static void no_write_into_a_free_unit_leads_to_a_taken_one(void **state)
{
    (void)state;
    for (unsigned n = 0; fh_space_policy(n) != NULL; n++) {
        unsigned found_count = 0;

        if (fh_space_policy_node_bytes(fh_space_policy(n)) == 0) continue;
        for (uint64_t i = 0; i < 120 * seed_effort(); i++)
            found_count += live_with_a_write(fh_space_policy(n), seed_get() + i);
        assert_true(found_count > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(node_bytes_are_told_for_every_policy),
        cmocka_unit_test(wrong_options_are_refused),
        cmocka_unit_test(growth_keeps_to_the_limits_of_links),
        cmocka_unit_test(a_list_comes_back_in_its_order_wherever_it_is_mapped),
        cmocka_unit_test(an_attached_space_has_the_units_that_it_had),
        cmocka_unit_test(what_is_not_the_same_space_is_a_mismatch),
        cmocka_unit_test(every_flipped_bit_of_head_and_links_is_refused),
        cmocka_unit_test(cycles_and_shared_ends_are_refused),
        cmocka_unit_test(attaching_fails_cleanly_wherever_memory_ends),
        cmocka_unit_test(a_list_that_was_written_into_is_not_followed),
        cmocka_unit_test(no_write_into_a_free_unit_leads_to_a_taken_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
