/*
 * map.c - freehold map: the space of a database as a picture.
 */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "failure.h"
#include "json.h"
#include "map_html.h"
#include "map_picture.h"
#include "map_svg.h"
#include "map_text.h"
#include "session.h"

enum { WALK_PAGES = 4096 };

typedef void (*draw)(struct output *output, const struct map_picture *picture);

static enum outcome draw_map(const struct session *session, const char *path, draw print,
                             size_t cell_max)
{
    struct map_picture picture;
    struct output output;
    enum outcome outcome;

    PASS(map_picture_init(&picture, session->db, session->path, cell_max));
    if (path == NULL || strcmp(path, "-") == 0) {
        output_init(&output);
        outcome = OUTCOME_DONE;
    } else {
        outcome = output_create(&output, path);
    }
    if (outcome == OUTCOME_DONE) {
        print(&output, &picture);
        outcome = output_fini(&output);
    }
    map_picture_fini(&picture);
    return outcome;
}

/* Neighbours of the same state and kind. */
struct stretch {
    uint64_t first_page;
    uint64_t page_count;
    fh_map_cell cell;
};

static void print_stretch(struct json *json, const struct stretch *stretch)
{
    if (stretch->page_count == 0) return;
    json_object_begin(json, NULL);
    json_number(json, "first_page", stretch->first_page);
    json_number(json, "page_count", stretch->page_count);
    json_text(json, "state", fh_page_state_name((fh_page_state)stretch->cell.state));
    if (stretch->cell.is_pinned) json_flag(json, "is_pinned", 1);
    json_text(json, "kind", fh_page_kind_name((fh_page_kind)stretch->cell.kind));
    json_object_end(json);
}

static void add_page(struct json *json, struct stretch *stretch, const fh_map_cell *cell)
{
    uint64_t page_no = stretch->first_page + stretch->page_count;

    if (stretch->page_count > 0 && cell->state == stretch->cell.state &&
        cell->kind == stretch->cell.kind && cell->is_pinned == stretch->cell.is_pinned) {
        stretch->page_count++;
        return;
    }
    print_stretch(json, stretch);
    *stretch = (struct stretch){page_no, 1, *cell};
}

/* One line: {"stretches":[...]}. */
static fh_status print_pages(fh_db *db, fh_map_cell *cells, struct json *json)
{
    struct stretch stretch = {0};
    size_t count = WALK_PAGES;

    json_object_begin(json, NULL);
    json_array_begin(json, "stretches");
    while (count == WALK_PAGES) {
        uint64_t next = stretch.first_page + stretch.page_count;
        fh_status status = fh_map_walk(db, (uint32_t)next, cells, WALK_PAGES, &count);

        if (status == FH_NOT_FOUND) break;
        if (status != FH_OK) return status;
        for (size_t i = 0; i < count; i++)
            add_page(json, &stretch, &cells[i]);
    }
    print_stretch(json, &stretch);
    json_array_end(json);
    json_object_end(json);
    json_line_end(json);
    return FH_OK;
}

static enum outcome print_json(const struct session *session)
{
    fh_map_cell *cells = malloc(WALK_PAGES * sizeof(*cells));
    struct output output;
    struct json json;
    enum outcome outcome;
    fh_status status;

    if (cells == NULL) return failure_memory("map");
    output_init(&output);
    json_init(&json, &output);
    status = print_pages(session->db, cells, &json);
    free(cells);
    outcome = output_fini(&output);
    return status == FH_OK ? outcome : failure_file(session->path, status);
}

static enum outcome run(const struct arguments *arguments)
{
    const char *svg = arguments->option[OPTION_SVG];
    const char *html = arguments->option[OPTION_HTML];
    size_t svg_cells = (size_t)MAP_SVG_COLUMNS * MAP_SVG_ROWS;
    size_t text_cells = (size_t)MAP_TEXT_COLUMNS * MAP_TEXT_ROWS;
    int is_json = arguments->option[OPTION_JSON] != NULL;
    struct session session;
    enum outcome outcome = OUTCOME_DONE;

    PASS(session_inspect(arguments, &session));
    if (svg != NULL) outcome = draw_map(&session, svg, map_svg_print, svg_cells);
    if (outcome == OUTCOME_DONE && html != NULL)
        outcome = draw_map(&session, html, map_html_print, svg_cells);
    if (outcome == OUTCOME_DONE && is_json)
        outcome = print_json(&session);
    else if (outcome == OUTCOME_DONE && svg == NULL && html == NULL)
        outcome = draw_map(&session, NULL, map_text_print, text_cells);
    return session_close(&session, outcome);
}

const struct command map_command = {
    .name = "map",
    .operands = "DB",
    .summary = "draw the space: terminal, SVG or HTML",
    .details = "In the terminal a character stands for one page or more; a leaf's block shows how\n"
               "full it is. --json prints the stretches of pages of one state and kind.\n",
    .options = ARGUMENTS_TAKE(OPTION_SVG) | ARGUMENTS_TAKE(OPTION_HTML) |
               ARGUMENTS_TAKE(OPTION_JSON) | ARGUMENTS_TAKE(OPTION_WITHOUT_LOG),
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
