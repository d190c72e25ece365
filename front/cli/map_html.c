/*
 * map_html.c - the picture of a database's space as one page that needs nothing else.
 *
 * The SVG, the figures, and a few lines of script that tell what is under the pointer.
 */
#include "map_html.h"

#include <inttypes.h>

#include "map_svg.h"

static const char head_end[] =
    "</title>\n<style>\n"
    "body{font-family:sans-serif;margin:1.5em;color:#1a202c;background:#fff}\n"
    "table{border-collapse:collapse;font-size:14px}td{padding:1px 14px 1px 0}\n"
    "td+td{text-align:right;font-variant-numeric:tabular-nums}\n"
    "#under{height:1.4em;margin:1em 0 0 70px;font-size:14px}\n"
    "svg rect:hover{stroke:#e53e3e;stroke-width:1.5}svg{max-width:100%;height:auto}\n"
    "</style>\n</head>\n<body>\n";

static const char tail[] =
    "<script>\n"
    "var under=document.getElementById('under');\n"
    "document.querySelector('svg').addEventListener('mouseover',function(event){\n"
    "  var title=event.target.querySelector('title');\n"
    "  under.textContent=title?title.textContent:'';\n"
    "});\n"
    "</script>\n</body>\n</html>\n";

static void print_row(struct output *output, const char *name, uint64_t number)
{
    output_format(output, "<tr><td>%s</td><td>%" PRIu64 "</td></tr>\n", name, number);
}

void map_html_print(struct output *output, const struct map_picture *picture)
{
    const fh_stat_info *stat = &picture->stat;

    output_text(output, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                        "<title>");
    map_svg_name(output, picture->path);
    output_text(output, head_end);
    output_text(output, "<p id=\"under\">point at a cell</p>\n");
    map_svg_print(output, picture);
    output_text(output, "<table>\n");
    print_row(output, "file bytes", stat->file_bytes);
    print_row(output, "allocated bytes", stat->allocated_bytes);
    print_row(output, "payload bytes", stat->payload_bytes);
    print_row(output, "items", stat->item_count);
    print_row(output, "live pages", stat->live_pages);
    print_row(output, "free pages", stat->free_pages);
    print_row(output, "pending pages", stat->pending_pages);
    print_row(output, "free runs", stat->free_run_count);
    print_row(output, "largest free run, pages", stat->largest_free_run_pages);
    output_text(output, "</table>\n");
    output_text(output, tail);
}
