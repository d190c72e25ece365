/*
 * space_count.c - so many takes and gives at so many free runs, to be counted by callgrind.
 *
 * usage: space_count POLICY single|runs FREE_RUNS PAIRS
 *        space_count policies
 * Work and state are the bench's own (bench/space/steady.h). Nothing but the pairs runs while
 * callgrind counts; the rest is not even instrumented, so that ten million free runs can be
 * set up in a test. The first batch is not counted: an array may grow in it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/callgrind.h>

#include "freehold/space.h"
#include "steady.h"
#include "stop.h"

enum { ARGUMENTS = 5 };

static void run_counted(struct steady *steady, size_t pair_count)
{
    CALLGRIND_START_INSTRUMENTATION;
    CALLGRIND_TOGGLE_COLLECT;
    steady_run(steady, pair_count);
    CALLGRIND_TOGGLE_COLLECT;
    CALLGRIND_STOP_INSTRUMENTATION;
}

static int list_policies(void)
{
    for (unsigned n = 0; fh_space_policy(n) != NULL; n++)
        puts(fh_space_policy(n));
    return EXIT_SUCCESS;
}

int main(int argument_count, char **arguments)
{
    struct rival rival;
    struct layout layout;
    struct steady *steady;
    enum run_kind kind;
    size_t free_runs;
    size_t pairs;
    size_t batch;

    if (argument_count == 2 && strcmp(arguments[1], "policies") == 0) return list_policies();
    if (argument_count != ARGUMENTS) stop("space_count: POLICY single|runs FREE_RUNS PAIRS");
    kind = strcmp(arguments[2], "single") == 0 ? RUN_SINGLE : RUN_1_TO_255;
    free_runs = strtoul(arguments[3], NULL, 10);
    pairs = strtoul(arguments[4], NULL, 10);

    rival = rival_freehold(arguments[1], "");
    steady = stop_or_memory(sizeof(*steady));
    layout_init(&layout, kind, free_runs);
    steady_init(steady, &rival, &layout, kind);
    batch = steady_pairs_max(steady) < pairs ? steady_pairs_max(steady) : pairs;
    steady_choose(steady, batch);
    steady_run(steady, batch);
    for (; pairs > 0; pairs -= batch) {
        if (batch > pairs) batch = pairs;
        steady_choose(steady, batch);
        run_counted(steady, batch);
    }
    steady_fini(steady, &layout);
    layout_fini(&layout);
    free(steady);
    return EXIT_SUCCESS;
}
