/*
 * readers.c - what a small commit costs while readers hold pages that were freed.
 *
 * usage: readers DATABASE [ITEMS [READERS]]
 * ITEMS pages of data (1,000,000), so that as many runs are pending in the end, held by READERS
 * (10,000), each with a snapshot of its own. Prints the wall time of a commit, the median of
 * batches, in a line of JSON for each state; beside it that of a commit with a reader that
 * begins and ends around it. The database takes 1.3 GB at 1,000,000 and is removed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "held.h"
#include "scratch.h"
#include "stop.h"
#include "stopwatch.h"

enum { BATCHES = 21, COMMITS = 200, ITEMS = 1000000, READERS = 10000 };

static int compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

static uint64_t median_ns(struct held *held, void (*work)(struct held *held, uint32_t count))
{
    uint64_t times[BATCHES];

    for (unsigned i = 0; i < BATCHES; i++) {
        struct stopwatch watch;

        stopwatch_start(&watch, WATCH_SELF);
        work(held, COMMITS);
        stopwatch_stop(&watch);
        times[i] = watch.wall_ns / COMMITS;
    }
    qsort(times, BATCHES, sizeof(times[0]), compare);
    return times[BATCHES / 2];
}

static void print(struct held *held, const char *state)
{
    fh_stat_info stat = held_stat(held);
    uint64_t commit_ns = median_ns(held, held_commit);
    uint64_t read_ns = median_ns(held, held_read_and_commit);

    printf("{\"state\":\"%s\",\"reader_count\":%" PRIu64 ",\"pending_pages\":%" PRIu64
           ",\"pinned_pages\":%" PRIu64 ",\"commit_ns\":%" PRIu64
           ",\"commit_beside_a_short_reader_ns\":%" PRIu64 "}\n",
           state, stat.reader_count, stat.pending_pages, stat.pinned_pages, commit_ns, read_ns);
    (void)fflush(stdout);
}

int main(int argument_count, char **arguments)
{
    uint32_t items = ITEMS, readers = READERS;
    struct stopwatch watch;
    struct held held;

    if (argument_count < 2 || argument_count > 4) stop("readers: DATABASE [ITEMS [READERS]]");
    if (argument_count > 2) items = (uint32_t)strtoul(arguments[2], NULL, 10);
    if (argument_count > 3) readers = (uint32_t)strtoul(arguments[3], NULL, 10);
    if (items == 0 || readers == 0) stop("readers: ITEMS and READERS are numbers from 1 on");
    held_open(&held, arguments[1], items);
    print(&held, "nobody reads");
    held_begin(&held, readers);
    print(&held, "held");
    stopwatch_start(&watch, WATCH_SELF);
    held_end(&held);
    held_commit(&held, 1);
    stopwatch_stop(&watch);
    printf("{\"state\":\"released\",\"ns\":%" PRIu64 "}\n", watch.wall_ns);
    print(&held, "nobody reads");
    held_close(&held);
    scratch_remove(arguments[1]);
    return EXIT_SUCCESS;
}
