/*
 * recording.c - what real programs asked of malloc, as takes and gives.
 */
#include "recording.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scratch.h"
#include "stop.h"

enum { UNIT_BYTES = 16, HEADER_BYTES = 8, LINE_BYTES = 128 };

static const char *const names[RECORDING_COUNT] = {
    "python3-index", "sqlite3-mem", "perl-words", "cc1-O2", "clang-O1",
};

/* One that grows while it is read. */
struct reader {
    struct recording *recording;
    size_t capacity;
    uint64_t live_units;
    uint32_t *units_of; /* of each block */
    uint32_t block_capacity;
};

const char *recording_name(unsigned number)
{
    return names[number];
}

static void *larger(void *memory, size_t size)
{
    memory = realloc(memory, size);
    if (memory == NULL) stop("no memory for %zu bytes", size);
    return memory;
}

static void add(struct reader *reader, uint32_t id, uint64_t unit_count)
{
    struct recording *recording = reader->recording;

    if (recording->request_count == reader->capacity) {
        reader->capacity = reader->capacity * 2 + 1024;
        recording->requests =
            larger(recording->requests, reader->capacity * sizeof(*recording->requests));
    }
    if (id >= reader->block_capacity) {
        uint32_t old_capacity = reader->block_capacity;

        reader->block_capacity = reader->block_capacity * 2 + 1024;
        reader->units_of =
            larger(reader->units_of, reader->block_capacity * sizeof(*reader->units_of));
        memset(reader->units_of + old_capacity, 0,
               (reader->block_capacity - old_capacity) * sizeof(*reader->units_of));
    }
    recording->block_count += id == recording->block_count;
    recording->requests[recording->request_count++] =
        (struct request){.id = id, .unit_count = (uint32_t)unit_count};
    reader->live_units += unit_count;
    reader->live_units -= reader->units_of[id];
    reader->units_of[id] = (uint32_t)unit_count;
    if (recording->peak_units < reader->live_units) recording->peak_units = reader->live_units;
}

/* `a ID BYTES`, `r ID BYTES` or `f ID`; false: none of these. */
static bool read_line(struct reader *reader, const char *line)
{
    char *end = NULL;
    unsigned long long id;
    unsigned long long size = 0;
    uint32_t block_count = reader->recording->block_count;

    if (strchr("arf", line[0]) == NULL || line[1] != ' ') return false;
    id = strtoull(line + 2, &end, 10);
    if (line[0] != 'f') size = strtoull(end, &end, 10);
    if (*end != '\n' && *end != ' ') return false;
    if (size >= UINT32_MAX || (line[0] == 'a' ? id != block_count : id >= block_count))
        return false;
    add(reader, (uint32_t)id,
        line[0] == 'f' ? 0 : (size + HEADER_BYTES + UNIT_BYTES - 1) / UNIT_BYTES);
    return true;
}

/* The lines of a gzip'd file. */
static FILE *open_lines(const char *path)
{
    FILE *lines;

    if (setenv("RECORDING", path, 1) != 0) stop("no memory for %s", path);
    lines =
        popen("exec gzip -dc -- \"$RECORDING\"", "r"); /* NOLINT(cert-env33-c): no input in it */
    if (lines == NULL) stop("gzip does not start");
    return lines;
}

void recording_read(struct recording *recording, const char *folder, unsigned number)
{
    struct reader reader = {.recording = recording};
    char path[SCRATCH_PATH_BYTES];
    char name[LINE_BYTES];
    char line[LINE_BYTES];
    FILE *lines;

    memset(recording, 0, sizeof(*recording));
    (void)snprintf(name, sizeof(name), "%s.trace.gz", names[number]);
    scratch_join(path, folder, name);
    lines = open_lines(path);
    while (fgets(line, sizeof(line), lines) != NULL)
        if (!read_line(&reader, line))
            stop("%s: line %zu is no request", path, recording->request_count + 1);
    if (pclose(lines) != 0 || recording->request_count == 0)
        stop("%s: gzip cannot read it, or nothing is in it", path);
    free(reader.units_of);
}

void recording_fini(struct recording *recording)
{
    free(recording->requests);
    memset(recording, 0, sizeof(*recording));
}

uint64_t recording_play(const struct recording *recording, const struct rival *rival,
                        void *allocator, struct piece *pieces, uint64_t *refused_count)
{
    uint64_t op_count = 0;

    for (size_t i = 0; i < recording->request_count; i++) {
        struct request request = recording->requests[i];
        struct piece *piece = &pieces[request.id];
        struct piece old = *piece;

        if (request.unit_count == old.count) continue;
        piece->count = 0;
        if (request.unit_count > 0) {
            op_count++;
            if (!rival->take(allocator, request.unit_count, piece)) ++*refused_count;
        }
        if (old.count == 0) continue;
        op_count++;
        rival->give(allocator, &old);
    }
    return op_count;
}
