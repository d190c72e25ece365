/*
 * report.h - the figures and the picture of the process's heap, as text.
 */
#ifndef FREEHOLD_FRONT_MALLOC_REPORT_H
#define FREEHOLD_FRONT_MALLOC_REPORT_H

enum report_form { REPORT_TEXT, REPORT_JSON };

void report_figures(int descriptor, enum report_form form);
/* A line for each chunk, a character for each two pages. */
void report_map(int descriptor);

#endif
