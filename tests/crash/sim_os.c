/*
 * sim_os.c - the simulated machine: its life, stops, faults, trace, and what tests ask.
 */
#include "crash/sim_os.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/note.h"
#include "crash/sim_internal.h"

static void begin(struct sim *sim);
static void end(struct sim *sim);

void *sim_take(size_t bytes)
{
    void *memory = calloc(1, bytes == 0 ? 1 : bytes);

    REQUIRE(memory != NULL);
    return memory;
}

struct sim *sim_os_new(uint64_t seed)
{
    struct sim *sim = sim_take(sizeof(*sim));

    sim_file_port(&sim->os);
    REQUIRE(pthread_mutex_init(&sim->lock, NULL) == 0);
    random_init(&sim->random, seed);
    sim->seed = seed;
    list_init(&sim->nodes);
    list_init(&sim->names);
    sim->stop_at = UINT64_MAX;
    sim->capacity_bytes = UINT64_MAX;
    return sim;
}

void sim_os_delete(struct sim *sim)
{
    struct list *next;

    if (sim == NULL) return;
    REQUIRE(sim->open_count == 0);
    REQUIRE(sim->reserve_count == 0);
    for (uint64_t i = 0; i < sim->pending_count; i++)
        sim_medium_pending_delete(sim->pending[i]);
    while (!list_is_empty(&sim->nodes))
        sim_medium_node_delete(list_item(sim->nodes.next, struct sim_node, in_sim));
    for (struct list *i = sim->names.next; i != &sim->names; i = next) {
        next = i->next;
        free(list_item(i, struct sim_name, in_sim));
    }
    REQUIRE(pthread_mutex_destroy(&sim->lock) == 0);
    free(sim->pending);
    free(sim->trace);
    free(sim);
}

const struct os *sim_os_port(struct sim *sim)
{
    return &sim->os;
}

void sim_os_set_after_call(struct sim *sim, void (*after_call)(void))
{
    sim->after_call = after_call;
}

void sim_os_advance(struct sim *sim, uint64_t ns)
{
    begin(sim);
    sim->now_ns += ns;
    end(sim);
}

void sim_os_stop_after(struct sim *sim, uint64_t n)
{
    begin(sim);
    sim->stop_at = n;
    end(sim);
}

bool sim_os_has_stopped(struct sim *sim)
{
    bool has_stopped;

    begin(sim);
    has_stopped = sim->has_stopped;
    end(sim);
    return has_stopped;
}

uint64_t sim_os_operation_count(struct sim *sim)
{
    uint64_t count;

    begin(sim);
    count = sim->operation_count;
    end(sim);
    return count;
}

enum sim_fate sim_mutation(struct sim *sim, enum sim_kind kind, const char *path, uint64_t at,
                           uint64_t bytes)
{
    uint64_t sequence = sim->operation_count;
    bool completes = sequence < sim->stop_at;

    if (sim->has_stopped) return SIM_STOPPED;
    sim->operation_count++;
    sim->has_stopped = !completes;
    if (sim->trace_count == sim->trace_max) {
        sim->trace_max = sim->trace_max == 0 ? 64 : 2 * sim->trace_max;
        sim->trace = realloc(sim->trace, sim->trace_max * sizeof(*sim->trace));
        REQUIRE(sim->trace != NULL);
    }
    sim->trace[sim->trace_count++] = (struct sim_trace){
        .sequence = sequence,
        .kind = kind,
        .path = path,
        .at = at,
        .bytes = bytes,
        .completed = completes,
    };
    return completes ? SIM_GOES_ON : SIM_IN_FLIGHT;
}

fh_status sim_stopped(const struct sim *sim)
{
    return fail(FH_IO, "the machine stopped at operation %" PRIu64, sim->stop_at);
}

uint64_t sim_os_fail_at(struct sim *sim, unsigned mask, uint64_t n, bool for_ever, fh_status status)
{
    uint64_t calls;

    begin(sim);
    calls = sim->fault_calls;
    sim->fault_calls = 0;
    sim->fault_mask = mask;
    sim->fault_at = n;
    sim->fault_for_ever = for_ever;
    sim->fault_status = status;
    end(sim);
    return calls;
}

fh_status sim_fault(struct sim *sim, enum sim_kind kind)
{
    uint64_t call;

    if ((sim->fault_mask & (unsigned)kind) == 0) return FH_OK;
    call = ++sim->fault_calls;
    if (sim->fault_at == 0 || call < sim->fault_at) return FH_OK;
    if (call > sim->fault_at && !sim->fault_for_ever) return FH_OK;
    return fail(sim->fault_status, "the fault that the test asked for");
}

void sim_os_set_failed_sync(struct sim *sim, enum sim_failed_sync effect)
{
    begin(sim);
    sim->failed_sync = effect;
    end(sim);
}

void sim_os_set_capacity(struct sim *sim, uint64_t bytes)
{
    begin(sim);
    sim->capacity_bytes = bytes;
    end(sim);
}

uint64_t sim_os_allocated_bytes(struct sim *sim)
{
    uint64_t block_count;

    begin(sim);
    block_count = sim_medium_block_count(sim);
    end(sim);
    return block_count * SIM_BLOCK_BYTES;
}

void sim_os_set_read_only(struct sim *sim, bool is_read_only)
{
    begin(sim);
    sim->is_read_only = is_read_only;
    end(sim);
}

void sim_os_set_garbling(struct sim *sim, bool garbles)
{
    begin(sim);
    sim->garbles = garbles;
    end(sim);
}

uint64_t sim_os_pending_count(struct sim *sim)
{
    uint64_t count;

    begin(sim);
    count = sim->pending_count;
    end(sim);
    return count;
}

bool sim_os_file_exists(struct sim *sim, const char *path)
{
    bool exists;

    begin(sim);
    exists = sim_medium_name(sim, path)->present != NULL;
    end(sim);
    return exists;
}

uint64_t sim_os_file_size(struct sim *sim, const char *path)
{
    const struct sim_node *node;
    uint64_t length;

    begin(sim);
    node = sim_medium_name(sim, path)->present;
    length = node == NULL ? 0 : node->cache.length;
    end(sim);
    return length;
}

size_t sim_os_read_file(struct sim *sim, const char *path, uint64_t at, void *buffer, size_t bytes)
{
    const struct sim_node *node;

    begin(sim);
    node = sim_medium_name(sim, path)->present;
    if (node == NULL || at >= node->cache.length)
        bytes = 0;
    else if (bytes > node->cache.length - at)
        bytes = (size_t)(node->cache.length - at);
    if (bytes > 0) memcpy(buffer, node->cache.bytes + at, bytes);
    end(sim);
    return bytes;
}

void sim_os_put_file(struct sim *sim, const char *path, const void *data, size_t bytes)
{
    struct sim_name *name;
    struct sim_node *node;

    begin(sim);
    name = sim_medium_name(sim, path);
    node = name->present;
    if (node == NULL) node = sim_medium_node(sim, name->path);
    name->present = node;
    REQUIRE(list_is_empty(&node->files));
    sim_medium_sync(sim, node, OS_SYNC_ALL);
    sim_medium_sync_directory(sim, path);
    sim_content_set_length(&node->durable, 0);
    sim_content_write(&node->durable, 0, data, bytes);
    node->durable.length = bytes;
    sim_content_copy(&node->cache, &node->durable);
    name->durable = node;
    end(sim);
}

void sim_os_corrupt(struct sim *sim, const char *path, uint64_t at, size_t bytes, uint8_t pattern)
{
    struct sim_node *node;

    begin(sim);
    node = sim_medium_name(sim, path)->present;
    REQUIRE(node != NULL);
    REQUIRE(at + bytes <= node->cache.length);
    sim_content_take(&node->durable, at, bytes);
    sim_content_take(&node->cache, at, bytes);
    for (size_t i = 0; i < bytes; i++) {
        node->durable.bytes[at + i] ^= pattern;
        node->cache.bytes[at + i] ^= pattern;
    }
    node->has_diverged = true;
    end(sim);
}

fh_status sim_os_audit(struct sim *sim)
{
    fh_status status = FH_OK;

    begin(sim);
    for (struct list *i = sim->nodes.next; i != &sim->nodes && !sim->has_stopped; i = i->next) {
        const struct sim_node *node = list_item(i, struct sim_node, in_sim);
        struct sim_content expected;

        if (node->has_diverged) continue;
        sim_content_init(&expected);
        sim_content_copy(&expected, &node->durable);
        for (uint64_t k = 0; k < sim->pending_count; k++)
            if (sim->pending[k]->node == node) sim_medium_apply(sim->pending[k], &expected);
        if (!sim_content_equals(&expected, &node->cache))
            status = fail(FH_CORRUPT, "\"%s\" was changed, but not by a write", node->path);
        sim_content_fini(&expected);
    }
    end(sim);
    return status;
}

uint64_t sim_os_trace_count(struct sim *sim)
{
    uint64_t count;

    begin(sim);
    count = sim->trace_count;
    end(sim);
    return count;
}

bool sim_os_trace(struct sim *sim, uint64_t index, struct sim_trace *ret_entry)
{
    bool is_there;

    begin(sim);
    is_there = index < sim->trace_count;
    if (is_there) *ret_entry = sim->trace[index];
    end(sim);
    return is_there;
}

static void begin(struct sim *sim)
{
    REQUIRE(pthread_mutex_lock(&sim->lock) == 0);
}

static void end(struct sim *sim)
{
    REQUIRE(pthread_mutex_unlock(&sim->lock) == 0);
}
