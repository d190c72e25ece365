/*
 * report.c - the figures and the picture of the process's heap, as text.
 *
 * Written with the system's own call and no buffer of the C library: at the end of a program
 * there may be none any more. The picture is drawn while the heap is locked, so nothing here
 * allocates.
 */
#include "report.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "freehold/heap.h"

enum { CHUNK_BYTES = 2 << 20, CELL_BYTES = 16 << 10, CELLS = CHUNK_BYTES / CELL_BYTES };

struct picture {
    int descriptor;
    const char *chunk; /* NULL: none yet */
    char cells[CELLS + 1];
};

static int draw(void *context, const fh_heap_area *area);
static void end_line(struct picture *picture);

static void put(int descriptor, const char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        ssize_t done = write(descriptor, text, left);

        if (done <= 0) return; /* nobody reads, and nobody is left to tell */
        text += done;
        left -= (size_t)done;
    }
}

void report_figures(int descriptor, enum report_form form)
{
    fh_heap_info info;
    char text[1024];

    fh_heap_stat(NULL, &info);

    const struct {
        const char *name;
        uint64_t value;
    } figures[] = {
        {"block_count", info.block_count},       {"block_bytes", info.block_bytes},
        {"page_bytes", info.page_bytes},         {"page_bytes_peak", info.page_bytes_peak},
        {"dirty_bytes", info.dirty_bytes},       {"chunk_bytes", info.chunk_bytes},
        {"large_count", info.large_count},       {"large_bytes", info.large_bytes},
        {"slab_count", info.slab_count},         {"run_count", info.run_count},
        {"returned_bytes", info.returned_bytes}, {"cache_count", info.cache_count},
        {"kept_bytes", info.kept_bytes},         {"mapped_bytes_peak", info.mapped_bytes_peak},
    };
    size_t count = sizeof(figures) / sizeof(figures[0]);
    size_t at = 0;

    for (size_t i = 0; i < count; i++) {
        unsigned long long value = figures[i].value;
        char *to = text + at;
        size_t room = sizeof(text) - at;

        at += (size_t)(form == REPORT_JSON ? snprintf(to, room, "%c\"%s\":%llu", i == 0 ? '{' : ',',
                                                      figures[i].name, value)
                                           : snprintf(to, room, "freehold-malloc: %-18s %14llu\n",
                                                      figures[i].name, value));
    }
    if (form == REPORT_JSON) (void)snprintf(text + at, sizeof(text) - at, "}\n");
    put(descriptor, text);
}

void report_map(int descriptor)
{
    struct picture picture = {.descriptor = descriptor};

    put(descriptor, "freehold-malloc: # full slab, + partly, - empty, R run, . free and kept, "
                    "blank free and given back; 16 KiB a sign\n");
    fh_heap_walk(NULL, draw, &picture);
    end_line(&picture);
}

static char sign_of(const fh_heap_area *area)
{
    switch (area->kind) {
    case FH_HEAP_SLAB:
        if (area->used_count == 0) return '-';
        return (area->used_count + 1) * area->block_bytes > area->bytes ? '#' : '+';
    case FH_HEAP_RUN:
        return 'R';
    case FH_HEAP_DIRTY:
        return '.';
    case FH_HEAP_CHUNK:
    case FH_HEAP_LARGE:
    case FH_HEAP_CLEAN:
    default:
        return ' ';
    }
}

static int draw(void *context, const fh_heap_area *area)
{
    struct picture *picture = context;
    char line[120];

    if (area->kind == FH_HEAP_CHUNK) {
        end_line(picture);
        picture->chunk = area->start;
        memset(picture->cells, ' ', CELLS);
        picture->cells[0] = 'H';
        picture->cells[CELLS] = '\0';
    } else if (area->kind == FH_HEAP_LARGE) {
        end_line(picture);
        picture->chunk = NULL;
        (void)snprintf(line, sizeof(line), "freehold-malloc: %p large block of %llu bytes\n",
                       area->start, (unsigned long long)area->block_bytes);
        put(picture->descriptor, line);
    } else {
        size_t first = (size_t)((const char *)area->start - picture->chunk) / CELL_BYTES;
        size_t end = first + (size_t)(area->bytes + CELL_BYTES - 1) / CELL_BYTES;
        char sign = sign_of(area);

        /* Of two pages in a sign the one that is more used is shown. */
        for (size_t i = first; i < end && i < CELLS; i++)
            if (picture->cells[i] == ' ' || picture->cells[i] == '.') picture->cells[i] = sign;
    }
    return 0;
}

static void end_line(struct picture *picture)
{
    char line[CELLS + 64];

    if (picture->chunk == NULL) return;
    (void)snprintf(line, sizeof(line), "freehold-malloc: %p |%s|\n", (const void *)picture->chunk,
                   picture->cells);
    put(picture->descriptor, line);
    picture->chunk = NULL;
}
