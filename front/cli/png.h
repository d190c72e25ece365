/*
 * png.h - a picture of few colours as PNG, in the text of a page.
 */
#ifndef FREEHOLD_CLI_PNG_H
#define FREEHOLD_CLI_PNG_H

#include <stddef.h>
#include <stdint.h>

#include "output.h"

struct png_colour {
    uint8_t red;
    uint8_t green;
    uint8_t blue;
    uint8_t alpha;
};

struct png {
    uint32_t width;
    uint32_t height;
    const unsigned char *pixels; /* a colour's number each, row by row from the top; borrowed */
    const struct png_colour *colours; /* borrowed */
    size_t colour_count;              /* 256 at most */
};

/* As base64, for a data: address. */
enum outcome png_print_base64(struct output *output, const struct png *png);

#endif
