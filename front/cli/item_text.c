/*
 * item_text.c - items as scan and dump print them, and what may be asked about keys.
 */
#include "item_text.h"

#include <string.h>

#include "failure.h"

enum { SHOWN_BYTES_MAX = 48 };

static void print_json(struct output *output, fh_bytes key, const fh_bytes *value)
{
    struct json json;

    json_init(&json, output);
    json_object_begin(&json, NULL);
    json_bytes(&json, "key", key);
    if (value != NULL) json_bytes(&json, "value", *value);
    json_object_end(&json);
    json_line_end(&json);
}

void item_text_print(struct output *output, enum item_form form, fh_bytes key,
                     const fh_bytes *value)
{
    if (form == ITEM_JSON) {
        print_json(output, key, value);
        return;
    }
    if (form == ITEM_HEX)
        output_hex(output, key);
    else
        output_escaped(output, key);
    if (value != NULL) {
        output_char(output, '\t');
        if (form == ITEM_HEX)
            output_hex(output, *value);
        else
            output_escaped(output, *value);
    }
    output_char(output, '\n');
}

enum outcome item_text_absent(fh_bytes key)
{
    size_t shown = key.size < SHOWN_BYTES_MAX ? key.size : SHOWN_BYTES_MAX;
    char text[SHOWN_BYTES_MAX + 1];

    if (shown > 0) memcpy(text, key.data, shown);
    text[shown] = '\0';
    for (size_t i = 0; i < shown; i++)
        if (text[i] == '\0') text[i] = '?';
    return failure_no(text, "no such key");
}

fh_bytes item_text_prefix_end(fh_bytes prefix, unsigned char *room)
{
    size_t size = prefix.size;

    if (size > 0) memcpy(room, prefix.data, size);
    while (size > 0 && room[size - 1] == 0xff)
        size--;
    if (size > 0) room[size - 1]++;
    return (fh_bytes){room, size};
}
