/*
 * rival_list.c - the allocator of the textbooks: free runs in a list by address, first fit.
 *
 * Both take and give walk from the beginning. Idea: D. Knuth, The Art of Computer Programming
 * 2.5, algorithms A and B.
 */
#include <stdlib.h>

#include "rival.h"
#include "stop.h"

struct node {
    struct node *next;
    uint64_t first;
    uint64_t count;
};

struct list {
    struct node *head;
};

static struct node *node_behind(struct node **link, uint64_t first, uint64_t count)
{
    struct node *node = stop_or_memory(sizeof(*node));

    *node = (struct node){.next = *link, .first = first, .count = count};
    *link = node;
    return node;
}

static void *list_open(const struct rival *rival, const struct layout *layout, struct piece *live)
{
    struct list *list = stop_or_memory(sizeof(*list));
    struct node **link = &list->head;

    (void)rival;
    (void)live;
    list->head = NULL;
    for (size_t i = 0; i < layout->free_count; i++)
        link = &node_behind(link, layout->free[i].first, layout->free[i].count)->next;
    return list;
}

static void unlink_node(struct node **link)
{
    struct node *node = *link;

    *link = node->next;
    free(node);
}

static void list_close(void *allocator)
{
    struct list *list = allocator;

    while (list->head != NULL)
        unlink_node(&list->head);
    free(list);
}

static bool list_take(void *allocator, uint32_t count, struct piece *ret_piece)
{
    struct list *list = allocator;

    for (struct node **link = &list->head; *link != NULL; link = &(*link)->next) {
        struct node *node = *link;

        if (node->count < count) continue;
        *ret_piece = (struct piece){.first = node->first, .count = count};
        node->first += count;
        node->count -= count;
        if (node->count == 0) unlink_node(link);
        return true;
    }
    return false;
}

static void list_give(void *allocator, const struct piece *piece)
{
    struct list *list = allocator;
    struct node **link = &list->head;
    struct node *before = NULL;
    struct node *node;

    for (; *link != NULL && (*link)->first < piece->first; link = &(*link)->next)
        before = *link;
    if (before != NULL && before->first + before->count == piece->first) {
        node = before;
        node->count += piece->count;
    } else {
        node = node_behind(link, piece->first, piece->count);
    }
    if (node->next != NULL && node->first + node->count == node->next->first) {
        node->count += node->next->count;
        unlink_node(&node->next);
    }
}

static struct totals list_count(void *allocator)
{
    const struct list *list = allocator;
    struct totals totals = {0};

    for (const struct node *node = list->head; node != NULL; node = node->next) {
        totals.free_runs++;
        totals.free_units += node->count;
    }
    return totals;
}

const struct rival rival_list = {
    .name = "sorted-list",
    .words = "baseline: a list by address, first fit, from the beginning each time",
    .open = list_open,
    .close = list_close,
    .take = list_take,
    .give = list_give,
    .count = list_count,
};
