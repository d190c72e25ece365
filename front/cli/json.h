/*
 * json.h - JSON, written only.
 *
 * Bytes are written as a string under their name when they are valid UTF-8, and else as
 * hexadecimal under the name with `_hex` behind it ("key" becomes "key_hex"): so every
 * byte survives, and a reader sees which it is. `load --format jsonl` reads the same.
 */
#ifndef FREEHOLD_CLI_JSON_H
#define FREEHOLD_CLI_JSON_H

#include <stdint.h>

#include "output.h"

struct json {
    struct output *output;
    int wants_comma;
};

void json_init(struct json *json, struct output *output);

/* `name` is NULL in arrays and at the top. */
void json_object_begin(struct json *json, const char *name);
void json_object_end(struct json *json);
void json_array_begin(struct json *json, const char *name);
void json_array_end(struct json *json);

void json_number(struct json *json, const char *name, uint64_t number);
void json_signed(struct json *json, const char *name, int64_t number);
/* With so many digits behind the point. */
void json_decimal(struct json *json, const char *name, double number, int digits);
void json_flag(struct json *json, const char *name, int flag);
void json_null(struct json *json, const char *name);

/* Both want a name. */
void json_text(struct json *json, const char *name, const char *text);
void json_bytes(struct json *json, const char *name, fh_bytes bytes);

/* Ends a line: the next object is another one. */
void json_line_end(struct json *json);

#endif
