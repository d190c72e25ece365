/*
 * crash_every_point.c - a power cut at every write, sync, growth and cut of scripted lives.
 *
 * Each script is run once for each of its mutations, and stopped there; then the machine
 * loses power, and what was not synced is kept, dropped or torn in many ways. From each
 * such state the database must open at a commit, none before the last acknowledged one,
 * pass the check, and work on; from some it crashes again, also while they are brought
 * back. With FREEHOLD_EFFORT all states of each point are tried, else the telling ones and a
 * few by chance.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "crash/crash_script.h"
#include "support/seed.h"
#include "support/unit.h"
#include "support/where.h"

enum {
    FIRST_STATES = 3, /* nothing, all, lengths only: always tried */
    STATES_PER_STOP = 9,
    EFFORT_FOR_ALL = 10,
    EFFORT_FOR_ALL_CUTS = 100,
    RECOVERY_MUTATIONS = 24,
    STOP_COUNT_MAX = 20000,
    AGAIN_EVERY = 5 /* states from which it crashes again */
};

/*
 * Where the log shrinks: a wide value has made its ring of 64 KiB one of 256, then all is erased.
 * The first time the records that are needed fit into the smaller ring when it is full; the second
 * time they lie over its end, and it is taken only behind the checkpoint that is asked for.
 */
static const struct crash_script scripts[] = {
    {"a_crash_while_the_database_is_made", "o", "bitmap", 1},
    {"a_crash_among_small_commits", "ottttttttc", "bitmap", 2},
    {"a_crash_among_small_commits_of_lifo", "ottttttttc", "lifo", 3},
    {"a_crash_while_the_file_grows", "offbtbc", "bitmap", 4},
    {"a_crash_while_the_file_shrinks", "offxtxcotc", "bitmap", 5},
    {"a_crash_beside_snapshots", "otsfstxtettetc", "bitmap", 6},
    {"a_crash_around_closing_and_opening", "ofrtrtrxrtc", "lifo", 7},
    {"a_crash_in_a_copy", "ofty", "bitmap", 8},
    {"a_crash_while_the_log_goes_round", "ottttttttttttttttttttttttttttttttttttttttc", "bitmap", 9},
    {"a_crash_beside_a_checkpoint", "otsttttttettsttttttttetttttttttttkttttt", "bitmap", 10},
    {"a_crash_among_commits_of_groups", "ottggggwggggggwggwwgtggggggggc", "bitmap", 11},
    {"a_crash_among_lazy_commits", "ottlllpllllllpllglllwllpnnnlnnpnnnnt", "lifo", 12},
    {"a_crash_among_commits_of_all_kinds", "ommmmmmmmmmmmmmmmwmmmmmkmmmmmmpmmmmmmmc", "bitmap", 13},
    {"a_crash_beside_large_values_by_reference", "otgBgBwBgnBltBXgBgBgBkBgc", "bitmap", 14},
    {"a_crash_beside_raw_runs", "otzgzwzzmzlzkzgzzwzzc", "bitmap", 15},
    {"a_crash_beside_a_reader_of_long_ago", "otsgggngggglgngggggngggggngggggwggggggettc", "bitmap",
     16},
    {"a_crash_while_the_log_grows", "ottgggggggggggggggggggggggggggggggggggggggggggwttttc",
     "bitmap", 17},
    {"a_crash_around_closing_what_is_not_durable", "otgggrnnnrlllrFXrggc", "lifo", 18},
    {"a_crash_after_what_was_seen", "ottgvggvgsgvwgveggggvsgvmvmvlgvgvngvec", "bitmap", 19},
    {"a_crash_while_the_log_shrinks",
     "oaaAApAAApgDFFFFFpFFFFFpXFFFFFFFFFFFFFFFFFFFFpFFFwtg"
     "DFFFFFpFFFFFpXFFFFFFFFFFFFFFFFFFFFpFFFwftgkgt",
     "bitmap", 20},
    {"a_crash_beside_what_the_log_leaves_out",
     "ottnnnnnnnnnnnntggwrttnnnnnnnnnnnnngwrttnnnnnnnnnnnnnlprtt"
     "nnnnnnnnnnnnnwnnrttnnnnnnBnnnnnnknnnnsnnxnnnvrttffnnnnnnbnnfnng",
     "bitmap", 21},
};

static uint64_t state_count;

/* The power goes again while the state is brought back: at one point, or at all. */
static void try_recovery(struct crash_run *run, uint64_t index, struct random *random)
{
    bool is_all = seed_effort() >= EFFORT_FOR_ALL_CUTS;
    uint64_t stop = is_all ? 0 : random_below(random, RECOVERY_MUTATIONS), count;

    if (!run->was_created) return;
    do {
        count = crash_script_recover(run, index, stop++, random_next(random));
        state_count += count;
        assert_true(stop < STOP_COUNT_MAX);
    } while (is_all && count > 0);
}

static void try_states(struct crash_run *run, struct sim *sim, uint64_t stop)
{
    struct random random;
    uint64_t count = sim_crash_count(sim);
    bool is_all = seed_effort() >= EFFORT_FOR_ALL;
    uint64_t tries = is_all || count < STATES_PER_STOP ? count : STATES_PER_STOP;

    random_init(&random, seed_get() * 1000003 + stop);
    for (uint64_t i = 0; i < tries; i++) {
        uint64_t index = is_all || i < FIRST_STATES ? i : random_below(&random, count);
        struct sim *after = NULL;

        where_set("%s, stop %" PRIu64 ", state %" PRIu64 ": %s", run->script->name, stop, index,
                  sim_crash_name(sim, index));
        crash_script_cut(run, index, &after);
        state_count += crash_script_require(run, after, random_next(&random),
                                            is_all || random_below(&random, AGAIN_EVERY) == 0);
        sim_os_delete(after);
        if (is_all || random_below(&random, AGAIN_EVERY) == 0) try_recovery(run, index, &random);
    }
}

/* False when the script ended before the stop. */
static bool try_stop(const struct crash_script *script, uint64_t stop)
{
    struct sim *sim = sim_os_new(script->seed);
    struct crash_run run;
    bool has_stopped;

    where_set("%s, running to stop %" PRIu64, script->name, stop);
    sim_os_set_garbling(sim, true);
    sim_os_stop_after(sim, stop);
    crash_script_init(&run, script, sim);
    (void)crash_script_act(&run, script->acts);
    has_stopped = sim_os_has_stopped(sim);
    if (!has_stopped) assert_ok(run.status);
    try_states(&run, sim, stop);
    crash_script_fini(&run);
    sim_os_delete(sim);
    return has_stopped;
}

static void crash_at_every_point(void **state)
{
    struct crash_script script = *(const struct crash_script *)*state;
    uint64_t stop = 0;

    script.seed += seed_get() * 100;
    while (try_stop(&script, stop)) {
        stop++;
        assert_true(stop < STOP_COUNT_MAX);
    }
    where_done();
}

struct log_counts {
    unsigned made;
    unsigned made_larger;
    unsigned made_smaller;
    unsigned removed;
};

/* What becomes of the log in a whole script; adds. */
static void count_logs(struct crash_script script, struct log_counts *counts)
{
    struct sim *sim;
    struct crash_run run;
    struct sim_trace entry;
    const char *newest = "";
    uint64_t bytes = 0; /* of the log in use; 0: there is none */

    script.seed += seed_get() * 100;
    sim = sim_os_new(script.seed);
    crash_script_init(&run, &script, sim);
    assert_ok(crash_script_act(&run, script.acts));
    for (uint64_t i = 0; sim_os_trace(sim, i, &entry); i++) {
        if (strstr(entry.path, "-wal") == NULL) continue;
        if (entry.kind == SIM_ALLOCATE) {
            counts->made += bytes == 0;
            counts->made_larger += bytes != 0 && entry.bytes > bytes;
            counts->made_smaller += entry.bytes < bytes;
            newest = entry.path;
            bytes = entry.bytes;
        } else if (entry.kind == SIM_REMOVE && strcmp(entry.path, newest) == 0) {
            counts->removed++;
            bytes = 0;
        }
    }
    crash_script_fini(&run);
    sim_os_delete(sim);
}

/* Else the scripts would not search what they are there for. */
static void the_scripts_make_enlarge_shrink_and_remove_logs(void **state)
{
    struct log_counts counts = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
        count_logs(scripts[i], &counts);
    assert_true(counts.made >= 10);
    assert_true(counts.made_larger >= 5);
    assert_true(counts.made_smaller >= 2);
    assert_true(counts.removed >= 10);
    where_done();
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[sizeof(scripts) / sizeof(scripts[0]) + 1];
    size_t count = sizeof(scripts) / sizeof(scripts[0]);
    int failures;

    (void)argc;
    tests[count] = (struct CMUnitTest)cmocka_unit_test_teardown(
        the_scripts_make_enlarge_shrink_and_remove_logs, where_teardown);
    for (size_t i = 0; i < count; i++)
        tests[i] = (struct CMUnitTest){.name = scripts[i].name,
                                       .test_func = crash_at_every_point,
                                       .teardown_func = where_teardown,
                                       .initial_state = (void *)(uintptr_t)&scripts[i]};
    where_init(argv[0]);
    failures = _cmocka_run_group_tests("crash_every_point", tests, count + 1, NULL, NULL);
    print_message("%" PRIu64 " states tried\n", state_count);
    return failures;
}
