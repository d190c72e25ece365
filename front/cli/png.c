/*
 * png.c - a picture of few colours as PNG, in the text of a page.
 *
 * One byte a pixel through zlib, no filters: what is drawn here has long runs of one colour.
 */
#include "png.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "failure.h"

enum { COLOURS_MAX = 256, HEADER_BYTES = 13 };

/* Bytes on their way into base64, three at a time. */
struct base64 {
    struct output *output;
    unsigned char group[3];
    size_t count;
};

static void print_group(struct base64 *base64)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *group = base64->group;
    unsigned value;

    if (base64->count == 0) return;
    value = (unsigned)group[0] << 16;
    if (base64->count > 1) value |= (unsigned)group[1] << 8;
    if (base64->count > 2) value |= group[2];
    for (unsigned i = 0; i < 4; i++) {
        if (i <= base64->count)
            output_char(base64->output, digits[value >> (18 - 6 * i) & 63]);
        else
            output_char(base64->output, '=');
    }
    base64->count = 0;
}

static void add_bytes(struct base64 *base64, const unsigned char *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        base64->group[base64->count++] = data[i];
        if (base64->count == sizeof(base64->group)) print_group(base64);
    }
}

static void store_number(unsigned char *to, uint32_t number)
{
    for (unsigned i = 0; i < 4; i++)
        to[i] = (unsigned char)(number >> (24 - 8 * i));
}

/* Length, type, data, checksum of type and data. */
static void add_chunk(struct base64 *base64, const char *type, const unsigned char *data,
                      size_t size)
{
    unsigned char number[4];
    uLong crc = crc32(0, (const Bytef *)type, 4);

    if (size > 0) crc = crc32(crc, data, (uInt)size);
    store_number(number, (uint32_t)size);
    add_bytes(base64, number, sizeof(number));
    add_bytes(base64, (const unsigned char *)type, 4);
    add_bytes(base64, data, size);
    store_number(number, (uint32_t)crc);
    add_bytes(base64, number, sizeof(number));
}

static void add_colours(struct base64 *base64, const struct png *png)
{
    unsigned char colours[3 * COLOURS_MAX];
    unsigned char alphas[COLOURS_MAX];

    for (size_t i = 0; i < png->colour_count; i++) {
        colours[3 * i] = png->colours[i].red;
        colours[3 * i + 1] = png->colours[i].green;
        colours[3 * i + 2] = png->colours[i].blue;
        alphas[i] = png->colours[i].alpha;
    }
    add_chunk(base64, "PLTE", colours, 3 * png->colour_count);
    add_chunk(base64, "tRNS", alphas, png->colour_count);
}

/* Each row begins with the number of its filter: 0, none. */
static unsigned char *rows_of(const struct png *png, size_t *ret_size)
{
    size_t row_bytes = (size_t)png->width + 1;
    unsigned char *rows = malloc(row_bytes * png->height);

    if (rows == NULL) return NULL;
    for (uint32_t row = 0; row < png->height; row++) {
        rows[row * row_bytes] = 0;
        memcpy(rows + row * row_bytes + 1, png->pixels + (size_t)row * png->width, png->width);
    }
    *ret_size = row_bytes * png->height;
    return rows;
}

enum outcome png_print_base64(struct output *output, const struct png *png)
{
    static const unsigned char magic[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    struct base64 base64 = {.output = output};
    unsigned char header[HEADER_BYTES] = {0};
    size_t size = 0;
    unsigned char *rows = rows_of(png, &size);
    uLongf packed_size = compressBound((uLong)size);
    unsigned char *packed = malloc(packed_size);

    if (rows == NULL || packed == NULL ||
        compress2(packed, &packed_size, rows, (uLong)size, Z_BEST_COMPRESSION) != Z_OK) {
        free(rows);
        free(packed);
        return failure_memory("png");
    }
    store_number(header, png->width);
    store_number(header + 4, png->height);
    header[8] = 8; /* bits a pixel */
    header[9] = 3; /* a palette */
    add_bytes(&base64, magic, sizeof(magic));
    add_chunk(&base64, "IHDR", header, sizeof(header));
    add_colours(&base64, png);
    add_chunk(&base64, "IDAT", packed, packed_size);
    add_chunk(&base64, "IEND", NULL, 0);
    print_group(&base64);
    free(rows);
    free(packed);
    return OUTCOME_DONE;
}
