/*
 * items.c - keys and values for tests, from a number each.
 */
#include "support/items.h"

#include <stdio.h>

static size_t fill_key(unsigned char *buffer, unsigned char byte, size_t size, unsigned key_no);

fh_bytes items_key(unsigned key_no, uint32_t key_max, unsigned char *buffer)
{
    size_t size = 0;

    switch (key_no % ITEMS_SHAPE_COUNT) {
    case 0:
        return items_numbered("k", key_no, buffer);
    case 1:
        size = fill_key(buffer, 'p', 40, key_no);
        break;
    case 2:
        memset(buffer, 0, 6);
        buffer[2] = (unsigned char)(key_no >> 8);
        buffer[3] = (unsigned char)key_no;
        size = 4 + key_no % 3;
        break;
    case 3:
        size =
            fill_key(buffer, (unsigned char)('A' + key_no % 7), key_max - 4 - key_no % 5, key_no);
        break;
    case 4:
        buffer[0] = (unsigned char)key_no;
        buffer[1] = (unsigned char)(key_no >> 8);
        size = 1 + (key_no > 0xff);
        break;
    default:
        size = fill_key(buffer, 0xff, key_no % 20, key_no);
        break;
    }
    return (fh_bytes){buffer, size};
}

fh_bytes items_numbered(const char *prefix, unsigned number, unsigned char *buffer)
{
    int size = snprintf((char *)buffer, ITEMS_KEY_MAX, "%s%08u", prefix, number);

    return (fh_bytes){buffer, (size_t)size};
}

void items_fill(uint64_t seed, unsigned char *bytes, size_t size)
{
    uint64_t state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;

    while (size > 0) {
        size_t part = size < sizeof(state) ? size : sizeof(state);

        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        memcpy(bytes, &state, part);
        bytes += part;
        size -= part;
    }
}

/* `size` times `byte`, then the number: its end decides the order. */
static size_t fill_key(unsigned char *buffer, unsigned char byte, size_t size, unsigned key_no)
{
    memset(buffer, byte, size);
    for (unsigned i = 0; i < 4; i++)
        buffer[size + i] = (unsigned char)(key_no >> (24 - 8 * i));
    return size + 4;
}
