/*
 * sim_content.c - the bytes of one simulated file.
 *
 * Making and dropping machines by the thousand, a crash search would spend its time in the
 * system, which hands out zeroed pages one fault at a time. So a few address ranges of
 * contents that are gone are kept, zeroed, for the next.
 */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "crash/sim_content.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "base/bits.h"
#include "base/check.h"

static void zero(struct sim_content *content, uint64_t at, uint64_t end_at);
static void give(struct sim_content *content, uint64_t first, uint64_t end);

enum { SPARE_MAX = 16 };

/* Guarded by spares_lock. */
static uint8_t *spares[SPARE_MAX];
static unsigned spare_count;
static pthread_mutex_t spares_lock = PTHREAD_MUTEX_INITIALIZER;

void sim_content_init(struct sim_content *content)
{
    memset(content, 0, sizeof(*content));
    REQUIRE(pthread_mutex_lock(&spares_lock) == 0);
    if (spare_count > 0) content->bytes = spares[--spare_count];
    REQUIRE(pthread_mutex_unlock(&spares_lock) == 0);
    if (content->bytes != NULL) return;
    content->bytes = mmap(NULL, SIM_FILE_BYTES_MAX, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    REQUIRE(content->bytes != MAP_FAILED);
}

void sim_content_fini(struct sim_content *content)
{
    bool is_kept;

    zero(content, 0, SIM_FILE_BYTES_MAX);
    REQUIRE(pthread_mutex_lock(&spares_lock) == 0);
    is_kept = spare_count < SPARE_MAX;
    if (is_kept) spares[spare_count++] = content->bytes;
    REQUIRE(pthread_mutex_unlock(&spares_lock) == 0);
    if (!is_kept) REQUIRE(munmap(content->bytes, SIM_FILE_BYTES_MAX) == 0);
    content->bytes = NULL;
}

void sim_content_copy(struct sim_content *to, const struct sim_content *from)
{
    for (uint64_t block = 0; block < SIM_FILE_BYTES_MAX / SIM_BLOCK_BYTES; block++) {
        uint64_t at = block * SIM_BLOCK_BYTES;

        if (from->blocks[block / 64] == 0 && to->blocks[block / 64] == 0)
            block |= 63;
        else if (bits_test(from->blocks, block))
            memcpy(to->bytes + at, from->bytes + at, SIM_BLOCK_BYTES);
        else if (bits_test(to->blocks, block))
            memset(to->bytes + at, 0, SIM_BLOCK_BYTES);
    }
    to->length = from->length;
    to->block_count = from->block_count;
    memcpy(to->blocks, from->blocks, sizeof(to->blocks));
}

uint64_t sim_content_missing_blocks(const struct sim_content *content, uint64_t at, uint64_t bytes)
{
    uint64_t first = at / SIM_BLOCK_BYTES;
    uint64_t end = divide_up(at + bytes, SIM_BLOCK_BYTES);

    if (bytes == 0) return 0;
    return end - first - bits_count(content->blocks, first, end - first);
}

void sim_content_take(struct sim_content *content, uint64_t at, uint64_t bytes)
{
    uint64_t first = at / SIM_BLOCK_BYTES;

    REQUIRE(at + bytes <= SIM_FILE_BYTES_MAX);
    content->block_count += sim_content_missing_blocks(content, at, bytes);
    if (bytes > 0)
        bits_fill(content->blocks, first, divide_up(at + bytes, SIM_BLOCK_BYTES) - first, true);
}

/*
 * Where the same bytes stand already nothing is stored: a slot that is in use is written again with
 * each header page, while others look at it.
 */
void sim_content_write(struct sim_content *content, uint64_t at, const void *data, size_t bytes)
{
    enum { GRAIN = 8 };
    const uint8_t *from = data;
    uint8_t *to = content->bytes + at;

    sim_content_take(content, at, bytes);
    for (size_t done = 0; done < bytes; done += GRAIN) {
        size_t here = size_min(GRAIN, bytes - done);

        if (memcmp(to + done, from + done, here) != 0) memcpy(to + done, from + done, here);
    }
}

void sim_content_punch(struct sim_content *content, uint64_t at, uint64_t bytes)
{
    uint64_t first = divide_up(at, SIM_BLOCK_BYTES);
    uint64_t end = (at + bytes) / SIM_BLOCK_BYTES;

    zero(content, at, at + bytes);
    if (first < end) give(content, first, end);
}

void sim_content_set_length(struct sim_content *content, uint64_t length)
{
    REQUIRE(length <= SIM_FILE_BYTES_MAX);
    zero(content, length, SIM_FILE_BYTES_MAX);
    give(content, divide_up(length, SIM_BLOCK_BYTES), SIM_FILE_BYTES_MAX / SIM_BLOCK_BYTES);
    content->length = length;
}

bool sim_content_equals(const struct sim_content *a, const struct sim_content *b)
{
    if (a->length != b->length) return false;
    for (uint64_t block = 0; block < SIM_FILE_BYTES_MAX / SIM_BLOCK_BYTES; block++) {
        uint64_t at = block * SIM_BLOCK_BYTES;

        if (a->blocks[block / 64] == 0 && b->blocks[block / 64] == 0)
            block |= 63;
        else if ((bits_test(a->blocks, block) || bits_test(b->blocks, block)) &&
                 memcmp(a->bytes + at, b->bytes + at, SIM_BLOCK_BYTES) != 0)
            return false;
    }
    return true;
}

/* Touches taken blocks only: the others are zero. */
static void zero(struct sim_content *content, uint64_t at, uint64_t end_at)
{
    while (at < end_at) {
        uint64_t block = at / SIM_BLOCK_BYTES;
        uint64_t next_at = (block + 1) * SIM_BLOCK_BYTES;

        if (content->blocks[block / 64] == 0)
            next_at = (block / 64 + 1) * 64 * SIM_BLOCK_BYTES;
        else if (bits_test(content->blocks, block))
            memset(content->bytes + at, 0, (next_at < end_at ? next_at : end_at) - at);
        at = next_at;
    }
}

static void give(struct sim_content *content, uint64_t first, uint64_t end)
{
    content->block_count -= bits_count(content->blocks, first, end - first);
    bits_fill(content->blocks, first, end - first, false);
}
