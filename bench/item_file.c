/*
 * item_file.c - items as the files that other programs load.
 */
#include "item_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "stop.h"

/* Address space for mdb_load: more than any file of the bench needs. */
#define MAP_BYTES (UINT64_C(16) << 30)

static const char digits[] = "0123456789abcdef";

static void write_hex(FILE *file, const unsigned char *bytes, size_t size)
{
    (void)fputc(' ', file);
    for (size_t i = 0; i < size; i++) {
        (void)fputc(digits[bytes[i] >> 4], file);
        (void)fputc(digits[bytes[i] & 15], file);
    }
    (void)fputc('\n', file);
}

static void write_escaped(FILE *file, const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '\\')
            (void)fputs("\\\\", file);
        else if (bytes[i] < 0x20 || bytes[i] > 0x7e)
            (void)fprintf(file, "\\x%02x", (unsigned)bytes[i]);
        else
            (void)fputc(bytes[i], file);
    }
}

static void write_mdb(FILE *file, const struct items *items)
{
    (void)fprintf(file,
                  "VERSION=3\nformat=bytevalue\ntype=btree\nmapsize=%" PRIu64
                  "\nmaxreaders=126\nHEADER=END\n",
                  MAP_BYTES);
    for (size_t i = 0; i < items->count; i++) {
        write_hex(file, items->item[i].key, items->item[i].key_size);
        write_hex(file, items->item[i].value, items->item[i].value_size);
    }
    (void)fputs("DATA=END\n", file);
}

static void write_tsv(FILE *file, const struct items *items)
{
    for (size_t i = 0; i < items->count; i++) {
        write_escaped(file, items->item[i].key, items->item[i].key_size);
        (void)fputc('\t', file);
        write_escaped(file, items->item[i].value, items->item[i].value_size);
        (void)fputc('\n', file);
    }
}

void item_file_write(const char *path, const struct items *items, enum item_format format)
{
    FILE *file = stop_or_open(path, "w");

    if (format == ITEM_FORMAT_MDB)
        write_mdb(file, items);
    else
        write_tsv(file, items);
    if (ferror(file) || fclose(file) != 0) stop("%s: %s", path, strerror(errno));
}
