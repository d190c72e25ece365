/*
 * live.c - the live blocks: a hash table with open addressing.
 *
 * A block that leaves pulls those behind it towards their home cells, so no marks of
 * removed blocks pile up however long a trace is.
 */
#include "lab/live.h"

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"

enum { FIRST_CELL_BITS = 5 };

static size_t cell_count(const struct live *live)
{
    return live->cells == NULL ? 0 : (size_t)1 << live->cell_bits;
}

/* Where the search for a block begins: Fibonacci hashing. */
static size_t home_of(const struct live *live, uint64_t start)
{
    return (size_t)((start * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - live->cell_bits));
}

static size_t next_cell(const struct live *live, size_t cell)
{
    return (cell + 1) & (cell_count(live) - 1);
}

void live_init(struct live *live)
{
    *live = (struct live){.cells = NULL};
}

void live_fini(struct live *live)
{
    for (size_t cell = 0; cell < cell_count(live); cell++)
        memory_give(live->cells[cell]);
    memory_give(live->cells);
    live_init(live);
}

fh_status live_reserve(struct live *live)
{
    struct live larger = {.cell_bits = FIRST_CELL_BITS};

    if (live->cells != NULL) {
        if (live->block_count < cell_count(live) / 2) return FH_OK;
        larger.cell_bits = live->cell_bits + 1;
    }
    larger.cells = memory_take((size_t)1 << larger.cell_bits, sizeof(*larger.cells));
    if (larger.cells == NULL)
        return fail(FH_NO_MEMORY, "a table of %zu live blocks", live->block_count + 1);
    for (size_t cell = 0; cell < cell_count(live); cell++)
        if (live->cells[cell] != NULL) live_add(&larger, live->cells[cell]);
    memory_give(live->cells);
    *live = larger;
    return FH_OK;
}

void live_add(struct live *live, struct block *block)
{
    size_t cell;

    REQUIRE(live->block_count < cell_count(live) / 2);
    cell = home_of(live, block->start);
    while (live->cells[cell] != NULL) {
        REQUIRE(live->cells[cell]->start != block->start);
        cell = next_cell(live, cell);
    }
    live->cells[cell] = block;
    live->block_count++;
}

/* Moves the blocks behind an emptied cell up, as far as their homes allow. */
static void close_gap(struct live *live, size_t gap)
{
    size_t mask = cell_count(live) - 1;

    for (size_t cell = next_cell(live, gap); live->cells[cell] != NULL;
         cell = next_cell(live, cell)) {
        size_t home = home_of(live, live->cells[cell]->start);

        if (((cell - home) & mask) < ((cell - gap) & mask)) continue;
        live->cells[gap] = live->cells[cell];
        gap = cell;
    }
    live->cells[gap] = NULL;
}

struct block *live_remove(struct live *live, uint64_t start)
{
    if (live->cells == NULL) return NULL;
    for (size_t cell = home_of(live, start); live->cells[cell] != NULL;
         cell = next_cell(live, cell)) {
        struct block *block = live->cells[cell];

        if (block->start != start) continue;
        live->block_count--;
        close_gap(live, cell);
        return block;
    }
    return NULL;
}
