/*
 * map_text.c - the picture of a database's space in characters.
 */
#include "map_text.h"

#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

enum { FILL_COUNT = 8 };

struct glyph {
    const char *ascii;
    const char *block;
    const char *colour; /* of a terminal */
};

static const struct glyph glyphs[MAP_TONE_COUNT] = {
    [MAP_FREE] = {".", "\xc2\xb7", "\033[90m"},
    [MAP_PENDING] = {"~", "\xe2\x96\x91", "\033[33m"},
    [MAP_PINNED] = {"!", "\xe2\x96\xa4", "\033[91m"},
    [MAP_METADATA] = {"m", "\xe2\x95\xac", "\033[35m"},
    [MAP_BRANCH] = {"b", "\xe2\x96\x92", "\033[36m"},
    [MAP_LEAF] = {"#", "\xe2\x96\x88", "\033[34m"},
    [MAP_OVERFLOW] = {"R", "\xe2\x96\x93", "\033[32m"},
    [MAP_RAW] = {"w", "\xe2\x96\x9e", "\033[31m"},
};

/* How full a leaf is, in eighths. */
static const char *const fills[FILL_COUNT] = {
    "\xe2\x96\x81", "\xe2\x96\x82", "\xe2\x96\x83", "\xe2\x96\x84",
    "\xe2\x96\x85", "\xe2\x96\x86", "\xe2\x96\x87", "\xe2\x96\x88",
};

struct pen {
    struct output *output;
    int has_blocks;
    int has_colour;
    const char *colour; /* that is set now */
};

static void set_colour(struct pen *pen, const char *colour)
{
    if (!pen->has_colour || pen->colour == colour) return;
    output_text(pen->output, colour == NULL ? "\033[0m" : colour);
    pen->colour = colour;
}

static void print_cell(struct pen *pen, const struct map_picture_cell *cell)
{
    const struct glyph *glyph = &glyphs[cell->tone];
    unsigned fill = cell->strength_percent * FILL_COUNT / 101u;

    set_colour(pen, glyph->colour);
    if (!pen->has_blocks)
        output_text(pen->output, glyph->ascii);
    else if (cell->tone == MAP_LEAF)
        output_text(pen->output, fills[fill < FILL_COUNT ? fill : FILL_COUNT - 1]);
    else
        output_text(pen->output, glyph->block);
}

static void print_legend(struct pen *pen, const struct map_picture *picture)
{
    for (unsigned tone = 0; tone < MAP_TONE_COUNT; tone++) {
        const struct glyph *glyph = &glyphs[tone];

        if (picture->tone_pages[tone] == 0) continue;
        set_colour(pen, glyph->colour);
        output_text(pen->output, pen->has_blocks ? glyph->block : glyph->ascii);
        set_colour(pen, NULL);
        output_format(pen->output, " %s %" PRIu64 "   ", map_picture_tone_name((enum map_tone)tone),
                      picture->tone_pages[tone]);
    }
    output_format(pen->output, "(pages; in a character: %" PRIu64 ")\n", picture->cell_pages);
}

void map_text_print(struct output *output, const struct map_picture *picture)
{
    struct pen pen = {.output = output, .has_colour = isatty(output->file)};

    (void)setlocale(LC_CTYPE, "");
    pen.has_blocks = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    for (size_t i = 0; i < picture->cell_count; i++) {
        if (i % MAP_TEXT_COLUMNS == 0)
            output_format(output, "%10" PRIu64 " ", (uint64_t)i * picture->cell_pages);
        print_cell(&pen, &picture->cells[i]);
        if (i % MAP_TEXT_COLUMNS == MAP_TEXT_COLUMNS - 1 || i + 1 == picture->cell_count) {
            set_colour(&pen, NULL);
            output_char(output, '\n');
        }
    }
    print_legend(&pen, picture);
}
