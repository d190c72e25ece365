/*
 * map_svg.c - the picture of a database's space as SVG.
 *
 * Cells of a row that look alike are one rectangle, whose title tells its pages: viewers
 * show it under the pointer.
 */
#include "map_svg.h"

#include <inttypes.h>
#include <string.h>

#include "bytes_text.h"

enum {
    WIDTH = 896, /* of the cells; all in the picture's own units */
    LEFT = 70,
    TOP = 80,
    RIGHT = 20,
    FEW_COLUMNS = 64, /* larger cells, as long as the picture does not get high */
    FEW_CELLS = 64 * 64,
    LEGEND_STEP = 112,
    LABEL_ROWS = 8,
    STRENGTHS = 4
};

static const char *const colours[MAP_TONE_COUNT] = {
    [MAP_FREE] = "#e2e8f0",     [MAP_PENDING] = "#ed8936", [MAP_PINNED] = "#e53e3e",
    [MAP_METADATA] = "#4a5568", [MAP_BRANCH] = "#2a4365",  [MAP_LEAF] = "#3182ce",
    [MAP_OVERFLOW] = "#38a169", [MAP_RAW] = "#805ad5",
};

void map_svg_name(struct output *output, const char *path)
{
    const unsigned char *data = (const unsigned char *)path;
    size_t size = strlen(path);
    size_t at = 0;

    while (at < size) {
        size_t wide = data[at] >= 0x80 ? bytes_text_wide(data + at, size - at) : 0;

        if (wide > 0)
            output_bytes(output, data + at, wide);
        else if (data[at] == '&')
            output_text(output, "&amp;");
        else if (data[at] == '<')
            output_text(output, "&lt;");
        else if (data[at] == '>')
            output_text(output, "&gt;");
        else
            output_char(output, (char)(data[at] < 0x20 || data[at] >= 0x7f ? '?' : data[at]));
        at += wide > 0 ? wide : 1;
    }
}

/* How many cells stand in a row. */
static size_t columns_of(const struct map_picture *picture)
{
    return picture->cell_count <= FEW_CELLS ? FEW_COLUMNS : MAP_SVG_COLUMNS;
}

static unsigned strength_of(const struct map_picture_cell *cell)
{
    unsigned strength = (cell->strength_percent * STRENGTHS + 99u) / 100;

    return strength > 0 ? strength : 1;
}

static int look_alike(const struct map_picture_cell *left, const struct map_picture_cell *right)
{
    return left->tone == right->tone && strength_of(left) == strength_of(right);
}

static void print_rectangle(struct output *output, const struct map_picture *picture, size_t begin,
                            size_t end)
{
    const struct map_picture_cell *cell = &picture->cells[begin];
    size_t columns = columns_of(picture);
    size_t size = WIDTH / columns;
    uint64_t first = begin * picture->cell_pages;
    uint64_t behind = end * picture->cell_pages;
    unsigned strength = strength_of(cell);

    if (behind > picture->page_count) behind = picture->page_count;
    output_format(output, "<rect x=\"%zu\" y=\"%zu\" width=\"%zu\" height=\"%zu\" fill=\"%s\"",
                  LEFT + begin % columns * size, TOP + begin / columns * size,
                  (end - begin) * size - 1, size - 1, colours[cell->tone]);
    if (strength < STRENGTHS)
        output_format(output, " fill-opacity=\"0.%u\"", 20 + 80 * strength / STRENGTHS);
    output_format(output, "><title>pages %" PRIu64 " to %" PRIu64 ": %s", first, behind - 1,
                  map_picture_tone_name((enum map_tone)cell->tone));
    if (cell->tone == MAP_LEAF || cell->tone == MAP_BRANCH)
        output_format(output, ", about %u %% full", strength * 100 / STRENGTHS);
    output_text(output, "</title></rect>\n");
}

static void print_cells(struct output *output, const struct map_picture *picture)
{
    size_t columns = columns_of(picture);
    size_t size = WIDTH / columns;
    size_t begin = 0;

    while (begin < picture->cell_count) {
        size_t end = begin + 1;

        while (end < picture->cell_count && end % columns != 0 &&
               look_alike(&picture->cells[begin], &picture->cells[end]))
            end++;
        print_rectangle(output, picture, begin, end);
        begin = end;
    }
    for (size_t row = 0; row * columns < picture->cell_count; row += LABEL_ROWS)
        output_format(output,
                      "<text x=\"%d\" y=\"%zu\" text-anchor=\"end\" fill=\"#718096\">%" PRIu64
                      "</text>\n",
                      LEFT - 6, TOP + row * size + size / 2 + 4,
                      (uint64_t)(row * columns) * picture->cell_pages);
}

static void print_legend(struct output *output, const struct map_picture *picture)
{
    int x = LEFT;

    for (unsigned tone = 0; tone < MAP_TONE_COUNT; tone++) {
        if (picture->tone_pages[tone] == 0) continue;
        output_format(output,
                      "<rect x=\"%d\" y=\"52\" width=\"10\" height=\"10\" fill=\"%s\"/>"
                      "<text x=\"%d\" y=\"61\">%s %" PRIu64 "</text>\n",
                      x, colours[tone], x + 15, map_picture_tone_name((enum map_tone)tone),
                      picture->tone_pages[tone]);
        x += LEGEND_STEP;
    }
}

void map_svg_print(struct output *output, const struct map_picture *picture)
{
    size_t columns = columns_of(picture);
    size_t rows = (picture->cell_count + columns - 1) / columns;
    size_t height = TOP + rows * (WIDTH / columns) + RIGHT;
    int width = LEFT + WIDTH + RIGHT;

    output_format(output,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%zu\" "
                  "viewBox=\"0 0 %d %zu\" font-family=\"sans-serif\" font-size=\"11\">\n"
                  "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n"
                  "<text x=\"%d\" y=\"26\" font-size=\"17\">",
                  width, height, width, height, LEFT);
    map_svg_name(output, picture->path);
    output_format(output,
                  "</text>\n<text x=\"%d\" y=\"43\" fill=\"#718096\">%" PRIu64 " pages of %" PRIu64
                  " bytes, %" PRIu64 " items in %" PRIu64 " trees, transaction %" PRIu64
                  "; pages in a cell: %" PRIu64 "; paler is less full</text>\n",
                  LEFT, picture->page_count, picture->stat.page_bytes, picture->stat.item_count,
                  picture->stat.tree_count, picture->stat.txn_id, picture->cell_pages);
    print_legend(output, picture);
    print_cells(output, picture);
    output_text(output, "</svg>\n");
}
