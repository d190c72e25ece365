/*
 * oracle.c - a database that is obviously right: named trees as sorted arrays.
 *
 * Searching is by halves, inserting by moving pointers: slow and plain. The comparison
 * with a transaction is in oracle_compare.c.
 */
#include "support/oracle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/oracle_hash.h"

struct item {
    size_t user_count;
    size_t key_size;
    size_t value_size;
    unsigned char bytes[]; /* key, then value */
};

struct tree {
    struct item *name; /* a key without a value */
    struct item **items;
    size_t item_count;
    size_t capacity;
};

struct oracle {
    struct tree *trees; /* the first is the unnamed one */
    size_t tree_count;
    size_t capacity;
};

static void *take(void *memory, size_t count, size_t bytes_each);
static struct item *item_make(fh_bytes key, fh_bytes value);
static void item_leave(struct item *item);
static int item_compare(const struct item *item, fh_bytes key);
static size_t tree_place(const struct oracle *oracle, fh_bytes name, bool *ret_found);
static struct tree *tree_find(const struct oracle *oracle, fh_bytes name);
static size_t item_place(const struct tree *tree, fh_bytes key, bool *ret_found);
static void items_remove(struct tree *tree, size_t first, size_t count);

struct oracle *oracle_open(void)
{
    struct oracle *oracle = take(NULL, 1, sizeof(*oracle));

    *oracle = (struct oracle){0};
    oracle_make_tree(oracle, (fh_bytes){NULL, 0});
    return oracle;
}

struct oracle *oracle_clone(const struct oracle *oracle)
{
    struct oracle *clone = take(NULL, 1, sizeof(*clone));

    *clone = *oracle;
    clone->trees = take(NULL, oracle->capacity, sizeof(*clone->trees));
    for (size_t i = 0; i < oracle->tree_count; i++) {
        const struct tree *from = &oracle->trees[i];
        struct tree *to = &clone->trees[i];

        *to = *from;
        to->name->user_count++;
        to->capacity = from->item_count;
        to->items = take(NULL, from->item_count, sizeof(*to->items));
        for (size_t k = 0; k < from->item_count; k++) {
            to->items[k] = from->items[k];
            to->items[k]->user_count++;
        }
    }
    return clone;
}

void oracle_close(struct oracle *oracle)
{
    if (oracle == NULL) return;
    for (size_t i = 0; i < oracle->tree_count; i++) {
        struct tree *tree = &oracle->trees[i];

        items_remove(tree, 0, tree->item_count);
        item_leave(tree->name);
        free(tree->items);
    }
    free(oracle->trees);
    free(oracle);
}

bool oracle_has_tree(const struct oracle *oracle, fh_bytes name)
{
    bool found;

    (void)tree_place(oracle, name, &found);
    return found;
}

void oracle_make_tree(struct oracle *oracle, fh_bytes name)
{
    bool found;
    size_t place = tree_place(oracle, name, &found);

    if (found) return;
    if (oracle->tree_count == oracle->capacity) {
        oracle->capacity = oracle->capacity * 2 + 4;
        oracle->trees = take(oracle->trees, oracle->capacity, sizeof(*oracle->trees));
    }
    memmove(&oracle->trees[place + 1], &oracle->trees[place],
            (oracle->tree_count - place) * sizeof(*oracle->trees));
    oracle->trees[place] = (struct tree){.name = item_make(name, (fh_bytes){NULL, 0})};
    oracle->tree_count++;
}

void oracle_drop_tree(struct oracle *oracle, fh_bytes name)
{
    bool found;
    size_t place = tree_place(oracle, name, &found);
    struct tree *tree = &oracle->trees[place];

    if (!found) return;
    items_remove(tree, 0, tree->item_count);
    if (name.size == 0) return;
    item_leave(tree->name);
    free(tree->items);
    oracle->tree_count--;
    memmove(tree, tree + 1, (oracle->tree_count - place) * sizeof(*tree));
}

size_t oracle_tree_count(const struct oracle *oracle)
{
    return oracle->tree_count;
}

fh_bytes oracle_tree_name(const struct oracle *oracle, size_t tree_no)
{
    const struct item *name = oracle->trees[tree_no].name;

    return (fh_bytes){name->bytes, name->key_size};
}

bool oracle_get(const struct oracle *oracle, fh_bytes name, fh_bytes key, fh_bytes *ret_value)
{
    bool found;
    const struct tree *tree = tree_find(oracle, name);
    size_t place = item_place(tree, key, &found);

    if (found && ret_value != NULL) *ret_value = oracle_value(oracle, name, place);
    return found;
}

void oracle_put(struct oracle *oracle, fh_bytes name, fh_bytes key, fh_bytes value)
{
    bool found;
    struct tree *tree = tree_find(oracle, name);
    size_t place = item_place(tree, key, &found);
    struct item *item = item_make(key, value);

    if (found) {
        item_leave(tree->items[place]);
        tree->items[place] = item;
        return;
    }
    if (tree->item_count == tree->capacity) {
        tree->capacity = tree->capacity * 2 + 8;
        tree->items = take(tree->items, tree->capacity, sizeof(struct item *));
    }
    memmove(&tree->items[place + 1], &tree->items[place],
            (tree->item_count - place) * sizeof(struct item *));
    tree->items[place] = item;
    tree->item_count++;
}

bool oracle_erase(struct oracle *oracle, fh_bytes name, fh_bytes key)
{
    bool found;
    struct tree *tree = tree_find(oracle, name);
    size_t place = item_place(tree, key, &found);

    if (found) items_remove(tree, place, 1);
    return found;
}

uint64_t oracle_erase_range(struct oracle *oracle, fh_bytes name, fh_bytes from, fh_bytes to)
{
    struct tree *tree = tree_find(oracle, name);
    size_t first = oracle_seek(oracle, name, from);
    size_t end = to.size == 0 ? tree->item_count : oracle_seek(oracle, name, to);

    if (end <= first) return 0;
    items_remove(tree, first, end - first);
    return end - first;
}

size_t oracle_item_count(const struct oracle *oracle, fh_bytes name)
{
    return tree_find(oracle, name)->item_count;
}

size_t oracle_seek(const struct oracle *oracle, fh_bytes name, fh_bytes key)
{
    bool found;

    return item_place(tree_find(oracle, name), key, &found);
}

fh_bytes oracle_key(const struct oracle *oracle, fh_bytes name, size_t item_no)
{
    const struct item *item = tree_find(oracle, name)->items[item_no];

    return (fh_bytes){item->bytes, item->key_size};
}

fh_bytes oracle_value(const struct oracle *oracle, fh_bytes name, size_t item_no)
{
    const struct item *item = tree_find(oracle, name)->items[item_no];

    return (fh_bytes){item->bytes + item->key_size, item->value_size};
}

uint64_t oracle_hash(const struct oracle *oracle)
{
    uint64_t hash = ORACLE_HASH_START;

    for (size_t i = 0; i < oracle->tree_count; i++) {
        const struct tree *tree = &oracle->trees[i];

        if (tree->name->key_size == 0 && tree->item_count == 0) continue;
        hash = oracle_hash_mix(hash, oracle_tree_name(oracle, i));
        for (size_t k = 0; k < tree->item_count; k++) {
            const struct item *item = tree->items[k];

            hash = oracle_hash_mix(hash, (fh_bytes){item->bytes, item->key_size});
            hash =
                oracle_hash_mix(hash, (fh_bytes){item->bytes + item->key_size, item->value_size});
        }
        hash = oracle_hash_number(hash, tree->item_count);
    }
    return hash;
}

static void *take(void *memory, size_t count, size_t bytes_each)
{
    void *block = realloc(memory, (count == 0 ? 1 : count) * bytes_each);

    if (block == NULL) {
        (void)fprintf(stderr, "oracle: no memory\n");
        abort();
    }
    return block;
}

static struct item *item_make(fh_bytes key, fh_bytes value)
{
    struct item *item = take(NULL, 1, sizeof(*item) + key.size + value.size);

    item->user_count = 1;
    item->key_size = key.size;
    item->value_size = value.size;
    if (key.size > 0) memcpy(item->bytes, key.data, key.size);
    if (value.size > 0) memcpy(item->bytes + key.size, value.data, value.size);
    return item;
}

static void item_leave(struct item *item)
{
    if (--item->user_count == 0) free(item);
}

static int item_compare(const struct item *item, fh_bytes key)
{
    size_t common = item->key_size < key.size ? item->key_size : key.size;
    int order = common == 0 ? 0 : memcmp(item->bytes, key.data, common);

    if (order != 0) return order;
    return (item->key_size > key.size) - (item->key_size < key.size);
}

static size_t tree_place(const struct oracle *oracle, fh_bytes name, bool *ret_found)
{
    size_t place = 0;
    int order = -1;

    while (place < oracle->tree_count) {
        order = item_compare(oracle->trees[place].name, name);
        if (order >= 0) break;
        place++;
    }
    *ret_found = place < oracle->tree_count && order == 0;
    return place;
}

static struct tree *tree_find(const struct oracle *oracle, fh_bytes name)
{
    bool found;
    size_t place = tree_place(oracle, name, &found);

    if (!found) {
        (void)fprintf(stderr, "oracle: no such tree\n");
        abort();
    }
    return &oracle->trees[place];
}

static size_t item_place(const struct tree *tree, fh_bytes key, bool *ret_found)
{
    size_t low = 0;
    size_t high = tree->item_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (item_compare(tree->items[middle], key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_found = low < tree->item_count && item_compare(tree->items[low], key) == 0;
    return low;
}

static void items_remove(struct tree *tree, size_t first, size_t count)
{
    if (count == 0) return;
    for (size_t i = first; i < first + count; i++)
        item_leave(tree->items[i]);
    tree->item_count -= count;
    memmove(&tree->items[first], &tree->items[first + count],
            (tree->item_count - first) * sizeof(struct item *));
}
