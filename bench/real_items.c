/*
 * real_items.c - as many items as one likes that look like those of real programs.
 */
#include "real_items.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "character_table.h"
#include "dice.h"
#include "stop.h"

enum { KINDS = 3, KEY_ROOM = 256, VALUE_ROOM = 512, CODES_MAX = 12, URL_WORD_BYTES_MAX = 10 };

/* What an item is written into, and how far. */
struct draft {
    char key[KEY_ROOM];
    char value[VALUE_ROOM];
    int key_size;
    int value_size;
};

static const struct character *any_character(const struct character_table *table, struct dice *dice)
{
    return &table->character[dice_below(dice, table->character_count)];
}

/* The record of a character as edition after edition of the table has it. */
static void draft_record(struct draft *draft, const struct character_table *table, uint64_t number)
{
    const struct character *character = &table->character[number % table->character_count];

    draft->key_size = snprintf(draft->key, KEY_ROOM, "ucd/%" PRIu64 "/%s",
                               number / table->character_count + 1, character->code);
    draft->value_size = snprintf(draft->value, VALUE_ROOM, "%s", character->record);
}

/* All words, then pairs of them, none twice; with the characters they are found in. */
static void draft_word(struct draft *draft, const struct character_table *table, uint64_t number)
{
    struct dice dice = {.state = number};
    uint64_t code_count = 1 + dice_below(&dice, CODES_MAX);
    uint64_t pair = number / table->word_count;
    const char *last = table->word[number % table->word_count];

    if (pair == 0)
        draft->key_size = snprintf(draft->key, KEY_ROOM, "%s", last);
    else
        draft->key_size = snprintf(draft->key, KEY_ROOM, "%s %s",
                                   table->word[pair * 31 % table->word_count], last);
    draft->value_size = 0;
    for (uint64_t i = 0; i < code_count; i++)
        draft->value_size +=
            snprintf(draft->value + draft->value_size, VALUE_ROOM - (size_t)draft->value_size,
                     i > 0 ? " %s" : "%s", any_character(table, &dice)->code);
}

static const char *url_word(const struct character_table *table, struct dice *dice)
{
    const char *word = table->word[dice_below(dice, table->word_count)];

    return strlen(word) <= URL_WORD_BYTES_MAX ? word : "page";
}

/* The number at the end tells the pages apart. */
static void draft_page(struct draft *draft, const struct character_table *table, uint64_t number)
{
    static const char *const hosts[] = {"www.example.org", "news.example.com", "wiki.test",
                                        "shop.example.net"};
    static const char *const languages[] = {"en", "de", "fr", "es", "pt", "ja"};
    struct dice dice = {.state = number};
    const char *host = hosts[dice_below(&dice, sizeof(hosts) / sizeof(hosts[0]))];
    const char *folder = url_word(table, &dice);
    const char *page = url_word(table, &dice);

    draft->key_size =
        snprintf(draft->key, KEY_ROOM, "https://%s/%s/%s/%" PRIu64, host, folder, page, number);
    draft->value_size =
        snprintf(draft->value, VALUE_ROOM,
                 "{\"title\":\"%s\",\"lang\":\"%s\",\"views\":%" PRIu64 ",\"next\":\"%s\"}",
                 any_character(table, &dice)->name,
                 languages[dice_below(&dice, sizeof(languages) / sizeof(languages[0]))],
                 dice_below(&dice, 100000), any_character(table, &dice)->code);
}

static void draft_item(struct draft *draft, const struct character_table *table, uint64_t number)
{
    switch (number % KINDS) {
    case 0:
        draft_record(draft, table, number / KINDS);
        break;
    case 1:
        draft_word(draft, table, number / KINDS);
        break;
    default:
        draft_page(draft, table, number / KINDS);
    }
    if (draft->key_size >= KEY_ROOM || draft->value_size >= VALUE_ROOM)
        stop("%s: longer than any line should make it", draft->key);
}

void real_items_make(struct items *items, const char *table_path, size_t count)
{
    struct character_table table;
    struct draft draft;
    unsigned char *key = NULL;
    unsigned char *value = NULL;
    size_t key_bytes = 0;
    size_t value_bytes = 0;

    character_table_read(&table, table_path);
    if (count / KINDS / table.word_count >= table.word_count) stop("so many items have no words");
    for (size_t i = 0; i < count; i++) {
        draft_item(&draft, &table, i);
        key_bytes += (size_t)draft.key_size;
        value_bytes += (size_t)draft.value_size;
    }
    key = stop_or_memory(key_bytes);
    value = stop_or_memory(value_bytes);
    *items = (struct items){.item = stop_or_memory(count * sizeof(*items->item)),
                            .count = count,
                            .key_bytes = key,
                            .value_bytes = value};
    for (size_t i = 0; i < count; i++) {
        draft_item(&draft, &table, i);
        items->item[i] =
            (struct item){key, value, (uint32_t)draft.key_size, (uint32_t)draft.value_size};
        key = (unsigned char *)memcpy(key, draft.key, (size_t)draft.key_size) + draft.key_size;
        value = (unsigned char *)memcpy(value, draft.value, (size_t)draft.value_size) +
                draft.value_size;
    }
    character_table_fini(&table);
}
