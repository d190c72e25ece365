/*
 * arena_model.c - random histories of an arena against a plain list of who has which bytes.
 *
 * Every policy with every order; allocs, frees, reallocs, growth, moves of the whole region to
 * another address, wrong pointers. After each step the arena audits itself, the walk meets the
 * blocks of the list and no others, and every so often all contents are compared. Which block a
 * policy has to take is searched for by hand, in the free blocks that the walk shows.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/random.h"
#include "freehold/heap.h"
#include "support/seed.h"
#include "support/unit.h"
#include "support/where.h"

enum { REGION_MAX = 48 * 1024, OWNED_MAX = 400, STEPS = 700, COMPARE_EVERY = 25 };
enum { FIXED = 144, HEADER = 16, BLOCK_MIN = 48 };

struct owned {
    uint64_t at; /* from the region's beginning */
    uint64_t bytes;
    unsigned char seed;
};

struct model {
    struct random random;
    const char *policy;
    const char *order;
    unsigned char *region; /* one of the two below */
    uint64_t region_max;
    fh_arena arena;
    struct owned owned[OWNED_MAX];
    unsigned count;
};

static _Alignas(16) unsigned char regions[2][REGION_MAX];

static uint64_t below(struct model *model, uint64_t limit)
{
    return random_below(&model->random, limit);
}

static uint64_t grow(void *context, uint64_t bytes)
{
    struct model *model = context;
    uint64_t wanted = bytes + below(model, 3) * 100;

    return wanted <= model->region_max ? wanted : 0;
}

static fh_arena_options options_of(struct model *model)
{
    return (fh_arena_options){
        .size = sizeof(fh_arena_options),
        .policy = model->policy,
        .order = model->order,
        .grow = grow,
        .context = model,
    };
}

static uint64_t some_size(struct model *model)
{
    switch (below(model, 8)) {
    case 0:
        return 1 + below(model, 6000);
    case 1:
        return 16 * (1 + below(model, 20));
    default:
        return 1 + below(model, 300);
    }
}

static void fill(struct model *model, const struct owned *owned, uint64_t from)
{
    for (uint64_t i = from; i < owned->bytes; i++)
        model->region[owned->at + i] = (unsigned char)(owned->seed + i);
}

static void compare(const struct model *model, const struct owned *owned, uint64_t bytes)
{
    for (uint64_t i = 0; i < bytes; i++)
        assert_int_equal(model->region[owned->at + i], (unsigned char)(owned->seed + i));
}

static bool overlaps(const struct owned *a, uint64_t at, uint64_t bytes)
{
    return a->at < at + bytes && at < a->at + a->bytes;
}

/* A block that was just given: aligned, inside, nobody else's. */
static void require_place(const struct model *model, const void *pointer, uint64_t bytes,
                          unsigned but)
{
    uint64_t at = (uint64_t)((const unsigned char *)pointer - model->region);

    assert_int_equal(at % FH_ARENA_ALIGNMENT, 0);
    assert_true(at >= FIXED && at + bytes <= model->region_max - HEADER);
    for (unsigned i = 0; i < model->count; i++)
        if (i != but) assert_false(overlaps(&model->owned[i], at, bytes));
}

/* The best and the worst size for a request, 0: none is enough; by hand. */
static void search(const struct model *model, uint64_t bytes, uint64_t *ret_best,
                   uint64_t *ret_worst)
{
    fh_arena_block block = {0};

    *ret_best = 0;
    *ret_worst = 0;
    while (fh_arena_next(&model->arena, block.pointer, &block) == FH_OK) {
        if (!block.is_free || block.bytes < bytes) continue;
        if (*ret_best == 0 || block.bytes < *ret_best) *ret_best = block.bytes;
        if (block.bytes > *ret_worst) *ret_worst = block.bytes;
    }
}

/* The bytes of the free block at `pointer`, now; 0: none begins there. */
static uint64_t free_bytes_at(const struct model *before, const void *pointer)
{
    fh_arena_block block = {0};

    while (fh_arena_next(&before->arena, block.pointer, &block) == FH_OK)
        if (block.pointer == pointer) return block.is_free ? block.bytes : 0;
    return 0;
}

static void take(struct model *model)
{
    static struct model twin;
    static _Alignas(16) unsigned char image[REGION_MAX];
    uint64_t bytes = some_size(model), best, worst, given;
    void *pointer = NULL;
    fh_status status;

    if (model->count == OWNED_MAX) return;
    memcpy(image, model->region, REGION_MAX);
    search(model, bytes, &best, &worst);
    status = fh_arena_alloc(&model->arena, bytes, &pointer);
    if (status != FH_OK) {
        assert_status(status, FH_NO_SPACE);
        assert_int_equal(best, 0);
        assert_memory_equal(image, model->region, REGION_MAX);
        return;
    }
    if (best != 0) {
        twin.arena = (fh_arena){.region = image, .bytes = model->arena.bytes};
        given = free_bytes_at(&twin, image + ((unsigned char *)pointer - model->region));
        assert_true(given >= bytes);
        if (strcmp(model->policy, "best") == 0) assert_int_equal(given, best);
        if (strcmp(model->policy, "worst") == 0) assert_int_equal(given, worst);
    }
    require_place(model, pointer, bytes, OWNED_MAX);
    model->owned[model->count] = (struct owned){
        .at = (uint64_t)((unsigned char *)pointer - model->region),
        .bytes = bytes,
        .seed = (unsigned char)below(model, 256),
    };
    fill(model, &model->owned[model->count], 0);
    model->count++;
}

static void give(struct model *model)
{
    unsigned i;
    void *pointer;

    if (model->count == 0) return;
    i = (unsigned)below(model, model->count);
    pointer = model->region + model->owned[i].at;
    compare(model, &model->owned[i], model->owned[i].bytes);
    assert_ok(fh_arena_free(&model->arena, pointer));
    assert_status(fh_arena_free(&model->arena, pointer), FH_INVALID);
    assert_non_null(strstr(fh_note(), "double free"));
    model->owned[i] = model->owned[--model->count];
}

static void change(struct model *model)
{
    uint64_t bytes = some_size(model), kept;
    struct owned *owned;
    void *pointer;
    fh_status status;
    unsigned i;

    if (model->count == 0) return;
    i = (unsigned)below(model, model->count);
    owned = &model->owned[i];
    kept = owned->bytes < bytes ? owned->bytes : bytes;
    status = fh_arena_realloc(&model->arena, model->region + owned->at, bytes, &pointer);
    if (status != FH_OK) {
        assert_status(status, FH_NO_SPACE);
        compare(model, owned, owned->bytes);
        return;
    }
    require_place(model, pointer, bytes, i);
    owned->at = (uint64_t)((unsigned char *)pointer - model->region);
    compare(model, owned, kept);
    owned->bytes = bytes;
    fill(model, owned, kept);
}

/* The other place has the same bytes, and the first one none any more. */
static void move(struct model *model)
{
    fh_arena_options options = options_of(model);
    unsigned char *other = model->region == regions[0] ? regions[1] : regions[0];

    memcpy(other, model->region, REGION_MAX);
    memset(model->region, 0xdd, REGION_MAX);
    model->region = other;
    assert_ok(fh_arena_open(other, model->arena.bytes, &options, &model->arena));
}

static void be_wrong(struct model *model)
{
    unsigned char *pointer = model->region + below(model, model->arena.bytes);

    for (unsigned i = 0; i < model->count; i++)
        if (pointer == model->region + model->owned[i].at) return;
    assert_status(fh_arena_free(&model->arena, pointer), FH_INVALID);
}

/* The used blocks are those of the list; the figures are theirs. */
static void require_blocks(const struct model *model)
{
    uint64_t used_count = 0, free_count = 0, used_bytes = 0, free_bytes = 0;
    fh_arena_block block = {0};
    fh_arena_info info;

    assert_ok(fh_arena_audit(&model->arena));
    while (fh_arena_next(&model->arena, block.pointer, &block) == FH_OK) {
        *(block.is_free ? &free_count : &used_count) += 1;
        *(block.is_free ? &free_bytes : &used_bytes) += block.bytes + HEADER;
    }
    assert_int_equal(used_count, model->count);
    assert_ok(fh_arena_stat(&model->arena, &info));
    assert_int_equal(info.used_count, used_count);
    assert_int_equal(info.free_count, free_count);
    assert_int_equal(info.used_bytes, used_bytes);
    assert_int_equal(info.free_bytes, free_bytes);
    for (unsigned i = 0; i < model->count; i++) {
        uint64_t usable;

        assert_ok(fh_arena_usable_size(&model->arena, model->region + model->owned[i].at, &usable));
        assert_true(usable >= model->owned[i].bytes);
        assert_true(usable < model->owned[i].bytes + BLOCK_MIN + HEADER);
    }
}

static void step(struct model *model, unsigned take_percent)
{
    uint64_t dice = below(model, 100);

    if (dice < 2)
        move(model);
    else if (dice < 6)
        be_wrong(model);
    else if (dice < 20)
        change(model);
    else if (below(model, 100) < take_percent)
        take(model);
    else
        give(model);
}

static void run_history(const char *policy, const char *order, uint64_t seed)
{
    static struct model model;
    fh_arena_options options;
    fh_arena_info info;

    model = (struct model){.policy = policy, .order = order, .region = regions[0]};
    random_init(&model.random, seed);
    model.region_max = 4096 + below(&model, REGION_MAX - 4096);
    options = options_of(&model);
    assert_ok(fh_arena_new(regions[0], 192 + below(&model, 3000), &options, &model.arena));
    for (unsigned i = 0; i < STEPS; i++) {
        where_set("policy %s, order %s, seed %" PRIu64 ", step %u", policy, order, seed, i);
        step(&model, i % 300 < 200 ? 65 : 30);
        require_blocks(&model);
        if (i % COMPARE_EVERY != 0) continue;
        for (unsigned k = 0; k < model.count; k++)
            compare(&model, &model.owned[k], model.owned[k].bytes);
    }
    while (model.count > 0)
        give(&model);
    require_blocks(&model);
    assert_ok(fh_arena_stat(&model.arena, &info));
    assert_int_equal(info.free_count, 1);
}

static void every_policy_and_order_equals_the_list(void **state)
{
    static const char *const policies[] = {"best", "worst", "first", "next"};
    static const char *const orders[] = {"addr", "size+", "size-", "front", "back"};

    (void)state;
    for (uint64_t n = 0; n < seed_effort(); n++)
        for (unsigned p = 0; p < 4; p++)
            for (unsigned o = 0; o < 5; o++)
                run_history(policies[p], orders[o], seed_get() + n);
    where_done();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(every_policy_and_order_equals_the_list, where_teardown),
    };

    where_init("arena_model");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
