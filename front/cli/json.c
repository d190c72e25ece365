/*
 * json.c - JSON, written only.
 */
#include "json.h"

#include <inttypes.h>
#include <string.h>

#include "bytes_text.h"

void json_init(struct json *json, struct output *output)
{
    json->output = output;
    json->wants_comma = 0;
}

static void begin_member(struct json *json, const char *name)
{
    if (json->wants_comma) output_char(json->output, ',');
    json->wants_comma = 1;
    if (name != NULL) {
        output_char(json->output, '"');
        output_text(json->output, name);
        output_text(json->output, "\":");
    }
}

void json_object_begin(struct json *json, const char *name)
{
    begin_member(json, name);
    output_char(json->output, '{');
    json->wants_comma = 0;
}

void json_object_end(struct json *json)
{
    output_char(json->output, '}');
    json->wants_comma = 1;
}

void json_array_begin(struct json *json, const char *name)
{
    begin_member(json, name);
    output_char(json->output, '[');
    json->wants_comma = 0;
}

void json_array_end(struct json *json)
{
    output_char(json->output, ']');
    json->wants_comma = 1;
}

void json_number(struct json *json, const char *name, uint64_t number)
{
    begin_member(json, name);
    output_format(json->output, "%" PRIu64, number);
}

void json_signed(struct json *json, const char *name, int64_t number)
{
    begin_member(json, name);
    output_format(json->output, "%" PRId64, number);
}

void json_decimal(struct json *json, const char *name, double number, int digits)
{
    begin_member(json, name);
    output_format(json->output, "%.*f", digits, number);
}

void json_flag(struct json *json, const char *name, int flag)
{
    begin_member(json, name);
    output_text(json->output, flag ? "true" : "false");
}

void json_null(struct json *json, const char *name)
{
    begin_member(json, name);
    output_text(json->output, "null");
}

static int is_special(unsigned char byte)
{
    return byte < 0x20 || byte == '"' || byte == '\\' || byte == 0x7f;
}

static void write_string(struct json *json, fh_bytes bytes)
{
    const unsigned char *data = bytes.data;
    size_t plain = 0;

    output_char(json->output, '"');
    for (size_t at = 0; at < bytes.size; at++) {
        if (!is_special(data[at])) continue;
        if (at > plain) output_bytes(json->output, data + plain, at - plain);
        if (data[at] == '"' || data[at] == '\\') {
            output_char(json->output, '\\');
            output_char(json->output, (char)data[at]);
        } else {
            output_format(json->output, "\\u%04x", data[at]);
        }
        plain = at + 1;
    }
    if (bytes.size > plain) output_bytes(json->output, data + plain, bytes.size - plain);
    output_char(json->output, '"');
}

void json_bytes(struct json *json, const char *name, fh_bytes bytes)
{
    if (bytes_text_is_utf8(bytes)) {
        begin_member(json, name);
        write_string(json, bytes);
        return;
    }
    begin_member(json, NULL);
    output_format(json->output, "\"%s_hex\":\"", name);
    output_hex(json->output, bytes);
    output_char(json->output, '"');
}

void json_text(struct json *json, const char *name, const char *text)
{
    json_bytes(json, name, (fh_bytes){text, strlen(text)});
}

void json_line_end(struct json *json)
{
    output_char(json->output, '\n');
    json->wants_comma = 0;
}
