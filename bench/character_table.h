/*
 * character_table.h - Unicode's table of characters: its lines, and the words of its names.
 */
#ifndef FREEHOLD_BENCH_CHARACTER_TABLE_H
#define FREEHOLD_BENCH_CHARACTER_TABLE_H

#include <stddef.h>

struct character {
    const char *code; /* hexadecimal, as the table writes it */
    const char *name;
    const char *record; /* the whole line behind the code */
};

struct character_table {
    struct character *character;
    size_t character_count;
    const char **word; /* in small letters, once each, in the order of their first use */
    size_t word_count;
    char *text; /* that all of them point into */
};

/* Reads UnicodeData.txt. Owned until character_table_fini. */
void character_table_read(struct character_table *table, const char *path);
void character_table_fini(struct character_table *table);

#endif
