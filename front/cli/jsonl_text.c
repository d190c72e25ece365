/*
 * jsonl_text.c - items as lines of JSON: {"key":"...","value":"..."}.
 *
 * Strings are decoded in place: no escape is shorter than what it means.
 */
#include "jsonl_text.h"

#include <string.h>

#include "bytes_text.h"
#include "json.h"

enum field { FIELD_KEY, FIELD_VALUE, FIELD_TREE, FIELD_COUNT };

static const char *const field_names[FIELD_COUNT] = {"key", "value", "tree"};

struct parser {
    char *at;
    char *end;
    fh_bytes field[FIELD_COUNT];
    int has_field[FIELD_COUNT];
};

static void skip_blanks(struct parser *parser)
{
    while (parser->at < parser->end &&
           (*parser->at == ' ' || *parser->at == '\t' || *parser->at == '\r'))
        parser->at++;
}

/* Takes the character if it is the next one. */
static int take(struct parser *parser, char character)
{
    skip_blanks(parser);
    if (parser->at == parser->end || *parser->at != character) return 0;
    parser->at++;
    return 1;
}

static size_t put_utf8(unsigned long code, char *to)
{
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        to[0] = (char)(0xc0 | code >> 6);
        to[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        to[0] = (char)(0xe0 | code >> 12);
        to[1] = (char)(0x80 | (code >> 6 & 0x3f));
        to[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | code >> 18);
    to[1] = (char)(0x80 | (code >> 12 & 0x3f));
    to[2] = (char)(0x80 | (code >> 6 & 0x3f));
    to[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

/* The four digits at ->at; -1 if they are none. */
static long take_digits(struct parser *parser)
{
    long code = 0;

    if (parser->end - parser->at < 4) return -1;
    for (int i = 0; i < 4; i++) {
        int digit = bytes_text_digit(*parser->at++);

        if (digit < 0) return -1;
        code = code << 4 | digit;
    }
    return code;
}

/* What stands behind \u: one code, or two that are a pair of surrogates. */
static const char *take_unicode(struct parser *parser, char **to)
{
    long code = take_digits(parser);
    long low;

    if (code < 0) return "\\u wants four hexadecimal digits";
    if (code >= 0xdc00 && code < 0xe000) return "a lone surrogate";
    if (code >= 0xd800 && code < 0xdc00) {
        if (parser->end - parser->at < 2 || parser->at[0] != '\\' || parser->at[1] != 'u')
            return "a lone surrogate";
        parser->at += 2;
        low = take_digits(parser);
        if (low < 0xdc00 || low >= 0xe000) return "a lone surrogate";
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    *to += put_utf8((unsigned long)code, *to);
    return NULL;
}

static const char *take_escape(struct parser *parser, char **to)
{
    static const char names[] = "\"\\/bfnrt";
    static const char values[] = "\"\\/\b\f\n\r\t";
    const char *name;

    if (parser->at == parser->end) return "the string does not end";
    if (*parser->at == 'u') {
        parser->at++;
        return take_unicode(parser, to);
    }
    name = *parser->at != '\0' ? strchr(names, *parser->at) : NULL;
    if (name == NULL) return "no such escape in JSON";
    *(*to)++ = values[name - names];
    parser->at++;
    return NULL;
}

static const char *take_string(struct parser *parser, fh_bytes *ret_bytes)
{
    char *begin, *to;

    if (!take(parser, '"')) return "a string is expected";
    begin = to = parser->at;
    while (parser->at < parser->end && *parser->at != '"') {
        const unsigned char *byte = (const unsigned char *)parser->at;
        size_t size = 1;
        const char *reason;

        if (*byte < 0x20) return "a control character in a string";
        if (*byte == '\\') {
            parser->at++;
            reason = take_escape(parser, &to);
            if (reason != NULL) return reason;
            continue;
        }
        if (*byte >= 0x80) size = bytes_text_wide(byte, (size_t)(parser->end - parser->at));
        if (size == 0) return "not valid UTF-8 (use key_hex, value_hex)";
        if (to != parser->at) memmove(to, parser->at, size);
        to += size;
        parser->at += size;
    }
    if (parser->at == parser->end) return "the string does not end";
    parser->at++;
    *ret_bytes = (fh_bytes){begin, (size_t)(to - begin)};
    return NULL;
}

/* The field that a member's name means; *ret_is_hex: by the name with _hex behind it. */
static enum field find_field(fh_bytes name, int *ret_is_hex)
{
    for (unsigned i = 0; i < FIELD_COUNT; i++) {
        size_t size = strlen(field_names[i]);

        if (name.size < size || memcmp(name.data, field_names[i], size) != 0) continue;
        *ret_is_hex =
            name.size == size + 4 && memcmp((const char *)name.data + size, "_hex", 4) == 0;
        if (name.size == size || *ret_is_hex) return (enum field)i;
    }
    return FIELD_COUNT;
}

static const char *take_member(struct parser *parser)
{
    int is_hex = 0;
    fh_bytes name, bytes;
    enum field field;
    char *text;
    const char *reason = take_string(parser, &name);

    if (reason != NULL) return reason;
    field = find_field(name, &is_hex);
    if (field == FIELD_COUNT) return "a member that is none of key, value, tree";
    if (parser->has_field[field]) return "a member stands twice";
    if (!take(parser, ':')) return "a colon is expected";
    skip_blanks(parser);
    text = parser->at + 1;
    reason = take_string(parser, &bytes);
    if (reason == NULL && is_hex) reason = bytes_text_unhex(text, bytes.size, &bytes.size);
    parser->field[field] = bytes;
    parser->has_field[field] = 1;
    return reason;
}

static const char *parse(struct parser *parser)
{
    const char *reason;

    if (!take(parser, '{')) return "not a JSON object";
    do {
        reason = take_member(parser);
        if (reason != NULL) return reason;
    } while (take(parser, ','));
    if (!take(parser, '}')) return "a comma or } is expected";
    skip_blanks(parser);
    if (parser->at != parser->end) return "something stands behind the object";
    if (!parser->has_field[FIELD_KEY]) return "no key";
    if (!parser->has_field[FIELD_VALUE]) return "no value";
    return NULL;
}

static enum outcome read_item(struct input *input, struct feed *feed, struct line line)
{
    struct parser parser = {.at = line.text, .end = line.text + line.size};
    fh_bytes *field = parser.field;
    const char *reason = line.size == 0 ? "an empty line" : parse(&parser);

    if (reason == NULL) reason = feed_refusal(feed, field[FIELD_KEY].size, field[FIELD_VALUE].size);
    if (reason != NULL) return input_refuse(input, reason);
    PASS(feed_tree(feed, field[FIELD_TREE], &reason));
    if (reason != NULL) return input_refuse(input, reason);
    return feed_item(feed, field[FIELD_KEY], field[FIELD_VALUE]);
}

enum outcome jsonl_text_read(struct input *input, struct feed *feed)
{
    struct line line;

    PASS(input_line(input, &line));
    while (line.text != NULL) {
        PASS(read_item(input, feed, line));
        PASS(input_line(input, &line));
    }
    return OUTCOME_DONE;
}

void jsonl_text_print(struct output *output, fh_bytes tree, fh_bytes key, fh_bytes value)
{
    struct json json;

    json_init(&json, output);
    json_object_begin(&json, NULL);
    if (tree.size > 0) json_bytes(&json, "tree", tree);
    json_bytes(&json, "key", key);
    json_bytes(&json, "value", value);
    json_object_end(&json);
    json_line_end(&json);
}
