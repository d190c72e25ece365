/*
 * sim_place.h - a simulated machine with one file, for tests of the machine itself.
 *
 * The file is called "f". Texts fill whole sectors, so that a sector is told by one byte.
 */
#ifndef FREEHOLD_TESTS_SIM_PLACE_H
#define FREEHOLD_TESTS_SIM_PLACE_H

#include "crash/sim_os.h"

#define SECTOR ((size_t)SIM_SECTOR_BYTES)
#define BLOCK  ((size_t)SIM_BLOCK_BYTES)

struct sim_place {
    struct sim *sim;
    const struct os *os;
    struct os_file *file;
};

/* A machine with the open, durable file "f" of `sector_count` sectors of 'a'. */
struct sim_place sim_place_new(size_t sector_count);

/* A machine without files. */
struct sim_place sim_place_new_empty(void);
void sim_place_delete(struct sim_place *place);

/* Writes `letter` into `count` sectors from sector `first` on. */
fh_status sim_place_fill(struct sim_place *place, size_t first, size_t count, char letter);

/*
 * The file as a text, a letter a sector; '0' for zeros, '?' for a sector of several
 * letters; "-" when there is no file. Static.
 */
const char *sim_place_text(struct sim *sim);

/* Fails the test unless the state leaves the file as `text`. */
void sim_place_require_state(struct sim *sim, uint64_t index, const char *text);

#endif
