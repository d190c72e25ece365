/*
 * unit_links.c - where links live, and whether they can be followed.
 */
#include "space/unit_links.h"

#include <inttypes.h>

#include "base/bits.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"

static fh_status grow_segments(struct unit_links *links, uint64_t segment_count);
static void trim_segments(struct unit_links *links, uint64_t segment_count);

fh_status unit_links_init(struct unit_links *links, uint64_t unit_count,
                          const struct policy_memory *memory)
{
    *links = (struct unit_links){.unit_count = 0};
    if (memory != NULL) {
        links->inside = memory->units;
        links->unit_bytes = memory->unit_bytes;
    }
    return unit_links_grow(links, unit_count);
}

void unit_links_fini(struct unit_links *links)
{
    trim_segments(links, 0);
    memory_give(links->segments);
    links->segments = NULL;
}

fh_status unit_links_grow(struct unit_links *links, uint64_t unit_count)
{
    if (unit_count >= UINT32_MAX)
        return fail(FH_TOO_LARGE, "%" PRIu64 " units, links hold 32 bits", unit_count);
    if (links->inside == NULL)
        TRY(grow_segments(links, divide_up(unit_count, UNIT_LINKS_SEGMENT_UNITS)));
    links->unit_count = unit_count;
    return FH_OK;
}

void unit_links_shrink(struct unit_links *links, uint64_t unit_count)
{
    links->unit_count = unit_count;
    trim_segments(links, divide_up(unit_count, UNIT_LINKS_SEGMENT_UNITS));
}

bool unit_links_agree(const struct unit_links *links, uint32_t top, uint64_t unit)
{
    const struct unit_link link = *unit_links_at(links, unit);
    uint32_t number = (uint32_t)unit + 1;

    if (!unit_links_exist(links, link)) return false;
    if (link.next != number && unit_links_at(links, link.next - 1)->prev != number) return false;
    if (link.prev == number) return top == number;
    return unit_links_at(links, link.prev - 1)->next == number;
}

static fh_status grow_segments(struct unit_links *links, uint64_t segment_count)
{
    uint64_t old_count = links->segment_count;
    struct unit_link **segments;

    if (segment_count <= old_count) return FH_OK;
    segments = memory_resize(links->segments, old_count, segment_count, sizeof(*segments));
    if (segments == NULL)
        return fail(FH_NO_MEMORY, "a table of %" PRIu64 " segments", segment_count);
    links->segments = segments;
    for (; links->segment_count < segment_count; links->segment_count++) {
        segments[links->segment_count] =
            memory_take(UNIT_LINKS_SEGMENT_UNITS, sizeof(struct unit_link));
        if (segments[links->segment_count] == NULL) {
            trim_segments(links, old_count);
            return fail(FH_NO_MEMORY, "links of %u units", (unsigned)UNIT_LINKS_SEGMENT_UNITS);
        }
    }
    return FH_OK;
}

static void trim_segments(struct unit_links *links, uint64_t segment_count)
{
    while (links->segment_count > segment_count)
        memory_give(links->segments[--links->segment_count]);
}
