/*
 * map_picture.c - the space of a database as cells, for whoever draws it.
 */
#include "map_picture.h"

#include <stdlib.h>

#include "failure.h"

enum { WALK_PAGES = 4096 };

/* What the pages of a cell add up to. */
struct sum {
    uint64_t pages[MAP_TONE_COUNT];
    uint64_t percents[MAP_TONE_COUNT];
};

static enum map_tone tone_of(const fh_map_cell *cell)
{
    if (cell->state == FH_STATE_FREE) return MAP_FREE;
    if (cell->state == FH_STATE_PENDING) return cell->is_pinned ? MAP_PINNED : MAP_PENDING;
    if (cell->state == FH_STATE_COVERED) return MAP_OVERFLOW;
    switch ((fh_page_kind)cell->kind) {
    case FH_PAGE_BRANCH:
        return MAP_BRANCH;
    case FH_PAGE_LEAF:
        return MAP_LEAF;
    case FH_PAGE_RUN_HEAD:
    case FH_PAGE_RUN_BODY:
        return MAP_OVERFLOW;
    case FH_PAGE_RAW:
        return MAP_RAW;
    case FH_PAGE_UNUSED:
    case FH_PAGE_HEADER:
    case FH_PAGE_META:
    case FH_PAGE_MAP:
    case FH_PAGE_DIRECTORY:
    default:
        return MAP_METADATA;
    }
}

static void add_page(struct map_picture *picture, struct sum *sum, const fh_map_cell *cell)
{
    enum map_tone tone = tone_of(cell);
    int is_node = tone == MAP_BRANCH || tone == MAP_LEAF;

    picture->tone_pages[tone]++;
    sum->pages[tone]++;
    sum->percents[tone] += is_node ? cell->fill_percent : 100;
}

/* Closes the cell that `sum` was counted for. */
static void add_cell(struct map_picture *picture, struct sum *sum)
{
    struct map_picture_cell *cell = &picture->cells[picture->cell_count++];
    uint64_t page_count = 0;
    unsigned best = 0;

    for (unsigned tone = 0; tone < MAP_TONE_COUNT; tone++) {
        page_count += sum->pages[tone];
        if (sum->pages[tone] > sum->pages[best]) best = tone;
    }
    cell->tone = (uint8_t)best;
    cell->strength_percent = (uint8_t)(sum->percents[best] / page_count);
    *sum = (struct sum){0};
}

static enum outcome read_pages(struct map_picture *picture, fh_db *db, size_t cell_max)
{
    fh_map_cell *pages = malloc(WALK_PAGES * sizeof(*pages));
    enum outcome outcome = OUTCOME_DONE;
    size_t count = WALK_PAGES;
    struct sum sum = {0};

    if (pages == NULL) return failure_memory("map");
    while (count == WALK_PAGES && picture->cell_count < cell_max) {
        fh_status status =
            fh_map_walk(db, (uint32_t)picture->page_count, pages, WALK_PAGES, &count);

        if (status == FH_NOT_FOUND) break;
        if (status != FH_OK) {
            outcome = failure_file(picture->path, status);
            break;
        }
        for (size_t i = 0; i < count && picture->cell_count < cell_max; i++) {
            add_page(picture, &sum, &pages[i]);
            picture->page_count++;
            if (picture->page_count % picture->cell_pages == 0) add_cell(picture, &sum);
        }
    }
    if (picture->page_count % picture->cell_pages != 0) add_cell(picture, &sum);
    free(pages);
    return outcome;
}

enum outcome map_picture_init(struct map_picture *picture, fh_db *db, const char *path,
                              size_t cell_max)
{
    enum outcome outcome;
    fh_status status;

    *picture = (struct map_picture){.path = path, .stat.size = sizeof(picture->stat)};
    status = fh_stat(db, &picture->stat);
    if (status != FH_OK) return failure_file(path, status);
    picture->cell_pages = 1;
    while (picture->stat.file_bytes / picture->stat.page_bytes / picture->cell_pages >= cell_max)
        picture->cell_pages *= 2;
    picture->cells = calloc(cell_max + 1, sizeof(*picture->cells));
    if (picture->cells == NULL) return failure_memory("map");
    outcome = read_pages(picture, db, cell_max);
    if (outcome != OUTCOME_DONE) map_picture_fini(picture);
    return outcome;
}

void map_picture_fini(struct map_picture *picture)
{
    free(picture->cells);
    picture->cells = NULL;
}

const char *map_picture_tone_name(enum map_tone tone)
{
    static const char *const names[MAP_TONE_COUNT] = {"free",   "pending", "pinned",   "metadata",
                                                      "branch", "leaf",    "overflow", "raw"};

    return names[tone];
}
