/*
 * items.c - keys and values in memory, in the order in which a workload wants them.
 */
#include "items.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dice.h"
#include "stop.h"

enum { BINARY_KEY_BYTES = 16, URL_KEY_BYTES_MAX = 64, ID_DIGITS = 9 };

/* Values begin in the first part of the pool, which is small enough for a cache. */
enum { POOL_STARTS = 1 << 20, POOL_BYTES = POOL_STARTS + ITEMS_VALUE_MAX };

const char *items_kind_name(enum key_kind kind)
{
    return kind == KEY_BINARY ? "binary" : "url";
}

const char *items_kind_words(enum key_kind kind)
{
    return kind == KEY_BINARY ? "binary keys of 16 bytes" : "URL-like keys of 24 to 64 bytes";
}

/* Random bytes that all values are cut out of; made once. */
static const unsigned char *value_pool(void)
{
    static unsigned char pool[POOL_BYTES];
    static int is_made;
    struct dice dice = {.state = 7};

    if (!is_made) {
        for (size_t at = 0; at < POOL_BYTES; at += sizeof(uint64_t)) {
            uint64_t number = dice_next(&dice);

            memcpy(pool + at, &number, sizeof(number));
        }
        is_made = 1;
    }
    return pool;
}

/* dice_mix is one to one, so the first half alone tells the keys apart. */
static uint32_t write_binary_key(unsigned char *key, uint64_t number)
{
    uint64_t halves[2] = {dice_mix(number), dice_mix(~number)};

    memcpy(key, halves, sizeof(halves));
    return BINARY_KEY_BYTES;
}

/* One to one below 2^46, which ID_DIGITS can tell apart. */
static uint64_t mix_id(uint64_t number)
{
    const uint64_t mask = (UINT64_C(1) << 46) - 1;

    number = ((number ^ (number >> 23)) * UINT64_C(0xbf58476d1ce4e5b9)) & mask;
    number = ((number ^ (number >> 23)) * UINT64_C(0x94d049bb133111eb)) & mask;
    return number ^ (number >> 23);
}

static unsigned char *write_text(unsigned char *at, const char *text)
{
    while (*text != '\0')
        *at++ = (unsigned char)*text++;
    return at;
}

/* https://HOST/FOLDER.../ID: few hosts, more folders, and an id of its own at the end. */
static uint32_t write_url_key(unsigned char *key, uint64_t number)
{
    static const char *const hosts[] = {"a.io",          "news.example.org", "shop.example.com",
                                        "wiki.test",     "img.test",         "maps.example.net",
                                        "m.example.com", "docs.test"};
    static const char *const folders[] = {"/item",  "/topics", "/a", "/user", "/2024/5", "/en",
                                          "/photo", "/tag",    "/q", "/blog", "/p",      "/v2"};
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    struct dice dice = {.state = number};
    uint64_t id = mix_id(number);
    size_t folder_count = 1 + (size_t)dice_below(&dice, 4);
    unsigned char *at = write_text(key, "https://");

    at = write_text(at, hosts[dice_below(&dice, sizeof(hosts) / sizeof(hosts[0]))]);
    for (size_t i = 0; i < folder_count; i++)
        at = write_text(at, folders[dice_below(&dice, sizeof(folders) / sizeof(folders[0]))]);
    *at++ = '/';
    for (size_t i = 0; i < ID_DIGITS; i++) {
        *at++ = (unsigned char)digits[id % 36];
        id /= 36;
    }
    return (uint32_t)(at - key);
}

const unsigned char *items_bytes(uint64_t seed)
{
    return value_pool() + dice_mix(seed) % POOL_STARTS;
}

/* The value depends on the key's last bytes, which tell keys apart, and on the version. */
static const unsigned char *value_of(const struct item *item, uint64_t version)
{
    uint64_t end = 0;

    memcpy(&end, item->key + item->key_size - sizeof(end), sizeof(end));
    return items_bytes(end + version);
}

void items_make(struct items *items, enum key_kind kind, uint64_t first, size_t count,
                uint32_t value_size)
{
    unsigned char *key = stop_or_memory(count * URL_KEY_BYTES_MAX);

    if (value_size > ITEMS_VALUE_MAX) stop("values of %u bytes are too large", value_size);
    *items = (struct items){
        .item = stop_or_memory(count * sizeof(*items->item)), .count = count, .key_bytes = key};
    for (size_t i = 0; i < count; i++) {
        struct item *item = &items->item[i];
        uint64_t number = first + i;

        *item = (struct item){
            .key = key,
            .key_size =
                kind == KEY_BINARY ? write_binary_key(key, number) : write_url_key(key, number),
            .value_size = value_size,
        };
        item->value = value_of(item, 0);
        key += item->key_size;
    }
}

int items_by_key(const void *left, const void *right)
{
    const struct item *a = left;
    const struct item *b = right;
    size_t common = a->key_size < b->key_size ? a->key_size : b->key_size;
    int order = memcmp(a->key, b->key, common);

    if (order != 0) return order;
    return (a->key_size > b->key_size) - (a->key_size < b->key_size);
}

/* The items have found their order: now their keys follow. */
static void gather_keys(struct items *items)
{
    size_t key_bytes = 0;
    unsigned char *at = NULL;

    for (size_t i = 0; i < items->count; i++)
        key_bytes += items->item[i].key_size;
    at = stop_or_memory(key_bytes);
    items->key_bytes = at;
    for (size_t i = 0; i < items->count; i++) {
        memcpy(at, items->item[i].key, items->item[i].key_size);
        items->item[i].key = at;
        at += items->item[i].key_size;
    }
}

static void copy_items(struct items *items, const struct items *from)
{
    *items = (struct items){.item = stop_or_memory(from->count * sizeof(*items->item)),
                            .count = from->count};
    memcpy(items->item, from->item, from->count * sizeof(*items->item));
}

void items_sorted(struct items *items, const struct items *from)
{
    copy_items(items, from);
    qsort(items->item, items->count, sizeof(*items->item), items_by_key);
    gather_keys(items);
}

void items_shuffled(struct items *items, const struct items *from, uint64_t seed)
{
    struct dice dice = {.state = seed};

    copy_items(items, from);
    for (size_t i = items->count; i > 1; i--) {
        size_t other = (size_t)dice_below(&dice, i);
        struct item last = items->item[i - 1];

        items->item[i - 1] = items->item[other];
        items->item[other] = last;
    }
    gather_keys(items);
}

void items_rewritten(struct items *items, const struct items *from)
{
    copy_items(items, from);
    for (size_t i = 0; i < items->count; i++)
        items->item[i].value = value_of(&items->item[i], 1);
}

/*
 * Ranks by Gray and others, "Quickly generating billion-record synthetic databases": rank 0 is
 * drawn most. Which item has which rank is as random as `from` is mixed.
 */
void items_drawn(struct items *items, const struct items *from, double skew, uint64_t seed)
{
    struct dice dice = {.state = seed};
    double count = (double)from->count;
    double zeta = 0;
    double eta = 0;

    for (size_t i = 1; i <= from->count; i++)
        zeta += pow((double)i, -skew);
    eta = (1 - pow(2 / count, 1 - skew)) / (1 - (1 + pow(0.5, skew)) / zeta);
    copy_items(items, from);
    for (size_t i = 0; i < items->count; i++) {
        double part = (double)(dice_next(&dice) >> 11) / (double)(UINT64_C(1) << 53);
        double rank = count * pow(eta * part - eta + 1, 1 / (1 - skew));

        if (part * zeta < 1) rank = 0;
        if (part * zeta >= 1 && part * zeta < 1 + pow(0.5, skew)) rank = 1;
        items->item[i] = from->item[rank < count ? (size_t)rank : from->count - 1];
    }
    gather_keys(items);
}

void items_fini(struct items *items)
{
    free(items->item);
    free(items->key_bytes);
    free(items->value_bytes);
    *items = (struct items){.count = 0};
}
