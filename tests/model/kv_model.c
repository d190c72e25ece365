/*
 * kv_model.c - random lives of a database equal those of the oracle.
 *
 * Each test is one page size under one policy: random transactions, snapshots held across
 * many commits and compared before they end, closing and opening in between; after commits
 * every structure audits itself, the check finds nothing and the census adds up. Most run
 * on the simulated system, whose audit tells of any store that went past the port; one
 * runs on the real one. Every policy of the table that is not strict has a short life of
 * small pages. FREEHOLD_EFFORT multiplies the lives.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "crash/sim_os.h"
#include "kv/db.h"
#include "space/policy.h"
#include "support/history.h"
#include "support/scratch.h"
#include "support/seed.h"
#include "support/unit.h"
#include "support/where.h"

struct life {
    const char *name;
    uint32_t page_bytes;
    const char *policy;
    unsigned txn_count;
    unsigned check_every; /* commits */
    struct history_profile profile;
};

static const struct life lives[] = {
    {"a_life_of_512_byte_pages_with_bitmap", 512, "bitmap", 160, 1, {300, 24, 15, 20000}},
    {"a_life_of_512_byte_pages_with_lifo", 512, "lifo", 160, 1, {300, 24, 15, 20000}},
    {"a_life_of_1024_byte_pages_with_bitmap", 1024, "bitmap", 60, 4, {500, 40, 15, 80000}},
    {"a_life_of_1024_byte_pages_with_lifo", 1024, "lifo", 60, 4, {500, 40, 15, 80000}},
    {"a_life_of_4096_byte_pages_with_bitmap", 4096, "bitmap", 30, 4, {900, 80, 15, 700000}},
    {"a_life_of_4096_byte_pages_with_lifo", 4096, "lifo", 30, 4, {900, 80, 15, 700000}},
    {"a_life_of_8192_byte_pages_with_bitmap", 8192, "bitmap", 24, 4, {900, 90, 15, 2300000}},
    {"a_life_of_8192_byte_pages_with_lifo", 8192, "lifo", 24, 4, {900, 90, 15, 2300000}},
};

enum { POLICIES_MAX = 32, LOG_BYTES_LEAST = 8192 };

static struct life short_lives[POLICIES_MAX];
static char short_life_names[POLICIES_MAX][64];

/* Where a life happens. */
struct place {
    const struct os *os;
    struct sim *sim; /* NULL on the real system */
    const char *path;
};

static void open_again(struct history *history, const struct place *place, fh_options options)
{
    while (history->snapshot_count > 0)
        history_end_snapshot(history, 0);
    if (history->db != NULL) {
        scratch_require_at_rest(history->db);
        assert_ok(fh_close(history->db));
        history_acknowledge_all(history);
    }
    assert_ok(db_open(place->os, place->path, &options, &history->db));
    history_attach(history, history->db);
    history_verify(history);
}

/* What happens between transactions. */
static void live_on(struct history *history, const struct place *place, fh_options options)
{
    uint64_t kind = random_below(&history->random, 100);

    if (kind < 25)
        assert_ok(history_take_snapshot(history));
    else if (kind < 42 && history->snapshot_count > 0)
        history_end_snapshot(history, random_below(&history->random, history->snapshot_count));
    else if (kind < 45)
        assert_ok(history_checkpoint(history));
    else if (kind < 49)
        open_again(history, place, options);
    else if (kind < 55)
        assert_ok(history_wait(history));
}

static void live(const struct life *life, const struct place *place, uint64_t seed)
{
    struct history history;
    fh_options options = {.size = sizeof(options),
                          .flags = FH_OPEN_CREATE,
                          .page_bytes = life->page_bytes,
                          .policy = life->policy};

    history_init(&history, &life->profile, seed);
    history.mixes_durability = seed % 3 > 0;
    if (history.mixes_durability) options.log_bytes = LOG_BYTES_LEAST;
    open_again(&history, place, options);
    for (uint64_t i = 0; i < life->txn_count; i++) {
        where_set("%s, life of seed %" PRIu64 ", transaction %" PRIu64, life->name, seed, i);
        assert_ok(history_txn(&history));
        if (i % life->check_every == 0) {
            history_verify(&history);
            scratch_require_clean(history.db);
        }
        live_on(&history, place, options);
    }
    open_again(&history, place, options);
    scratch_require_at_rest(history.db);
    assert_ok(fh_close(history.db));
    if (place->sim != NULL) assert_ok(sim_os_audit(place->sim));
    history_fini(&history);
    where_done();
}

static void live_simulated(void **state)
{
    const struct life *life = *state;

    for (uint64_t round = 0; round < seed_effort(); round++) {
        uint64_t seed = seed_get() + round * 1000 + life->page_bytes;
        struct sim *sim = sim_os_new(seed);
        struct place place = {.os = sim_os_port(sim), .sim = sim, .path = "life.fh"};

        live(life, &place, seed);
        sim_os_delete(sim);
    }
}

static void a_life_on_the_real_system(void **state)
{
    static const struct life life = {.name = "a_life_on_the_real_system",
                                     .page_bytes = 512,
                                     .policy = "bitmap",
                                     .txn_count = 30,
                                     .check_every = 5,
                                     .profile = {300, 24, 15, 20000}};
    struct scratch *scratch = *state;
    struct place place = {.os = os_posix(), .path = scratch->path};

    live(&life, &place, seed_get());
}

static struct CMUnitTest test_of(const struct life *life)
{
    return (struct CMUnitTest){.name = life->name,
                               .test_func = live_simulated,
                               .teardown_func = where_teardown,
                               .initial_state = (void *)(uintptr_t)life};
}

static struct CMUnitTest test_of_policy(unsigned n)
{
    char *name = short_life_names[n];

    (void)snprintf(name, sizeof(short_life_names[n]), "a_short_life_with_%s", policy_at(n)->name);
    short_lives[n] = (struct life){name, 512, policy_at(n)->name, 40, 2, {300, 24, 15, 20000}};
    return test_of(&short_lives[n]);
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[sizeof(lives) / sizeof(lives[0]) + POLICIES_MAX + 1];
    size_t count = 0;

    (void)argc;
    for (; count < sizeof(lives) / sizeof(lives[0]); count++)
        tests[count] = test_of(&lives[count]);
    for (unsigned n = 0; n < POLICIES_MAX && policy_at(n) != NULL; n++)
        tests[count++] = test_of_policy(n);
    tests[count++] = (struct CMUnitTest){.name = "a_life_on_the_real_system",
                                         .test_func = a_life_on_the_real_system,
                                         .setup_func = scratch_setup_empty,
                                         .teardown_func = scratch_teardown};
    where_init(argv[0]);
    return _cmocka_run_group_tests("kv_model", tests, count, NULL, NULL);
}
