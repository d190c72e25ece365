/*
 * simulator_list.c - one free list, as the textbook keeps it.
 *
 * Two things here look like faults and are the subject: a run that is split keeps its place
 * even where the list is sorted by size, and only neighbours in the list coalesce.
 */
#include "lab/simulator_internal.h"

/* Best and worst look at every run; of equals the first in the list wins. */
static struct block *find_extreme(const struct list *list, uint64_t bytes, bool wants_largest)
{
    struct block *found = NULL;

    for (struct list *node = list->next; node != list; node = node->next) {
        struct block *run = block_at(node);

        if (run->bytes < bytes) continue;
        if (found == NULL ||
            (wants_largest ? run->bytes > found->bytes : run->bytes < found->bytes))
            found = run;
    }
    return found;
}

/* Each run once, from `from` on and round the end; NULL: from the head. */
static struct block *find_first(const struct simulator *simulator, struct block *from,
                                uint64_t bytes, uint64_t *ret_searched)
{
    const struct list *list = &simulator->lists[0];
    struct list *node = from != NULL ? &from->place : list->next;

    for (uint64_t searched = 1; searched <= simulator->free_count; searched++) {
        if (node == list) node = node->next;
        if (block_at(node)->bytes >= bytes) {
            *ret_searched = searched;
            return block_at(node);
        }
        node = node->next;
    }
    *ret_searched = simulator->free_count;
    return NULL;
}

static struct block *find_run(const struct simulator *simulator, uint64_t bytes,
                              uint64_t *ret_searched)
{
    *ret_searched = simulator->free_count;
    switch (simulator->setup.policy) {
    case SIMULATOR_BEST:
        return find_extreme(&simulator->lists[0], bytes, false);
    case SIMULATOR_WORST:
        return find_extreme(&simulator->lists[0], bytes, true);
    case SIMULATOR_NEXT:
        return find_first(simulator, simulator->rover, bytes, ret_searched);
    case SIMULATOR_FIRST:
    case SIMULATOR_BUDDY:
        break;
    }
    return find_first(simulator, NULL, bytes, ret_searched);
}

struct block *simulator_list_take(struct simulator *simulator, uint64_t charged_bytes,
                                  uint64_t *ret_searched)
{
    struct block *run = find_run(simulator, charged_bytes, ret_searched);
    struct block *low;

    if (run == NULL) return NULL;
    if (run->bytes == charged_bytes) {
        bool is_last = run->place.next == &simulator->lists[0];

        simulator->rover = is_last ? NULL : block_at(run->place.next);
        list_remove(&run->place);
        simulator->free_count--;
        return run;
    }
    low = simulator_spare(simulator, run->start, charged_bytes);
    run->start += charged_bytes;
    run->bytes -= charged_bytes;
    simulator->rover = run;
    return low;
}

static bool stands_before(enum simulator_order order, const struct block *a, const struct block *b)
{
    switch (order) {
    case SIMULATOR_BY_ADDRESS:
        return a->start < b->start;
    case SIMULATOR_SMALLEST_FIRST:
        return a->bytes < b->bytes;
    case SIMULATOR_LARGEST_FIRST:
        return a->bytes > b->bytes;
    case SIMULATOR_AT_FRONT:
    case SIMULATOR_AT_BACK:
        break;
    }
    return false;
}

/* Moves a run up to its place among those before it, which are in order. */
static void sort_in(struct list *list, enum simulator_order order, struct list *node)
{
    struct list *place = node->prev;

    while (place != list && stands_before(order, block_at(node), block_at(place)))
        place = place->prev;
    if (place == node->prev) return;
    list_remove(node);
    list_insert_after(place, node);
}

/*
 * Sorts the whole list, stably: splits may have left it out of order, and then finding a place
 * for the new run alone would come to another list. Runs that are in order stay untouched. By
 * address nothing but the last run, the new one, can be out of order.
 */
static void sort_runs(struct list *list, enum simulator_order order)
{
    struct list *next;

    if (order == SIMULATOR_BY_ADDRESS) {
        sort_in(list, order, list->prev);
        return;
    }
    for (struct list *node = list->next; node != list; node = next) {
        next = node->next;
        sort_in(list, order, node);
    }
}

/* Joins `run` to the one before it in the list, if it begins where that one ends. */
static bool join(struct simulator *simulator, struct block *before, struct block *run)
{
    if (before->start + before->bytes != run->start) return false;
    before->bytes += run->bytes;
    if (simulator->rover == run) simulator->rover = before;
    list_remove(&run->place);
    simulator->free_count--;
    simulator_retire(simulator, run);
    return true;
}

/*
 * One pass in the list's order: a run that begins where the one kept last ends joins it. By
 * address only `fresh` can touch another, so the pass looks at its neighbours alone.
 */
static void coalesce_neighbours(struct simulator *simulator, struct block *fresh)
{
    struct list *list = &simulator->lists[0];
    struct list *end = list;
    struct block *kept = block_at(list->next);
    struct list *next;

    if (simulator->setup.order == SIMULATOR_BY_ADDRESS) {
        kept = fresh->place.prev != list ? block_at(fresh->place.prev) : fresh;
        end = fresh->place.next != list ? fresh->place.next->next : list;
    }
    for (struct list *node = kept->place.next; node != end; node = next) {
        next = node->next;
        if (!join(simulator, kept, block_at(node))) kept = block_at(node);
    }
}

void simulator_list_give(struct simulator *simulator, struct block *block)
{
    enum simulator_order order = simulator->setup.order;
    struct list *list = &simulator->lists[0];

    if (order == SIMULATOR_AT_FRONT)
        list_insert_after(list, &block->place);
    else
        list_append(list, &block->place);
    simulator->free_count++;
    if (order != SIMULATOR_AT_FRONT && order != SIMULATOR_AT_BACK) sort_runs(list, order);
    if (simulator->setup.coalesces) coalesce_neighbours(simulator, block);
}
