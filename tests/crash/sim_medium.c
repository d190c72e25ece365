/*
 * sim_medium.c - names, files and pending operations of the simulated system.
 *
 * A name means one file on the medium and perhaps another, or none, to who looks now:
 * what lies between are pending creations and removals, which a sync of the directory
 * carries over. What lies between two contents of a file is carried over by its sync.
 */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "crash/sim_internal.h"

static void carry_out(struct sim *sim, struct sim_node *node);
static void forget(struct sim *sim, const struct sim_node *node);
static bool is_cut(const struct sim *sim, const struct sim_node *node);
static bool is_reachable(const struct sim *sim, const struct sim_node *node);

struct sim_name *sim_medium_name(struct sim *sim, const char *path)
{
    struct sim_name *name;

    for (struct list *i = sim->names.next; i != &sim->names; i = i->next) {
        name = list_item(i, struct sim_name, in_sim);
        if (strcmp(name->path, path) == 0) return name;
    }
    name = sim_take(sizeof(*name) + strlen(path) + 1);
    memcpy(name->path, path, strlen(path) + 1);
    list_append(&sim->names, &name->in_sim);
    return name;
}

struct sim_node *sim_medium_node(struct sim *sim, const char *path)
{
    struct sim_node *node = sim_take(sizeof(*node));

    node->path = path;
    sim_content_init(&node->durable);
    sim_content_init(&node->cache);
    list_init(&node->files);
    list_append(&sim->nodes, &node->in_sim);
    return node;
}

void sim_medium_node_delete(struct sim_node *node)
{
    REQUIRE(list_is_empty(&node->files));
    list_remove(&node->in_sim);
    sim_content_fini(&node->durable);
    sim_content_fini(&node->cache);
    free(node);
}

void sim_medium_sweep(struct sim *sim)
{
    struct list *next;

    for (struct list *i = sim->nodes.next; i != &sim->nodes; i = next) {
        struct sim_node *node = list_item(i, struct sim_node, in_sim);

        next = i->next;
        if (is_reachable(sim, node)) continue;
        carry_out(sim, node);
        sim_medium_node_delete(node);
    }
}

static bool is_reachable(const struct sim *sim, const struct sim_node *node)
{
    if (!list_is_empty(&node->files)) return true;
    for (struct list *i = sim->names.next; i != &sim->names; i = i->next) {
        const struct sim_name *name = list_item(i, struct sim_name, in_sim);

        if (name->durable == node || name->present == node) return true;
    }
    for (uint64_t i = 0; i < sim->pending_count; i++)
        if (sim->pending[i]->node == node && sim->pending[i]->name != NULL) return true;
    return false;
}

struct sim_pending *sim_medium_add(struct sim *sim, enum sim_kind kind, struct sim_node *node,
                                   uint64_t at, uint64_t bytes)
{
    struct sim_pending *pending = sim_take(sizeof(*pending));

    pending->kind = kind;
    pending->node = node;
    pending->at = at;
    pending->bytes = bytes;
    if (sim->pending_count == sim->pending_max) {
        sim->pending_max = 2 * sim->pending_max + 16;
        sim->pending = realloc(sim->pending, sim->pending_max * sizeof(struct sim_pending *));
        REQUIRE(sim->pending != NULL);
    }
    sim->pending[sim->pending_count++] = pending;
    return pending;
}

void sim_medium_pending_delete(struct sim_pending *pending)
{
    free(pending->data);
    free(pending);
}

void sim_medium_apply(const struct sim_pending *pending, struct sim_content *content)
{
    switch ((int)pending->kind) {
    case SIM_WRITE:
        sim_content_write(content, pending->at, pending->data, pending->bytes);
        break;
    case SIM_ALLOCATE:
        sim_content_take(content, pending->at, pending->bytes);
        break;
    case SIM_PUNCH:
        sim_content_punch(content, pending->at, pending->bytes);
        break;
    case SIM_TRUNCATE:
        sim_content_set_length(content, pending->at);
        break;
    default:
        return;
    }
    if (content->length < pending->least_length) content->length = pending->least_length;
}

void sim_medium_sync(struct sim *sim, struct sim_node *node, enum os_sync_kind kind)
{
    uint64_t old_length = node->durable.length;
    struct sim_content old;

    if (kind == OS_SYNC_ALL || !is_cut(sim, node)) {
        carry_out(sim, node);
        return;
    }

    /* A sync of the data promises no shorter length: the old tail may come back. */
    sim_content_init(&old);
    sim_content_copy(&old, &node->durable);
    carry_out(sim, node);
    if (node->durable.length < old_length) {
        uint64_t length = node->durable.length;

        sim_content_write(&node->durable, length, old.bytes + length,
                          (size_t)(old_length - length));
        node->durable.length = old_length;
        (void)sim_medium_add(sim, SIM_TRUNCATE, node, length, old_length - length);
    }
    sim_content_fini(&old);
}

/* True when a pending operation cuts what is durable. */
static bool is_cut(const struct sim *sim, const struct sim_node *node)
{
    for (uint64_t i = 0; i < sim->pending_count; i++)
        if (sim->pending[i]->node == node && sim->pending[i]->kind == SIM_TRUNCATE &&
            sim->pending[i]->at < node->durable.length)
            return true;
    return false;
}

static bool is_of(const struct sim_pending *pending, const struct sim_node *node)
{
    return pending->node == node && pending->name == NULL;
}

/* Carries every pending operation of the file to the durable content. */
static void carry_out(struct sim *sim, struct sim_node *node)
{
    for (uint64_t i = 0; i < sim->pending_count; i++)
        if (is_of(sim->pending[i], node)) sim_medium_apply(sim->pending[i], &node->durable);
    forget(sim, node);
}

/* The pending operations of the file are no longer pending. */
static void forget(struct sim *sim, const struct sim_node *node)
{
    uint64_t kept_count = 0;

    for (uint64_t i = 0; i < sim->pending_count; i++) {
        if (is_of(sim->pending[i], node))
            sim_medium_pending_delete(sim->pending[i]);
        else
            sim->pending[kept_count++] = sim->pending[i];
    }
    sim->pending_count = kept_count;
}

void sim_medium_fail_sync(struct sim *sim, struct sim_node *node)
{
    if (sim->failed_sync == SIM_FAILED_SYNC_KEPT) {
        carry_out(sim, node);
        return;
    }
    forget(sim, node);
    if (sim->failed_sync == SIM_FAILED_SYNC_REVERTED)
        sim_content_copy(&node->cache, &node->durable);
    else
        node->has_diverged = true;
}

void sim_medium_sync_directory(struct sim *sim, const char *path)
{
    uint64_t kept_count = 0;

    for (uint64_t i = 0; i < sim->pending_count; i++) {
        struct sim_pending *pending = sim->pending[i];

        if (pending->name == NULL || !sim_medium_is_in_directory_of(pending->name->path, path)) {
            sim->pending[kept_count++] = pending;
            continue;
        }
        pending->name->durable = pending->kind == SIM_CREATE ? pending->node : NULL;
        sim_medium_pending_delete(pending);
    }
    sim->pending_count = kept_count;
    sim_medium_sweep(sim);
}

uint64_t sim_medium_block_count(struct sim *sim)
{
    uint64_t sum = 0;

    for (struct list *i = sim->nodes.next; i != &sim->nodes; i = i->next)
        sum += list_item(i, struct sim_node, in_sim)->cache.block_count;
    return sum;
}

bool sim_medium_is_in_directory_of(const char *name, const char *path)
{
    const char *name_slash = strrchr(name, '/');
    const char *path_slash = strrchr(path, '/');
    size_t name_length = name_slash == NULL ? 0 : (size_t)(name_slash - name);
    size_t path_length = path_slash == NULL ? 0 : (size_t)(path_slash - path);

    return (name_slash == NULL) == (path_slash == NULL) && name_length == path_length &&
           strncmp(name, path, name_length) == 0;
}
