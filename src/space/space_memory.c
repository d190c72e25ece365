/*
 * space_memory.c - checks of what a caller says lies behind the units.
 */
#include "space/space_memory.h"

#include <inttypes.h>

#include "base/bits.h"
#include "base/check.h"
#include "base/note.h"

static bool is_aligned(const void *address)
{
    return (uintptr_t)address % POLICY_ALIGNMENT == 0;
}

fh_status space_memory_check(const struct policy_ops *ops, uint64_t unit_count,
                             const struct policy_memory *memory)
{
    uint64_t bytes;

    if (ops->open_in == NULL)
        return fail(FH_INVALID, "%s keeps its index beside the units: open it without memory",
                    ops->name);
    if (memory->units == NULL || !is_aligned(memory->units) || !is_aligned(memory->head))
        return fail(FH_INVALID, "units at %p, a head at %p: multiples of %u are wanted",
                    memory->units, (void *)memory->head, (unsigned)POLICY_ALIGNMENT);
    if (memory->unit_bytes < ops->node_bytes || memory->unit_bytes % POLICY_ALIGNMENT != 0)
        return fail(FH_INVALID, "units of %zu bytes: %s wants %zu or more, in multiples of %u",
                    memory->unit_bytes, ops->name, ops->node_bytes, (unsigned)POLICY_ALIGNMENT);
    if (memory->head != NULL && !ops->has_head)
        return fail(FH_INVALID, "%s has nothing to write into a head", ops->name);
    if (!multiply_fits(unit_count, memory->unit_bytes, &bytes) ||
        bytes > UINTPTR_MAX - (uintptr_t)memory->units)
        return fail(FH_TOO_LARGE, "%" PRIu64 " units of %zu bytes each", unit_count,
                    memory->unit_bytes);
    return FH_OK;
}

fh_status space_memory_check_head(const struct policy_memory *memory, uint64_t unit_count)
{
    const struct space_head *head = memory->head;

    if (!is_aligned(head))
        return fail(FH_INVALID, "a head at %p: multiples of %u are wanted", (const void *)head,
                    (unsigned)POLICY_ALIGNMENT);
    if (head->magic != SPACE_HEAD_MAGIC)
        return fail(FH_CORRUPT, "this is no head of a list of free units");
    if (head->unit_bytes != memory->unit_bytes)
        return fail(FH_INVALID, "units of %zu bytes, the head says %" PRIu64, memory->unit_bytes,
                    head->unit_bytes);
    if (head->unit_count > unit_count)
        return fail(FH_CORRUPT, "the head says %" PRIu64 " units, there are %" PRIu64,
                    head->unit_count, unit_count);
    return FH_OK;
}

void space_memory_note(const struct policy_memory *memory, uint64_t unit_count)
{
    if (memory->head == NULL) return;
    memory->head->magic = SPACE_HEAD_MAGIC;
    memory->head->unit_bytes = memory->unit_bytes;
    memory->head->unit_count = unit_count;
}
