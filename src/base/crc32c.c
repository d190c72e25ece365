/*
 * crc32c.c - the Castagnoli checksum, by instruction and by table.
 *
 * The instruction gives a result every cycle but each waits three cycles for the one
 * before, so three stretches run side by side and are joined: a checksum moves over n
 * zero bytes by one carry-less product with x^(8n - 33) and one more instruction. The
 * stretches fit three to a page of 4 KiB (twice to one of 8 KiB). The table's way
 * eats 8 bytes a step. All tables are constants: nothing to prepare, nothing to race for.
 */
#include "base/crc32c.h"

#include "base/bytes.h"
#include "base/compiler.h"

/* Bytes of one stretch of three; x^(8n - 33) and x^(16n - 33), reflected, for each. */
enum { LONG_BYTES = 1360, SHORT_BYTES = 160 };

#define LONG_ONCE   0x3f70cc6fU
#define LONG_TWICE  0x5aa1f3cfU
#define SHORT_ONCE  0x878a92a7U
#define SHORT_TWICE 0xbac2fd7bU

static uint32_t by_instruction(uint32_t crc, const uint8_t *bytes, size_t size);
static uint32_t by_table(uint32_t crc, const uint8_t *bytes, size_t size);

uint32_t crc32c(uint32_t seed, const void *data, size_t size)
{
    if (CPU_HAS_CRC32C) return ~by_instruction(~seed, data, size);
    return ~by_table(~seed, data, size);
}

uint32_t crc32c_portable(uint32_t seed, const void *data, size_t size)
{
    return ~by_table(~seed, data, size);
}

/* Three stretches of `stretch` bytes; `once`, `twice` move over one and two of them. */
TARGET_CRC32C static ALWAYS_INLINE uint32_t three_stretches(uint32_t crc, const uint8_t *bytes,
                                                            size_t stretch, uint32_t once,
                                                            uint32_t twice)
{
    uint64_t first = crc;
    uint64_t second = 0;
    uint64_t third = 0;

    for (const uint8_t *end = bytes + stretch; bytes < end; bytes += 8) {
        first = CPU_CRC32C_WORD(first, load64(bytes));
        second = CPU_CRC32C_WORD(second, load64(bytes + stretch));
        third = CPU_CRC32C_WORD(third, load64(bytes + 2 * stretch));
    }
    first = CPU_CRC32C_WORD(0ULL, CPU_CARRYLESS(first, twice) ^ CPU_CARRYLESS(second, once));
    return (uint32_t)(first ^ third);
}

TARGET_CRC32C static uint32_t by_instruction(uint32_t crc, const uint8_t *bytes, size_t size)
{
    uint64_t word_crc;

    for (; size >= 3 * (size_t)LONG_BYTES;
         size -= 3 * (size_t)LONG_BYTES, bytes += 3 * (size_t)LONG_BYTES)
        crc = three_stretches(crc, bytes, LONG_BYTES, LONG_ONCE, LONG_TWICE);
    for (; size >= 3 * (size_t)SHORT_BYTES;
         size -= 3 * (size_t)SHORT_BYTES, bytes += 3 * (size_t)SHORT_BYTES)
        crc = three_stretches(crc, bytes, SHORT_BYTES, SHORT_ONCE, SHORT_TWICE);
    word_crc = crc;
    for (; size >= 8; size -= 8, bytes += 8)
        word_crc = CPU_CRC32C_WORD(word_crc, load64(bytes));
    crc = (uint32_t)word_crc;
    for (; size > 0; size--, bytes++)
        crc = CPU_CRC32C_BYTE(crc, *bytes);
    return crc;
}

/*
 * Row k, entry i: the checksum of byte i with k zero bytes behind it. It is linear in the
 * bits of i, so the eight single bits give all 256 entries.
 */
#define ENTRY(i, a, b, c, d, e, f, g, h)                                                 \
    (((i)&1 ? (a) : 0U) ^ ((i)&2 ? (b) : 0U) ^ ((i)&4 ? (c) : 0U) ^ ((i)&8 ? (d) : 0U) ^ \
     ((i)&16 ? (e) : 0U) ^ ((i)&32 ? (f) : 0U) ^ ((i)&64 ? (g) : 0U) ^ ((i)&128 ? (h) : 0U))
#define FOUR(i, ...)                                                                 \
    ENTRY(i, __VA_ARGS__), ENTRY((i) + 1, __VA_ARGS__), ENTRY((i) + 2, __VA_ARGS__), \
        ENTRY((i) + 3, __VA_ARGS__)
#define SIXTEEN(i, ...)                                                           \
    FOUR(i, __VA_ARGS__), FOUR((i) + 4, __VA_ARGS__), FOUR((i) + 8, __VA_ARGS__), \
        FOUR((i) + 12, __VA_ARGS__)
#define SIXTY_FOUR(i, ...)                                                                   \
    SIXTEEN(i, __VA_ARGS__), SIXTEEN((i) + 16, __VA_ARGS__), SIXTEEN((i) + 32, __VA_ARGS__), \
        SIXTEEN((i) + 48, __VA_ARGS__)
#define TABLE(...)                                                                             \
    {                                                                                          \
        SIXTY_FOUR(0, __VA_ARGS__), SIXTY_FOUR(64, __VA_ARGS__), SIXTY_FOUR(128, __VA_ARGS__), \
            SIXTY_FOUR(192, __VA_ARGS__)                                                       \
    }

static const uint32_t tables[8][256] = {
    TABLE(0xf26b8303, 0xe13b70f7, 0xc79a971f, 0x8ad958cf, 0x105ec76f, 0x20bd8ede, 0x417b1dbc,
          0x82f63b78),
    TABLE(0x13a29877, 0x274530ee, 0x4e8a61dc, 0x9d14c3b8, 0x3fc5f181, 0x7f8be302, 0xff17c604,
          0xfbc3faf9),
    TABLE(0xa541927e, 0x4f6f520d, 0x9edea41a, 0x38513ec5, 0x70a27d8a, 0xe144fb14, 0xc76580d9,
          0x8b277743),
    TABLE(0xdd45aab8, 0xbf672381, 0x7b2231f3, 0xf64463e6, 0xe964b13d, 0xd725148b, 0xaba65fe7,
          0x52a0c93f),
    TABLE(0x38116fac, 0x7022df58, 0xe045beb0, 0xc5670b91, 0x8f2261d3, 0x1ba8b557, 0x37516aae,
          0x6ea2d55c),
    TABLE(0xef306b19, 0xdb8ca0c3, 0xb2f53777, 0x6006181f, 0xc00c303e, 0x85f4168d, 0x0e045beb,
          0x1c08b7d6),
    TABLE(0x68032cc8, 0xd0065990, 0xa5e0c5d1, 0x4e2dfd53, 0x9c5bfaa6, 0x3d5b83bd, 0x7ab7077a,
          0xf56e0ef4),
    TABLE(0x493c7d27, 0x9278fa4e, 0x211d826d, 0x423b04da, 0x847609b4, 0x0d006599, 0x1a00cb32,
          0x34019664),
};

static uint32_t by_table(uint32_t crc, const uint8_t *bytes, size_t size)
{
    for (; size >= 8; size -= 8, bytes += 8) {
        uint64_t word = load64(bytes) ^ crc;

        crc = tables[7][word & 255] ^ tables[6][(word >> 8) & 255] ^ tables[5][(word >> 16) & 255] ^
              tables[4][(word >> 24) & 255] ^ tables[3][(word >> 32) & 255] ^
              tables[2][(word >> 40) & 255] ^ tables[1][(word >> 48) & 255] ^ tables[0][word >> 56];
    }
    for (; size > 0; size--, bytes++)
        crc = tables[0][(crc ^ *bytes) & 255] ^ (crc >> 8);
    return crc;
}
