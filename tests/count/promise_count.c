/*
 * promise_count.c - the promises that can be counted, kept at a small size.
 *
 * usage: promise_count FOLDER
 * The bench's own runs (bench/promise_run.h), of Freehold alone. No line with a time is judged,
 * and no commit waits for the medium but those whose syncs are counted.
 */
#include <stdlib.h>

#include "promise_lines.h"
#include "stop.h"

int main(int argument_count, char **arguments)
{
    struct promise_options options = {.driver = {&driver_freehold},
                                      .engine_count = 1,
                                      .payload_bytes = UINT64_C(48) << 20,
                                      .free_pages = 50000,
                                      .round_count = 6,
                                      .seconds_max = 240,
                                      .never_syncs = true};
    struct promise_results *results = stop_or_memory(sizeof(*results));
    struct promise_verdict verdict;

    if (argument_count != 2) stop("promise_count: FOLDER");
    options.folder = arguments[1];
    for (unsigned no = 0; no < RUN_COUNT; no++)
        options.wants[no] = true;
    if (!promise_run_all(&options, results)) return EXIT_STOPPED;
    verdict = promise_lines_print(&options, results, false, stdout);
    free(results);
    return verdict.kept_count > 0 && verdict.broken_count == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
