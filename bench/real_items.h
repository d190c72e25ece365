/*
 * real_items.h - as many items as one likes that look like those of real programs.
 *
 * All words are those of Unicode's character table, so keys and values have the lengths,
 * the shared beginnings and the repetitions of real text. In turn: a character's record
 * under its edition and code; a word or two with the codes of characters; the address of a
 * page with a line of JSON. The same count gives the same items.
 */
#ifndef FREEHOLD_BENCH_REAL_ITEMS_H
#define FREEHOLD_BENCH_REAL_ITEMS_H

#include "items.h"

/* Where Debian's unicode-data has the table. */
#define REAL_ITEMS_TABLE "/usr/share/unicode/UnicodeData.txt"

/* `count` items without equal keys, in no order. Owned until items_fini. */
void real_items_make(struct items *items, const char *table_path, size_t count);

#endif
