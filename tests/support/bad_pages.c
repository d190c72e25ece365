/*
 * bad_pages.c - the system's memory with a clock that stands, and calls that fail when asked to.
 */
#include "support/bad_pages.h"

static uint64_t call_count;
static uint64_t failing_call;
static bool fails_for_ever;
static uint64_t clock_ms = 1000000;
static uint64_t spent;
static uint64_t spent_each;

static bool fails(void)
{
    call_count++;
    return failing_call != 0 &&
           (call_count == failing_call || (fails_for_ever && call_count > failing_call));
}

static void *map(size_t bytes, size_t alignment)
{
    return fails() ? NULL : pages_posix()->map(bytes, alignment);
}

static bool unmap(void *at, size_t bytes)
{
    return !fails() && pages_posix()->unmap(at, bytes);
}

static bool extend(void *at, size_t bytes, size_t new_bytes)
{
    return !fails() && pages_posix()->extend(at, bytes, new_bytes);
}

static bool move(void *at, size_t bytes, void *to, size_t new_bytes)
{
    return !fails() && pages_posix()->move(at, bytes, to, new_bytes);
}

static bool discard(void *at, size_t bytes)
{
    return !fails() && pages_posix()->discard(at, bytes);
}

static bool forbid(void *at, size_t bytes)
{
    return !fails() && pages_posix()->forbid(at, bytes);
}

/* What was forbidden must be allowed again: a failure is the end of all use. */
static bool allow(void *at, size_t bytes)
{
    return pages_posix()->allow(at, bytes);
}

static void enlarge(void *at, size_t bytes)
{
    pages_posix()->enlarge(at, bytes);
}

static void divide(void *at, size_t bytes)
{
    pages_posix()->divide(at, bytes);
}

static uint64_t now_ms(void)
{
    return clock_ms;
}

static uint64_t spent_ns(void)
{
    spent += spent_each;
    return spent;
}

static void entropy(void *buffer, size_t bytes)
{
    pages_posix()->entropy(buffer, bytes);
}

const struct pages *bad_pages(void)
{
    static const struct pages bad = {
        .name = "bad",
        .map = map,
        .unmap = unmap,
        .extend = extend,
        .move = move,
        .discard = discard,
        .forbid = forbid,
        .allow = allow,
        .enlarge = enlarge,
        .divide = divide,
        .now_ms = now_ms,
        .spent_ns = spent_ns,
        .entropy = entropy,
    };

    return &bad;
}

uint64_t bad_pages_fail_at(uint64_t n, bool for_ever)
{
    uint64_t calls = call_count;

    call_count = 0;
    failing_call = n;
    fails_for_ever = for_ever;
    return calls;
}

void bad_pages_wait(uint64_t ms)
{
    clock_ms += ms;
}

void bad_pages_spend(uint64_t ns)
{
    spent_each = ns;
}
