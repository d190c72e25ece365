/*
 * crash_random.c - random lives that lose power again and again.
 *
 * Each life writes, reads, closes, opens; a random power cut ends it in a random state, and
 * the next life begins with what that left: wrong marks of a lost future have many chances
 * to be believed. FREEHOLD_EFFORT multiplies the lives.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "crash/crash_script.h"
#include "support/seed.h"
#include "support/unit.h"
#include "support/where.h"

enum { LIVES = 150, CRASHES_PER_LIFE = 5, ACTS = 14, STOP_WITHIN = 120 };

static uint64_t state_count;

static void make_acts(struct random *random, char *acts)
{
    static const char kinds[] = "ttttttffbxxsserrkymmmmmggglnwwpFBXzz";

    for (unsigned i = 0; i < ACTS; i++)
        acts[i] = kinds[random_below(random, sizeof(kinds) - 1)];
    acts[0] = 'o';
    acts[ACTS] = '\0';
    /* A copy refuses to overwrite: one a life; and it refuses raw runs. */
    for (unsigned i = 0, copies = 0; i < ACTS; i++)
        if (acts[i] == 'y' && (copies++ > 0 || strchr(acts, 'z') != NULL)) acts[i] = 't';
}

static void live(uint64_t seed, const char *policy)
{
    char acts[ACTS + 1];
    struct random random;
    struct crash_script script = {"a random life", acts, policy, seed};
    struct sim *sim = sim_os_new(seed);
    struct sim *after = NULL;
    struct crash_run run;
    uint64_t index;

    random_init(&random, seed);
    make_acts(&random, acts);
    sim_os_set_garbling(sim, true);
    sim_os_stop_after(sim, random_below(&random, STOP_WITHIN));
    where_set("life of seed %" PRIu64 " under %s: %s", seed, policy, acts);
    crash_script_init(&run, &script, sim);
    (void)crash_script_act(&run, acts);
    index = random_below(&random, sim_crash_count(sim));
    where_set("life of seed %" PRIu64 " under %s: %s, state %" PRIu64 ": %s", seed, policy, acts,
              index, sim_crash_name(sim, index));
    crash_script_cut(&run, index, &after);
    state_count += crash_script_require(&run, after, random_next(&random), CRASHES_PER_LIFE);
    crash_script_fini(&run);
    sim_os_delete(after);
    sim_os_delete(sim);
}

static void a_life_survives_any_number_of_crashes(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < LIVES * seed_effort(); i++)
        live(seed_get() * 1000000 + i, i % 2 == 0 ? "bitmap" : "lifo");
    where_done();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_life_survives_any_number_of_crashes, where_teardown),
    };
    int failures;

    (void)argc;
    where_init(argv[0]);
    failures = cmocka_run_group_tests(tests, NULL, NULL);
    print_message("%" PRIu64 " states tried\n", state_count);
    return failures;
}
