/*
 * attach_fuzz.c - any bytes as a list of free units, and any writes into it while it is used.
 *
 * The input is short: how many units there are, how many the head says are free, which is on
 * top, and a byte for each link. What is refused stays as it is; what is taken over passes its
 * audit. The bytes behind the links are calls and writes into free units: no unit that is
 * taken is handed out, whatever the list says.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "freehold/space.h"
#include "space/space_head.h"

enum { UNITS_MAX = 64, BEFORE_LINKS = 3 };

struct region {
    struct space_head head;
    uint32_t links[UNITS_MAX][2];
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) abort();
}

static fh_space_options options_of(struct region *region)
{
    return (fh_space_options){
        .size = sizeof(fh_space_options),
        .policy = "lifo",
        .memory = region->links,
        .unit_bytes = sizeof(region->links[0]),
        .head = &region->head,
    };
}

/* A head with a right checksum. */
static void make_region(struct region *region, const uint8_t *data, size_t size)
{
    const fh_space_options options = options_of(region);
    fh_space *space = NULL;

    memset(region, 0, sizeof(*region));
    require(fh_space_open_with(&options, 1 + data[0] % UNITS_MAX, &space) == FH_OK);
    fh_space_close(space);
    region->head.free_units = data[1];
    region->head.top = data[2];
    for (size_t i = 0; i < 2 * (size_t)UNITS_MAX && BEFORE_LINKS + i < size; i++)
        region->links[i / 2][i % 2] = data[BEFORE_LINKS + i];
}

/* Even bytes take a unit, the others write into one that is free. */
static void use(fh_space *space, struct region *region, bool *is_free, const uint8_t *data,
                size_t size)
{
    for (size_t i = 0; i + 1 < size; i += 2) {
        unsigned unit = data[i] / 2 % UNITS_MAX;
        fh_unit_run run = {unit, 1};
        fh_status status = FH_OK;

        if (data[i] % 2 != 0 && is_free[unit])
            region->links[unit][data[i + 1] % 2] = data[i + 1] / 2;
        else if (data[i] % 2 != 0)
            status = fh_space_give(space, run);
        else
            status = fh_space_take(space, 1 + data[i + 1] % 3, NULL, &run);
        if (status != FH_OK) continue;
        if (data[i] % 2 != 0) is_free[unit] = true;
        for (uint64_t at = run.first; data[i] % 2 == 0 && at < run.first + run.count; at++) {
            require(at < UNITS_MAX && is_free[at]);
            is_free[at] = false;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct region region;
    static struct region before;
    const fh_space_options options = options_of(&region);
    const size_t behind = BEFORE_LINKS + 2 * (size_t)UNITS_MAX;
    uint64_t block_count = memory_block_count();
    bool is_free[UNITS_MAX] = {false};
    fh_space *space = NULL;
    fh_unit_run run;

    if (size < BEFORE_LINKS) return 0;
    make_region(&region, data, size);
    memcpy(&before, &region, sizeof(region));
    if (fh_space_attach(&options, UNITS_MAX, &space) != FH_OK) {
        require(memcmp(&before, &region, sizeof(region)) == 0);
        require(memory_block_count() == block_count);
        return 0;
    }
    require(fh_space_audit(space) == FH_OK);
    for (uint64_t at = 0; fh_space_next_run(space, at, &run) == FH_OK; at = run.first + run.count)
        memset(is_free + run.first, 1, run.count);
    if (size > behind) use(space, &region, is_free, data + behind, size - behind);
    fh_space_close(space);
    require(memory_block_count() == block_count);
    return 0;
}
