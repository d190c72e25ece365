/*
 * list.h - intrusive doubly linked list, circular, with the list itself as sentinel.
 */
#ifndef FREEHOLD_BASE_LIST_H
#define FREEHOLD_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next;
    struct list *prev;
};

/* The struct of `type` whose member `member` is `node`. */
#define list_item(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

static inline void list_init(struct list *list)
{
    list->next = list;
    list->prev = list;
}

static inline bool list_is_empty(const struct list *list)
{
    return list->next == list;
}

static inline void list_insert_after(struct list *place, struct list *node)
{
    node->prev = place;
    node->next = place->next;
    place->next->prev = node;
    place->next = node;
}

static inline void list_append(struct list *list, struct list *node)
{
    list_insert_after(list->prev, node);
}

/* Leaves the node alone in a list of its own, so removing twice is harmless. */
static inline void list_remove(struct list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}

static inline struct list *list_take_first(struct list *list)
{
    struct list *first = list->next;

    if (first == list) return NULL;
    list_remove(first);
    return first;
}

#endif
