/*
 * compiler.h - the only attributes and builtins.
 *
 * Everything that a compiler offers beyond C11 is named here, once.
 */
#ifndef FREEHOLD_BASE_COMPILER_H
#define FREEHOLD_BASE_COMPILER_H

#define MUST_CHECK               __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#define UNUSED                   __attribute__((unused))
#define ALIGNED(bytes)           __attribute__((aligned(bytes)))
#define ALWAYS_INLINE            inline __attribute__((always_inline))

#define LIKELY(condition)   __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/* A definition that another one of the same name, in a test say, takes the place of. */
#define REPLACEABLE __attribute__((weak))

/* A thread's variable at a fixed distance from its base: no call, no memory, on first use. */
#define EARLY_THREAD_LOCAL _Thread_local __attribute__((tls_model("initial-exec")))
/* A variable that no other library sees: reached without a table of addresses. */
#define HIDDEN __attribute__((visibility("hidden")))
/* A function apart from the path that calls it, so that its registers cost that path nothing. */
#define APART     __attribute__((noinline))
#define SLOW_PATH __attribute__((noinline, cold))
/* Reads what another thread may be changing, for figures that need not be exact. */
#define RACY_READ __attribute__((no_sanitize("thread")))

/*
 * A word that threads read and write without order. To the compiler an _Atomic one may not be
 * an operand of a comparison, which costs an instruction where they are counted; the thread
 * sanitizer is told the truth.
 */
#if defined(__SANITIZE_THREAD__)
#define COMPILER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define COMPILER_TSAN 1
#endif
#endif
#ifdef COMPILER_TSAN
#define RELAXED_READ(word) __atomic_load_n(&(word), __ATOMIC_RELAXED)
#else
#define RELAXED_READ(word) (word)
#endif
#define RELAXED_WRITE(word, value) __atomic_store_n(&(word), (value), __ATOMIC_RELAXED)

/* Asks for the cache line of `address`; never faults. */
#define PREFETCH(address) __builtin_prefetch(address)

/* 1: structures are audited in this build whatever the environment says. */
#ifdef FREEHOLD_AUDITS
#define COMPILER_AUDITS 1
#else
#define COMPILER_AUDITS 0
#endif

/* A breath between two looks at a word that another processor changes. */
#if defined(__x86_64__)
#define CPU_PAUSE() __builtin_ia32_pause()
#else
#define CPU_PAUSE() ((void)0)
#endif

/*
 * The processor's CRC32C: functions with TARGET_CRC32C may use it where CPU_HAS_CRC32C.
 * CPU_CRC32C_WORD takes 8 bytes, CPU_CRC32C_BYTE one, into a running checksum, and
 * CPU_CARRYLESS is the low half of the product of two polynomials.
 */
#if defined(__x86_64__)
#define CPU_HAS_CRC32C (__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul"))
#define TARGET_CRC32C  __attribute__((target("sse4.2,pclmul")))
typedef long long compiler_two_words __attribute__((vector_size(16)));
#define CPU_CRC32C_WORD(crc, word) __builtin_ia32_crc32di((crc), (word))
#define CPU_CRC32C_BYTE(crc, byte) __builtin_ia32_crc32qi((crc), (byte))
#define CPU_CARRYLESS(a, b)                           \
    ((unsigned long long)__builtin_ia32_pclmulqdq128( \
        (compiler_two_words){(long long)(a), 0}, (compiler_two_words){(long long)(b), 0}, 0)[0])
#else
#define CPU_HAS_CRC32C 0
#define TARGET_CRC32C
#define CPU_CRC32C_WORD(crc, word) ((crc) ^ (word))
#define CPU_CRC32C_BYTE(crc, byte) ((crc) ^ (byte))
#define CPU_CARRYLESS(a, b)        ((a) ^ (b))
#endif

/*
 * Bit i of the answer: the i-th of 16 little-endian numbers of 32 bits is greater than `limit`.
 * The plain way is for processors without the other, and for the test of that.
 */
static inline unsigned compiler_greater_16_plain(const void *from, unsigned limit)
{
    const unsigned char *at = (const unsigned char *)from;
    unsigned bits = 0;

    for (unsigned i = 0; i < 16; i++, at += 4) {
        unsigned number =
            at[0] | (unsigned)at[1] << 8 | (unsigned)at[2] << 16 | (unsigned)at[3] << 24;

        bits |= (unsigned)(number > limit) << i;
    }
    return bits;
}

#if defined(__SSE2__)
#include <emmintrin.h>
#define CPU_GREATER_16(from, limit) compiler_greater_16((from), (limit))
/* Words are compared as signed ones, so the highest bit of both is turned round first. */
static inline unsigned compiler_greater_16(const void *from, unsigned limit)
{
    const __m128i turn = _mm_set1_epi32((int)0x80000000U);
    const __m128i most = _mm_set1_epi32((int)(limit ^ 0x80000000U));
    const __m128i *words = (const __m128i *)from;
    __m128i a = _mm_cmpgt_epi32(_mm_xor_si128(_mm_loadu_si128(words), turn), most);
    __m128i b = _mm_cmpgt_epi32(_mm_xor_si128(_mm_loadu_si128(words + 1), turn), most);
    __m128i c = _mm_cmpgt_epi32(_mm_xor_si128(_mm_loadu_si128(words + 2), turn), most);
    __m128i d = _mm_cmpgt_epi32(_mm_xor_si128(_mm_loadu_si128(words + 3), turn), most);

    return (unsigned)_mm_movemask_epi8(
        _mm_packs_epi16(_mm_packs_epi32(a, b), _mm_packs_epi32(c, d)));
}
#else
#define CPU_GREATER_16(from, limit) compiler_greater_16_plain((from), (limit))
#endif

#endif
