/*
 * sim_place.c - a simulated machine with one file.
 */
#include "crash/sim_place.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "support/seed.h"
#include "support/unit.h"

struct sim_place sim_place_new(size_t sector_count)
{
    struct sim_place place = sim_place_new_empty();
    uint8_t *bytes = malloc(sector_count * SECTOR + 1);

    assert_non_null(bytes);
    memset(bytes, 'a', sector_count * SECTOR);
    sim_os_put_file(place.sim, "f", bytes, sector_count * SECTOR);
    free(bytes);
    assert_ok(place.os->open(place.os, "f", OS_OPEN_WRITE, &place.file));
    return place;
}

struct sim_place sim_place_new_empty(void)
{
    struct sim *sim = sim_os_new(seed_get());

    return (struct sim_place){.sim = sim, .os = sim_os_port(sim)};
}

void sim_place_delete(struct sim_place *place)
{
    place->os->close(place->file);
    sim_os_delete(place->sim);
}

fh_status sim_place_fill(struct sim_place *place, size_t first, size_t count, char letter)
{
    uint8_t *bytes = malloc(count * SECTOR);
    struct span part = span_of(bytes, count * SECTOR);
    fh_status status;

    assert_non_null(bytes);
    memset(bytes, letter, count * SECTOR);
    status = place->os->write(place->file, first * SECTOR, &part, 1);
    free(bytes);
    return status;
}

const char *sim_place_text(struct sim *sim)
{
    static char text[200];
    uint64_t length = sim_os_file_size(sim, "f");
    size_t count = 0;

    if (!sim_os_file_exists(sim, "f")) return "-";
    for (uint64_t at = 0; at < length && count < sizeof(text) - 1; at += SECTOR, count++) {
        uint8_t bytes[SECTOR];
        size_t there = sim_os_read_file(sim, "f", at, bytes, SECTOR);
        bool is_same = memcmp(bytes, bytes + 1, there - 1) == 0;

        text[count] = '?';
        if (is_same) text[count] = (char)(bytes[0] == 0 ? '0' : bytes[0]);
    }
    text[count] = '\0';
    return text;
}

void sim_place_require_state(struct sim *sim, uint64_t index, const char *text)
{
    struct sim *after;

    sim_crash_state(sim, index, &after);
    assert_string_equal(sim_place_text(after), text);
    sim_os_delete(after);
}
