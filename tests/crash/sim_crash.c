/*
 * sim_crash.c - the machines that may come up after the power was cut.
 *
 * A state is a rule that says of each pending operation, and of each sector that it writes,
 * whether it reached the medium. A sector is written whole, with all that was changed in
 * it before; so what is kept of a sector is everything up to the last operation kept
 * there, and likewise with the length and the name of a file.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "crash/sim_internal.h"

enum { TEARS_MAX = 64, CHANCE_COUNT = 32, GARBLED_COUNT = 16 };

enum mode {
    MODE_NONE,
    MODE_ALL,
    MODE_LENGTHS,
    MODE_ALL_BUT,
    MODE_ONLY,
    MODE_FIRST,
    MODE_TEAR,
    MODE_CHANCE,
    MODE_TORN,
    MODE_GARBLED,
    MODE_COUNT
};

struct crash {
    struct sim_pending *const *pending;
    uint64_t count;
    uint64_t last_write; /* `count` when none of them is a write */
    uint64_t states[MODE_COUNT];

    /* The rule of one state. */
    enum mode mode;
    uint64_t number; /* among those of its mode */
    uint64_t seed;
};

/* One file on its way through the crash; 0: nothing kept, i + 1: up to operation i. */
struct remains {
    const struct sim_node *node;
    struct sim_content *content;
    uint32_t *sectors;
    uint32_t length;
};

static void crash_open(struct crash *crash, struct sim *sim);
static void choose(struct crash *crash, struct sim *sim, uint64_t index);
static bool keeps(const struct crash *crash, uint64_t i);
static bool keeps_sector(const struct crash *crash, uint64_t i, uint64_t sector);
static struct sim_node *remaining_node(const struct crash *crash, const struct sim_name *name);
static const struct sim_name *other_remaining_name(const struct crash *crash, struct sim *sim,
                                                   const struct sim_name *name,
                                                   const struct sim_node *node);
static void leave_remains(const struct crash *crash, const struct sim_node *node,
                          struct sim_content *content);
static uint64_t sector_count(const struct crash *crash, const struct sim_node *node);
static void look_what_is_kept(const struct crash *crash, struct remains *remains);
static void apply_what_is_kept(const struct crash *crash, struct remains *remains, uint64_t i);
static void garble(const struct crash *crash, struct remains *remains);
static uint64_t chance(uint64_t seed, uint64_t a, uint64_t b);

static uint64_t first_sector(const struct sim_pending *pending)
{
    return pending->at / SIM_SECTOR_BYTES;
}

static uint64_t end_sector(const struct sim_pending *pending)
{
    return (pending->at + pending->bytes + SIM_SECTOR_BYTES - 1) / SIM_SECTOR_BYTES;
}

static void begin(struct sim *sim, struct crash *crash)
{
    REQUIRE(pthread_mutex_lock(&sim->lock) == 0);
    crash_open(crash, sim);
}

static void end(struct sim *sim)
{
    REQUIRE(pthread_mutex_unlock(&sim->lock) == 0);
}

uint64_t sim_crash_count(struct sim *sim)
{
    struct crash crash;
    uint64_t sum = 0;

    begin(sim, &crash);
    for (int mode = 0; mode < MODE_COUNT; mode++)
        sum += crash.states[mode];
    end(sim);
    return sum;
}

void sim_crash_state(struct sim *sim, uint64_t index, struct sim **ret_sim)
{
    struct crash crash;
    struct sim *after;

    begin(sim, &crash);
    choose(&crash, sim, index);
    after = sim_os_new(crash.seed);
    after->now_ns = sim->now_ns;
    after->capacity_bytes = sim->capacity_bytes;
    after->garbles = sim->garbles;
    for (struct list *i = sim->names.next; i != &sim->names; i = i->next) {
        const struct sim_name *name = list_item(i, struct sim_name, in_sim);
        const struct sim_node *node = remaining_node(&crash, name);
        const struct sim_name *other;
        struct sim_name *new_name;
        struct sim_node *new_node;

        if (node == NULL) continue;
        new_name = sim_medium_name(after, name->path);
        other = other_remaining_name(&crash, sim, name, node);
        if (other != NULL) {
            new_node = sim_medium_name(after, other->path)->durable;
        } else {
            new_node = sim_medium_node(after, new_name->path);
            leave_remains(&crash, node, &new_node->durable);
            sim_content_copy(&new_node->cache, &new_node->durable);
        }
        new_name->durable = new_node;
        new_name->present = new_node;
    }
    end(sim);
    *ret_sim = after;
}

struct sim *sim_os_crash(struct sim *sim, enum sim_crash_choice choice)
{
    struct sim *after;

    sim_crash_state(sim, sim_os_pending_count(sim) == 0 ? 0 : (uint64_t)choice, &after);
    return after;
}

const char *sim_crash_name(struct sim *sim, uint64_t index)
{
    static const char *const words[MODE_COUNT] = {
        [MODE_NONE] = "nothing pending",          [MODE_ALL] = "everything pending",
        [MODE_LENGTHS] = "lengths and names",     [MODE_ALL_BUT] = "all but operation",
        [MODE_ONLY] = "only operation",           [MODE_FIRST] = "operations before",
        [MODE_TEAR] = "last write cut at sector", [MODE_CHANCE] = "operations by chance",
        [MODE_TORN] = "sectors by chance",        [MODE_GARBLED] = "sectors by chance, garbled",
    };
    struct crash crash;
    const struct sim_pending *pending = NULL;
    int length;

    begin(sim, &crash);
    choose(&crash, sim, index);
    if ((crash.mode == MODE_ALL_BUT || crash.mode == MODE_ONLY || crash.mode == MODE_FIRST))
        pending = crash.pending[crash.number];
    length = snprintf(sim->crash_name, sizeof(sim->crash_name), "%s %" PRIu64 " of %" PRIu64,
                      words[crash.mode], crash.number, crash.count);
    if (pending != NULL && length > 0)
        (void)snprintf(sim->crash_name + length, sizeof(sim->crash_name) - (size_t)length,
                       " (kind %u at %" PRIu64 ", %" PRIu64 " bytes, %s)", (unsigned)pending->kind,
                       pending->at, pending->bytes,
                       pending->name == NULL ? pending->node->path : pending->name->path);
    end(sim);
    return sim->crash_name;
}

bool sim_crash_garbled(struct sim *sim, uint64_t index, struct sim_trace *ret_write)
{
    struct crash crash;
    bool is_garbled;

    begin(sim, &crash);
    choose(&crash, sim, index);
    is_garbled = crash.mode == MODE_GARBLED;
    if (is_garbled) {
        const struct sim_pending *pending = crash.pending[crash.last_write];

        *ret_write = (struct sim_trace){.kind = SIM_WRITE,
                                        .path = pending->node->path,
                                        .at = pending->at,
                                        .bytes = pending->bytes};
    }
    end(sim);
    return is_garbled;
}

static void crash_open(struct crash *crash, struct sim *sim)
{
    uint64_t n = sim->pending_count;
    uint64_t written_count = 0;

    memset(crash, 0, sizeof(*crash));
    crash->pending = sim->pending;
    crash->count = n;
    crash->last_write = n;
    for (uint64_t i = 0; i < n; i++) {
        if (sim->pending[i]->kind != SIM_WRITE) continue;
        crash->last_write = i;
        written_count = end_sector(sim->pending[i]) - first_sector(sim->pending[i]);
    }
    crash->states[MODE_NONE] = 1;
    if (n == 0) return;
    crash->states[MODE_ALL] = 1;
    crash->states[MODE_LENGTHS] = 1;
    crash->states[MODE_ALL_BUT] = n;
    crash->states[MODE_ONLY] = n;
    crash->states[MODE_FIRST] = n - 1;
    if (written_count > 0)
        crash->states[MODE_TEAR] = written_count - 1 < TEARS_MAX ? written_count - 1 : TEARS_MAX;
    crash->states[MODE_CHANCE] = CHANCE_COUNT;
    crash->states[MODE_TORN] = CHANCE_COUNT;
    crash->states[MODE_GARBLED] = sim->garbles && written_count > 0 ? GARBLED_COUNT : 0;
}

static void choose(struct crash *crash, struct sim *sim, uint64_t index)
{
    int mode = 0;

    crash->seed = chance(sim->seed, sim->operation_count, index);
    while (mode < MODE_COUNT && index >= crash->states[mode])
        index -= crash->states[mode++];
    REQUIRE(mode < MODE_COUNT);
    crash->mode = (enum mode)mode;
    crash->number = index;
    /* None and all of them are states already. */
    if (crash->mode == MODE_FIRST || crash->mode == MODE_TEAR) crash->number++;
}

/* Of an operation as a whole: its name, its length, its blocks. */
static bool keeps(const struct crash *crash, uint64_t i)
{
    switch (crash->mode) {
    case MODE_NONE:
        return false;
    case MODE_ALL:
    case MODE_LENGTHS:
        return true;
    case MODE_ALL_BUT:
        return i != crash->number;
    case MODE_ONLY:
        return i == crash->number;
    case MODE_FIRST:
        return i < crash->number;
    case MODE_TEAR:
        return i <= crash->last_write;
    case MODE_CHANCE:
    case MODE_TORN:
    case MODE_GARBLED:
        /* Each state has its own odds: 1, 3, 5 or 7 of 8. */
        return chance(crash->seed, i, UINT64_MAX) % 8 < 2 * (crash->number % 4) + 1;
    case MODE_COUNT:
        break;
    }
    return false;
}

/* Of one sector that an operation writes or punches. */
static bool keeps_sector(const struct crash *crash, uint64_t i, uint64_t sector)
{
    const struct sim_pending *pending = crash->pending[i];

    if (crash->mode == MODE_LENGTHS) return pending->kind != SIM_WRITE;
    if (crash->mode == MODE_TEAR && i == crash->last_write)
        return sector < pending->at / SIM_SECTOR_BYTES + crash->number;
    if (crash->mode == MODE_TORN || crash->mode == MODE_GARBLED)
        return chance(crash->seed, i, sector) % 8 < 2 * (crash->number % 4) + 1;
    return keeps(crash, i);
}

/* What the name means after the crash; NULL: nothing. */
static struct sim_node *remaining_node(const struct crash *crash, const struct sim_name *name)
{
    struct sim_node *node = name->durable;

    for (uint64_t i = 0; i < crash->count; i++) {
        const struct sim_pending *pending = crash->pending[i];

        if (pending->name == name && keeps(crash, i))
            node = pending->kind == SIM_CREATE ? pending->node : NULL;
    }
    return node;
}

/* A name before `name` in the machine's list that means the same file; NULL: none. */
static const struct sim_name *other_remaining_name(const struct crash *crash, struct sim *sim,
                                                   const struct sim_name *name,
                                                   const struct sim_node *node)
{
    for (struct list *i = sim->names.next; i != &name->in_sim; i = i->next) {
        const struct sim_name *other = list_item(i, struct sim_name, in_sim);

        if (remaining_node(crash, other) == node) return other;
    }
    return NULL;
}

static void leave_remains(const struct crash *crash, const struct sim_node *node,
                          struct sim_content *content)
{
    struct remains remains = {.node = node, .content = content};

    remains.sectors = sim_take((size_t)sector_count(crash, node) * sizeof(uint32_t));
    sim_content_copy(content, &node->durable);
    look_what_is_kept(crash, &remains);
    for (uint64_t i = 0; i < crash->count; i++)
        if (crash->pending[i]->node == node && crash->pending[i]->name == NULL)
            apply_what_is_kept(crash, &remains, i);
    if (crash->mode == MODE_GARBLED) garble(crash, &remains);

    /* What was written behind a length that did not become durable is not there. */
    sim_content_set_length(content, content->length);
    free(remains.sectors);
}

/* How many sectors the operations that are pending on the file reach over. */
static uint64_t sector_count(const struct crash *crash, const struct sim_node *node)
{
    uint64_t count = 0;

    for (uint64_t i = 0; i < crash->count; i++)
        if (crash->pending[i]->node == node && end_sector(crash->pending[i]) > count)
            count = end_sector(crash->pending[i]);
    return count;
}

static void look_what_is_kept(const struct crash *crash, struct remains *remains)
{
    for (uint64_t i = 0; i < crash->count; i++) {
        const struct sim_pending *pending = crash->pending[i];

        if (pending->node != remains->node || pending->name != NULL) continue;
        if ((pending->kind == SIM_TRUNCATE || pending->least_length > 0) && keeps(crash, i))
            remains->length = (uint32_t)i + 1;
        if (pending->kind != SIM_WRITE && pending->kind != SIM_PUNCH) continue;
        for (uint64_t sector = first_sector(pending); sector < end_sector(pending); sector++)
            if (keeps_sector(crash, i, sector)) remains->sectors[sector] = (uint32_t)i + 1;
    }
}

static void apply_what_is_kept(const struct crash *crash, struct remains *remains, uint64_t i)
{
    const struct sim_pending *pending = crash->pending[i];
    struct sim_content *content = remains->content;
    uint64_t end_at = pending->at + pending->bytes;

    if (pending->kind == SIM_TRUNCATE && remains->length > i) {
        sim_content_set_length(content, pending->at);
        return;
    }
    if (pending->kind == SIM_ALLOCATE && keeps(crash, i))
        sim_content_take(content, pending->at, pending->bytes);
    if (pending->kind != SIM_ALLOCATE) {
        /* A cut that was lost shows all the same in sectors that a later write filled. */
        for (uint64_t sector = first_sector(pending); sector < end_sector(pending); sector++) {
            uint64_t from = sector * SIM_SECTOR_BYTES;
            uint64_t to = from + SIM_SECTOR_BYTES;

            if (remains->sectors[sector] <= i) continue;
            if (from < pending->at) from = pending->at;
            if (to > end_at) to = end_at;
            if (pending->kind == SIM_WRITE)
                sim_content_write(content, from, pending->data + (from - pending->at),
                                  (size_t)(to - from));
            else
                sim_content_punch(content, from, to - from);
        }
    }
    if (remains->length > i && content->length < pending->least_length)
        content->length = pending->least_length;
}

/* Half of the sectors of the last write hold what was never written. */
static void garble(const struct crash *crash, struct remains *remains)
{
    const struct sim_pending *pending = crash->pending[crash->last_write];

    if (pending->node != remains->node) return;
    for (uint64_t sector = first_sector(pending); sector < end_sector(pending); sector++) {
        uint8_t garbage[SIM_SECTOR_BYTES];
        struct random random;

        random_init(&random, chance(crash->seed, sector, UINT64_MAX - 1));
        if (random_below(&random, 2) == 0) continue;
        for (size_t i = 0; i < sizeof(garbage); i++)
            garbage[i] = (uint8_t)random_next(&random);
        sim_content_write(remains->content, sector * SIM_SECTOR_BYTES, garbage, sizeof(garbage));
    }
}

/* A number that follows from the three and from nothing else. */
static uint64_t chance(uint64_t seed, uint64_t a, uint64_t b)
{
    struct random random;

    random_init(&random, seed ^ (a * UINT64_C(0x9e3779b97f4a7c15)));
    random_init(&random, random_next(&random) ^ (b * UINT64_C(0xc2b2ae3d27d4eb4f)));
    return random_next(&random);
}
