/*
 * space_memory.c - checks of what a caller says lies behind the units.
 */
#include "space/space_memory.h"

#include <inttypes.h>
#include <string.h>

#include "base/bits.h"
#include "base/check.h"
#include "base/crc32c.h"
#include "base/note.h"

static bool is_aligned(const void *address)
{
    return (uintptr_t)address % FH_SPACE_ALIGNMENT == 0;
}

static uint32_t checksum(const struct space_head *head)
{
    return crc32c(0, head, offsetof(struct space_head, crc));
}

fh_status space_memory_check(const struct policy_ops *ops, uint64_t unit_count,
                             const struct policy_memory *memory)
{
    uint64_t bytes;

    if (ops->open_in == NULL)
        return fail(FH_INVALID, "%s keeps its index beside the units: open it without memory",
                    ops->name);
    if (memory->units == NULL || !is_aligned(memory->units) || !is_aligned(memory->head))
        return fail(FH_INVALID, "units at %p, a head at %p: multiples of %d are wanted",
                    memory->units, (void *)memory->head, FH_SPACE_ALIGNMENT);
    if (memory->unit_bytes < ops->node_bytes || memory->unit_bytes % FH_SPACE_ALIGNMENT != 0)
        return fail(FH_INVALID, "units of %zu bytes: %s wants %zu or more, in multiples of %d",
                    memory->unit_bytes, ops->name, ops->node_bytes, FH_SPACE_ALIGNMENT);
    if (memory->head != NULL && !ops->has_head)
        return fail(FH_INVALID, "%s has nothing to write into a head", ops->name);
    if (!multiply_fits(unit_count, memory->unit_bytes, &bytes) ||
        bytes > UINTPTR_MAX - (uintptr_t)memory->units)
        return fail(FH_TOO_LARGE, "%" PRIu64 " units of %zu bytes each", unit_count,
                    memory->unit_bytes);
    return FH_OK;
}

fh_status space_memory_check_head(const struct policy_memory *memory, uint64_t unit_count,
                                  const char *policy_name, const struct policy_ops **ret_ops)
{
    const struct space_head *head = memory->head;
    const struct policy_ops *ops;

    if (head == NULL || !is_aligned(head))
        return fail(FH_INVALID, "a head at %p: a multiple of %d is wanted", (const void *)head,
                    FH_SPACE_ALIGNMENT);
    if (head->magic != SPACE_HEAD_MAGIC)
        return fail(FH_CORRUPT, "this is no head of a list of free units");
    if (head->crc != checksum(head) || memchr(head->policy, 0, sizeof(head->policy)) == NULL)
        return fail(FH_CORRUPT, "a head with a wrong checksum");
    ops = policy_find(head->policy);
    if (ops == NULL || !ops->has_head)
        return fail(FH_VERSION, "a list of free units of the policy \"%s\"", head->policy);
    if (policy_name != NULL && strcmp(policy_name, ops->name) != 0)
        return fail(FH_MISMATCH, "the free units are listed by %s, not %s", ops->name, policy_name);
    if (head->unit_bytes != memory->unit_bytes)
        return fail(FH_MISMATCH, "units of %zu bytes, the head says %" PRIu64, memory->unit_bytes,
                    head->unit_bytes);
    if (head->unit_count > unit_count)
        return fail(FH_CORRUPT, "the head says %" PRIu64 " units, there are %" PRIu64,
                    head->unit_count, unit_count);
    *ret_ops = ops;
    return FH_OK;
}

void space_memory_note(const struct policy_ops *ops, const struct policy_memory *memory,
                       uint64_t unit_count)
{
    struct space_head *head = memory->head;

    if (head == NULL) return;
    REQUIRE(strlen(ops->name) < sizeof(head->policy));
    head->magic = SPACE_HEAD_MAGIC;
    head->unit_count = unit_count;
    head->unit_bytes = memory->unit_bytes;
    memset(head->policy, 0, sizeof(head->policy));
    memcpy(head->policy, ops->name, strlen(ops->name));
    head->crc = checksum(head);
}
