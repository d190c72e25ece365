/*
 * lab_chart.h - what the figures of a lab page are drawn with: frames, scales, curves.
 */
#ifndef FREEHOLD_CLI_LAB_CHART_H
#define FREEHOLD_CLI_LAB_CHART_H

#include <stddef.h>
#include <stdint.h>

#include "output.h"

/* A plot in an SVG's own units; the values at the left and bottom edge are 0. */
struct lab_chart {
    double left;
    double top;
    double width;
    double height;
    double x_max;
    double y_max;
};

/* 1.5 MiB, 300 KiB, 12 B: with four digits at most. Fits `size` of 24. */
void lab_chart_bytes(char *text, size_t size, double bytes);

/* 1234567 as 1,234,567. Fits `size` of 32. */
void lab_chart_count(char *text, size_t size, uint64_t number);

/* The least of 1, 2, 5, 10 ... that makes at most `steps` steps up to `most`; of bytes: in KiB
 * and MiB. */
double lab_chart_step(double most, unsigned steps, int is_bytes);

/* Frame, grid and labels; y in bytes, or in percent. */
void lab_chart_axes(struct output *output, const struct lab_chart *chart, const char *x_name,
                    int is_bytes);

double lab_chart_x(const struct lab_chart *chart, double x);
/* What is above the frame stays just above it, for a clip to cut off. */
double lab_chart_y(const struct lab_chart *chart, double y);

#endif
