/*
 * recording.h - what real programs asked of malloc, from tests/traces, as takes and gives.
 */
#ifndef FREEHOLD_BENCH_RECORDING_H
#define FREEHOLD_BENCH_RECORDING_H

#include "rival.h"

enum { RECORDING_COUNT = 5 };

/* Static; for number 0 .. RECORDING_COUNT - 1. */
const char *recording_name(unsigned number);

/* One line of a recording: block `id` shall have so many units; 0: it is freed. */
struct request {
    uint32_t id;
    uint32_t unit_count;
};

struct recording {
    struct request *requests;
    size_t request_count;
    uint32_t block_count;
    uint64_t peak_units; /* the most live at once */
};

/*
 * Reads FOLDER/NAME.trace.gz through gzip. A block of n bytes takes the units of 16 bytes that
 * hold it and a header of 8; an alignment, where one is asked, is left out. What is no such
 * file stops the bench.
 */
void recording_read(struct recording *recording, const char *folder, unsigned number);
void recording_fini(struct recording *recording);

/*
 * Plays it on an allocator that has no live run; `pieces` has room for block_count. A block
 * that is resized is taken anew before the old run is given, unless its units stay the same.
 * How many takes and gives it was; *refused_count counts up.
 */
uint64_t recording_play(const struct recording *recording, const struct rival *rival,
                        void *allocator, struct piece *pieces, uint64_t *refused_count);

#endif
