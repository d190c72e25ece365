/*
 * chunk.c - the table of chunks and their drafts.
 */
#include "alloc/chunk.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"

void chunk_table_init(struct chunk_table *table, uint32_t chunk_pages)
{
    *table = (struct chunk_table){.chunk_pages = chunk_pages};
}

void chunk_table_fini(struct chunk_table *table)
{
    chunk_drop_drafts(table);
    chunk_drop_frozen(table);
    memory_give(table->chunks);
    memory_give(table->drafted);
}

fh_status chunk_reserve(struct chunk_table *table, uint32_t chunk_count)
{
    uint32_t capacity = table->capacity == 0 ? 16 : table->capacity;
    struct chunk *chunks;

    if (chunk_count <= table->capacity) return FH_OK;
    while (capacity < chunk_count)
        capacity *= 2;
    chunks = memory_resize(table->chunks, table->capacity, capacity, sizeof(*chunks));
    if (chunks == NULL) return fail(FH_NO_MEMORY, "no memory for %u chunks", chunk_count);
    table->chunks = chunks;
    table->capacity = capacity;
    return FH_OK;
}

fh_status chunk_draft(struct chunk_table *table, uint32_t chunk_no)
{
    struct chunk *chunk = &table->chunks[chunk_no];
    uint32_t capacity = table->drafted_capacity;
    struct slot *draft;

    if (chunk->draft != NULL) return FH_OK;
    /* Frozen drafts may come back to the list. */
    if (table->drafted_count + table->frozen_count == capacity) {
        uint32_t wider = capacity == 0 ? 16 : 2 * capacity;
        uint32_t *drafted = memory_resize(table->drafted, capacity, wider, sizeof(*drafted));

        if (drafted == NULL) return fail(FH_NO_MEMORY, "no memory for the list of drafts");
        table->drafted = drafted;
        table->drafted_capacity = wider;
    }
    draft = memory_take(table->chunk_pages, sizeof(*draft));
    if (draft == NULL) return fail(FH_NO_MEMORY, "no memory for the slots of chunk %u", chunk_no);
    chunk->draft = draft;
    table->drafted[table->drafted_count++] = chunk_no;
    return FH_OK;
}

void chunk_drop_drafts(struct chunk_table *table)
{
    for (uint32_t i = 0; i < table->drafted_count; i++) {
        struct chunk *chunk = &table->chunks[table->drafted[i]];

        memory_give(chunk->draft);
        chunk->draft = NULL;
    }
    table->drafted_count = 0;
}

static int compare_frozen(const void *a, const void *b)
{
    const struct frozen_draft *left = a, *right = b;

    return (left->chunk_no > right->chunk_no) - (left->chunk_no < right->chunk_no);
}

fh_status chunk_freeze_drafts(struct chunk_table *table)
{
    REQUIRE(table->frozen == NULL);
    table->frozen = memory_take(table->drafted_count + 1, sizeof(*table->frozen));
    if (table->frozen == NULL)
        return fail(FH_NO_MEMORY, "no memory for the slots of %u chunks", table->drafted_count);
    for (uint32_t i = 0; i < table->drafted_count; i++) {
        struct chunk *chunk = &table->chunks[table->drafted[i]];

        table->frozen[i] = (struct frozen_draft){table->drafted[i], chunk->draft};
        chunk->frozen = chunk->draft;
        chunk->draft = NULL;
    }
    table->frozen_count = table->drafted_count;
    table->drafted_count = 0;
    qsort(table->frozen, table->frozen_count, sizeof(*table->frozen), compare_frozen);
    return FH_OK;
}

void chunk_drop_frozen(struct chunk_table *table)
{
    for (uint32_t i = 0; i < table->frozen_count; i++) {
        table->chunks[table->frozen[i].chunk_no].frozen = NULL;
        memory_give(table->frozen[i].slots);
    }
    memory_give(table->frozen);
    table->frozen = NULL;
    table->frozen_count = 0;
}

void chunk_thaw_drafts(struct chunk_table *table)
{
    for (uint32_t i = 0; i < table->frozen_count; i++) {
        struct chunk *chunk = &table->chunks[table->frozen[i].chunk_no];
        struct slot *old = table->frozen[i].slots;

        if (chunk->draft == NULL) {
            chunk->draft = old;
            table->drafted[table->drafted_count++] = table->frozen[i].chunk_no;
            table->frozen[i].slots = NULL;
            continue;
        }
        for (uint32_t page = 0; page < table->chunk_pages; page++)
            if (chunk->draft[page].tag == PAGE_UNUSED) chunk->draft[page] = old[page];
    }
    chunk_drop_frozen(table);
}
