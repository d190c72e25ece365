/*
 * lab_page.c - replays of a trace as one page that needs nothing else.
 *
 * Curves are SVG and the heaps over time small PNGs, so that all is there before any script
 * runs. Policies whose heaps were the same at every moment are drawn once, under all names.
 */
#include "lab_page.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "lab_chart.h"
#include "lab_page_text.h"
#include "map_svg.h"
#include "png.h"

enum {
    RAMP_LEVELS = 64,
    CHART_WIDTH = 590,
    CHART_HEIGHT = 350,
    MAP_WIDTH = 380,
    MAP_HEIGHT = 208,
    SETTLED_PERCENT = 5 /* of the operations: before, waste is of next to nothing */
};

/* Of the policies by their place in the list. */
static const char *const colours[LAB_TRACE_POLICIES_MAX] = {
    "#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#b07aa1", "#9c755f", "#17a2b8", "#d4a017",
    "#e377c2", "#7f8c3a", "#6f63bb", "#2f8f83", "#c85200", "#8a8a8a", "#a3415b", "#3d7dca",
};

struct page {
    struct output *output;
    const struct lab_trace *lab;
    size_t columns;
    size_t group[LAB_TRACE_POLICIES_MAX]; /* the first replay with the same heaps */
};

static const struct lab_replay *replay_at(const struct page *page, size_t i)
{
    return &page->lab->replays[i];
}

static int is_same_picture(const fh_replay_picture *a, const fh_replay_picture *b)
{
    return memcmp(a->samples, b->samples, a->column_count * sizeof(*a->samples)) == 0 &&
           memcmp(a->cells, b->cells, a->column_count * a->row_count) == 0;
}

static void find_groups(struct page *page)
{
    for (size_t i = 0; i < page->lab->replay_count; i++) {
        page->group[i] = i;
        for (size_t j = 0; j < i && page->group[i] == i; j++)
            if (is_same_picture(&replay_at(page, i)->picture, &replay_at(page, j)->picture))
                page->group[i] = page->group[j];
    }
}

/* Every other curve, so that one that lies under it is seen. */
static int is_dashed(const struct page *page, size_t group)
{
    size_t curve_no = 0;

    for (size_t i = 0; i < group; i++)
        curve_no += page->group[i] == i;
    return curve_no % 2 == 1;
}

/* "bitmap = first = array" */
static void print_names(const struct page *page, size_t group)
{
    output_text(page->output, replay_at(page, group)->policy);
    for (size_t i = group + 1; i < page->lab->replay_count; i++)
        if (page->group[i] == group)
            output_format(page->output, " = %s", replay_at(page, i)->policy);
}

static double waste_of(const fh_replay_sample *sample)
{
    if (sample->peak_live_bytes == 0) return 0.0;
    return 100.0 * ((double)sample->heap_bytes / (double)sample->peak_live_bytes - 1.0);
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

static void print_count(const struct page *page, uint64_t number, const char *behind)
{
    char text[32];

    lab_chart_count(text, sizeof(text), number);
    output_format(page->output, "%s%s", text, behind);
}

static void print_bytes(const struct page *page, double bytes, const char *behind)
{
    char text[24];

    lab_chart_bytes(text, sizeof(text), bytes);
    output_format(page->output, "%s%s", text, behind);
}

static void print_head(const struct page *page)
{
    const fh_replay_options *options = &page->lab->options;
    const fh_trace_info *info = &page->lab->trace_info;
    struct output *output = page->output;
    const char *name = file_name(page->lab->path);

    output_text(output, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                        "<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
    map_svg_name(output, name);
    output_text(output, "</title>\n<style>\n");
    output_text(output, lab_page_style);
    output_text(output, "</style>\n</head>\n<body>\n<h1>");
    map_svg_name(output, name);
    output_text(output, "</h1>\n<p>");
    print_count(page, info->op_count, " operations: ");
    print_count(page, info->alloc_count, " allocations, ");
    print_count(page, info->free_count, " frees, ");
    print_count(page, info->realloc_count, " reallocations. At most ");
    print_count(page, info->peak_live_count, " blocks and ");
    print_bytes(page, (double)info->peak_asked_bytes, " asked for are live at once. ");
    if (options->simulates)
        output_format(output, "The textbook&#8217;s heap, list by %s, %s. ",
                      options->order != NULL ? options->order : "addr",
                      options->coalesces ? "coalescing" : "not coalescing");
    output_format(output,
                  "Header %" PRIu64 " B, sizes rounded to %" PRIu64 " B, growth by %" PRIu64
                  " B.</p>\n",
                  options->header_bytes, options->align_bytes,
                  options->grow_bytes > 0 ? options->grow_bytes : 1);
}

static void print_keys(const struct page *page)
{
    output_text(page->output,
                "<div id=\"keys\"><span class=\"key\"><i class=\"area\"></i>live</span>\n");
    for (size_t i = 0; i < page->lab->replay_count; i++) {
        if (page->group[i] != i) continue;
        output_format(page->output,
                      "<span class=\"key\" data-group=\"%zu\"><i%s style=\"background-color:%s\">"
                      "</i>",
                      i, is_dashed(page, i) ? " class=\"dashed\"" : "", colours[i]);
        print_names(page, i);
        output_text(page->output, "</span>\n");
    }
    output_text(page->output, "</div>\n");
}

static void chart_begin(const struct page *page, const struct lab_chart *chart, const char *id,
                        const char *title, const char *text, int is_bytes)
{
    output_format(page->output,
                  "<figure><figcaption><h3>%s</h3>%s</figcaption>\n"
                  "<svg class=\"chart\" id=\"%s\" role=\"img\" aria-label=\"%s\" "
                  "viewBox=\"0 0 %d %d\" data-box=\"%.1f %.1f %.1f %.1f\">\n"
                  "<clipPath id=\"clip-%s\"><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                  "height=\"%.1f\"/></clipPath>\n",
                  title, text, id, title, CHART_WIDTH, CHART_HEIGHT, chart->left, chart->top,
                  chart->width, chart->height, id, chart->left, chart->top - 1, chart->width + 1,
                  chart->height + 2);
    lab_chart_axes(page->output, chart, "operations", is_bytes);
    output_format(page->output, "<g clip-path=\"url(#clip-%s)\">\n", id);
}

static void chart_end(const struct page *page, const struct lab_chart *chart)
{
    output_format(page->output,
                  "</g>\n<line class=\"cross\" y1=\"%.1f\" y2=\"%.1f\" style=\"display:none\"/>\n"
                  "</svg></figure>\n",
                  chart->top, chart->top + chart->height);
}

/* One value of each sample, from the origin on. */
static void print_curve(const struct page *page, const struct lab_chart *chart, size_t group,
                        double (*value)(const fh_replay_sample *sample), size_t first)
{
    const fh_replay_sample *samples = replay_at(page, group)->picture.samples;

    output_format(page->output, "<path class=\"curve%s\" data-group=\"%zu\" stroke=\"%s\" d=\"",
                  is_dashed(page, group) ? " dashed" : "", group, colours[group]);
    for (size_t i = first; i < page->columns; i++)
        output_format(page->output, "%c%.1f %.1f", i == first ? 'M' : 'L',
                      lab_chart_x(chart, (double)samples[i].op_no),
                      lab_chart_y(chart, value(&samples[i])));
    output_text(page->output, "\"><title>");
    print_names(page, group);
    output_text(page->output, "</title></path>\n");
}

static double heap_of(const fh_replay_sample *sample)
{
    return (double)sample->heap_bytes;
}

static struct lab_chart new_chart(const struct page *page, double y_max)
{
    return (struct lab_chart){
        .left = 66,
        .top = 12,
        .width = CHART_WIDTH - 66 - 28,
        .height = CHART_HEIGHT - 12 - 42,
        .x_max = (double)page->lab->trace_info.op_count,
        .y_max = y_max > 0 ? y_max : 1.0,
    };
}

static void print_heap_chart(const struct page *page)
{
    const fh_replay_sample *live = replay_at(page, 0)->picture.samples;
    struct lab_chart chart =
        new_chart(page, 1.04 * (double)replay_at(page, 0)->picture.top_address);

    chart_begin(page, &chart, "heap", "Heap and live bytes",
                "What the heap has taken from the system, over what the program needs.", 1);
    output_format(page->output, "<path class=\"live\" d=\"M%.1f %.1f", chart.left,
                  chart.top + chart.height);
    for (size_t i = 0; i < page->columns; i++)
        output_format(page->output, "L%.1f %.1f", lab_chart_x(&chart, (double)live[i].op_no),
                      lab_chart_y(&chart, (double)live[i].live_bytes));
    output_format(page->output, "V%.1fZ\"><title>live</title></path>\n", chart.top + chart.height);
    for (size_t i = 0; i < page->lab->replay_count; i++)
        if (page->group[i] == i) print_curve(page, &chart, i, heap_of, 0);
    chart_end(page, &chart);
}

static void print_waste_chart(const struct page *page)
{
    size_t first = page->columns * SETTLED_PERCENT / 100;
    double most = 0.0;
    struct lab_chart chart;

    for (size_t i = 0; i < page->lab->replay_count; i++)
        for (size_t column = first; column < page->columns; column++) {
            double waste = waste_of(&replay_at(page, i)->picture.samples[column]);

            if (waste > most) most = waste;
        }
    chart = new_chart(page, 1.06 * most);
    chart_begin(
        page, &chart, "waste", "External waste",
        "The heap beyond the most that was ever live until then; its end is the table&#8217;s "
        "figure.",
        0);
    for (size_t i = 0; i < page->lab->replay_count; i++)
        if (page->group[i] == i) print_curve(page, &chart, i, waste_of, first);
    chart_end(page, &chart);
}

/* From free, amber, over grey to held, blue. */
static void fill_ramp(struct png_colour *ramp)
{
    static const double stops[3][3] = {{245, 166, 35}, {205, 203, 200}, {46, 98, 168}};

    for (unsigned i = 0; i < RAMP_LEVELS; i++) {
        double at = 2.0 * i / (RAMP_LEVELS - 1);
        unsigned low = at < 1.0 ? 0 : 1;
        double share = at - low;

        ramp[i] = (struct png_colour){
            (uint8_t)(stops[low][0] + share * (stops[low + 1][0] - stops[low][0]) + 0.5),
            (uint8_t)(stops[low][1] + share * (stops[low + 1][1] - stops[low][1]) + 0.5),
            (uint8_t)(stops[low][2] + share * (stops[low + 1][2] - stops[low][2]) + 0.5),
            255,
        };
    }
}

/* The cells with the highest addresses on top; RAMP_LEVELS: not in the heap. */
static void fill_pixels(const fh_replay_picture *picture, unsigned char *pixels)
{
    uint64_t row_bytes = picture->top_address / picture->row_count;

    for (size_t row = 0; row < picture->row_count; row++)
        for (size_t column = 0; column < picture->column_count; column++) {
            size_t from = row * picture->column_count + column;
            size_t to = (picture->row_count - 1 - row) * picture->column_count + column;
            int is_inside = picture->samples[column].heap_bytes > row * row_bytes;

            pixels[to] = (unsigned char)(is_inside ? picture->cells[from] * (RAMP_LEVELS - 1) / 255
                                                   : RAMP_LEVELS);
        }
}

static enum outcome print_image(const struct page *page, const struct lab_chart *chart,
                                const fh_replay_picture *picture)
{
    struct png_colour ramp[RAMP_LEVELS + 1] = {{0}};
    struct png png = {
        .width = (uint32_t)picture->column_count,
        .height = (uint32_t)picture->row_count,
        .colours = ramp,
        .colour_count = RAMP_LEVELS + 1,
    };
    unsigned char *pixels = malloc(picture->column_count * picture->row_count);
    enum outcome outcome;

    if (pixels == NULL) return failure_memory("lab");
    fill_ramp(ramp);
    fill_pixels(picture, pixels);
    png.pixels = pixels;
    output_format(page->output,
                  "<image x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
                  "preserveAspectRatio=\"none\" href=\"data:image/png;base64,",
                  chart->left, chart->top, chart->width, chart->height);
    outcome = png_print_base64(page->output, &png);
    output_text(page->output, "\"/>\n");
    free(pixels);
    return outcome;
}

static enum outcome print_map(const struct page *page, size_t group)
{
    const struct lab_replay *one = replay_at(page, group);
    struct output *output = page->output;
    struct lab_chart chart = {
        .left = 58,
        .top = 6,
        .width = MAP_WIDTH - 58 - 24,
        .height = MAP_HEIGHT - 6 - 38,
        .x_max = (double)page->lab->trace_info.op_count,
        .y_max = (double)one->picture.top_address,
    };

    output_text(output, "<figure><figcaption><h3>");
    print_names(page, group);
    output_text(output, "</h3>");
    print_bytes(page, (double)one->info.peak_heap_bytes, "");
    output_format(output,
                  ", external waste %.1f %%</figcaption>\n"
                  "<svg class=\"map\" role=\"img\" aria-label=\"%s: the heap over time\" "
                  "data-group=\"%zu\" viewBox=\"0 0 %d %d\" data-box=\"%.1f %.1f %.1f %.1f\">\n",
                  one->info.external_waste_percent, one->policy, group, MAP_WIDTH, MAP_HEIGHT,
                  chart.left, chart.top, chart.width, chart.height);
    lab_chart_axes(output, &chart, "operations", 1);
    PASS(print_image(page, &chart, &one->picture));
    output_text(output, "<path class=\"end\" d=\"");
    for (size_t i = 0; i < page->columns; i++)
        output_format(output, "%c%.1f %.1f", i == 0 ? 'M' : 'L',
                      lab_chart_x(&chart, (double)one->picture.samples[i].op_no),
                      lab_chart_y(&chart, (double)one->picture.samples[i].heap_bytes));
    output_text(output, "\"/>\n</svg></figure>\n");
    return OUTCOME_DONE;
}

static enum outcome print_maps(const struct page *page)
{
    output_text(page->output,
                "<h2>Where the free space lies</h2>\n<p>Addresses from bottom to top, time from "
                "left to right, one scale for all: free <span class=\"ramp\" style=\"background:"
                "linear-gradient(90deg,rgb(245,166,35),rgb(205,203,200),rgb(46,98,168))\"></span> "
                "held. The line is the heap&#8217;s end.</p>\n<div class=\"maps\">\n");
    for (size_t i = 0; i < page->lab->replay_count; i++)
        if (page->group[i] == i) PASS(print_map(page, i));
    output_text(page->output, "</div>\n");
    return OUTCOME_DONE;
}

static void print_row(const struct page *page, size_t i, uint64_t least_bytes)
{
    const fh_replay_info *info = &replay_at(page, i)->info;
    struct output *output = page->output;

    output_format(output, "<tr><td><i style=\"background:%s\"></i>%s</td><td%s>",
                  colours[page->group[i]], replay_at(page, i)->policy,
                  info->peak_heap_bytes == least_bytes ? " class=\"least\"" : "");
    print_count(page, info->peak_heap_bytes, "</td><td>");
    print_count(page, info->peak_live_bytes, "");
    output_format(output, "</td><td>%.1f</td><td>%.1f</td><td>%.1f</td><td>",
                  info->external_waste_percent, info->internal_waste_percent, info->searched_mean);
    print_count(page, info->searched_max, "");
    output_format(output, "</td><td>%.0f</td></tr>\n", info->ns_per_op);
}

static void print_table(const struct page *page)
{
    uint64_t least_bytes = UINT64_MAX;

    for (size_t i = 0; i < page->lab->replay_count; i++)
        if (replay_at(page, i)->info.peak_heap_bytes < least_bytes)
            least_bytes = replay_at(page, i)->info.peak_heap_bytes;
    output_text(page->output,
                "<h2>The figures</h2>\n<div class=\"wide\"><table>\n<thead><tr><th>policy</th>"
                "<th>peak heap,<br>bytes</th><th>peak live,<br>bytes</th><th>external<br>waste, %"
                "</th><th>internal<br>waste, %</th><th>searched,<br>mean</th><th>searched,<br>"
                "most</th><th>ns an<br>operation</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < page->lab->replay_count; i++)
        print_row(page, i, least_bytes);
    output_format(
        page->output,
        "</tbody></table></div>\n<dl><dt>live</dt><dd>what was asked for, rounded, and the "
        "header: the same for every policy</dd><dt>external waste</dt><dd>peak heap / peak live "
        "&#8722; 1; for buddies their rounding is in it</dd><dt>internal waste</dt><dd>what live "
        "blocks held at most / what was asked for &#8722; 1</dd><dt>searched</dt><dd>%s looked at "
        "for an allocation</dd></dl>\n",
        page->lab->options.simulates ? "free runs (buddy: sizes)"
                                     : "nodes of the policy&#8217;s own structure");
}

static void print_numbers(const struct page *page, const char *name, size_t i,
                          uint64_t (*value)(const fh_replay_sample *sample))
{
    const fh_replay_sample *samples = replay_at(page, i)->picture.samples;

    output_format(page->output, "%s:[", name);
    for (size_t column = 0; column < page->columns; column++)
        output_format(page->output, "%s%" PRIu64, column > 0 ? "," : "", value(&samples[column]));
    output_text(page->output, "]");
}

static uint64_t sample_op(const fh_replay_sample *sample)
{
    return sample->op_no;
}

static uint64_t sample_live(const fh_replay_sample *sample)
{
    return sample->live_bytes;
}

static uint64_t sample_peak(const fh_replay_sample *sample)
{
    return sample->peak_live_bytes;
}

static uint64_t sample_heap(const fh_replay_sample *sample)
{
    return sample->heap_bytes;
}

static uint64_t sample_free(const fh_replay_sample *sample)
{
    return sample->free_count;
}

/* What the script reads. A group has the place of its first policy; between them are holes. */
static void print_data(const struct page *page)
{
    struct output *output = page->output;
    struct png_colour ramp[RAMP_LEVELS];

    fill_ramp(ramp);
    output_format(output, "<div id=\"tip\"></div>\n<script>\nvar lab={top:%" PRIu64 ",ramp:[",
                  replay_at(page, 0)->picture.top_address);
    for (unsigned i = 0; i < RAMP_LEVELS; i++)
        output_format(output, "%s[%d,%d,%d]", i > 0 ? "," : "", ramp[i].red, ramp[i].green,
                      ramp[i].blue);
    output_text(output, "],\n");
    print_numbers(page, "op", 0, sample_op);
    output_text(output, ",\n");
    print_numbers(page, "live", 0, sample_live);
    output_text(output, ",\n");
    print_numbers(page, "peak", 0, sample_peak);
    output_text(output, ",\ngroups:[]};\n");
    for (size_t i = 0; i < page->lab->replay_count; i++) {
        if (page->group[i] != i) continue;
        output_format(output, "lab.groups[%zu]={name:'", i);
        print_names(page, i);
        output_text(output, "',");
        print_numbers(page, "heap", i, sample_heap);
        output_text(output, ",\n");
        print_numbers(page, "free", i, sample_free);
        output_text(output, "};\n");
    }
    output_text(output, lab_page_script);
    output_text(output, "</script>\n</body>\n</html>\n");
}

static enum outcome print_page(struct page *page)
{
    find_groups(page);
    print_head(page);
    output_text(page->output, "<h2>Growth and waste over time</h2>\n");
    print_keys(page);
    output_text(page->output, "<div class=\"two\">\n");
    print_heap_chart(page);
    print_waste_chart(page);
    output_text(page->output, "</div>\n");
    PASS(print_maps(page));
    print_table(page);
    print_data(page);
    return OUTCOME_DONE;
}

enum outcome lab_page_write(const char *path, const struct lab_trace *lab)
{
    struct output output;
    struct page page = {
        .output = &output,
        .lab = lab,
        .columns = lab->replays[0].picture.column_count,
    };
    enum outcome outcome;
    enum outcome written;

    if (strcmp(path, "-") == 0)
        output_init(&output);
    else
        PASS(output_create(&output, path));
    outcome = print_page(&page);
    written = output_fini(&output);
    return outcome != OUTCOME_DONE ? outcome : written;
}
