/*
 * space_api.c - fh_space_..., the public face of a space.
 *
 * Arguments are checked, a wrong give is called by its name, and a space goes into bytes and
 * comes back; everything else is space.c's.
 * The bytes: AT_... below, then first and count of each free run. The checksum is of all bytes
 * with its own four zero.
 */
#include "freehold/space.h"

#include <inttypes.h>
#include <string.h>

#include "base/bits.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/crc32c.h"
#include "base/memory.h"
#include "base/note.h"
#include "space/space.h"

static const char magic[8] = {'F', 'H', 's', 'p', 'a', 'c', 'e', '1'};

enum {
    AT_MAGIC = 0,
    AT_UNIT_COUNT = 8,
    AT_RUN_COUNT = 16,
    AT_POLICY = 24, /* its name, padded with zeros */
    POLICY_BYTES = 16,
    AT_ZERO = 40,
    AT_CRC = 44,
    HEADER_BYTES = 48,
    RUN_BYTES = 16
};

struct fh_space {
    struct space *space;
};

static fh_status open_space(const fh_space_options *options, uint64_t unit_count, bool attaches,
                            fh_space **ret_space);
static struct run run_from(fh_unit_run run);
static const char *wrong_give(const struct space *space, struct run run);
static uint32_t checksum(const uint8_t *bytes, size_t size);
static fh_status header_decode(struct span saved, const char **policy, uint64_t *ret_unit_count);
static fh_status runs_decode(struct span saved, uint64_t unit_count, struct space *space);
static fh_status refuse_null(const char *function);

const char *fh_space_policy(unsigned n)
{
    const struct policy_ops *ops = policy_at(n);

    return ops == NULL ? NULL : ops->name;
}

const char *fh_space_policy_idea(const char *policy)
{
    const struct policy_ops *ops = policy == NULL ? NULL : policy_find(policy);

    return ops == NULL ? NULL : ops->idea;
}

size_t fh_space_policy_node_bytes(const char *policy)
{
    const struct policy_ops *ops = policy == NULL ? NULL : policy_find(policy);

    return ops == NULL ? 0 : ops->node_bytes;
}

fh_status fh_space_open(const char *policy, uint64_t unit_count, fh_space **ret_space)
{
    const fh_space_options options = {.size = sizeof(options), .policy = policy};

    return fh_space_open_with(&options, unit_count, ret_space);
}

fh_status fh_space_open_with(const fh_space_options *options, uint64_t unit_count,
                             fh_space **ret_space)
{
    return open_space(options, unit_count, false, ret_space);
}

fh_status fh_space_attach(const fh_space_options *options, uint64_t unit_count,
                          fh_space **ret_space)
{
    return open_space(options, unit_count, true, ret_space);
}

void fh_space_close(fh_space *space)
{
    if (space == NULL) return;
    space_close(space->space);
    memory_give(space);
}

fh_status fh_space_grow(fh_space *space, uint64_t unit_count)
{
    if (space == NULL) return refuse_null("fh_space_grow");
    return space_grow(space->space, unit_count);
}

fh_status fh_space_shrink(fh_space *space, uint64_t unit_count)
{
    if (space == NULL) return refuse_null("fh_space_shrink");
    return space_shrink(space->space, unit_count);
}

fh_status fh_space_reserve(fh_space *space, uint64_t take_count, uint64_t give_count)
{
    if (space == NULL) return refuse_null("fh_space_reserve");
    return space_reserve(space->space, take_count, give_count);
}

fh_status fh_space_take(fh_space *space, uint64_t unit_count, const fh_space_wish *wish,
                        fh_unit_run *ret_run)
{
    struct policy_request request = {.unit_count = unit_count};
    struct run run;

    if (space == NULL || ret_run == NULL) return refuse_null("fh_space_take");
    if (wish != NULL) {
        request.near = wish->near;
        request.align = wish->align;
        request.whole_blocks = wish->whole_blocks != 0;
    }
    TRY(space_take(space->space, &request, &run));
    *ret_run = (fh_unit_run){run.first, run.count};
    return FH_OK;
}

fh_status fh_space_take_at(fh_space *space, fh_unit_run run)
{
    if (space == NULL) return refuse_null("fh_space_take_at");
    return space_take_at(space->space, run_from(run));
}

fh_status fh_space_give(fh_space *space, fh_unit_run run)
{
    fh_status status;

    if (space == NULL) return refuse_null("fh_space_give");
    status = space_give(space->space, run_from(run));
    if (status == FH_INVALID)
        return note_context(status, "%s give", wrong_give(space->space, run_from(run)));
    return status;
}

fh_status fh_space_next_run(const fh_space *space, uint64_t from, fh_unit_run *ret_run)
{
    struct run run;

    if (space == NULL || ret_run == NULL) return refuse_null("fh_space_next_run");
    if (!space_next_run(space->space, from, &run)) return answer(FH_NOT_FOUND);
    *ret_run = (fh_unit_run){run.first, run.count};
    return FH_OK;
}

fh_status fh_space_stat(const fh_space *space, fh_space_info *ret_info)
{
    struct space_stat stat;
    fh_space_info info;
    struct run run;

    if (space == NULL || ret_info == NULL) return refuse_null("fh_space_stat");
    space_stat(space->space, &stat);
    info = (fh_space_info){
        .policy = stat.policy,
        .unit_count = stat.unit_count,
        .free_units = stat.free_units,
        .free_runs = stat.free_runs,
        .largest_run_units = stat.largest_run_units,
        .take_count = stat.take_count,
        .give_count = stat.give_count,
        .refused_count = stat.refused_count,
    };
    if (stat.free_units > 0)
        info.fragmentation = 1.0 - (double)stat.largest_run_units / (double)stat.free_units;
    for (uint64_t at = 0; space_next_run(space->space, at, &run); at = run_end(run))
        info.histogram[bit_highest(run.count)]++;
    *ret_info = info;
    return FH_OK;
}

fh_status fh_space_audit(const fh_space *space)
{
    if (space == NULL) return refuse_null("fh_space_audit");
    return space_audit(space->space);
}

uint64_t fh_space_save_bytes(const fh_space *space)
{
    struct space_stat stat;

    if (space == NULL) return 0;
    space_stat(space->space, &stat);
    return HEADER_BYTES + stat.free_runs * RUN_BYTES;
}

fh_status fh_space_save(const fh_space *space, void *buffer, size_t capacity, size_t *ret_bytes)
{
    uint8_t *bytes = buffer;
    struct space_stat stat;
    struct run run;
    size_t size = HEADER_BYTES;

    if (space == NULL || buffer == NULL) return refuse_null("fh_space_save");
    if (fh_space_save_bytes(space) > capacity)
        return fail(FH_TOO_LARGE, "the space needs %" PRIu64 " bytes, there are %zu",
                    fh_space_save_bytes(space), capacity);

    space_stat(space->space, &stat);
    REQUIRE(strlen(stat.policy) < POLICY_BYTES);
    memset(bytes, 0, HEADER_BYTES);
    memcpy(bytes + AT_MAGIC, magic, sizeof(magic));
    memcpy(bytes + AT_POLICY, stat.policy, strlen(stat.policy));
    store64(bytes + AT_UNIT_COUNT, stat.unit_count);
    store64(bytes + AT_RUN_COUNT, stat.free_runs);
    for (uint64_t at = 0; space_next_run(space->space, at, &run); at = run_end(run)) {
        store64(bytes + size, run.first);
        store64(bytes + size + 8, run.count);
        size += RUN_BYTES;
    }
    store32(bytes + AT_CRC, checksum(bytes, size));
    if (ret_bytes != NULL) *ret_bytes = size;
    return FH_OK;
}

fh_status fh_space_load(const char *policy, const void *buffer, size_t size, fh_space **ret_space)
{
    struct span saved = span_of(buffer, size);
    uint64_t unit_count;
    fh_space *space;
    fh_status status;

    if (buffer == NULL || ret_space == NULL) return refuse_null("fh_space_load");
    TRY(header_decode(saved, &policy, &unit_count));
    TRY(fh_space_open(policy, unit_count, &space));
    status = runs_decode(saved, unit_count, space->space);
    if (status != FH_OK) {
        fh_space_close(space);
        return status;
    }
    *ret_space = space;
    return FH_OK;
}

static fh_status open_space(const fh_space_options *options, uint64_t unit_count, bool attaches,
                            fh_space **ret_space)
{
    struct policy_memory memory;
    fh_space *space;
    fh_status status;

    if (options == NULL || ret_space == NULL) return refuse_null("the opening of a space");
    if (options->size < sizeof(*options))
        return fail(FH_INVALID, "fh_space_options: size is %zu", options->size);
    memory = (struct policy_memory){
        .units = options->memory, .unit_bytes = options->unit_bytes, .head = options->head};
    if (memory.units == NULL && (attaches || memory.head != NULL || memory.unit_bytes != 0))
        return fail(FH_INVALID, "fh_space_options: no memory");
    space = memory_take(1, sizeof(*space));
    if (space == NULL) return fail(FH_NO_MEMORY, "a space");
    if (attaches)
        status = space_attach(options->policy, unit_count, &memory, &space->space);
    else
        status = space_open_in(options->policy == NULL ? policy_at(0)->name : options->policy,
                               unit_count, memory.units == NULL ? NULL : &memory, &space->space);
    if (status != FH_OK) {
        memory_give(space);
        return status;
    }
    *ret_space = space;
    return FH_OK;
}

static struct run run_from(fh_unit_run run)
{
    return (struct run){run.first, run.count};
}

/* What kind of wrong `run` is, which space_give has refused. */
static const char *wrong_give(const struct space *space, struct run run)
{
    struct space_stat stat;

    space_stat(space, &stat);
    if (run.count == 0) return "empty";
    if (run.count > UINT64_MAX - run.first) return "overflowing";
    if (run_end(run) > stat.unit_count) return "wild";
    return space_is_free(space, run) ? "double" : "overlapping";
}

/* The four bytes of the sum itself count as zero. */
static uint32_t checksum(const uint8_t *bytes, size_t size)
{
    static const uint8_t zeros[HEADER_BYTES - AT_CRC] = {0};
    uint32_t crc = crc32c(0, bytes, AT_CRC);

    crc = crc32c(crc, zeros, sizeof(zeros));
    return crc32c(crc, bytes + HEADER_BYTES, size - HEADER_BYTES);
}

/* *policy stays when it is not NULL, and else becomes the one that was saved. */
static fh_status header_decode(struct span saved, const char **policy, uint64_t *ret_unit_count)
{
    const char *name;
    uint64_t run_count;

    if (saved.size < HEADER_BYTES)
        return fail(FH_CORRUPT, "a saved space of %zu bytes", saved.size);
    if (memcmp(saved.data + AT_MAGIC, magic, sizeof(magic)) != 0)
        return fail(FH_CORRUPT, "this is no saved space");
    run_count = load64(saved.data + AT_RUN_COUNT);
    if ((saved.size - HEADER_BYTES) % RUN_BYTES != 0 ||
        (saved.size - HEADER_BYTES) / RUN_BYTES != run_count)
        return fail(FH_CORRUPT, "a saved space of %zu bytes with %" PRIu64 " runs", saved.size,
                    run_count);
    if (load32(saved.data + AT_CRC) != checksum(saved.data, saved.size))
        return fail(FH_CORRUPT, "a saved space with a wrong checksum");
    name = (const char *)saved.data + AT_POLICY;
    if (memchr(name, 0, POLICY_BYTES) == NULL || load32(saved.data + AT_ZERO) != 0)
        return fail(FH_CORRUPT, "a saved space with a wrong header");

    if (*policy == NULL) {
        if (policy_find(name) == NULL)
            return fail(FH_VERSION, "a space saved with the policy \"%s\"", name);
        *policy = policy_find(name)->name;
    }
    *ret_unit_count = load64(saved.data + AT_UNIT_COUNT);
    return FH_OK;
}

/* Gives the runs to an empty space; they must ascend and touch nowhere. */
static fh_status runs_decode(struct span saved, uint64_t unit_count, struct space *space)
{
    uint64_t run_count = load64(saved.data + AT_RUN_COUNT);
    uint64_t end = 0;

    TRY(space_reserve(space, 0, run_count));
    for (uint64_t i = 0; i < run_count; i++) {
        const uint8_t *at = saved.data + HEADER_BYTES + i * RUN_BYTES;
        struct run run = {load64(at), load64(at + 8)};

        if (run.count == 0 || run.first < end || (i > 0 && run.first == end) ||
            !run_holds((struct run){0, unit_count}, run))
            return fail(FH_CORRUPT,
                        "run %" PRIu64 " of a saved space is %" PRIu64 " units at %" PRIu64, i,
                        run.count, run.first);
        space_put_back(space, run);
        end = run_end(run);
    }
    return FH_OK;
}

static fh_status refuse_null(const char *function)
{
    return fail(FH_INVALID, "%s: a NULL argument", function);
}
