/*
 * readers_count.c - commits of one item beside readers, to be counted by callgrind.
 *
 * usage: readers_count DATABASE ITEMS READERS COMMITS
 * State and work are the bench's own (bench/held.h). Nothing but the commits runs while
 * callgrind counts.
 */
#include <stdlib.h>
#include <valgrind/callgrind.h>

#include "held.h"
#include "stop.h"

enum { ARGUMENTS = 5 };

int main(int argument_count, char **arguments)
{
    struct held held;

    if (argument_count != ARGUMENTS) stop("readers_count: DATABASE ITEMS READERS COMMITS");
    held_open(&held, arguments[1], (uint32_t)strtoul(arguments[2], NULL, 10));
    held_begin(&held, (uint32_t)strtoul(arguments[3], NULL, 10));
    held_read_and_commit(&held, 1); /* what it needs to grow is not counted */
    CALLGRIND_START_INSTRUMENTATION;
    CALLGRIND_TOGGLE_COLLECT;
    held_read_and_commit(&held, (uint32_t)strtoul(arguments[4], NULL, 10));
    CALLGRIND_TOGGLE_COLLECT;
    CALLGRIND_STOP_INSTRUMENTATION;
    held_close(&held);
    return EXIT_SUCCESS;
}
