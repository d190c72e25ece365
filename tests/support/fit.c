/*
 * fit.c - what every policy owes that fits a request into one of its runs.
 */
#include "support/fit.h"

#include "base/random.h"
#include "support/seed.h"

enum { UNITS = 700, UNITS_MAX = 70000, UNIT_WORDS = 6 };

struct space *fit_open(const struct fit *fit, uint64_t unit_count)
{
    static uint64_t units[UNITS_MAX][UNIT_WORDS];
    const struct policy_memory memory = {.units = units, .unit_bytes = sizeof(units[0])};
    struct space *space;

    assert_true(unit_count <= UNITS_MAX);
    assert_ok(space_open_in(fit->policy, unit_count, fit->is_inside ? &memory : NULL, &space));
    return space;
}

static void in_both_places(struct fit *fit, void (*test)(const struct fit *fit))
{
    fit->is_inside = false;
    test(fit);
    fit->is_inside = true;
    test(fit);
    fit->is_inside = false;
}

uint64_t fit_take(struct space *space, uint64_t unit_count, uint64_t near, uint64_t align)
{
    const struct policy_request request = {.unit_count = unit_count, .near = near, .align = align};
    struct run run = {UINT64_MAX, 0};

    assert_ok(space_take(space, &request, &run));
    assert_int_equal(run.count, unit_count);
    return run.first;
}

/* The lowest fit at or behind `from`; UINT64_MAX: none. */
static uint64_t lowest_behind(const struct space *space, uint64_t unit_count, uint64_t from)
{
    struct run run;

    for (uint64_t at = from; space_next_run(space, at, &run); at = run_end(run))
        if (run.count >= unit_count) return run.first;
    return UINT64_MAX;
}

uint64_t fit_choose_lowest(const struct space *space, uint64_t unit_count, uint64_t near)
{
    uint64_t first = lowest_behind(space, unit_count, near);

    return first != UINT64_MAX ? first : lowest_behind(space, unit_count, 0);
}

/* Where a search goes on that left off at `unit`: no run is taken from its middle. */
static uint64_t resume_from(const struct space *space, uint64_t unit)
{
    struct run run;

    if (!space_next_run(space, unit, &run)) return 0;
    if (run.first > unit) return run.first;
    while (unit > 0 && space_is_free(space, (struct run){unit - 1, 1}))
        unit--;
    return unit;
}

static void look_behind_many(const struct fit *fit)
{
    struct space *space = fit_open(fit, 70000);

    for (uint64_t first = 1; first < UINT64_C(64) * 1000; first += 64)
        assert_ok(space_give(space, (struct run){first, 63}));
    assert_ok(space_give(space, (struct run){65536, 70}));

    assert_int_equal(fit_take(space, 4, 0, 64), 65536);
    for (unsigned i = 0; i < 2 && fit->aligned[i].align > 0; i++) {
        const struct fit_aligned *take = &fit->aligned[i];

        assert_int_equal(fit_take(space, 4, take->near, take->align), take->first);
    }
    assert_ok(space_audit(space));
    space_close(space);
}

static void look_for_one_aligned(const struct fit *fit)
{
    const struct policy_request request = {.unit_count = 4, .align = 64};
    struct space *space = fit_open(fit, UINT64_C(64) * 200);
    struct run run;

    for (uint64_t first = 1; first < UINT64_C(64) * 200; first += 64)
        assert_ok(space_give(space, (struct run){first, 63}));
    assert_status(space_take(space, &request, &run), FH_NO_SPACE);
    assert_int_equal(space_free_units(space), UINT64_C(63) * 200);

    /* The only one, behind more candidates than a search looks at. */
    assert_ok(space_take_at(space, (struct run){UINT64_C(64) * 150 - 63, 60}));
    assert_ok(space_give(space, (struct run){UINT64_C(64) * 150, 1}));
    assert_int_equal(fit_take(space, 4, 0, 64), UINT64_C(64) * 150);
    space_close(space);
}

/* Random takes and gives; each answer is the one that a walk over all runs finds. */
static void compare_with_hand(const struct fit *fit)
{
    struct space *space = fit_open(fit, UNITS);
    struct random random;
    uint64_t resume_at = 0;

    random_init(&random, seed_get());
    assert_ok(space_give(space, (struct run){0, UNITS}));
    for (unsigned i = 0; i < 20000; i++) {
        uint64_t near = random_below(&random, 4) == 0 ? random_below(&random, UNITS + 10) : 0;
        const struct policy_request request = {1 + random_below(&random, 12), near, 0, false};
        struct run given = {random_below(&random, UNITS - 12), 1 + random_below(&random, 12)};
        struct run run = {UINT64_MAX, 0};
        uint64_t from = fit->resumes && near == 0 ? resume_from(space, resume_at) : near;
        uint64_t expected = fit->choose(space, request.unit_count, from);

        if (i / 500 % 2 == 0 || random_below(&random, 3) == 0) {
            assert_int_equal(space_take(space, &request, &run),
                             expected == UINT64_MAX ? FH_NO_SPACE : FH_OK);
            assert_int_equal(run.first, expected);
            if (expected != UINT64_MAX) resume_at = resume_from(space, run_end(run));
        } else {
            fh_status status = space_give(space, given);

            assert_true(status == FH_OK || status == FH_INVALID);
        }
    }
    space_close(space);
}

void fit_an_alignment_is_found_behind_many_that_have_none(void **state)
{
    in_both_places(*state, look_behind_many);
}

void fit_no_aligned_run_is_no_space(void **state)
{
    in_both_places(*state, look_for_one_aligned);
}

void fit_each_answer_is_the_one_found_by_hand(void **state)
{
    in_both_places(*state, compare_with_hand);
}
