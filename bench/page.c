/*
 * page.c - a page of HTML that needs nothing else.
 */
#include "page.h"

#include <math.h>
#include <string.h>

#include "stop.h"

/* Places in the plot of dots; in pixels. */
enum {
    NAME_WIDTH = 150,
    PLOT_WIDTH = 640,
    NOTE_WIDTH = 130,
    ROW_HEIGHT = 22,
    HEAD_HEIGHT = 30,
    AXIS_BITS = 4 /* to 2^4 on each side of 1 */
};

/* And in a chart of curves. */
enum { CURVE_WIDTH = 430, CURVE_HEIGHT = 210, CURVE_LEFT = 58, CURVE_TOP = 30, CURVE_BOTTOM = 26 };

static const char style[] =
    "<style>\n"
    "body{font:14px/1.45 sans-serif;margin:2em "
    "auto;max-width:960px;color:#212529;background:#fff}\n"
    "h1{font-size:22px}h2{font-size:17px;margin-top:2em}h3{font-size:14px;margin:1.4em 0 .2em}\n"
    "svg{display:inline-block;max-width:100%}svg text{font:12px sans-serif;fill:#495057}\n"
    "svg .t{font-weight:bold;fill:#212529}svg .g{stroke:#e9ecef}svg .b{stroke:#868e96}\n"
    ".k span{display:inline-block;margin-right:1.2em}.k i{display:inline-block;width:.8em;"
    "height:.8em;border-radius:50%;margin-right:.4em}\n"
    "table{border-collapse:collapse;font-size:13px}td,th{padding:1px 12px 1px 0;text-align:right;"
    "font-variant-numeric:tabular-nums}td:first-child,th:first-child{text-align:left}\n"
    "pre{font-size:12px;overflow-x:auto}\n"
    "</style>\n";

/* An engine has its colour in every chart, whoever else takes part. */
static const char *colour_of(const char *name)
{
    static const struct {
        const char *name;
        const char *colour;
    } colours[] = {{"freehold", "#d6336c"},   {"lmdb", "#343a40"},   {"rocksdb", "#1971c2"},
                   {"leveldb", "#2f9e44"},    {"sqlite", "#7048e8"}, {"bdb", "#0c8599"},
                   {"wiredtiger", "#e8890c"}, {"tkrzw", "#94a3b8"}};

    for (size_t i = 0; i < sizeof(colours) / sizeof(colours[0]); i++)
        if (strcmp(colours[i].name, name) == 0) return colours[i].colour;
    return "#adb5bd";
}

static void print_escaped(FILE *page, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '&')
            (void)fputs("&amp;", page);
        else if (*text == '<')
            (void)fputs("&lt;", page);
        else
            (void)fputc(*text, page);
    }
}

FILE *page_open(const char *path, const char *title)
{
    FILE *page = stop_or_open(path, "w");

    (void)fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>",
                page);
    print_escaped(page, title);
    (void)fprintf(page, "</title>\n%s</head>\n<body>\n", style);
    page_text(page, "h1", title);
    return page;
}

void page_close(FILE *page)
{
    (void)fputs("</body>\n</html>\n", page);
    if (fclose(page) != 0) stop("the page could not be written");
}

void page_text(FILE *page, const char *element, const char *text)
{
    (void)fprintf(page, "<%s>", element);
    print_escaped(page, text);
    (void)fprintf(page, "</%s>\n", element);
}

void page_legend(FILE *page, const struct page_series *series)
{
    (void)fputs("<p class=\"k\">", page);
    for (unsigned i = 0; i < series->count; i++)
        (void)fprintf(page, "<span><i style=\"background:%s\"></i>%s</span>",
                      colour_of(series->name[i]), series->name[i]);
    (void)fputs("</p>\n", page);
}

/* ---- Dots ---- */

static unsigned dots_row; /* of the plot that is open */

/* Where a multiple lies on the axis; what is beyond lies at its end. */
static double place_of(double number)
{
    double bits = log2(number);

    if (bits < -AXIS_BITS) bits = -AXIS_BITS;
    if (bits > AXIS_BITS) bits = AXIS_BITS;
    return NAME_WIDTH + (bits + AXIS_BITS) * PLOT_WIDTH / (2.0 * AXIS_BITS);
}

void page_dots_begin(FILE *page, const char *title, unsigned row_count)
{
    unsigned height = HEAD_HEIGHT + row_count * ROW_HEIGHT + 8;

    dots_row = 0;
    page_text(page, "h3", title);
    (void)fprintf(page, "<svg width=\"%d\" height=\"%u\">\n", NAME_WIDTH + PLOT_WIDTH + NOTE_WIDTH,
                  height);
    for (int bits = -AXIS_BITS; bits <= AXIS_BITS; bits++) {
        double x = place_of(exp2(bits));

        (void)fprintf(page,
                      "<line class=\"%s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%u\"/>"
                      "<text x=\"%.1f\" y=\"14\" text-anchor=\"middle\">",
                      bits == 0 ? "b" : "g", x, x, HEAD_HEIGHT - 10, height, x);
        if (bits < 0)
            (void)fprintf(page, "1/%.0f</text>\n", exp2(-bits));
        else
            (void)fprintf(page, "%.0f</text>\n", exp2(bits));
    }
}

/* The first series after the base is drawn last, over the others, and larger. */
void page_dots_row(FILE *page, const struct page_series *series, const char *name, const char *note,
                   const double *numbers)
{
    double y = HEAD_HEIGHT + (dots_row + 0.5) * ROW_HEIGHT;

    dots_row++;
    (void)fprintf(page, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
                  NAME_WIDTH - 14, y + 4, name);
    (void)fprintf(page, "<line class=\"g\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>\n",
                  NAME_WIDTH, NAME_WIDTH + PLOT_WIDTH, y, y);
    for (unsigned i = series->count; i-- > 0;) {
        int is_first = i == 1 || series->count == 1;

        if (!(numbers[i] > 0)) continue;
        (void)fprintf(page,
                      "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%s\" fill=\"%s\" fill-opacity=\"%s\">"
                      "<title>%s %s: %.2f</title></circle>\n",
                      place_of(numbers[i]), y, is_first ? "6.5" : "4.5", colour_of(series->name[i]),
                      is_first ? "1" : ".8", series->name[i], name, numbers[i]);
    }
    (void)fprintf(page, "<text x=\"%d\" y=\"%.1f\">%s</text>\n", NAME_WIDTH + PLOT_WIDTH + 14,
                  y + 4, note);
}

void page_dots_end(FILE *page)
{
    (void)fputs("</svg>\n", page);
}

/* ---- Curves ---- */

/* 1, 2 or 5 times a power of ten, not below. */
static double round_up(double number)
{
    double power = 0;

    if (!(number > 0)) return 1;
    power = pow(10, floor(log10(number)));
    if (number <= power) return power;
    if (number <= 2 * power) return 2 * power;
    return number <= 5 * power ? 5 * power : 10 * power;
}

static double largest_of(const struct page_series *series, const struct page_curves *curves,
                         unsigned *ret_round_count)
{
    double largest = 0;

    *ret_round_count = 2;
    for (unsigned i = 0; i < series->count; i++) {
        if (curves->count[i] > *ret_round_count) *ret_round_count = curves->count[i];
        for (unsigned round = 0; round < curves->count[i]; round++)
            if (curves->number[i][round] > largest) largest = curves->number[i][round];
    }
    return largest;
}

static void draw_axes(FILE *page, double top, unsigned round_count)
{
    int width = CURVE_WIDTH - CURVE_LEFT - 12;
    int height = CURVE_HEIGHT - CURVE_TOP - CURVE_BOTTOM;
    unsigned step = round_count > 10 ? 5 : 1;

    for (int i = 0; i <= 4; i++) {
        double y = CURVE_TOP + height * (4 - i) / 4.0;

        (void)fprintf(page,
                      "<line class=\"g\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>"
                      "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.4g</text>\n",
                      CURVE_LEFT, CURVE_LEFT + width, y, y, CURVE_LEFT - 6, y + 4, top * i / 4);
    }
    for (unsigned round = 1; round <= round_count; round++)
        if (round == 1 || round % step == 0 || round == round_count)
            (void)fprintf(page, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%u</text>\n",
                          CURVE_LEFT + (double)width * (round - 1) / (round_count - 1),
                          CURVE_HEIGHT - 8, round);
}

void page_draw_curves(FILE *page, const struct page_series *series,
                      const struct page_curves *curves)
{
    unsigned round_count = 0;
    double top = round_up(largest_of(series, curves, &round_count));
    int width = CURVE_WIDTH - CURVE_LEFT - 12;
    int height = CURVE_HEIGHT - CURVE_TOP - CURVE_BOTTOM;

    (void)fprintf(page,
                  "<svg width=\"%d\" height=\"%d\">\n<text class=\"t\" x=\"%d\" y=\"16\">%s, %s"
                  "</text>\n",
                  CURVE_WIDTH, CURVE_HEIGHT, CURVE_LEFT, curves->title, curves->unit);
    draw_axes(page, top, round_count);
    for (unsigned i = series->count; i-- > 0;) {
        if (curves->count[i] == 1) {
            (void)fprintf(page, "<circle cx=\"%d\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n", CURVE_LEFT,
                          CURVE_TOP + height * (1 - curves->number[i][0] / top),
                          colour_of(series->name[i]));
            continue;
        }
        (void)fprintf(page, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"%s\" points=\"",
                      colour_of(series->name[i]),
                      strcmp(series->name[i], "freehold") == 0 ? "2.6" : "1.5");
        for (unsigned round = 0; round < curves->count[i]; round++) {
            double number = curves->number[i][round];

            if (number < 0) continue;
            (void)fprintf(page, "%.1f,%.1f ",
                          CURVE_LEFT + (double)width * round / (round_count - 1),
                          CURVE_TOP + height * (1 - number / top));
        }
        (void)fprintf(page, "\"><title>%s</title></polyline>\n", series->name[i]);
    }
    (void)fputs("</svg>\n", page);
}
