/*
 * heap_model.c - random histories of heaps against a plain list of who has which bytes.
 *
 * Three heaps, the process's among them; blocks of all kinds (slabs, runs, spans), alignments to
 * 8 MiB, growth and shrinking. Every block is filled with bytes of its own from end to end of
 * what it may use, and compared before it is given back: no two overlap, none loses a byte by
 * moving, zeroed ones are zero. Heaps are trimmed and deleted on the way.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/random.h"
#include "freehold/heap.h"
#include "support/seed.h"
#include "support/unit.h"

enum { HEAPS = 3, BLOCKS_MAX = 600, STEPS = 60000, EDGE = 4096 };

struct block {
    unsigned char *start;
    size_t bytes; /* usable ones */
    unsigned char fill;
    unsigned heap_no;
};

struct model {
    struct random random;
    fh_heap *heaps[HEAPS]; /* the first is NULL: the process's */
    struct block blocks[BLOCKS_MAX];
    unsigned count;
};

static uint64_t below(struct model *model, uint64_t limit)
{
    return random_below(&model->random, limit);
}

static size_t some_size(struct model *model)
{
    switch (below(model, 24)) {
    case 0:
        return 1 + below(model, 5U << 20);
    case 1:
    case 2:
        return 1 + below(model, 1U << 20);
    case 3:
    case 4:
    case 5:
        return 1 + below(model, 40000);
    case 6:
        return 0;
    default:
        return 1 + below(model, 1200);
    }
}

/* Long blocks at their ends only, or there would be time for nothing else. */
static void fill(const struct block *block, size_t from)
{
    size_t end = block->bytes;

    if (end - from <= 2 * (size_t)EDGE) {
        memset(block->start + from, block->fill, end - from);
        return;
    }
    memset(block->start + from, block->fill, EDGE);
    memset(block->start + end - EDGE, block->fill, EDGE);
}

static void assert_bytes(const unsigned char *start, size_t from, size_t to, unsigned char value)
{
    for (size_t i = from; i < to; i++)
        if (start[i] != value) assert_int_equal(start[i], value);
}

static void compare(const struct block *block, size_t bytes)
{
    size_t first = bytes < EDGE ? bytes : EDGE;

    assert_bytes(block->start, 0, first, block->fill);
    if (bytes != block->bytes) return;
    assert_bytes(block->start, bytes > EDGE ? bytes - EDGE : 0, bytes, block->fill);
}

static void enter(struct model *model, void *start, size_t asked, unsigned heap_no)
{
    struct block *block = &model->blocks[model->count++];

    assert_non_null(start);
    assert_int_equal((uintptr_t)start % 16, 0);
    assert_true(fh_usable_size(start) >= asked);
    *block = (struct block){
        .start = start,
        .bytes = fh_usable_size(start),
        .fill = (unsigned char)(1 + below(model, 255)),
        .heap_no = heap_no,
    };
    fill(block, 0);
    assert_ptr_equal(fh_heap_of(start),
                     heap_no == 0 ? fh_heap_of(model->blocks[0].start) : model->heaps[heap_no]);
}

static void take(struct model *model)
{
    unsigned heap_no = (unsigned)below(model, HEAPS);
    fh_heap *heap = model->heaps[heap_no];
    size_t bytes = some_size(model);
    size_t alignment = (size_t)1 << below(model, 24);
    unsigned char *start;

    if (model->count == BLOCKS_MAX) return;
    switch (below(model, 8)) {
    case 0:
        start = fh_heap_calloc(heap, 1, bytes);
        assert_non_null(start);
        assert_bytes(start, 0, bytes < 3 * (size_t)EDGE ? bytes : EDGE, 0);
        if (bytes > 0) assert_int_equal(start[bytes - 1], 0);
        break;
    case 1:
        start = fh_heap_aligned_alloc(heap, alignment, bytes);
        assert_int_equal((uintptr_t)start & (alignment - 1), 0);
        break;
    case 2:
        start = heap_no == 0 ? fh_malloc(bytes) : fh_heap_malloc(heap, bytes);
        break;
    default:
        start = fh_heap_malloc(heap, bytes);
        break;
    }
    enter(model, start, bytes, heap_no);
}

static void drop(struct model *model, unsigned block_no)
{
    model->blocks[block_no] = model->blocks[--model->count];
}

/* Block 0 stays: it says which heap the process's is. */
static void give(struct model *model)
{
    unsigned block_no;

    if (model->count < 2) return;
    block_no = 1 + (unsigned)below(model, model->count - 1);
    compare(&model->blocks[block_no], model->blocks[block_no].bytes);
    errno = 77;
    if (below(model, 2) == 0)
        fh_free(model->blocks[block_no].start);
    else
        fh_heap_free(model->heaps[model->blocks[block_no].heap_no], model->blocks[block_no].start);
    assert_int_equal(errno, 77);
    drop(model, block_no);
}

static void resize(struct model *model)
{
    size_t bytes = some_size(model);
    struct block *block;
    size_t kept;

    if (model->count < 2) return;
    block = &model->blocks[1 + below(model, model->count - 1)];
    compare(block, block->bytes);
    if (below(model, 3) == 0) bytes = block->bytes + below(model, block->bytes / 4 + 1);
    kept = bytes < block->bytes ? bytes : block->bytes;
    block->start = fh_realloc(block->start, bytes);
    assert_non_null(block->start);
    assert_true(fh_usable_size(block->start) >= bytes);
    compare(block, kept);
    block->bytes = fh_usable_size(block->start);
    fill(block, 0);
}

static void begin_heap_again(struct model *model)
{
    unsigned heap_no = 1 + (unsigned)below(model, HEAPS - 1);

    for (unsigned i = model->count; i-- > 1;) {
        if (model->blocks[i].heap_no != heap_no) continue;
        compare(&model->blocks[i], model->blocks[i].bytes);
        drop(model, i);
    }
    fh_heap_delete(model->heaps[heap_no]);
    assert_ok(fh_heap_new(NULL, &model->heaps[heap_no]));
}

/* What the heap says of itself covers what the list has. */
static void check_figures(struct model *model)
{
    for (unsigned heap_no = 0; heap_no < HEAPS; heap_no++) {
        uint64_t bytes = 0, count = 0;
        fh_heap_info info;

        for (unsigned i = 0; i < model->count; i++) {
            if (model->blocks[i].heap_no != heap_no) continue;
            bytes += model->blocks[i].bytes;
            count++;
        }
        fh_heap_stat(model->heaps[heap_no], &info);
        assert_true(info.block_count >= count);
        assert_true(info.block_bytes >= bytes);
        assert_true(info.page_bytes >= bytes);
        assert_true(info.page_bytes_peak >= info.page_bytes);
    }
}

static void look_around(struct model *model)
{
    if (below(model, 40) == 0) begin_heap_again(model);
    if (below(model, 40) == 0) (void)fh_heap_trim(model->heaps[below(model, HEAPS)]);
    if (below(model, 40) == 0) check_figures(model);
}

/* Tides: now more is taken, now more is given. */
static void make_step(struct model *model, unsigned step)
{
    uint64_t kind = below(model, 16);

    if (kind < 2)
        resize(model);
    else if (kind == 2)
        look_around(model);
    else if (below(model, 100) < (step / 1000 % 2 == 0 ? 60U : 40U))
        take(model);
    else
        give(model);
}

static void random_histories_are_as_the_list_says(void **state)
{
    static struct model model;

    (void)state;
    for (uint64_t round = 0; round < seed_effort(); round++) {
        memset(&model, 0, sizeof(model));
        random_init(&model.random, seed_get() + round);
        for (unsigned i = 1; i < HEAPS; i++)
            assert_ok(fh_heap_new(NULL, &model.heaps[i]));
        enter(&model, fh_malloc(100), 100, 0);
        for (unsigned step = 0; step < STEPS; step++)
            make_step(&model, step);
        for (unsigned i = 0; i < model.count; i++) {
            compare(&model.blocks[i], model.blocks[i].bytes);
            fh_free(model.blocks[i].start);
        }
        for (unsigned i = 1; i < HEAPS; i++)
            fh_heap_delete(model.heaps[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_histories_are_as_the_list_says),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    if (failed != 0) print_error("%s\n", seed_repeat("build/debug/tests/heap_model", seed_get()));
    return failed;
}
