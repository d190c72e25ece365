/*
 * chunk.c - the table of chunks and their drafts.
 */
#include "alloc/chunk.h"

#include "base/memory.h"
#include "base/note.h"

void chunk_table_init(struct chunk_table *table, uint32_t chunk_pages)
{
    *table = (struct chunk_table){.chunk_pages = chunk_pages};
}

void chunk_table_fini(struct chunk_table *table)
{
    chunk_drop_drafts(table);
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
    if (table->drafted_count == capacity) {
        uint32_t wider = capacity == 0 ? 16 : 2 * capacity;
        uint32_t *drafted = memory_resize(table->drafted, capacity, wider, sizeof(*drafted));

        if (drafted == NULL) return fail(FH_NO_MEMORY, "no memory for the list of drafts");
        table->drafted = drafted;
        table->drafted_capacity = wider;
    }
    draft = memory_take(table->chunk_pages, sizeof(*draft));
    if (draft == NULL) return fail(FH_NO_MEMORY, "no memory for the slots of chunk %u", chunk_no);
    chunk->draft = draft;
    chunk->draft_at = table->drafted_count;
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
