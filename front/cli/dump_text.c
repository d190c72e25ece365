/*
 * dump_text.c - the text that db_dump and mdb_dump print, and db_load and mdb_load read.
 */
#include "dump_text.h"

#include <inttypes.h>
#include <string.h>

#include "bytes_text.h"

/* No database allows a longer key: an eighth of the largest page. */
enum { KEY_ROOM = 8192 };

struct section {
    int is_print;
    int has_version;
    int is_started; /* a line of its header was there */
};

static int is_text(struct line line, const char *text)
{
    return line.size == strlen(text) && memcmp(line.text, text, line.size) == 0;
}

/* Decodes a line of format=print in place. */
static const char *unprint(char *text, size_t size, size_t *ret_size)
{
    size_t from = 0;
    size_t to = 0;

    while (from < size) {
        int high, low;

        if (text[from] != '\\') {
            text[to++] = text[from++];
        } else if (from + 1 < size && text[from + 1] == '\\') {
            text[to++] = '\\';
            from += 2;
        } else {
            high = from + 2 < size ? bytes_text_digit(text[from + 1]) : -1;
            low = from + 2 < size ? bytes_text_digit(text[from + 2]) : -1;
            if (high < 0 || low < 0) return "a backslash wants two hexadecimal digits";
            text[to++] = (char)(high * 16 + low);
            from += 3;
        }
    }
    *ret_size = to;
    return NULL;
}

/* db_dump escapes a name as format=print does, mdb_dump does not. */
static const char *read_name(struct feed *feed, struct line value, enum outcome *ret_outcome)
{
    const char *reason = NULL;
    size_t size = value.size;

    if (memchr(value.text, '\\', value.size) != NULL)
        reason = unprint(value.text, value.size, &size);
    if (reason == NULL) *ret_outcome = feed_tree(feed, (fh_bytes){value.text, size}, &reason);
    return reason;
}

/* One header line, `keyword=value`; why it cannot be loaded, or NULL. */
static const char *read_keyword(struct section *section, struct line line, struct line *ret_name)
{
    char *equals = memchr(line.text, '=', line.size);
    struct line keyword, value;

    if (equals == NULL) return "a header line is keyword=value (is it a dump?)";
    keyword = (struct line){line.text, (size_t)(equals - line.text)};
    value = (struct line){equals + 1, line.size - keyword.size - 1};
    if (is_text(keyword, "VERSION")) {
        section->has_version = 1;
        if (!is_text(value, "3")) return "only VERSION=3 is known";
    } else if (is_text(keyword, "format")) {
        section->is_print = is_text(value, "print");
        if (!section->is_print && !is_text(value, "bytevalue"))
            return "format is neither bytevalue nor print";
    } else if (is_text(keyword, "type")) {
        if (!is_text(value, "btree") && !is_text(value, "hash"))
            return "only type=btree and type=hash have keys and values";
    } else if (is_text(keyword, "duplicates") || is_text(keyword, "dupsort")) {
        if (!is_text(value, "0")) return "keys with several values (duplicates=1) cannot be kept";
    } else if (is_text(keyword, "database")) {
        *ret_name = value;
    }
    return NULL;
}

/* Reads up to HEADER=END; *ret_section.is_started stays 0 at the end of the input. */
static enum outcome read_header(struct input *input, struct feed *feed, struct section *ret_section)
{
    struct section section = {0};
    enum outcome outcome = OUTCOME_DONE;
    const char *reason = NULL;
    int has_name = 0;
    struct line line;

    PASS(input_line(input, &line));
    while (line.text != NULL && !is_text(line, "HEADER=END")) {
        struct line name = {0};

        section.is_started = 1;
        reason = read_keyword(&section, line, &name);
        if (reason == NULL && name.text != NULL) {
            has_name = 1;
            reason = read_name(feed, name, &outcome);
        }
        PASS(outcome);
        if (reason != NULL) return input_refuse(input, reason);
        PASS(input_line(input, &line));
    }
    if (line.text == NULL && section.is_started)
        return input_refuse(input, "the input ends before HEADER=END");
    if (line.text != NULL && !section.has_version)
        return input_refuse(input, "no VERSION=3 before HEADER=END");
    if (line.text != NULL && !has_name) PASS(feed_tree(feed, (fh_bytes){0}, &reason));
    if (reason != NULL) return input_refuse(input, reason);
    *ret_section = section;
    return OUTCOME_DONE;
}

/* A key or a value: decodes the line in place. */
static const char *read_bytes(const struct section *section, struct line line, fh_bytes *ret_bytes)
{
    const char *reason;

    if (line.text == NULL) return "the input ends before DATA=END";
    if (line.size == 0 || line.text[0] != ' ') return "a data line begins with a blank";
    ret_bytes->data = line.text + 1;
    reason = section->is_print ? unprint(line.text + 1, line.size - 1, &ret_bytes->size)
                               : bytes_text_unhex(line.text + 1, line.size - 1, &ret_bytes->size);
    return reason;
}

/*
 * The line of the value may move the buffer, so a key is copied; it is refused first if
 * it is longer than any database allows.
 */
static enum outcome read_data(struct input *input, struct feed *feed, const struct section *section)
{
    char room[KEY_ROOM];
    fh_bytes key, value;
    struct line line;

    PASS(input_line(input, &line));
    while (line.text == NULL || !is_text(line, "DATA=END")) {
        const char *reason = read_bytes(section, line, &key);

        if (reason == NULL) reason = feed_refusal(feed, key.size, 0);
        if (reason == NULL && key.size > sizeof(room)) reason = "the key is too long";
        if (reason != NULL) return input_refuse(input, reason);
        memcpy(room, key.data, key.size);
        key.data = room;
        PASS(input_line(input, &line));
        reason = read_bytes(section, line, &value);
        if (reason == NULL) reason = feed_refusal(feed, key.size, value.size);
        if (reason != NULL) return input_refuse(input, reason);
        PASS(feed_item(feed, key, value));
        PASS(input_line(input, &line));
    }
    return OUTCOME_DONE;
}

enum outcome dump_text_read(struct input *input, struct feed *feed)
{
    struct section section = {0};
    int is_first = 1;

    for (;;) {
        PASS(read_header(input, feed, &section));
        if (!section.is_started && is_first)
            return input_refuse(input, "no header: it is not a dump");
        if (!section.is_started) return OUTCOME_DONE;
        PASS(read_data(input, feed, &section));
        is_first = 0;
    }
}

/* Escapes what would break the line or begin an escape; names of plain text stay as they are. */
static void print_name(struct output *output, fh_bytes name)
{
    const unsigned char *data = name.data;

    for (size_t i = 0; i < name.size; i++) {
        if (data[i] == '\\')
            output_text(output, "\\\\");
        else if (data[i] < 0x20 || data[i] == 0x7f)
            output_format(output, "\\%02x", data[i]);
        else
            output_char(output, (char)data[i]);
    }
}

void dump_text_begin(struct output *output, fh_bytes tree, uint64_t map_bytes)
{
    output_text(output, "VERSION=3\nformat=bytevalue\n");
    if (tree.size > 0) {
        output_text(output, "database=");
        print_name(output, tree);
        output_char(output, '\n');
    }
    output_text(output, "type=btree\n");
    if (map_bytes > 0) output_format(output, "mapsize=%" PRIu64 "\n", map_bytes);
    output_text(output, "HEADER=END\n");
}

void dump_text_print(struct output *output, fh_bytes key, fh_bytes value)
{
    output_char(output, ' ');
    output_hex(output, key);
    output_text(output, "\n ");
    output_hex(output, value);
    output_char(output, '\n');
}

void dump_text_end(struct output *output)
{
    output_text(output, "DATA=END\n");
}
