/*
 * sim_file.c - the port of the simulated system.
 *
 * Each function of the port takes the machine's lock, asks whether a fault is due, then
 * changes the cache and adds what it did to the pending operations.
 */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/bits.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/note.h"
#include "crash/sim_internal.h"

enum { CLOCK_STEP_NS = 1000 };

#define LARGE_PAGE_BYTES (UINT64_C(2) << 20)
#define MEMORY_BYTES     (UINT64_C(1) << 30)
#define CLOCK_START_NS   (UINT64_C(1600000000) * 1000000000)

static fh_status open_locked(struct sim *sim, const char *path, unsigned flags,
                             struct os_file **ret_file);
static fh_status lock_locked(struct sim_file *opened, bool exclusive);
static fh_status write_locked(struct sim_file *opened, uint64_t at, const struct span *parts,
                              size_t part_count);
static fh_status change_locked(struct sim_file *opened, enum sim_kind kind, uint64_t at,
                               uint64_t bytes);
static fh_status sync_locked(struct sim_file *opened, enum os_sync_kind kind);
static fh_status remove_locked(struct sim *sim, const char *path);
static fh_status rename_locked(struct sim *sim, const char *from, const char *to);

static struct sim *sim_of(const struct os *os)
{
    return (struct sim *)(uintptr_t)os;
}

/* Locks the machine of the file. */
static struct sim_file *begin(struct os_file *file)
{
    struct sim_file *opened = (struct sim_file *)(void *)file;

    REQUIRE(pthread_mutex_lock(&opened->sim->lock) == 0);
    return opened;
}

static struct sim *begin_sim(const struct os *os)
{
    REQUIRE(pthread_mutex_lock(&sim_of(os)->lock) == 0);
    return sim_of(os);
}

static fh_status end(struct sim *sim, fh_status status)
{
    REQUIRE(pthread_mutex_unlock(&sim->lock) == 0);
    if (sim->after_call != NULL) sim->after_call();
    return status;
}

static fh_status port_open(const struct os *os, const char *path, unsigned flags,
                           struct os_file **ret_file)
{
    struct sim *sim = begin_sim(os);

    return end(sim, open_locked(sim, path, flags, ret_file));
}

static fh_status open_locked(struct sim *sim, const char *path, unsigned flags,
                             struct os_file **ret_file)
{
    bool creates = flags == OS_OPEN_CREATE;
    struct sim_name *name = sim_medium_name(sim, path);
    struct sim_node *node = name->present;
    struct sim_file *opened;

    TRY(sim_fault(sim, creates ? SIM_CREATE : SIM_OPEN));
    if (creates && node != NULL) return fail(FH_EXISTS, "\"%s\" is already there", path);
    if (!creates && node == NULL) return fail(FH_NOT_FOUND, "opening \"%s\": no such file", path);
    if (flags != OS_OPEN_READ && sim->is_read_only)
        return fail(FH_READ_ONLY, "opening \"%s\" for writing: all is read-only", path);
    if (creates) {
        enum sim_fate fate = sim_mutation(sim, SIM_CREATE, name->path, 0, 0);

        if (fate == SIM_STOPPED) return sim_stopped(sim);
        node = sim_medium_node(sim, name->path);
        sim_medium_add(sim, SIM_CREATE, node, 0, 0)->name = name;
        if (fate == SIM_IN_FLIGHT) return sim_stopped(sim);
        name->present = node;
    }
    opened = sim_take(sizeof(*opened));
    opened->file.os = &sim->os;
    opened->sim = sim;
    opened->node = node;
    opened->writes = flags != OS_OPEN_READ;
    list_append(&node->files, &opened->in_node);
    sim->open_count++;
    *ret_file = &opened->file;
    return FH_OK;
}

static void port_close(struct os_file *file)
{
    struct sim_file *opened;

    if (file == NULL) return;
    opened = begin(file);
    REQUIRE(opened->view_count == 0);
    opened->sim->open_count--;
    list_remove(&opened->in_node);
    sim_medium_sweep(opened->sim);
    (void)end(opened->sim, FH_OK);
    free(opened);
}

static fh_status port_lock(struct os_file *file, bool exclusive)
{
    struct sim_file *opened = begin(file);

    return end(opened->sim, lock_locked(opened, exclusive));
}

static fh_status lock_locked(struct sim_file *opened, bool exclusive)
{
    struct list *files = &opened->node->files;

    TRY(sim_fault(opened->sim, SIM_LOCK));
    if (exclusive && !opened->writes)
        return fail(FH_IO, "locking \"%s\": it is open for reading only", opened->node->path);
    for (struct list *i = files->next; i != files; i = i->next) {
        const struct sim_file *other = list_item(i, struct sim_file, in_node);

        if (other != opened && other->is_locked && (exclusive || other->is_exclusive))
            return fail(FH_BUSY, "\"%s\" is locked by another handle", opened->node->path);
    }
    opened->is_locked = true;
    opened->is_exclusive = exclusive;
    return FH_OK;
}

static fh_status port_read(struct os_file *file, uint64_t at, void *buffer, size_t bytes,
                           size_t *ret_bytes)
{
    struct sim_file *opened = begin(file);
    const struct sim_content *cache = &opened->node->cache;
    fh_status status = sim_fault(opened->sim, SIM_READ);

    if (status == FH_OK) {
        uint64_t there = at < cache->length ? cache->length - at : 0;

        *ret_bytes = bytes < there ? bytes : (size_t)there;
        if (*ret_bytes > 0) memcpy(buffer, cache->bytes + at, *ret_bytes);
    }
    return end(opened->sim, status);
}

static fh_status port_write(struct os_file *file, uint64_t at, const struct span *parts,
                            size_t part_count)
{
    struct sim_file *opened = begin(file);

    return end(opened->sim, write_locked(opened, at, parts, part_count));
}

/* As much as the limits allow: below `bytes`, the write fails after that much. */
static uint64_t writable_bytes(struct sim_file *opened, uint64_t at, uint64_t bytes)
{
    struct sim *sim = opened->sim;
    uint64_t used = sim_medium_block_count(sim) * SIM_BLOCK_BYTES;
    uint64_t left = sim->capacity_bytes > used ? sim->capacity_bytes - used : 0;

    if (at >= SIM_FILE_BYTES_MAX) return 0;
    if (bytes > SIM_FILE_BYTES_MAX - at) bytes = SIM_FILE_BYTES_MAX - at;
    while (bytes > 0 &&
           sim_content_missing_blocks(&opened->node->cache, at, bytes) > left / SIM_BLOCK_BYTES) {
        uint64_t cut_at = round_down(at + bytes - 1, SIM_BLOCK_BYTES);

        bytes = cut_at > at ? cut_at - at : 0;
    }
    return bytes;
}

static fh_status write_locked(struct sim_file *opened, uint64_t at, const struct span *parts,
                              size_t part_count)
{
    struct sim *sim = opened->sim;
    struct sim_node *node = opened->node;
    fh_status status = sim_fault(sim, SIM_WRITE);
    uint64_t wanted = 0;
    uint64_t bytes;
    struct sim_pending *pending;
    enum sim_fate fate;

    if (!opened->writes)
        return fail(FH_IO, "writing \"%s\": it is open for reading only", node->path);
    for (size_t i = 0; i < part_count; i++)
        wanted += parts[i].size;
    if (wanted == 0) return status;
    bytes = writable_bytes(opened, at, wanted);
    if (status != FH_OK)
        bytes = round_down(random_below(&sim->random, bytes + 1), SIM_SECTOR_BYTES);
    else if (bytes < wanted)
        status = fail(FH_NO_SPACE, "writing \"%s\" at byte %" PRIu64 ": no space is left",
                      node->path, at);
    if (bytes == 0) return status;

    fate = sim_mutation(sim, SIM_WRITE, node->path, at, bytes);
    if (fate == SIM_STOPPED) return sim_stopped(sim);
    pending = sim_medium_add(sim, SIM_WRITE, node, at, bytes);
    pending->data = sim_take((size_t)bytes);
    for (uint64_t done = 0; done < bytes; parts++) {
        size_t here = size_min(parts->size, (size_t)(bytes - done));

        if (here > 0) memcpy(pending->data + done, parts->data, here);
        done += here;
    }
    if (at + bytes > node->cache.length) pending->least_length = at + bytes;
    if (fate == SIM_IN_FLIGHT) return sim_stopped(sim);
    sim_medium_apply(pending, &node->cache);
    return status;
}

static fh_status port_sync(struct os_file *file, enum os_sync_kind kind)
{
    struct sim_file *opened = begin(file);

    return end(opened->sim, sync_locked(opened, kind));
}

static fh_status sync_locked(struct sim_file *opened, enum os_sync_kind kind)
{
    struct sim *sim = opened->sim;
    struct sim_node *node = opened->node;
    fh_status status = sim_fault(sim, SIM_SYNC);

    if (sim_mutation(sim, SIM_SYNC, node->path, 0, 0) != SIM_GOES_ON) return sim_stopped(sim);
    if (status == FH_OK)
        sim_medium_sync(sim, node, kind);
    else
        sim_medium_fail_sync(sim, node);
    return status;
}

static fh_status port_sync_directory(const struct os *os, const char *path)
{
    struct sim *sim = begin_sim(os);
    fh_status status = sim_fault(sim, SIM_SYNC_DIRECTORY);

    if (status == FH_OK) {
        const char *known = sim_medium_name(sim, path)->path;

        if (sim_mutation(sim, SIM_SYNC_DIRECTORY, known, 0, 0) == SIM_GOES_ON)
            sim_medium_sync_directory(sim, path);
        else
            status = sim_stopped(sim);
    }
    return end(sim, status);
}

static fh_status port_allocate(struct os_file *file, uint64_t at, uint64_t bytes)
{
    struct sim_file *opened = begin(file);
    fh_status status = sim_fault(opened->sim, SIM_ALLOCATE);

    if (status == FH_OK && writable_bytes(opened, at, bytes) < bytes)
        status = fail(FH_NO_SPACE, "\"%s\": allocating %" PRIu64 " bytes: no space is left",
                      opened->node->path, bytes);
    if (status == FH_OK && bytes > 0) status = change_locked(opened, SIM_ALLOCATE, at, bytes);
    return end(opened->sim, status);
}

static fh_status port_punch(struct os_file *file, uint64_t at, uint64_t bytes)
{
    struct sim_file *opened = begin(file);
    uint64_t length = opened->node->cache.length;
    fh_status status = sim_fault(opened->sim, SIM_PUNCH);

    if (at >= length)
        bytes = 0;
    else if (bytes > length - at)
        bytes = length - at;
    if (status == FH_OK && bytes > 0) status = change_locked(opened, SIM_PUNCH, at, bytes);
    return end(opened->sim, status);
}

static fh_status port_truncate(struct os_file *file, uint64_t bytes)
{
    struct sim_file *opened = begin(file);
    uint64_t length = opened->node->cache.length;
    fh_status status = sim_fault(opened->sim, SIM_TRUNCATE);

    if (status == FH_OK && bytes > SIM_FILE_BYTES_MAX)
        status = fail(FH_NO_SPACE, "\"%s\": %" PRIu64 " bytes are more than a file may have",
                      opened->node->path, bytes);
    if (status == FH_OK)
        status = change_locked(opened, SIM_TRUNCATE, bytes, length > bytes ? length - bytes : 0);
    return end(opened->sim, status);
}

static fh_status change_locked(struct sim_file *opened, enum sim_kind kind, uint64_t at,
                               uint64_t bytes)
{
    struct sim *sim = opened->sim;
    struct sim_node *node = opened->node;
    struct sim_pending *pending;
    enum sim_fate fate;

    if (!opened->writes)
        return fail(FH_IO, "changing \"%s\": it is open for reading only", node->path);
    fate = sim_mutation(sim, kind, node->path, at, bytes);
    if (fate == SIM_STOPPED) return sim_stopped(sim);
    pending = sim_medium_add(sim, kind, node, at, bytes);
    if (kind == SIM_ALLOCATE && at + bytes > node->cache.length) pending->least_length = at + bytes;
    if (fate == SIM_IN_FLIGHT) return sim_stopped(sim);
    sim_medium_apply(pending, &node->cache);
    return FH_OK;
}

static fh_status port_size(struct os_file *file, struct os_file_size *ret_size)
{
    struct sim_file *opened = begin(file);
    fh_status status = sim_fault(opened->sim, SIM_SIZE);

    if (status == FH_OK)
        *ret_size = (struct os_file_size){
            .bytes = opened->node->cache.length,
            .allocated_bytes = opened->node->cache.block_count * SIM_BLOCK_BYTES,
        };
    return end(opened->sim, status);
}

/* What the view has beyond SIM_FILE_BYTES_MAX is never touched, for no file is so long. */
static fh_status port_map(struct os_file *file, uint64_t bytes, const void **ret_view)
{
    struct sim_file *opened = begin(file);
    fh_status status = sim_fault(opened->sim, SIM_MAP);

    REQUIRE(bytes > 0);
    if (status == FH_OK) {
        opened->view_count++;
        *ret_view = opened->node->cache.bytes;
    }
    return end(opened->sim, status);
}

static void port_unmap(struct os_file *file, const void *view, uint64_t bytes)
{
    struct sim_file *opened;

    (void)bytes;
    if (view == NULL) return;
    opened = begin(file);
    REQUIRE(opened->view_count > 0 && view == opened->node->cache.bytes);
    opened->view_count--;
    (void)end(opened->sim, FH_OK);
}

/* Its bytes cannot stand side by side: a caller has to copy them. */
static fh_status port_map_parts(struct os_file *file, const struct os_part *parts,
                                size_t part_count, const void **ret_view)
{
    struct sim_file *opened = begin(file);

    (void)parts;
    (void)part_count;
    (void)ret_view;
    return end(opened->sim, FH_NO_MEMORY);
}

static void port_advise(struct os_file *file, uint64_t at, uint64_t bytes, enum os_advice advice)
{
    (void)file;
    (void)at;
    (void)bytes;
    (void)advice;
}

static fh_status port_remove(const struct os *os, const char *path)
{
    struct sim *sim = begin_sim(os);

    return end(sim, remove_locked(sim, path));
}

static fh_status remove_locked(struct sim *sim, const char *path)
{
    struct sim_name *name = sim_medium_name(sim, path);
    enum sim_fate fate;

    TRY(sim_fault(sim, SIM_REMOVE));
    if (name->present == NULL) return fail(FH_NOT_FOUND, "removing \"%s\": no such file", path);
    if (sim->is_read_only) return fail(FH_READ_ONLY, "removing \"%s\": all is read-only", path);
    fate = sim_mutation(sim, SIM_REMOVE, name->path, 0, 0);
    if (fate == SIM_STOPPED) return sim_stopped(sim);
    sim_medium_add(sim, SIM_REMOVE, name->present, 0, 0)->name = name;
    if (fate == SIM_IN_FLIGHT) return sim_stopped(sim);
    name->present = NULL;
    return FH_OK;
}

static fh_status port_rename(const struct os *os, const char *from, const char *to)
{
    struct sim *sim = begin_sim(os);

    return end(sim, rename_locked(sim, from, to));
}

static fh_status rename_locked(struct sim *sim, const char *from, const char *to)
{
    struct sim_name *old_name = sim_medium_name(sim, from);
    struct sim_name *new_name = sim_medium_name(sim, to);
    struct sim_node *node = old_name->present;
    enum sim_fate fate;

    REQUIRE(sim_medium_is_in_directory_of(to, from));
    TRY(sim_fault(sim, SIM_RENAME));
    if (node == NULL) return fail(FH_NOT_FOUND, "renaming \"%s\": no such file", from);
    if (new_name->present != NULL) return fail(FH_EXISTS, "\"%s\" is already there", to);
    if (sim->is_read_only) return fail(FH_READ_ONLY, "renaming \"%s\": all is read-only", from);
    fate = sim_mutation(sim, SIM_RENAME, old_name->path, 0, 0);
    if (fate == SIM_STOPPED) return sim_stopped(sim);
    sim_medium_add(sim, SIM_CREATE, node, 0, 0)->name = new_name;
    sim_medium_add(sim, SIM_REMOVE, node, 0, 0)->name = old_name;
    if (fate == SIM_IN_FLIGHT) return sim_stopped(sim);
    new_name->present = node;
    old_name->present = NULL;
    return FH_OK;
}

static fh_status port_reserve(const struct os *os, uint64_t bytes, void **ret_memory)
{
    struct sim *sim = begin_sim(os);
    fh_status status = sim_fault(sim, SIM_RESERVE);
    uint64_t surplus = bytes >= LARGE_PAGE_BYTES ? LARGE_PAGE_BYTES : 0;
    uint64_t mapped_bytes = round_up(bytes, SIM_BLOCK_BYTES) + surplus;
    uint64_t before = 0;
    uint8_t *mapped;

    REQUIRE(bytes > 0);
    if (status != FH_OK) return end(sim, status);
    mapped = mmap(NULL, mapped_bytes, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED)
        return end(sim, fail(FH_NO_MEMORY, "reserving %" PRIu64 " bytes", bytes));
    if (surplus > 0) before = (0 - (uint64_t)(uintptr_t)mapped) & (LARGE_PAGE_BYTES - 1);
    if (before > 0) (void)munmap(mapped, before);
    if (surplus > before)
        (void)munmap(mapped + mapped_bytes - (surplus - before), surplus - before);
    sim->reserve_count++;
    *ret_memory = mapped + before;
    return end(sim, FH_OK);
}

static void port_release(const struct os *os, void *memory, uint64_t bytes)
{
    struct sim *sim;

    if (memory == NULL) return;
    sim = begin_sim(os);
    REQUIRE(sim->reserve_count > 0);
    sim->reserve_count--;
    (void)munmap(memory, bytes);
    (void)end(sim, FH_OK);
}

static uint64_t port_memory_bytes(const struct os *os)
{
    (void)os;
    return MEMORY_BYTES;
}

static uint64_t port_monotonic_ns(const struct os *os)
{
    struct sim *sim = begin_sim(os);
    uint64_t now_ns = sim->now_ns += CLOCK_STEP_NS;

    (void)end(sim, FH_OK);
    return now_ns;
}

static uint64_t port_coarse_ns(const struct os *os)
{
    struct sim *sim = begin_sim(os);
    uint64_t now_ns = sim->now_ns;

    (void)end(sim, FH_OK);
    return now_ns;
}

static uint32_t port_process_id(const struct os *os)
{
    (void)os;
    return 1;
}

static uint32_t port_thread_id(const struct os *os)
{
    (void)os;
    return 1;
}

static uint64_t port_wall_ns(const struct os *os)
{
    return CLOCK_START_NS + port_monotonic_ns(os);
}

static fh_status port_entropy(const struct os *os, void *buffer, size_t bytes)
{
    struct sim *sim = begin_sim(os);
    fh_status status = sim_fault(sim, SIM_ENTROPY);
    uint8_t *to = buffer;

    for (size_t i = 0; status == FH_OK && i < bytes; i++)
        to[i] = (uint8_t)random_next(&sim->random);
    return end(sim, status);
}

static void port_yield(const struct os *os)
{
    (void)os;
}

void sim_file_port(struct os *os)
{
    *os = (struct os){
        .name = "simulated",
        .open = port_open,
        .close = port_close,
        .lock = port_lock,
        .read = port_read,
        .write = port_write,
        .sync = port_sync,
        .sync_directory = port_sync_directory,
        .allocate = port_allocate,
        .punch = port_punch,
        .truncate = port_truncate,
        .size = port_size,
        .map = port_map,
        .unmap = port_unmap,
        .map_parts = port_map_parts,
        .advise = port_advise,
        .remove = port_remove,
        .rename = port_rename,
        .reserve = port_reserve,
        .release = port_release,
        .memory_bytes = port_memory_bytes,
        .wall_ns = port_wall_ns,
        .monotonic_ns = port_monotonic_ns,
        .coarse_ns = port_coarse_ns,
        .process_id = port_process_id,
        .thread_id = port_thread_id,
        .entropy = port_entropy,
        .yield = port_yield,
    };
}
