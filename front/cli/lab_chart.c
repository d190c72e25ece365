/*
 * lab_chart.c - what the figures of a lab page are drawn with: frames, scales, curves.
 */
#include "lab_chart.h"

#include <inttypes.h>
#include <stdio.h>

enum { X_STEPS = 6, Y_STEPS = 6 };

void lab_chart_bytes(char *text, size_t size, double bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    unsigned unit = 0;

    while (bytes >= 1024.0 && unit + 1 < sizeof(units) / sizeof(units[0])) {
        bytes /= 1024.0;
        unit++;
    }
    (void)snprintf(text, size, "%.4g %s", bytes, units[unit]);
}

void lab_chart_count(char *text, size_t size, uint64_t number)
{
    char digits[24];
    int length = snprintf(digits, sizeof(digits), "%" PRIu64, number);
    size_t at = 0;

    for (int i = 0; i < length && at + 2 < size; i++) {
        if (i > 0 && (length - i) % 3 == 0) text[at++] = ',';
        text[at++] = digits[i];
    }
    text[at] = '\0';
}

double lab_chart_step(double most, unsigned steps, int is_bytes)
{
    double unit = 1.0;
    double step;

    if (is_bytes)
        while (most / steps > 512.0 * unit)
            unit *= 1024.0;
    for (step = unit; step * steps < most;) {
        if (step * 2 * steps >= most) return step * 2;
        if (step * 5 * steps >= most) return step * 5;
        step *= 10;
    }
    return step;
}

double lab_chart_x(const struct lab_chart *chart, double x)
{
    return chart->left + chart->width * x / chart->x_max;
}

double lab_chart_y(const struct lab_chart *chart, double y)
{
    double share = y / chart->y_max;

    return chart->top + chart->height * (1.0 - (share > 1.1 ? 1.1 : share));
}

static void print_y_axis(struct output *output, const struct lab_chart *chart, int is_bytes)
{
    double step = lab_chart_step(chart->y_max, Y_STEPS, is_bytes);

    for (unsigned i = 0; i * step <= chart->y_max * 1.0001; i++) {
        double y = lab_chart_y(chart, i * step);
        char label[24];

        if (is_bytes)
            lab_chart_bytes(label, sizeof(label), i * step);
        else
            (void)snprintf(label, sizeof(label), "%.*f %%", step < 1.0 ? 1 : 0, i * step);
        output_format(output,
                      "<path class=\"grid\" d=\"M%.1f %.1fh%.1f\"/>"
                      "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
                      chart->left, y, chart->width, chart->left - 6, y + 4,
                      i == 0 && is_bytes ? "0" : label);
    }
}

void lab_chart_axes(struct output *output, const struct lab_chart *chart, const char *x_name,
                    int is_bytes)
{
    double step = lab_chart_step(chart->x_max, X_STEPS, 0);
    double bottom = chart->top + chart->height;

    print_y_axis(output, chart, is_bytes);
    for (unsigned i = 0; i * step <= chart->x_max * 1.0001; i++) {
        double x = lab_chart_x(chart, i * step);
        char label[32];

        lab_chart_count(label, sizeof(label), (uint64_t)(i * step));
        output_format(
            output,
            "<path class=\"axis\" d=\"M%.1f %.1fv4\"/>"
            "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n",
            x, bottom, x, bottom + 17, label);
    }
    output_format(output,
                  "<path class=\"axis\" d=\"M%.1f %.1fV%.1fH%.1f\"/>"
                  "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
                  chart->left, chart->top, bottom, chart->left + chart->width,
                  chart->left + chart->width, bottom + 33, x_name);
}
