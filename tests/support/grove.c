/*
 * grove.c - one tree in a transaction, and a sorted table that knows what it holds.
 */
#include "support/grove.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/items.h"
#include "support/unit.h"
#include "tree/tree_cursor.h"

enum { TREE_ID = 3, VALUE_MAX = 6 * PAGE_BYTES_MAX };

static const char *alphabet_of(enum grove_kind kind, size_t *ret_size)
{
    static const char few[] = {0, 1, (char)0xff, 'a'};
    static const char zeros[] = {0, 0, 0, 0, 0, 0, 0, 1};

    *ret_size = kind == GROVE_ZEROS ? sizeof(zeros) : sizeof(few);
    return kind == GROVE_ZEROS ? zeros : few;
}

static void fill_key(struct random *random, enum grove_kind kind, uint8_t *bytes, size_t size)
{
    size_t letters;
    const char *alphabet = alphabet_of(kind, &letters);

    for (size_t i = 0; i < size; i++)
        bytes[i] = kind == GROVE_RANDOM ? (uint8_t)random_next(random)
                                        : (uint8_t)alphabet[random_below(random, letters)];
}

static uint32_t make_key(struct random *random, enum grove_kind kind, unsigned number,
                         uint32_t key_max, uint8_t *bytes)
{
    uint32_t size = (uint32_t)(1 + random_below(random, key_max));
    char digits[12];

    (void)snprintf(digits, sizeof(digits), "%08u", number);
    switch (kind) {
    case GROVE_NUMBERED:
        memcpy(bytes, digits, 8);
        return 8;
    case GROVE_PREFIXED:
        memset(bytes, 'p', key_max);
        memcpy(bytes + key_max - 8, digits, 8);
        return key_max;
    case GROVE_LENGTHS:
        size = 1 + number % key_max;
        break;
    case GROVE_HEADS:
        fill_key(random, kind, bytes, size);
        memcpy(bytes, "head", size < 4 ? size : 4);
        return size;
    case GROVE_ZEROS:
    case GROVE_RANDOM:
    case GROVE_KINDS:
        break;
    }
    fill_key(random, kind, bytes, size);
    return size;
}

static int compare_items(const void *a, const void *b)
{
    const struct grove_item *left = a, *right = b;

    return span_compare(span_of(left->key, left->key_bytes), span_of(right->key, right->key_bytes));
}

static void make_items(struct grove *grove, enum grove_kind kind, unsigned item_count)
{
    uint32_t key_max = tree_key_max(&grove->tree);
    unsigned kept = 0;

    grove->items = calloc(item_count, sizeof(*grove->items));
    grove->key_bytes = malloc((size_t)item_count * key_max);
    grove->value = malloc(VALUE_MAX);
    assert_true(grove->items != NULL && grove->key_bytes != NULL && grove->value != NULL);
    for (unsigned i = 0; i < item_count; i++) {
        uint8_t *key = grove->key_bytes + (size_t)i * key_max;

        grove->items[i].key = key;
        grove->items[i].key_bytes = make_key(&grove->random, kind, i, key_max, key);
    }
    qsort(grove->items, item_count, sizeof(*grove->items), compare_items);
    for (unsigned i = 0; i < item_count; i++)
        if (kept == 0 || compare_items(&grove->items[kept - 1], &grove->items[i]) < 0)
            grove->items[kept++] = grove->items[i];
    grove->item_count = kept;
}

void grove_open(struct grove *grove, uint32_t page_bytes, enum grove_kind kind, unsigned item_count,
                uint64_t seed)
{
    struct tree_state empty = {.tree_id = TREE_ID};

    *grove = (struct grove){.there_count = 0};
    pages_open(&grove->pages, page_bytes, UINT64_C(1) << 20);
    random_init(&grove->random, seed * 100 + (uint64_t)kind);
    grove->txn = pages_begin(&grove->pages);
    tree_init(&grove->tree, &empty, grove->pages.pager, grove->txn);
    make_items(grove, kind, item_count);
}

void grove_close(struct grove *grove)
{
    txn_abort(grove->txn);
    pages_close(&grove->pages);
    free(grove->items);
    free(grove->key_bytes);
    free(grove->value);
}

struct span grove_key(const struct grove *grove, unsigned i)
{
    return span_of(grove->items[i].key, grove->items[i].key_bytes);
}

struct span grove_value(struct grove *grove, unsigned i)
{
    items_fill(grove->items[i].seed, grove->value, grove->items[i].value_bytes);
    return span_of(grove->value, grove->items[i].value_bytes);
}

uint32_t grove_value_bytes(struct grove *grove)
{
    uint32_t page_bytes = grove->tree.page_bytes;
    uint64_t choice = random_below(&grove->random, 100);

    if (choice < 60) return (uint32_t)random_below(&grove->random, 20);
    if (choice < 95) return (uint32_t)random_below(&grove->random, page_bytes / 4 + 2);
    return (uint32_t)random_below(&grove->random, 5 * (uint64_t)page_bytes);
}

void grove_note(struct grove *grove, unsigned i, uint32_t value_bytes)
{
    struct grove_item *item = &grove->items[i];

    grove->there_count += !item->is_there;
    item->is_there = true;
    item->value_bytes = value_bytes;
    item->seed++;
}

void grove_note_gone(struct grove *grove, unsigned i)
{
    grove->there_count -= grove->items[i].is_there;
    grove->items[i].is_there = false;
}

void grove_put(struct grove *grove, unsigned i, uint32_t value_bytes)
{
    grove_note(grove, i, value_bytes);
    assert_ok(tree_put(&grove->tree, grove_key(grove, i), grove_value(grove, i), TREE_PUT_ANY));
}

void grove_erase(struct grove *grove, unsigned i)
{
    assert_status(tree_erase(&grove->tree, grove_key(grove, i)),
                  grove->items[i].is_there ? FH_OK : FH_NOT_FOUND);
    grove_note_gone(grove, i);
}

static void require_item(struct grove *grove, unsigned i, struct span key, struct span value)
{
    assert_true(span_equals(key, grove_key(grove, i)));
    assert_true(span_equals(value, grove_value(grove, i)));
}

static void compare_forward(struct grove *grove)
{
    struct tree_cursor cursor;
    struct cursor_item item;
    fh_status status;
    unsigned i = 0, count = 0;

    tree_cursor_init(&cursor, &grove->tree);
    for (status = tree_cursor_first(&cursor, &item); status == FH_OK;
         status = tree_cursor_next(&cursor, &item), i++, count++) {
        while (i < grove->item_count && !grove->items[i].is_there)
            i++;
        assert_true(i < grove->item_count);
        require_item(grove, i, item.key, item.value);
    }
    assert_status(status, FH_NOT_FOUND);
    assert_int_equal(count, grove->there_count);
    tree_cursor_fini(&cursor);
}

static void compare_backward(struct grove *grove)
{
    struct tree_cursor cursor;
    struct cursor_item item;
    fh_status status;
    unsigned i = grove->item_count, count = 0;

    tree_cursor_init(&cursor, &grove->tree);
    for (status = tree_cursor_last(&cursor, &item); status == FH_OK;
         status = tree_cursor_prev(&cursor, &item), count++) {
        do {
            assert_true(i > 0);
            i--;
        } while (!grove->items[i].is_there);
        require_item(grove, i, item.key, item.value);
    }
    assert_status(status, FH_NOT_FOUND);
    assert_int_equal(count, grove->there_count);
    tree_cursor_fini(&cursor);
}

void grove_compare(struct grove *grove)
{
    assert_int_equal(grove->tree.state.items, grove->there_count);
    for (unsigned i = 0; i < grove->item_count; i++) {
        struct span value;
        fh_status status = tree_get(&grove->tree, grove_key(grove, i), &value);

        assert_status(status, grove->items[i].is_there ? FH_OK : FH_NOT_FOUND);
        if (status == FH_OK) assert_true(span_equals(value, grove_value(grove, i)));
    }
    compare_forward(grove);
    compare_backward(grove);
}

static void print_fault(void *context, const char *fault)
{
    (void)context;
    print_message("fault: %s\n", fault);
}

static void require_sound(struct grove *grove)
{
    struct fault_list faults = {.report = print_fault};
    struct pager_stat stat;
    struct tree_audit audit = {.faults = &faults, .name = "the tree", .pager = grove->pages.pager};

    assert_ok(pager_stat(grove->pages.pager, &stat));
    audit.page_count = stat.alloc.page_count;
    audit.reached = calloc(stat.alloc.page_count / 64 + 1, sizeof(uint64_t));
    assert_non_null(audit.reached);
    assert_ok(tree_audit(&grove->tree, &audit));
    free(audit.reached);
    assert_int_equal(faults.count, 0);
}

void grove_commit(struct grove *grove)
{
    struct tree_state state = grove->tree.state;

    pages_commit(grove->txn);
    assert_ok(pager_audit(grove->pages.pager));
    tree_init(&grove->tree, &state, grove->pages.pager, NULL);
    require_sound(grove);
    grove_compare(grove);
    grove->txn = pages_begin(&grove->pages);
    tree_init(&grove->tree, &state, grove->pages.pager, grove->txn);
}
