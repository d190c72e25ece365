/*
 * page.h - a page of HTML that needs nothing else: charts drawn as SVG, tables, words.
 */
#ifndef FREEHOLD_BENCH_PAGE_H
#define FREEHOLD_BENCH_PAGE_H

#include <stddef.h>
#include <stdio.h>

enum { PAGE_SERIES_MAX = 12 };

/* A dot or a curve belongs to a series: an engine. */
struct page_series {
    const char *name[PAGE_SERIES_MAX];
    unsigned count;
};

/* Curves over rounds 1, 2, ...: count numbers a series; below 0: there is none. */
struct page_curves {
    const char *title;
    const char *unit;
    const double *number[PAGE_SERIES_MAX];
    unsigned count[PAGE_SERIES_MAX];
};

FILE *page_open(const char *path, const char *title);
void page_close(FILE *page);

/* All text is escaped. */
void page_text(FILE *page, const char *element, const char *text);

/* The series' names in their colours. */
void page_legend(FILE *page, const struct page_series *series);

/*
 * A plot of dots, a row of them for each name, on a logarithmic axis from 1/16 to 16: add
 * rows between begin and end. A number of a row that is 0 has no dot; `note` stands at its
 * right end; marks[i] is added to the text under the pointer.
 */
void page_dots_begin(FILE *page, const char *title, unsigned row_count);
void page_dots_row(FILE *page, const struct page_series *series, const char *name, const char *note,
                   const double *numbers);
void page_dots_end(FILE *page);

/* One small chart of curves; the axis begins at 0. */
void page_draw_curves(FILE *page, const struct page_series *series,
                      const struct page_curves *curves);

#endif
