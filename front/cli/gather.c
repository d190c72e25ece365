/*
 * gather.c - items in memory, one behind the other, until they are put into a tree.
 */
#include "gather.h"

#include <stdlib.h>
#include <string.h>

#include "failure.h"

enum { BLOCK_BYTES = 4 << 20, ALIGNMENT = 8 };

struct gather_block {
    struct gather_block *older;
    size_t capacity;
    unsigned char *bytes;
};

void gather_init(struct gather *gather)
{
    *gather = (struct gather){.is_ascending = 1};
}

static void drop_block(struct gather *gather)
{
    struct gather_block *block = gather->blocks;

    gather->blocks = block->older;
    free(block->bytes);
    free(block);
}

void gather_fini(struct gather *gather)
{
    while (gather->blocks != NULL)
        drop_block(gather);
    free(gather->entries);
}

void gather_clear(struct gather *gather)
{
    while (gather->blocks != NULL && gather->blocks->older != NULL)
        drop_block(gather);
    if (gather->blocks != NULL && gather->blocks->capacity > BLOCK_BYTES) drop_block(gather);
    gather->used_bytes = 0;
    gather->memory_bytes = 0;
    gather->count = 0;
    gather->is_ascending = 1;
}

/* A new block, with room for `size` bytes at least; NULL: no memory. */
static struct gather_block *add_block(struct gather *gather, size_t size)
{
    size_t capacity = size > BLOCK_BYTES ? size : BLOCK_BYTES;
    struct gather_block *block = malloc(sizeof(*block));

    if (block == NULL) return NULL;
    block->bytes = malloc(capacity);
    if (block->bytes == NULL) {
        free(block);
        return NULL;
    }
    block->capacity = capacity;
    block->older = gather->blocks;
    gather->blocks = block;
    gather->used_bytes = 0;
    return block;
}

static enum outcome add_entries(struct gather *gather)
{
    size_t capacity = gather->capacity == 0 ? 1024 : 2 * gather->capacity;
    struct item_entry *larger = realloc(gather->entries, capacity * sizeof(*larger));

    if (larger == NULL) return failure_memory("load");
    gather->entries = larger;
    gather->capacity = capacity;
    return OUTCOME_DONE;
}

enum outcome gather_add(struct gather *gather, fh_bytes key, fh_bytes value)
{
    size_t size = sizeof(struct item) + key.size + value.size;
    struct gather_block *block = gather->blocks;
    struct item *item;

    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (block == NULL || block->capacity - gather->used_bytes < size)
        block = add_block(gather, size);
    if (block == NULL) return failure_memory("load");
    if (gather->count == gather->capacity) PASS(add_entries(gather));
    item = (struct item *)(void *)(block->bytes + gather->used_bytes);
    gather->used_bytes += size;
    gather->memory_bytes += size + 2 * sizeof(struct item_entry);
    item->key_bytes = (uint32_t)key.size;
    item->value_bytes = (uint32_t)value.size;
    memcpy(item->bytes, key.data, key.size);
    if (value.size > 0) memcpy(item->bytes + key.size, value.data, value.size);
    if (gather->is_ascending && gather->count > 0)
        gather->is_ascending = item_sort_compare(gather->entries[gather->count - 1].item, item) < 0;
    gather->entries[gather->count++].item = item;
    return OUTCOME_DONE;
}

enum outcome gather_settle(struct gather *gather)
{
    size_t kept = 0;

    if (gather->is_ascending) return OUTCOME_DONE;
    PASS(item_sort(gather->entries, gather->count));
    for (size_t i = 0; i < gather->count; i++) {
        const struct item *item = gather->entries[i].item;
        int is_again = kept > 0 && item_sort_compare(gather->entries[kept - 1].item, item) == 0;

        gather->entries[is_again ? kept - 1 : kept++].item = item;
    }
    gather->count = kept;
    gather->is_ascending = 1;
    return OUTCOME_DONE;
}
