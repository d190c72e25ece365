/*
 * map_picture.h - the space of a database as cells, for whoever draws it.
 *
 * A cell stands for one page, or for so many (a power of two) that all pages fit into the
 * picture; it has the tone that most of its pages have.
 */
#ifndef FREEHOLD_CLI_MAP_PICTURE_H
#define FREEHOLD_CLI_MAP_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#include "freehold/inspect.h"

#include "outcome.h"

enum map_tone {
    MAP_FREE,
    MAP_PENDING,
    MAP_PINNED,   /* pending, for a reader's sake */
    MAP_METADATA, /* metas, maps, directory, header pages */
    MAP_BRANCH,
    MAP_LEAF,
    MAP_OVERFLOW, /* values in runs of their own */
    MAP_RAW,
    MAP_TONE_COUNT
};

struct map_picture_cell {
    uint8_t tone;             /* of enum map_tone */
    uint8_t strength_percent; /* how full the cell is with it */
};

struct map_picture {
    const char *path; /* borrowed */
    fh_stat_info stat;
    uint64_t page_count;
    uint64_t cell_pages;
    size_t cell_count;
    struct map_picture_cell *cells;
    uint64_t tone_pages[MAP_TONE_COUNT];
};

/* At most `cell_max` cells. The caller ends it with map_picture_fini. */
enum outcome map_picture_init(struct map_picture *picture, fh_db *db, const char *path,
                              size_t cell_max);
void map_picture_fini(struct map_picture *picture);

/* "free", "leaf" ... */
const char *map_picture_tone_name(enum map_tone tone);

#endif
