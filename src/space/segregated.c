/*
 * segregated.c - two levels of size classes: a good fit in a few steps, whatever is free.
 *
 * A class holds the free runs of an interval of lengths: one length below 32, then sixteen
 * classes to an octave. Two levels of bits say which classes have runs. A take rounds its
 * length up to the next class, where every run is long enough, and takes the low part of
 * the run that came there last; so what it leaves is at most a sixteenth more than best fit
 * would, and neither take nor give looks at a second run of a class.
 *
 * The set itself is two sets of units, where free runs begin and where they end, so neighbours
 * join and questions are answered without a search: O(1) but for the logarithm to the base of
 * 64 that unit_bits pays for long gaps. A class is a list through the first units of its runs.
 * Beside, all is 8.3 bytes a unit; with memory behind the units the lists live in them, and a
 * quarter of a byte a unit is left, taken at open and grow.
 *
 * It also keeps L3: when the classes above are empty, or hold no aligned run, the own class
 * may still have a run that fits, and its list is walked; a class that had none remembers how
 * long its runs are at most. `near` is not followed. Idea: M. Masmano's TLSF.
 */
#include <inttypes.h>

#include "base/bits.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "space/policy_table.h"
#include "space/unit_bits.h"
#include "space/unit_links.h"

enum {
    PART_BITS = 4, /* sixteen classes to an octave */
    PART_COUNT = 1 << PART_BITS,
    OCTAVE_COUNT = 32 - PART_BITS + 1, /* the lengths below 16, then one for each bit more */
    CLASS_COUNT = OCTAVE_COUNT * PART_COUNT
};

struct policy {
    struct unit_bits firsts; /* the first unit of each free run, */
    struct unit_bits lasts;  /* and its last one */
    struct unit_links links;
    uint64_t unit_count;
    uint64_t free_units;
    uint64_t free_runs;
    uint64_t looked_count; /* runs that searches have looked at */

    /* Which octaves have a class with runs, which classes of an octave have, and their tops
     * (unit number plus one; 0: none). No run of a class is longer than most[class]. */
    uint32_t octaves;
    uint32_t parts[OCTAVE_COUNT];
    uint32_t tops[CLASS_COUNT];
    uint32_t most[CLASS_COUNT];
};

static bool has_run_before(const struct policy *policy, struct run run);
static bool find_around(const struct policy *policy, uint64_t unit, struct run *ret_run);
static uint64_t longest(const struct policy *policy);
static uint64_t next_in_class(const struct policy *policy, unsigned class, uint64_t unit);
static unsigned size_class(uint64_t count);
static bool find_class(const struct policy *policy, uint64_t count, unsigned *ret_class);
static fh_status search(struct policy *policy, uint64_t count, uint64_t align, struct run *ret_run);
static fh_status search_class(struct policy *policy, unsigned class, uint64_t count, uint64_t align,
                              struct run *ret_run);
static bool can_follow(const struct policy *policy, unsigned class, uint64_t unit);
static fh_status check_links(const struct policy *policy, struct run run);
static void file_run(struct policy *policy, struct run run);
static void unfile_run(struct policy *policy, struct run run);
static void cut(struct policy *policy, struct run whole, struct run run);
static fh_status audit_class(const struct policy *policy, unsigned class, uint64_t *run_count);

/* The free run that begins at `unit`. */
static inline struct run run_at(const struct policy *policy, uint64_t unit)
{
    return (struct run){unit, unit_bits_next(&policy->lasts, unit) - unit + 1};
}

static void segregated_close(struct policy *policy)
{
    if (policy == NULL) return;
    unit_links_fini(&policy->links);
    unit_bits_fini(&policy->firsts);
    unit_bits_fini(&policy->lasts);
    memory_give(policy);
}

static fh_status segregated_open_in(uint64_t unit_count, const struct policy_memory *memory,
                                    struct policy **ret_policy)
{
    struct policy *policy = memory_take(1, sizeof(*policy));
    fh_status status;

    if (policy == NULL) return fail(FH_NO_MEMORY, "a segregated policy");
    policy->unit_count = unit_count;
    status = unit_links_init(&policy->links, unit_count, memory);
    if (status == FH_OK) status = unit_bits_init(&policy->firsts, unit_count);
    if (status == FH_OK) status = unit_bits_init(&policy->lasts, unit_count);
    if (status != FH_OK) {
        segregated_close(policy);
        return status;
    }
    *ret_policy = policy;
    return FH_OK;
}

static fh_status segregated_open(uint64_t unit_count, struct policy **ret_policy)
{
    return segregated_open_in(unit_count, NULL, ret_policy);
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
    fh_status status;

    TRY(unit_links_grow(&policy->links, unit_count));
    status = unit_bits_grow(&policy->firsts, unit_count);
    if (status == FH_OK) status = unit_bits_grow(&policy->lasts, unit_count);
    if (status != FH_OK) {
        unit_links_shrink(&policy->links, policy->unit_count);
        return status;
    }
    policy->unit_count = unit_count;
    return FH_OK;
}

static void segregated_shrink(struct policy *policy, uint64_t unit_count)
{
    unit_links_shrink(&policy->links, unit_count);
    policy->unit_count = unit_count;
}

/* `run` is free. */
static fh_status segregated_take_at(struct policy *policy, struct run run)
{
    struct run whole = {0, 0};

    REQUIRE(find_around(policy, run.first, &whole));
    TRY(check_links(policy, whole));
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
    struct run run;
    unsigned class;
    uint64_t padded;

    if (add_fits(count, align - 1, &padded) && find_class(policy, padded, &class)) {
        policy->looked_count++;
        whole = run_at(policy, policy->tops[class] - 1);
    } else {
        if (count > policy->unit_count) return answer(FH_NO_SPACE);
        TRY(search(policy, count, align, &whole));
    }
    run = (struct run){round_up(whole.first, align), count};
    TRY(check_links(policy, whole));
    cut(policy, whole, run);
    *ret_run = run;
    return FH_OK;
}

static fh_status segregated_check_give(const struct policy *policy, struct run run)
{
    struct run before;

    if (has_run_before(policy, run) && find_around(policy, run.first - 1, &before))
        TRY(check_links(policy, before));
    if (unit_bits_has(&policy->firsts, run_end(run)))
        TRY(check_links(policy, run_at(policy, run_end(run))));
    return FH_OK;
}

static void segregated_give(struct policy *policy, struct run run)
{
    uint64_t end = run_end(run);
    struct run whole = run;

    if (has_run_before(policy, run)) {
        whole.first = unit_bits_prev(&policy->firsts, run.first - 1);
        whole.count += run.first - whole.first;
        unfile_run(policy, (struct run){whole.first, run.first - whole.first});
        unit_bits_drop(&policy->lasts, run.first - 1);
    } else {
        unit_bits_add(&policy->firsts, run.first);
    }
    if (unit_bits_has(&policy->firsts, end)) {
        struct run behind = run_at(policy, end);

        whole.count += behind.count;
        unfile_run(policy, behind);
        unit_bits_drop(&policy->firsts, end);
    } else {
        unit_bits_add(&policy->lasts, end - 1);
    }
    file_run(policy, whole);
}

static bool segregated_next_run(const struct policy *policy, uint64_t from, struct run *ret_run)
{
    struct run run;
    uint64_t first;

    if (find_around(policy, from, &run)) {
        *ret_run = (struct run){from, run_end(run) - from};
        return true;
    }
    first = unit_bits_next(&policy->firsts, from);
    if (first == UNIT_BITS_NONE) return false;
    *ret_run = run_at(policy, first);
    return true;
}

static bool segregated_is_free(const struct policy *policy, struct run run)
{
    struct run whole;

    return find_around(policy, run.first, &whole) && run_holds(whole, run);
}

/* The last run that begins before the end of `run`, if any, ends before it, too. */
static bool segregated_is_taken(const struct policy *policy, struct run run)
{
    uint64_t first = unit_bits_prev(&policy->firsts, run_end(run) - 1);

    return first == UNIT_BITS_NONE || run_end(run_at(policy, first)) <= run.first;
}

static void segregated_stat(const struct policy *policy, struct policy_stat *ret_stat)
{
    *ret_stat = (struct policy_stat){
        .free_units = policy->free_units,
        .free_runs = policy->free_runs,
        .largest_run_units = longest(policy),
        .looked_count = policy->looked_count,
    };
}

/* Runs begin and end in turn; each is in its class; classes have their bits. */
static fh_status segregated_audit(const struct policy *policy)
{
    uint64_t free_runs = 0;
    uint64_t free_units = 0;
    uint64_t filed_runs = 0;
    uint64_t first = unit_bits_next(&policy->firsts, 0);

    TRY(unit_bits_audit(&policy->firsts));
    TRY(unit_bits_audit(&policy->lasts));
    for (uint64_t end = 0; first != UNIT_BITS_NONE; first = unit_bits_next(&policy->firsts, end)) {
        uint64_t last = unit_bits_next(&policy->lasts, end);

        if (last < first || last >= policy->unit_count || (end > 0 && first <= end - 1))
            return fail(FH_CORRUPT, "segregated: the run at %" PRIu64 " ends at %" PRIu64, first,
                        last);
        end = last + 1;
        free_units += end - first;
        free_runs++;
        if (unit_bits_next(&policy->firsts, first + 1) < end)
            return fail(FH_CORRUPT, "segregated: a run begins in the one at %" PRIu64, first);
    }
    for (unsigned class = 0; class < CLASS_COUNT; class ++)
        TRY(audit_class(policy, class, &filed_runs));
    for (unsigned octave = 0; octave < OCTAVE_COUNT; octave++)
        if ((policy->parts[octave] != 0) != ((policy->octaves >> octave & 1) != 0))
            return fail(FH_CORRUPT, "segregated: a wrong bit for octave %u", octave);
    if (filed_runs != free_runs || free_runs != policy->free_runs ||
        free_units != policy->free_units)
        return fail(FH_CORRUPT,
                    "segregated: %" PRIu64 " units in %" PRIu64 " runs, %" PRIu64
                    " in classes; the figures say %" PRIu64 " in %" PRIu64,
                    free_units, free_runs, filed_runs, policy->free_units, policy->free_runs);
    return FH_OK;
}

static fh_status audit_class(const struct policy *policy, unsigned class, uint64_t *run_count)
{
    bool has_bit = (policy->parts[class / PART_COUNT] >> class % PART_COUNT & 1) != 0;

    if ((policy->tops[class] != 0) != has_bit)
        return fail(FH_CORRUPT, "segregated: a wrong bit for class %u", class);
    for (uint64_t at = policy->tops[class]; at != 0; at = next_in_class(policy, class, at - 1)) {
        uint64_t unit = at - 1;
        struct run run = run_at(policy, unit);

        if (!unit_bits_has(&policy->firsts, unit))
            return fail(FH_CORRUPT, "segregated: no run begins at unit %" PRIu64, unit);
        if (size_class(run.count) != class || run.count > policy->most[class])
            return fail(FH_CORRUPT, "segregated: the run at %" PRIu64 " is in class %u", unit,
                        class);
        if (!can_follow(policy, class, unit))
            return fail(FH_CORRUPT, "segregated: the run at %" PRIu64 " has wrong links", unit);
        if (++*run_count > policy->free_runs)
            return fail(FH_CORRUPT, "segregated: more runs in the classes than free ones");
    }
    return FH_OK;
}

/* The longest run of the highest class; where its list is broken, the longest before that. */
static uint64_t longest(const struct policy *policy)
{
    unsigned octave = policy->octaves != 0 ? bit_highest(policy->octaves) : 0;
    unsigned part = policy->octaves != 0 ? bit_highest(policy->parts[octave]) : 0;
    unsigned class = octave * PART_COUNT + part;
    uint64_t unit = policy->tops[class];
    uint64_t units = 0;

    while (unit != 0) {
        uint64_t count = run_at(policy, unit - 1).count;

        if (units < count) units = count;
        unit = next_in_class(policy, class, unit - 1);
    }
    return units;
}

/* The first unit plus one of the run behind that at `unit`; 0: none, or none to be reached. */
static uint64_t next_in_class(const struct policy *policy, unsigned class, uint64_t unit)
{
    uint64_t next = unit_links_next(&policy->links, unit);

    return next != unit && can_follow(policy, class, unit) ? next + 1 : 0;
}

/* A free run ends where `run` begins. */
static bool has_run_before(const struct policy *policy, struct run run)
{
    return run.first > 0 && unit_bits_has(&policy->lasts, run.first - 1);
}

/* The free run that holds `unit`. */
static bool find_around(const struct policy *policy, uint64_t unit, struct run *ret_run)
{
    uint64_t first = unit_bits_prev(&policy->firsts, unit);
    struct run run;

    if (first == UNIT_BITS_NONE) return false;
    run = run_at(policy, first);
    if (run_end(run) <= unit) return false;
    *ret_run = run;
    return true;
}

/* The class whose interval holds `count`, which is below 2^32. */
static unsigned size_class(uint64_t count)
{
    unsigned octave;

    if (count < PART_COUNT) return (unsigned)count;
    octave = bit_highest(count) - PART_BITS;
    return octave * PART_COUNT + (unsigned)(count >> octave);
}

/* The lowest class with runs in which all are long enough. */
static bool find_class(const struct policy *policy, uint64_t count, unsigned *ret_class)
{
    unsigned class;
    unsigned octave;
    uint32_t bits;

    if (count > policy->unit_count) return false;
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
    *ret_class = octave * PART_COUNT + bit_lowest(bits);
    return true;
}

/* A run with an aligned fit, looked for in all classes that may have one. */
static fh_status search(struct policy *policy, uint64_t count, uint64_t align, struct run *ret_run)
{
    for (unsigned class = size_class(count); class < CLASS_COUNT; class ++) {
        fh_status status = FH_NO_SPACE;

        if (policy->tops[class] != 0 && policy->most[class] >= count)
            status = search_class(policy, class, count, align, ret_run);
        if (status != FH_NO_SPACE) return status;
    }
    return answer(FH_NO_SPACE);
}

static fh_status search_class(struct policy *policy, unsigned class, uint64_t count, uint64_t align,
                              struct run *ret_run)
{
    uint64_t most = 0;

    for (uint64_t at = policy->tops[class]; at != 0; at = next_in_class(policy, class, at - 1)) {
        struct run run = run_at(policy, at - 1);
        uint64_t skip = round_up(run.first, align) - run.first;

        policy->looked_count++;
        TRY(check_links(policy, run));
        if (run.count >= count && run.count - count >= skip) {
            *ret_run = run;
            return FH_OK;
        }
        if (most < run.count) most = run.count;
    }
    policy->most[class] = (uint32_t)most;
    return answer(FH_NO_SPACE);
}

/* The links at the first unit of a run of the class lead to other runs. */
static bool can_follow(const struct policy *policy, unsigned class, uint64_t unit)
{
    return unit_links_agree(&policy->links, policy->tops[class], unit) &&
           unit_bits_has(&policy->firsts, unit_links_at(&policy->links, unit)->next - 1) &&
           unit_bits_has(&policy->firsts, unit_links_at(&policy->links, unit)->prev - 1);
}

/* Before the free run's links are followed: inside, they may have been written over. */
static fh_status check_links(const struct policy *policy, struct run run)
{
    if (LIKELY(policy->links.inside == NULL)) return FH_OK;
    if (can_follow(policy, size_class(run.count), run.first)) return FH_OK;
    return fail(FH_CORRUPT,
                "segregated: free unit %" PRIu64 " or one linked to it was written into",
                run.first);
}

static void file_run(struct policy *policy, struct run run)
{
    unsigned class = size_class(run.count);

    unit_links_push(&policy->links, &policy->tops[class], run.first);
    if (policy->most[class] < run.count) policy->most[class] = (uint32_t)run.count;
    policy->parts[class / PART_COUNT] |= 1U << class % PART_COUNT;
    policy->octaves |= 1U << class / PART_COUNT;
    policy->free_units += run.count;
    policy->free_runs++;
}

static void unfile_run(struct policy *policy, struct run run)
{
    unsigned class = size_class(run.count);

    unit_links_drop(&policy->links, &policy->tops[class], run.first);
    policy->free_units -= run.count;
    policy->free_runs--;
    if (policy->tops[class] != 0) return;
    policy->most[class] = 0;
    policy->parts[class / PART_COUNT] &= ~(1U << class % PART_COUNT);
    if (policy->parts[class / PART_COUNT] == 0) policy->octaves &= ~(1U << class / PART_COUNT);
}

/* Takes `run` out of the free run `whole`, and files what stays on its sides. Bits are added
 * before others go, so that a word that stays in use is not summed up twice. */
static void cut(struct policy *policy, struct run whole, struct run run)
{
    struct run left = {whole.first, run.first - whole.first};
    struct run right = {run_end(run), run_end(whole) - run_end(run)};

    unfile_run(policy, whole);
    if (left.count > 0) {
        unit_bits_add(&policy->lasts, run_end(left) - 1);
        file_run(policy, left);
    }
    if (right.count > 0) {
        unit_bits_add(&policy->firsts, right.first);
        file_run(policy, right);
    }
    if (left.count == 0) unit_bits_drop(&policy->firsts, whole.first);
    if (right.count == 0) unit_bits_drop(&policy->lasts, run_end(whole) - 1);
}

const struct policy_ops segregated_policy = {
    .name = "segregated",
    .idea = "two levels of size classes, a good fit in constant time",
    .node_bytes = sizeof(struct unit_link),
    .open = segregated_open,
    .open_in = segregated_open_in,
    .close = segregated_close,
    .reserve = segregated_reserve,
    .grow = segregated_grow,
    .shrink = segregated_shrink,
    .take = segregated_take,
    .take_at = segregated_take_at,
    .check_give = segregated_check_give,
    .give = segregated_give,
    .next_run = segregated_next_run,
    .is_free = segregated_is_free,
    .is_taken = segregated_is_taken,
    .stat = segregated_stat,
    .audit = segregated_audit,
};
