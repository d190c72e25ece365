/*
 * fit.h - what every policy owes that fits a request into one of its runs.
 *
 * The tests are written once and run in both places: the nodes beside, and in the units. A
 * policy's own test file tells how it chooses, names FIT_TESTS in its list, and adds what is
 * particular to it.
 */
#ifndef FREEHOLD_TESTS_SUPPORT_FIT_H
#define FREEHOLD_TESTS_SUPPORT_FIT_H

#include "space/space.h"
#include "support/unit.h"

/* An aligned take of 4 units and its answer. */
struct fit_aligned {
    uint64_t near;
    uint64_t align; /* 0: no such take */
    uint64_t first;
};

struct fit {
    const char *policy;

    /* The answer, found by a walk over all runs; UINT64_MAX: none is long enough. */
    uint64_t (*choose)(const struct space *space, uint64_t unit_count, uint64_t near);
    bool is_inside; /* set by the tests: fit_open puts the nodes into the units */
    bool resumes;   /* without a wish it searches from where its last run ended */

    /* Once the aligned units behind 1000 runs of 63 are taken from {65536, 70}. */
    struct fit_aligned aligned[2];
};

/* No unit is free; fails the test on any error, as does fit_take. */
struct space *fit_open(const struct fit *fit, uint64_t unit_count);
uint64_t fit_take(struct space *space, uint64_t unit_count, uint64_t near, uint64_t align);

/* A `choose`: the lowest at or behind `near`, else the lowest of all. */
uint64_t fit_choose_lowest(const struct space *space, uint64_t unit_count, uint64_t near);

/* The tests; their state is a struct fit. */
void fit_an_alignment_is_found_behind_many_that_have_none(void **state);
void fit_no_aligned_run_is_no_space(void **state);
void fit_each_answer_is_the_one_found_by_hand(void **state);

/* clang-format off */
#define FIT_TEST(law, fit) {.name = #law, .test_func = fit_##law, .initial_state = (fit)}
/* clang-format on */

/* For a list of tests: all of the above, about the struct fit at `fit`. */
#define FIT_TESTS(fit)                                               \
    FIT_TEST(an_alignment_is_found_behind_many_that_have_none, fit), \
        FIT_TEST(no_aligned_run_is_no_space, fit),                   \
        FIT_TEST(each_answer_is_the_one_found_by_hand, fit)

#endif
