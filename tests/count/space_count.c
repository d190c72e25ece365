/*
 * space_count.c - so many takes and gives at so many free runs, to be counted by callgrind.
 *
 * usage: space_count POLICY single|runs FREE_RUNS PAIRS
 * Work and state are the bench's own (bench/space/steady.h). Nothing but the pairs runs while
 * callgrind counts; the rest is not even instrumented, so that ten million free runs can be
 * set up in a test.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/callgrind.h>

#include "steady.h"
#include "stop.h"

enum { ARGUMENTS = 5 };

int main(int argument_count, char **arguments)
{
    struct rival rival;
    struct layout layout;
    struct steady *steady;
    enum run_kind kind;
    size_t free_runs;
    size_t pairs;

    if (argument_count != ARGUMENTS) stop("space_count: POLICY single|runs FREE_RUNS PAIRS");
    kind = strcmp(arguments[2], "single") == 0 ? RUN_SINGLE : RUN_1_TO_255;
    free_runs = strtoul(arguments[3], NULL, 10);
    pairs = strtoul(arguments[4], NULL, 10);

    rival = rival_freehold(arguments[1], "");
    steady = stop_or_memory(sizeof(*steady));
    layout_init(&layout, kind, free_runs);
    steady_init(steady, &rival, &layout, kind);
    while (pairs > 0) {
        size_t batch = steady_pairs_max(steady);

        if (batch > pairs) batch = pairs;
        steady_choose(steady, batch);
        CALLGRIND_START_INSTRUMENTATION;
        CALLGRIND_TOGGLE_COLLECT;
        steady_run(steady, batch);
        CALLGRIND_TOGGLE_COLLECT;
        CALLGRIND_STOP_INSTRUMENTATION;
        pairs -= batch;
    }
    steady_fini(steady, &layout);
    layout_fini(&layout);
    free(steady);
    return EXIT_SUCCESS;
}
