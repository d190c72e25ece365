/*
 * character_table.c - Unicode's table of characters: its lines, and the words of its names.
 */
#include "character_table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dice.h"
#include "stop.h"

enum { LINE_BYTES = 1024, CHARACTERS_MAX = 1 << 16, WORDS_MAX = 1 << 16, SLOTS = 1 << 18 };

/* Where the text ends so far, and which words it has: by hash, number plus one, 0 for none. */
struct reading {
    struct character_table *table;
    char *end;
    uint32_t slot[SLOTS];
};

static const char *keep(struct reading *reading, const char *text, size_t size)
{
    char *kept = reading->end;

    memcpy(kept, text, size);
    kept[size] = '\0';
    reading->end += size + 1;
    return kept;
}

static uint64_t hash_of(const char *word)
{
    uint64_t hash = 0;

    for (; *word != '\0'; word++)
        hash = dice_mix(hash * 2 + (unsigned char)*word);
    return hash;
}

static void note_word(struct reading *reading, const char *word)
{
    struct character_table *table = reading->table;
    uint64_t slot = hash_of(word) % SLOTS;

    for (; reading->slot[slot] != 0; slot = (slot + 1) % SLOTS)
        if (strcmp(table->word[reading->slot[slot] - 1], word) == 0) return;
    if (table->word_count == WORDS_MAX) return;
    table->word[table->word_count] = keep(reading, word, strlen(word));
    reading->slot[slot] = (uint32_t)++table->word_count;
}

/* 0: no word goes on with this. Words are of letters and hyphens, so codes are none. */
static char letter_of(char sign)
{
    if (sign >= 'A' && sign <= 'Z') return (char)(sign - 'A' + 'a');
    if ((sign >= 'a' && sign <= 'z') || sign == '-') return sign;
    return 0;
}

static void note_words(struct reading *reading, const char *name)
{
    char word[LINE_BYTES];
    size_t size = 0;

    for (;; name++) {
        char letter = letter_of(*name);

        if (letter != 0) {
            word[size++] = letter;
            continue;
        }
        word[size] = '\0';
        if (size > 1) note_word(reading, word);
        if (*name == '\0') return;
        size = 0;
    }
}

static void note_line(struct reading *reading, const char *line)
{
    struct character_table *table = reading->table;
    struct character *character = &table->character[table->character_count];
    const char *code_end = strchr(line, ';');
    const char *name_end = code_end != NULL ? strchr(code_end + 1, ';') : NULL;

    if (name_end == NULL) stop("not a line of the character table: %s", line);
    if (table->character_count == CHARACTERS_MAX) return;
    character->code = keep(reading, line, (size_t)(code_end - line));
    character->name = keep(reading, code_end + 1, (size_t)(name_end - code_end - 1));
    character->record = keep(reading, code_end + 1, strlen(code_end + 1));
    note_words(reading, character->name);
    table->character_count++;
}

void character_table_read(struct character_table *table, const char *path)
{
    struct reading *reading = stop_or_memory(sizeof(*reading));
    FILE *file = stop_or_open(path, "r");
    char line[LINE_BYTES];
    long file_bytes = 0;

    if (fseek(file, 0, SEEK_END) == 0) file_bytes = ftell(file);
    if (file_bytes <= 0) stop("%s: it is empty, or no file", path);
    *table = (struct character_table){
        .character = stop_or_memory(CHARACTERS_MAX * sizeof(*table->character)),
        .word = stop_or_memory(WORDS_MAX * sizeof(*table->word)),
        /* Name, record, words and their ends come to less than this for any table. */
        .text = stop_or_memory((size_t)file_bytes * 8),
    };
    rewind(file);
    memset(reading, 0, sizeof(*reading));
    reading->table = table;
    reading->end = table->text;
    while (fgets(line, sizeof(line), file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        note_line(reading, line);
    }
    (void)fclose(file);
    free(reading);
    if (table->word_count == 0) stop("%s: no characters in it", path);
}

void character_table_fini(struct character_table *table)
{
    free(table->character);
    free(table->word);
    free(table->text);
    *table = (struct character_table){.character_count = 0};
}
