/*
 * pending_test.c - a freed run waits for exactly those who may still read it (F3, F4).
 */
#include "pager/pending.h"

#include "base/memory.h"
#include "base/random.h"
#include "support/place.h"
#include "support/seed.h"
#include "support/unit.h"

enum { CHUNK_PAGES = 256, PAGES = 4096, MODEL_RUNS = 60, MODEL_PINS = 6, STEPS = 4000 };

struct fixture {
    struct place place;
    struct pending pending;
    uint64_t block_count;
};

static int setup(void **state)
{
    static struct fixture fixture;
    struct alloc_options options = {.policy = "bitmap",
                                    .chunk_pages = CHUNK_PAGES,
                                    .page_max = PAGES,
                                    .page_min = 256,
                                    .fixed_pages = 2};

    fixture.block_count = memory_block_count();
    place_open(&fixture.place, PLACE_MEMORY, &options);
    assert_ok(alloc_grow(fixture.place.alloc, PAGES));
    assert_ok(pending_init(&fixture.pending, CHUNK_PAGES));
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    assert_ok(pending_audit(&fixture->pending, fixture->place.alloc));
    place_audit(&fixture->place, pending_pages(&fixture->pending, 0));
    pending_fini(&fixture->pending);
    place_close(&fixture->place);
    assert_int_equal(memory_block_count(), fixture->block_count);
    return 0;
}

/* A run that was alive from `born` until `freed`; its first page. */
static struct run add(struct fixture *fixture, uint32_t page_count, uint64_t born, uint64_t freed)
{
    struct run run = place_take(&fixture->place, page_count);

    assert_ok(alloc_retire(fixture->place.alloc, run));
    assert_ok(pending_reserve(&fixture->pending, 1));
    pending_add(&fixture->pending,
                &(struct pending_entry){.run = run, .born = born, .freed = freed});
    return run;
}

static void give(void *context, struct run run)
{
    alloc_give(context, run);
}

static void release(struct fixture *fixture, const uint64_t *pins, uint32_t pin_count,
                    uint64_t published)
{
    struct pending_release release = {
        .pins = pins,
        .pin_count = pin_count,
        .published = published,
        .give = give,
        .context = fixture->place.alloc,
    };

    pending_release(&fixture->pending, &release);
    assert_ok(pending_audit(&fixture->pending, fixture->place.alloc));
}

static void assert_waits(const struct fixture *fixture, struct run run)
{
    assert_true(pending_holds(&fixture->pending, (page_no)run.first));
    assert_false(alloc_is_free(fixture->place.alloc, (page_no)run.first));
}

static void assert_free(const struct fixture *fixture, struct run run)
{
    assert_false(pending_holds(&fixture->pending, (page_no)run.first));
    assert_true(alloc_is_free(fixture->place.alloc, (page_no)run.first));
}

static void a_run_waits_until_its_freeing_is_published(void **state)
{
    struct fixture *fixture = *state;
    struct run run = add(fixture, 2, 3, 9);

    assert_int_equal(pending_pages(&fixture->pending, 0), 2);
    release(fixture, NULL, 0, 8);
    assert_waits(fixture, run);
    assert_int_equal(pending_pages(&fixture->pending, UINT64_MAX), 2);
    release(fixture, NULL, 0, 9);
    assert_free(fixture, run);
    assert_int_equal(pending_pages(&fixture->pending, 0), 0);
}

/* Only s with born <= s < freed sees it: not one from before its birth or after its end. */
static void only_a_pin_within_its_life_keeps_a_run(void **state)
{
    static const struct {
        uint64_t born, freed, pin;
        bool waits;
    } cases[] = {
        {100, 200, 99, false}, {100, 200, 100, true},  {100, 200, 150, true},
        {100, 200, 199, true}, {100, 200, 200, false}, {100, 200, 201, false},
        {199, 200, 199, true}, {199, 200, 198, false}, {199, 200, 200, false},
        {0, 5, 1, true},       {0, 5, 5, false},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct run run = add(fixture, 1, cases[i].born, cases[i].freed);

        release(fixture, &cases[i].pin, 1, 1000);
        assert_int_equal(pending_holds(&fixture->pending, (page_no)run.first), cases[i].waits);
        release(fixture, NULL, 0, 1000);
        assert_free(fixture, run);
    }
}

static void a_run_born_and_dead_between_two_readers_is_free_at_once(void **state)
{
    struct fixture *fixture = *state;
    uint64_t pins[] = {100, 130};
    struct run run = add(fixture, 1, 110, 120);

    release(fixture, pins, 2, 200);
    assert_free(fixture, run);
}

static void a_run_hangs_on_the_largest_pin_that_blocks_it(void **state)
{
    struct fixture *fixture = *state;
    uint64_t pins[] = {10, 20, 30, 40};
    struct run run = add(fixture, 3, 5, 35);

    release(fixture, pins, 4, 100);
    assert_int_equal(pending_pages(&fixture->pending, 30), 3);
    release(fixture, pins, 2, 100);
    assert_int_equal(pending_pages(&fixture->pending, 30), 0);
    assert_int_equal(pending_pages(&fixture->pending, 20), 3);
    assert_waits(fixture, run);
    release(fixture, pins + 3, 1, 100);
    assert_free(fixture, run);
}

/* With a reader at 150, what was not alive then goes, however old it is. */
static void runs_of_many_ages_go_exactly_when_nobody_saw_them(void **state)
{
    static const struct {
        uint64_t born, freed;
        bool waits;
    } lives[] = {
        {100, 200, true}, {100, 125, false}, {125, 150, false},
        {125, 175, true}, {150, 175, true},  {175, 200, false},
    };
    enum { COUNT = sizeof(lives) / sizeof(lives[0]) };
    struct fixture *fixture = *state;
    uint64_t pin = 150;
    struct run runs[COUNT];

    for (size_t i = 0; i < COUNT; i++)
        runs[i] = add(fixture, 1 + (uint32_t)i / 4, lives[i].born, lives[i].freed);
    release(fixture, &pin, 1, 300);
    for (size_t i = 0; i < COUNT; i++)
        assert_int_equal(pending_holds(&fixture->pending, (page_no)runs[i].first), lives[i].waits);
    release(fixture, NULL, 0, 300);
    for (size_t i = 0; i < COUNT; i++)
        assert_free(fixture, runs[i]);
}

static void a_pin_held_twice_blocks_until_both_are_gone(void **state)
{
    struct fixture *fixture = *state;
    uint64_t pins[] = {100, 100};
    struct run run = add(fixture, 1, 50, 120);

    release(fixture, pins, 2, 200);
    assert_waits(fixture, run);
    release(fixture, pins, 1, 200);
    assert_waits(fixture, run);
    release(fixture, NULL, 0, 200);
    assert_free(fixture, run);
}

static void header_pages_that_a_long_run_covers_are_not_counted(void **state)
{
    struct fixture *fixture = *state;
    struct run run = add(fixture, 2 * CHUNK_PAGES + 10, 1, 2);

    assert_int_equal(pending_pages(&fixture->pending, 0), run.count - 2);
    place_audit(&fixture->place, run.count - 2);
    release(fixture, NULL, 0, 2);
    assert_int_equal(pending_pages(&fixture->pending, 0), 0);
    assert_free(fixture, run);
}

static void what_was_reserved_can_be_added_without_memory(void **state)
{
    struct fixture *fixture = *state;
    struct run runs[100];

    for (unsigned i = 0; i < 100; i++) {
        runs[i] = place_take(&fixture->place, 1);
        assert_ok(alloc_retire(fixture->place.alloc, runs[i]));
    }
    assert_ok(pending_reserve(&fixture->pending, 100));
    (void)memory_fail_at(1, 1);
    for (unsigned i = 0; i < 100; i++)
        pending_add(&fixture->pending,
                    &(struct pending_entry){.run = runs[i], .born = 1, .freed = i + 2});
    release(fixture, NULL, 0, 1000);
    (void)memory_fail_at(0, 0);
    assert_int_equal(pending_pages(&fixture->pending, 0), 0);
}

/* A run too much is never given: one for whose bucket there is no memory waits longer. */
static void without_memory_runs_wait_and_go_later(void **state)
{
    struct fixture *fixture = *state;
    uint64_t pins[40];
    struct run runs[40];

    for (unsigned i = 0; i < 40; i++) {
        pins[i] = 10 + 2 * i;
        runs[i] = add(fixture, 1, pins[i], pins[i] + 1);
    }
    (void)memory_fail_at(1, 1);
    release(fixture, pins, 40, 1000);
    (void)memory_fail_at(0, 0);
    for (unsigned i = 0; i < 40; i++)
        assert_waits(fixture, runs[i]);
    release(fixture, pins, 40, 1000);
    for (unsigned i = 0; i < 40; i++)
        assert_int_equal(pending_pages(&fixture->pending, pins[i]), 1);
    release(fixture, pins + 20, 20, 1000);
    for (unsigned i = 0; i < 40; i++)
        assert_int_equal(pending_holds(&fixture->pending, (page_no)runs[i].first), i >= 20);
    release(fixture, NULL, 0, 1000);
}

struct life {
    struct run run;
    uint64_t born, freed;
};

static bool is_blocked(const struct life *life, const uint64_t *pins, uint32_t pin_count)
{
    for (uint32_t i = 0; i < pin_count; i++)
        if (life->born <= pins[i] && pins[i] < life->freed) return true;
    return false;
}

struct model {
    struct random random;
    struct life lives[MODEL_RUNS];
    uint32_t life_count;
    uint64_t pins[MODEL_PINS]; /* ascending */
    uint32_t pin_count;
    uint64_t epoch;
};

static void change_pins(struct model *model)
{
    if (model->pin_count < MODEL_PINS && random_below(&model->random, 2) == 0) {
        model->pins[model->pin_count++] = model->epoch;
    } else if (model->pin_count > 0) {
        uint32_t gone = (uint32_t)random_below(&model->random, model->pin_count--);

        memmove(&model->pins[gone], &model->pins[gone + 1],
                (model->pin_count - gone) * sizeof(model->pins[0]));
    }
}

/* Everything that the naive rule frees is free, and nothing else. */
static void release_and_compare(struct fixture *fixture, struct model *model)
{
    uint32_t kept = 0;

    release(fixture, model->pins, model->pin_count, model->epoch);
    for (uint32_t i = 0; i < model->life_count; i++) {
        struct life life = model->lives[i];

        if (is_blocked(&life, model->pins, model->pin_count)) {
            assert_waits(fixture, life.run);
            model->lives[kept++] = life;
        } else {
            assert_free(fixture, life.run);
        }
    }
    model->life_count = kept;
}

static void any_history_frees_what_the_naive_rule_frees(void **state)
{
    struct fixture *fixture = *state;
    struct model model = {.epoch = 1};

    random_init(&model.random, seed_get());
    for (unsigned step = 0; step < STEPS; step++) {
        change_pins(&model);
        model.epoch++;
        for (unsigned i = (unsigned)random_below(&model.random, 4);
             i > 0 && model.life_count < MODEL_RUNS; i--) {
            struct life *life = &model.lives[model.life_count++];

            life->freed = model.epoch;
            life->born = random_below(&model.random, model.epoch);
            life->run =
                add(fixture, 1 + (uint32_t)random_below(&model.random, 5), life->born, life->freed);
        }
        release_and_compare(fixture, &model);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_run_waits_until_its_freeing_is_published),
        TEST(only_a_pin_within_its_life_keeps_a_run),
        TEST(a_run_born_and_dead_between_two_readers_is_free_at_once),
        TEST(a_run_hangs_on_the_largest_pin_that_blocks_it),
        TEST(runs_of_many_ages_go_exactly_when_nobody_saw_them),
        TEST(a_pin_held_twice_blocks_until_both_are_gone),
        TEST(header_pages_that_a_long_run_covers_are_not_counted),
        TEST(what_was_reserved_can_be_added_without_memory),
        TEST(without_memory_runs_wait_and_go_later),
        TEST(any_history_frees_what_the_naive_rule_frees),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
