/*
 * segregated.c - two levels of size classes: a good fit in a few steps, whatever is free.
 *
 * A class holds the free runs of an interval of lengths: one length below 32, then sixteen
 * classes to an octave. Two levels of bits say which classes have runs. A take rounds its
 * length up to the next class, where every run is long enough, and takes the low part of
 * the run that came there last; so what it leaves is at most a sixteenth more than best fit
 * would, and neither take nor give looks at a second run of a class.
 *
 * A run is found by its first unit (its record there holds length and links) and by its last
 * one (whose record says where it begins), so neighbours join without a search. The records
 * stand beside, 16 bytes a unit in segments that come with the universe: nothing but open and
 * grow asks for memory. The set by address is a unit map. It also keeps L3: when the classes
 * above are empty, or hold no aligned run, it finds what the own class may still have.
 * `near` is followed in that last search only. Idea: M. Masmano's TLSF.
 */
#include <inttypes.h>

#include "base/bits.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "space/policy_table.h"
#include "space/unit_map.h"

enum {
    SEGMENT_BITS = 12,
    SEGMENT_UNITS = 1 << SEGMENT_BITS,
    PART_BITS = 4, /* sixteen classes to an octave */
    PART_COUNT = 1 << PART_BITS,
    OCTAVE_COUNT = 32 - PART_BITS + 1, /* the lengths below 16, then one for each bit more */
    CLASS_COUNT = OCTAVE_COUNT * PART_COUNT
};

/* Unit numbers plus one; 0 is none, so zeroed memory is ready. */
struct record {
    uint32_t count; /* at the first unit of a free run: its length, and the two links */
    uint32_t next;
    uint32_t prev;
    uint32_t first; /* at the last unit */
};

struct policy {
    struct unit_map map;
    struct record **segments;
    uint64_t segment_count;

    /* Which octaves have a class with runs, which classes of an octave have, and their tops. */
    uint32_t octaves;
    uint32_t parts[OCTAVE_COUNT];
    uint32_t tops[CLASS_COUNT];
};

static fh_status grow_segments(struct policy *policy, uint64_t unit_count);
static void trim_segments(struct policy *policy, uint64_t segment_count);
static unsigned size_class(uint64_t count);
static bool find_run(const struct policy *policy, uint64_t count, struct run *ret_run);
static void file_run(struct policy *policy, struct run run);
static void unfile_run(struct policy *policy, struct run run);
static void cut(struct policy *policy, struct run whole, struct run run);
static fh_status audit_class(const struct policy *policy, unsigned class, uint64_t *run_count);

static inline struct record *record_of(const struct policy *policy, uint64_t unit)
{
    return &policy->segments[unit >> SEGMENT_BITS][unit & (SEGMENT_UNITS - 1)];
}

/* The free run that begins at `unit`, if one does. */
static inline struct run run_at(const struct policy *policy, uint64_t unit)
{
    return (struct run){unit, record_of(policy, unit)->count};
}

static void segregated_close(struct policy *policy)
{
    if (policy == NULL) return;
    trim_segments(policy, 0);
    memory_give(policy->segments);
    unit_map_fini(&policy->map);
    memory_give(policy);
}

static fh_status segregated_open(uint64_t unit_count, struct policy **ret_policy)
{
    struct policy *policy = memory_take(1, sizeof(*policy));
    fh_status status;

    if (policy == NULL) return fail(FH_NO_MEMORY, "a segregated policy");
    status = grow_segments(policy, unit_count);
    if (status == FH_OK) status = unit_map_init(&policy->map, unit_count);
    if (status != FH_OK) {
        segregated_close(policy);
        return status;
    }
    *ret_policy = policy;
    return FH_OK;
}

static fh_status segregated_reserve(struct policy *policy, uint64_t take_count, uint64_t give_count)
{
    (void)policy;
    (void)take_count;
    (void)give_count;
    return FH_OK;
}

static fh_status segregated_grow(struct policy *policy, uint64_t unit_count)
{
    uint64_t segment_count = policy->segment_count;
    fh_status status;

    TRY(grow_segments(policy, unit_count));
    status = unit_map_grow(&policy->map, unit_count);
    if (status != FH_OK) trim_segments(policy, segment_count);
    return status;
}

static void segregated_shrink(struct policy *policy, uint64_t unit_count)
{
    unit_map_shrink(&policy->map, unit_count);
    trim_segments(policy, divide_up(unit_count, SEGMENT_UNITS));
}

/* `run` is free; the record of the whole run's last unit knows where that begins. */
static fh_status segregated_take_at(struct policy *policy, struct run run)
{
    struct run whole = run_at(policy, run.first);

    if (whole.count == 0) {
        REQUIRE(unit_map_next_run(&policy->map, run.first, &whole));
        whole = run_at(policy, record_of(policy, run_end(whole) - 1)->first - 1);
    }
    cut(policy, whole, run);
    return FH_OK;
}

/* Any run of `padded` units holds an aligned one. */
static fh_status segregated_take(struct policy *policy, const struct policy_request *request,
                                 struct run *ret_run)
{
    uint64_t count = request->unit_count;
    uint64_t align = request->align > 1 ? request->align : 1;
    struct run whole;
    uint64_t padded;

    if (add_fits(count, align - 1, &padded) && find_run(policy, padded, &whole)) {
        policy->map.looked_count++;
        *ret_run = (struct run){round_up(whole.first, align), count};
        cut(policy, whole, *ret_run);
        return FH_OK;
    }
    if (!unit_map_find(&policy->map, count, request->near, align, ret_run))
        return answer(FH_NO_SPACE);
    return segregated_take_at(policy, *ret_run);
}

static void segregated_give(struct policy *policy, struct run run)
{
    uint64_t end = run_end(run);
    struct run whole = run;

    unit_map_give(&policy->map, run);
    if (run.first > 0 && record_of(policy, run.first - 1)->first != 0) {
        whole.first = record_of(policy, run.first - 1)->first - 1;
        whole.count += run.first - whole.first;
        unfile_run(policy, run_at(policy, whole.first));
    }
    if (end < policy->map.unit_count && record_of(policy, end)->count != 0) {
        whole.count += record_of(policy, end)->count;
        unfile_run(policy, run_at(policy, end));
    }
    file_run(policy, whole);
}

static bool segregated_next_run(const struct policy *policy, uint64_t from, struct run *ret_run)
{
    return unit_map_next_run(&policy->map, from, ret_run);
}

static bool segregated_is_free(const struct policy *policy, struct run run)
{
    return unit_map_is_free(&policy->map, run);
}

static bool segregated_is_taken(const struct policy *policy, struct run run)
{
    return unit_map_is_taken(&policy->map, run);
}

static void segregated_stat(const struct policy *policy, struct policy_stat *ret_stat)
{
    *ret_stat = (struct policy_stat){
        .free_units = policy->map.free_units,
        .free_runs = policy->map.free_runs,
        .largest_run_units = unit_map_largest(&policy->map),
        .looked_count = policy->map.looked_count,
    };
}

/* Each run of the map has its two records; each class has runs of its lengths, and its bits. */
static fh_status segregated_audit(const struct policy *policy)
{
    uint64_t run_count = 0;
    struct run run;

    TRY(unit_map_audit(&policy->map));
    for (uint64_t at = 0; unit_map_next_run(&policy->map, at, &run); at = run_end(run)) {
        if (record_of(policy, run.first)->count != run.count)
            return fail(FH_CORRUPT, "segregated: a wrong length at unit %" PRIu64, run.first);
        if (record_of(policy, run_end(run) - 1)->first != run.first + 1)
            return fail(FH_CORRUPT, "segregated: a wrong beginning at unit %" PRIu64,
                        run_end(run) - 1);
    }
    for (unsigned class = 0; class < CLASS_COUNT; class ++)
        TRY(audit_class(policy, class, &run_count));
    for (unsigned octave = 0; octave < OCTAVE_COUNT; octave++)
        if ((policy->parts[octave] != 0) != ((policy->octaves >> octave & 1) != 0))
            return fail(FH_CORRUPT, "segregated: a wrong bit for octave %u", octave);
    if (run_count != policy->map.free_runs)
        return fail(FH_CORRUPT, "segregated: %" PRIu64 " runs in the classes, %" PRIu64 " free",
                    run_count, policy->map.free_runs);
    return FH_OK;
}

static fh_status audit_class(const struct policy *policy, unsigned class, uint64_t *run_count)
{
    bool has_bit = (policy->parts[class / PART_COUNT] >> class % PART_COUNT & 1) != 0;
    uint32_t prev = 0;

    if ((policy->tops[class] != 0) != has_bit)
        return fail(FH_CORRUPT, "segregated: a wrong bit for class %u", class);
    for (uint32_t at = policy->tops[class]; at != 0; at = record_of(policy, at - 1)->next) {
        const struct record *record = record_of(policy, at - 1);

        if (!unit_map_is_free(&policy->map, (struct run){at - 1, record->count}))
            return fail(FH_CORRUPT, "segregated: the run at %u is not free", at - 1);
        if (size_class(record->count) != class || record->prev != prev)
            return fail(FH_CORRUPT, "segregated: the run at %u has wrong links", at - 1);
        if (++*run_count > policy->map.free_runs)
            return fail(FH_CORRUPT, "segregated: more runs in the classes than free ones");
        prev = at;
    }
    return FH_OK;
}

/* The class whose interval holds `count`, which is below 2^32. */
static unsigned size_class(uint64_t count)
{
    unsigned octave;

    if (count < PART_COUNT) return (unsigned)count;
    octave = bit_highest(count) - PART_BITS;
    return octave * PART_COUNT + (unsigned)(count >> octave);
}

/* The top run of the lowest class in which all are long enough. */
static bool find_run(const struct policy *policy, uint64_t count, struct run *ret_run)
{
    unsigned class;
    unsigned octave;
    uint32_t bits;

    if (count > policy->map.unit_count) return false;
    if (count >= PART_COUNT)
        count += (UINT64_C(1) << (bit_highest(count) - PART_BITS)) - 1; /* the next border */
    if (count > UINT32_MAX) return false;
    class = size_class(count);
    octave = class / PART_COUNT;
    bits = policy->parts[octave] >> class % PART_COUNT << class % PART_COUNT;
    if (bits == 0) {
        bits = octave + 1 < OCTAVE_COUNT ? policy->octaves >> (octave + 1) << (octave + 1) : 0;
        if (bits == 0) return false;
        octave = bit_lowest(bits);
        bits = policy->parts[octave];
    }
    *ret_run = run_at(policy, policy->tops[octave * PART_COUNT + bit_lowest(bits)] - 1);
    return true;
}

static void file_run(struct policy *policy, struct run run)
{
    unsigned class = size_class(run.count);
    struct record *record = record_of(policy, run.first);
    uint32_t number = (uint32_t)run.first + 1;

    record->count = (uint32_t)run.count;
    record->prev = 0;
    record->next = policy->tops[class];
    record_of(policy, run_end(run) - 1)->first = number;
    if (record->next != 0) record_of(policy, record->next - 1)->prev = number;
    policy->tops[class] = number;
    policy->parts[class / PART_COUNT] |= 1U << class % PART_COUNT;
    policy->octaves |= 1U << class / PART_COUNT;
}

static void unfile_run(struct policy *policy, struct run run)
{
    unsigned class = size_class(run.count);
    struct record *record = record_of(policy, run.first);

    if (record->next != 0) record_of(policy, record->next - 1)->prev = record->prev;
    if (record->prev != 0)
        record_of(policy, record->prev - 1)->next = record->next;
    else
        policy->tops[class] = record->next;
    record->count = 0;
    record_of(policy, run_end(run) - 1)->first = 0;
    if (policy->tops[class] != 0) return;
    policy->parts[class / PART_COUNT] &= ~(1U << class % PART_COUNT);
    if (policy->parts[class / PART_COUNT] == 0) policy->octaves &= ~(1U << class / PART_COUNT);
}

/* Takes `run` out of the free run `whole`, and files what stays on its sides. */
static void cut(struct policy *policy, struct run whole, struct run run)
{
    unit_map_take_at(&policy->map, run);
    unfile_run(policy, whole);
    if (whole.first < run.first)
        file_run(policy, (struct run){whole.first, run.first - whole.first});
    if (run_end(run) < run_end(whole))
        file_run(policy, (struct run){run_end(run), run_end(whole) - run_end(run)});
}

static fh_status grow_segments(struct policy *policy, uint64_t unit_count)
{
    uint64_t wanted = divide_up(unit_count, SEGMENT_UNITS);
    struct record **segments;

    if (unit_count >= UINT32_MAX)
        return fail(FH_TOO_LARGE, "segregated: %" PRIu64 " units, records hold 32 bits",
                    unit_count);
    if (wanted <= policy->segment_count) return FH_OK;
    segments = memory_resize(policy->segments, policy->segment_count, wanted, sizeof(*segments));
    if (segments == NULL)
        return fail(FH_NO_MEMORY, "segregated: a table of %" PRIu64 " segments", wanted);
    policy->segments = segments;
    for (uint64_t old = policy->segment_count; policy->segment_count < wanted;
         policy->segment_count++) {
        segments[policy->segment_count] = memory_take(SEGMENT_UNITS, sizeof(struct record));
        if (segments[policy->segment_count] == NULL) {
            trim_segments(policy, old);
            return fail(FH_NO_MEMORY, "segregated: records for %u units", (unsigned)SEGMENT_UNITS);
        }
    }
    return FH_OK;
}

static void trim_segments(struct policy *policy, uint64_t segment_count)
{
    while (policy->segment_count > segment_count)
        memory_give(policy->segments[--policy->segment_count]);
}

const struct policy_ops segregated_policy = {
    .name = "segregated",
    .idea = "two levels of size classes, a good fit in constant time",
    .open = segregated_open,
    .close = segregated_close,
    .reserve = segregated_reserve,
    .grow = segregated_grow,
    .shrink = segregated_shrink,
    .take = segregated_take,
    .take_at = segregated_take_at,
    .give = segregated_give,
    .next_run = segregated_next_run,
    .is_free = segregated_is_free,
    .is_taken = segregated_is_taken,
    .stat = segregated_stat,
    .audit = segregated_audit,
};
