/*
 * isolation.c - what a crowd of threads sees, and what a power cut among them leaves.
 *
 * The order of steps is the system's; scheduled.c has the same crowd in orders that a number
 * repeats. Meant for the thread sanitizer. FREEHOLD_EFFORT multiplies the rounds.
 */
#include <inttypes.h>

#include "stress/crowd.h"
#include "support/seed.h"
#include "support/unit.h"
#include "support/where.h"

enum { ROUNDS = 3, COMMITS = 120, CUTS = 12, CUT_WITHIN = 900, CUT_STATES = 6 };

static uint64_t read_count;

static void run_crowd(struct crowd *crowd, unsigned readers, struct random *random)
{
    pthread_t threads[CROWD_WRITERS + CROWD_READERS_MAX];
    struct crowd_member members[CROWD_WRITERS + CROWD_READERS_MAX];
    unsigned count = CROWD_WRITERS + readers;

    for (unsigned i = 0; i < count; i++) {
        members[i] = (struct crowd_member){.crowd = crowd};
        random_init(&members[i].random, random_next(random));
        assert_int_equal(pthread_create(&threads[i], NULL,
                                        i < CROWD_WRITERS ? crowd_write : crowd_read, &members[i]),
                         0);
    }
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    read_count += atomic_load(&crowd->read_count);
}

static void each_snapshot_is_one_commit_and_none_that_was_passed(void **state)
{
    static struct crowd crowd;
    struct random random;

    (void)state;
    random_init(&random, seed_get());
    for (uint64_t round = 0; round < ROUNDS * seed_effort(); round++) {
        unsigned readers = 2 + (unsigned)random_below(&random, CROWD_READERS_MAX - 1);

        where_set("round %" PRIu64 " with %u readers", round, readers);
        crowd_open(&crowd, COMMITS, random_next(&random));
        run_crowd(&crowd, readers, &random);
        crowd_require_crashes(&crowd, CUT_STATES, &random);
        crowd_close(&crowd);
    }
    where_done();
}

static void a_power_cut_among_threads_leaves_one_commit(void **state)
{
    static struct crowd crowd;
    struct random random;

    (void)state;
    random_init(&random, seed_get());
    for (uint64_t round = 0; round < CUTS * seed_effort(); round++) {
        where_set("power cut %" PRIu64, round);
        crowd_open(&crowd, COMMITS, random_next(&random));
        sim_os_stop_after(crowd.sim,
                          sim_os_operation_count(crowd.sim) + random_below(&random, CUT_WITHIN));
        run_crowd(&crowd, 2, &random);
        crowd_require_crashes(&crowd, CUT_STATES, &random);
        crowd_close(&crowd);
    }
    where_done();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(each_snapshot_is_one_commit_and_none_that_was_passed,
                                  where_teardown),
        cmocka_unit_test_teardown(a_power_cut_among_threads_leaves_one_commit, where_teardown),
    };
    int failures;

    (void)argc;
    where_init(argv[0]);
    failures = cmocka_run_group_tests(tests, NULL, NULL);
    print_message("%" PRIu64 " snapshots hashed\n", read_count);
    return failures;
}
