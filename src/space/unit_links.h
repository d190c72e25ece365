/*
 * unit_links.h - lists that run through units, linked both ways.
 *
 * Two links a unit, for each unit that is on a list. Where no memory stands behind the units
 * they live beside, 8 bytes a unit in segments that come with the universe; where it does,
 * they are the first 8 bytes of the unit itself, and nothing is allocated. A link is a unit
 * number plus one and no address, so a list means the same wherever its memory is mapped;
 * 0 is none, and an end links to itself: a unit of zeros is never on a list.
 *
 * Inside a unit a program may have written over the links: unit_links_agree says whether they
 * can be followed. One thread at a time.
 */
#ifndef FREEHOLD_SPACE_UNIT_LINKS_H
#define FREEHOLD_SPACE_UNIT_LINKS_H

#include <stdbool.h>
#include <stddef.h>

#include "space/policy.h"

enum { UNIT_LINKS_SEGMENT_BITS = 12, UNIT_LINKS_SEGMENT_UNITS = 1 << UNIT_LINKS_SEGMENT_BITS };

struct unit_link {
    uint32_t next; /* towards the bottom */
    uint32_t prev;
};

struct unit_links {
    /* Constant after init. */
    uint8_t *inside; /* unit 0; NULL: the links live beside */
    size_t unit_bytes;

    struct unit_link **segments;
    uint64_t segment_count;
    uint64_t unit_count;
};

/* The links are the caller's storage, the memory (NULL: none) stays its owner's. FH_NO_MEMORY;
 * FH_TOO_LARGE from 2^32 - 1 units on. */
fh_status unit_links_init(struct unit_links *links, uint64_t unit_count,
                          const struct policy_memory *memory) MUST_CHECK;
void unit_links_fini(struct unit_links *links);

/* On failure the links are as before. FH_NO_MEMORY, never inside; FH_TOO_LARGE. */
fh_status unit_links_grow(struct unit_links *links, uint64_t unit_count) MUST_CHECK;
/* No unit at or beyond unit_count is on a list. */
void unit_links_shrink(struct unit_links *links, uint64_t unit_count);

static inline struct unit_link *unit_links_at(const struct unit_links *links, uint64_t unit)
{
    if (links->inside != NULL)
        return (struct unit_link *)(void *)(links->inside + unit * links->unit_bytes);
    return &links->segments[unit >> UNIT_LINKS_SEGMENT_BITS][unit & (UNIT_LINKS_SEGMENT_UNITS - 1)];
}

/* Unit numbers plus one, each of a unit that there is. */
static inline bool unit_links_exist(const struct unit_links *links, struct unit_link link)
{
    return link.next - 1 < links->unit_count && link.prev - 1 < links->unit_count;
}

/* `top` is a list, by its first unit plus one; 0: empty. */
static inline void unit_links_push(const struct unit_links *links, uint32_t *top, uint64_t unit)
{
    uint32_t number = (uint32_t)unit + 1;
    struct unit_link *link = unit_links_at(links, unit);

    link->prev = number;
    link->next = number;
    if (*top != 0) {
        link->next = *top;
        unit_links_at(links, *top - 1)->prev = number;
    }
    *top = number;
}

/* The unit is on the list, and its links agree. */
static inline void unit_links_drop(const struct unit_links *links, uint32_t *top, uint64_t unit)
{
    uint32_t number = (uint32_t)unit + 1;
    struct unit_link link = *unit_links_at(links, unit);
    bool is_bottom = link.next == number;

    if (link.prev != number)
        unit_links_at(links, link.prev - 1)->next = is_bottom ? link.prev : link.next;
    else
        *top = is_bottom ? 0 : link.next;
    if (!is_bottom)
        unit_links_at(links, link.next - 1)->prev = link.prev == number ? link.next : link.prev;
}

/* The unit behind one whose links exist; `unit` itself at the bottom. */
static inline uint64_t unit_links_next(const struct unit_links *links, uint64_t unit)
{
    return unit_links_at(links, unit)->next - 1;
}

/* Both neighbours of the unit exist and link to it, or it is where the list ends. */
bool unit_links_agree(const struct unit_links *links, uint32_t top, uint64_t unit);

#endif
