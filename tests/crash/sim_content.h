/*
 * sim_content.h - the bytes of one simulated file, and the blocks that they take.
 *
 * Invariant: bytes differ from zero only in blocks that are taken. The address of the
 * bytes never changes, so that maps can be pointers to them.
 */
#ifndef FREEHOLD_TESTS_SIM_CONTENT_H
#define FREEHOLD_TESTS_SIM_CONTENT_H

#include "crash/sim_os.h"

enum { SIM_BLOCK_WORDS = (int)(SIM_FILE_BYTES_MAX / SIM_BLOCK_BYTES / 64) };

struct sim_content {
    uint8_t *bytes;
    uint64_t length;
    uint64_t block_count;
    uint64_t blocks[SIM_BLOCK_WORDS];
};

void sim_content_init(struct sim_content *content);
void sim_content_fini(struct sim_content *content);
void sim_content_copy(struct sim_content *to, const struct sim_content *from);

/* How many blocks of the range are not taken. */
uint64_t sim_content_missing_blocks(const struct sim_content *content, uint64_t at, uint64_t bytes);

/* Does not change the length, and may lie beyond it. */
void sim_content_write(struct sim_content *content, uint64_t at, const void *data, size_t bytes);
void sim_content_take(struct sim_content *content, uint64_t at, uint64_t bytes);

/* Zeros; the blocks that lie wholly inside are given back. */
void sim_content_punch(struct sim_content *content, uint64_t at, uint64_t bytes);

/* What lies beyond the new length is zero and takes no blocks. */
void sim_content_set_length(struct sim_content *content, uint64_t length);

bool sim_content_equals(const struct sim_content *a, const struct sim_content *b);

#endif
