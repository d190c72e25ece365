/*
 * bytes_text.c - bytes as people write them: text with escapes, or hexadecimal.
 */
#include "bytes_text.h"

#include <string.h>

/* One more than the digit's value, so that what is not named here is none. */
static const unsigned char digit_values[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

int bytes_text_digit(char digit)
{
    return digit_values[(unsigned char)digit] - 1;
}

/* The byte that the escape at `text` (behind its backslash) means, and how long it is. */
static const char *escape_value(const char *text, size_t size, char *ret_value, size_t *ret_length)
{
    static const char names[] = "\\tnr";
    static const char values[] = "\\\t\n\r";
    const char *name = size > 0 && text[0] != '\0' ? strchr(names, text[0]) : NULL;

    if (name != NULL) {
        *ret_value = values[name - names];
        *ret_length = 1;
        return NULL;
    }
    if (size < 3 || text[0] != 'x' || bytes_text_digit(text[1]) < 0 ||
        bytes_text_digit(text[2]) < 0)
        return "a backslash begins none of \\\\ \\t \\n \\r \\xNN";
    *ret_value = (char)(bytes_text_digit(text[1]) * 16 + bytes_text_digit(text[2]));
    *ret_length = 3;
    return NULL;
}

const char *bytes_text_unescape(char *text, size_t size, size_t *ret_size)
{
    char *from = size > 0 ? memchr(text, '\\', size) : NULL;
    char *end = text + size;
    char *to = from;

    if (from == NULL) {
        *ret_size = size;
        return NULL;
    }
    while (from < end) {
        size_t length = 0;
        const char *reason;

        if (*from != '\\') {
            *to++ = *from++;
            continue;
        }
        reason = escape_value(from + 1, (size_t)(end - from) - 1, to, &length);
        if (reason != NULL) return reason;
        to++;
        from += 1 + length;
    }
    *ret_size = (size_t)(to - text);
    return NULL;
}

const char *bytes_text_unhex(char *text, size_t size, size_t *ret_size)
{
    const unsigned char *from = (const unsigned char *)text;
    size_t count = size / 2;
    int is_good = size % 2 == 0;

    for (size_t i = 0; i < count; i++) {
        int high = digit_values[from[2 * i]] - 1;
        int low = digit_values[from[2 * i + 1]] - 1;

        is_good &= (high | low) >= 0;
        text[i] = (char)((unsigned)high << 4 | (unsigned)low);
    }
    if (!is_good)
        return size % 2 != 0 ? "an odd number of hexadecimal digits" : "not a hexadecimal digit";
    *ret_size = count;
    return NULL;
}

size_t bytes_text_wide(const unsigned char *data, size_t size)
{
    size_t length = data[0] >= 0xf0 ? 4 : data[0] >= 0xe0 ? 3 : 2;
    unsigned long code = data[0] & (0xffu >> (length + 1));

    if (data[0] < 0xc2 || data[0] > 0xf4 || size < length) return 0;
    for (size_t i = 1; i < length; i++) {
        if ((data[i] & 0xc0) != 0x80) return 0;
        code = code << 6 | (data[i] & 0x3fu);
    }
    if (length == 3 && (code < 0x800 || (code >= 0xd800 && code < 0xe000))) return 0;
    if (length == 4 && (code < 0x10000 || code > 0x10ffff)) return 0;
    return length;
}

size_t bytes_text_plain(const unsigned char *data, size_t size)
{
    size_t at = 0;

    while (at < size && data[at] >= 0x20 && data[at] < 0x7f && data[at] != '\\')
        at++;
    if (at > 0 || data[0] < 0x80) return at;
    /* U+0080 to U+009F are control characters too. */
    if (data[0] == 0xc2 && size > 1 && data[1] < 0xa0) return 0;
    return bytes_text_wide(data, size);
}

int bytes_text_is_utf8(fh_bytes bytes)
{
    const unsigned char *data = bytes.data;
    size_t at = 0;

    while (at < bytes.size) {
        size_t length = data[at] < 0x80 ? 1 : bytes_text_wide(data + at, bytes.size - at);

        if (length == 0) return 0;
        at += length;
    }
    return 1;
}

int bytes_text_compare(fh_bytes left, fh_bytes right)
{
    size_t size = left.size < right.size ? left.size : right.size;
    int order = size > 0 ? memcmp(left.data, right.data, size) : 0;

    if (order != 0) return order;
    return (left.size > right.size) - (left.size < right.size);
}
