/*
 * slab.c - blocks of one size in a run of pages.
 *
 * The argument for the orders of memory: who gives blocks back remotely has written the links
 * into them and releases with the exchange; the owner acquires with its exchange and reads links.
 * Who finds the mark there writes the slab's link in `returned`, which the owner read when the
 * slab came that way before: so the owner releases with the mark, and the exchange acquires, too.
 * `owner` is read by anybody and needs no order: a block came to the reader from a thread that
 * had seen the slab made, and of a later owner only the queue that the slab goes to depends.
 */
#include "heap/slab.h"

enum { CARVE_BYTES = 4096 };

uintptr_t slab_secret;

static void *carve(struct slab *slab, const struct size_class *class, unsigned *ret_count);

void slab_init(struct slab *slab, unsigned class_no, struct heap_cache *owner)
{
    unsigned pages = size_class_table[class_no].pages;

    for (unsigned i = 1; i < pages; i++) {
        slab[i].kind = SLAB_INNER;
        slab[i].back = (uint8_t)i;
    }
    slab->local = NULL;
    slab->wait = 0;
    slab->bias = 0;
    slab->carved = 0;
    slab->kind = SLAB_SMALL;
    slab->class_no = (uint8_t)class_no;
    slab->back = 0;
    slab->is_full = false;
    slab->is_watched = false;
    slab->is_away = false;
    slab->next = NULL;
    slab->previous = NULL;
    slab->returned_next = NULL;
    atomic_store_explicit(&slab->remote, 0, memory_order_relaxed);
    slab_set_owner(slab, owner);
}

void slab_fini(struct slab *slab)
{
    unsigned pages = size_class_table[slab->class_no].pages;

    slab_set_owner(slab, NULL);
    for (unsigned i = 0; i < pages; i++)
        slab[i].kind = SLAB_NONE;
}

void slab_set_owner(struct slab *slab, struct heap_cache *owner)
{
    unsigned pages = size_class_table[slab->class_no].pages;
    uintptr_t *word = slab_word(slab);
    uintptr_t hand =
        owner == NULL ? 0 : (uintptr_t)owner + (uintptr_t)slab->class_no * CHUNK_HAND_BYTES;

    for (unsigned i = 0; i < pages; i++)
        RELAXED_WRITE(word[i], hand);
}

void *slab_take(struct slab *slab, unsigned *ret_count)
{
    const struct size_class *class = &size_class_table[slab->class_no];
    void *list = slab->local;

    *ret_count = slab->carved - (list != NULL ? slab_used(slab) : 0);
    slab->local = NULL;
    if (list == NULL && atomic_load_explicit(&slab->remote, memory_order_relaxed) != 0)
        list = (void *)atomic_exchange_explicit(&slab->remote, 0, memory_order_acquire);
    if (list == NULL && slab->carved < class->capacity) list = carve(slab, class, ret_count);
    slab->wait = slab->carved;
    slab->bias = 0;
    if (list != NULL) return list;
    /* One free block is not worth a visit: an eighth of the slab is. */
    slab->is_full = true;
    slab->is_watched = false;
    slab->wait = 1 + slab->carved / 8U;
    slab->bias = (uint16_t)(slab->carved - slab->wait);
    return NULL;
}

bool slab_give(struct slab *slab, void *first, void *last, unsigned count)
{
    slab_set_link(last, slab->local);
    slab->local = first;
    if (count < slab->wait) {
        slab->wait -= count;
        return false;
    }
    slab->bias = (uint16_t)(slab_used(slab) - count);
    slab->wait = 0;
    return true;
}

bool slab_give_remote(struct slab *slab, void *first, void *last)
{
    uintptr_t before = atomic_load_explicit(&slab->remote, memory_order_relaxed);

    do
        slab_set_link(last, (void *)(before & ~(uintptr_t)SLAB_WATCHED));
    while (!atomic_compare_exchange_weak_explicit(&slab->remote, &before, (uintptr_t)first,
                                                  memory_order_acq_rel, memory_order_relaxed));
    return (before & SLAB_WATCHED) != 0;
}

bool slab_watch(struct slab *slab)
{
    uintptr_t none = 0;

    slab->is_watched = atomic_compare_exchange_strong_explicit(
        &slab->remote, &none, SLAB_WATCHED, memory_order_release, memory_order_relaxed);
    return slab->is_watched;
}

bool slab_unwatch(struct slab *slab)
{
    uintptr_t watched = SLAB_WATCHED;

    slab->is_watched = false;
    return atomic_compare_exchange_strong_explicit(&slab->remote, &watched, 0, memory_order_relaxed,
                                                   memory_order_relaxed);
}

void slab_collect(struct slab *slab)
{
    void *block = NULL;

    if (atomic_load_explicit(&slab->remote, memory_order_relaxed) != 0)
        block = (void *)atomic_exchange_explicit(&slab->remote, 0, memory_order_acquire);
    while (block != NULL) {
        void *next = slab_link(block);

        slab_set_link(block, slab->local);
        slab->local = block;
        slab->wait--;
        block = next;
    }
}

void *slab_block(const struct slab *slab, const void *address)
{
    const struct size_class *class = &size_class_table[slab->class_no];
    uint8_t *start = slab_start(slab);
    size_t block_no = (size_t)((const uint8_t *)address - start) / class->bytes;

    return block_no < slab->carved ? start + block_no * class->bytes : NULL;
}

/* As many as fit into a page of the system, and at least one. */
static void *carve(struct slab *slab, const struct size_class *class, unsigned *ret_count)
{
    uint8_t *first = (uint8_t *)slab_start(slab) + (size_t)slab->carved * class->bytes;
    unsigned count = CARVE_BYTES / class->bytes;
    uint8_t *block = first;

    if (count == 0) count = 1;
    if (count > (unsigned)(class->capacity - slab->carved))
        count = (unsigned)(class->capacity - slab->carved);
    for (unsigned i = 1; i < count; i++) {
        slab_set_link(block, block + class->bytes);
        block += class->bytes;
    }
    slab_set_link(block, NULL);
    slab->carved = (uint16_t)(slab->carved + count);
    *ret_count = count;
    return first;
}
