/*
 * guard_test.c - guarded blocks: each misuse is told of by its name in a child that aborts, and
 * what is right works as it does without guards.
 */
#include "heap/guard.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "freehold/heap.h"
#include "support/unit.h"

static char told[512];

/* In a child with its standard error caught; how it ended. */
static int run_in_child(void (*misuse)(void))
{
    int ends[2];
    int status = 0;
    size_t length = 0;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        /* cmocka, and the sanitizers, would catch it. */
        (void)signal(SIGSEGV, SIG_DFL);
        (void)signal(SIGABRT, SIG_DFL);
        (void)dup2(ends[1], STDERR_FILENO);
        (void)close(ends[0]);
        misuse();
        _exit(0);
    }
    (void)close(ends[1]);
    for (;;) {
        ssize_t got = read(ends[0], told + length, sizeof(told) - 1 - length);

        if (got <= 0) break;
        length += (size_t)got;
    }
    told[length] = '\0';
    (void)close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void double_free(void)
{
    void *block = fh_malloc(100);

    fh_free(block);
    fh_free(block);
}

static void free_inside(void)
{
    char *block = fh_malloc(100);

    fh_free(block + 16);
}

static void free_foreign(void)
{
    int on_stack = 0;

    fh_free(&on_stack);
}

static void write_behind(void)
{
    char *block = fh_malloc(100);

    block[103] = 1;
    fh_free(block);
}

static void write_after_free(void)
{
    char *block = fh_malloc(100);

    fh_free(block);
    block[7] = 1;
    for (unsigned i = 0; i < 5000; i++)
        fh_free(fh_malloc(20));
}

static void resize_freed(void)
{
    void *block = fh_malloc(100);

    fh_free(block);
    block = fh_realloc(block, 200);
    fh_free(block);
}

static void double_free_of_a_run(void)
{
    void *block = fh_malloc(100000);
    void *beside = fh_malloc(100);

    fh_free(block);
    fh_free(block);
    fh_free(beside);
}

static void double_free_of_a_span(void)
{
    void *block = fh_aligned_alloc((size_t)4 << 20, 100000);

    fh_free(block);
    fh_free(block);
}

static void write_after_free_of_a_run(void)
{
    volatile char *block = fh_malloc(100000);

    fh_free((void *)(uintptr_t)block);
    block[5] = 1;
}

static void write_behind_a_run(void)
{
    volatile char *block = fh_malloc(65536);

    block[65536] = 1;
}

static void write_before_a_span(void)
{
    volatile char *block = fh_malloc(3U << 20);

    block[-1] = 1;
}

static void each_misuse_is_told_of_by_its_name(void **state)
{
    static const struct {
        void (*misuse)(void);
        const char *words;
        int signal;
    } misuses[] = {
        {double_free, "double free: block 0x", SIGABRT},
        {free_inside, "free of a pointer 16 bytes into a block", SIGABRT},
        {free_foreign, "free of a pointer that no heap has", SIGABRT},
        {write_behind, "write past the end: block 0x", SIGABRT},
        {write_after_free, "write after free: block 0x", SIGABRT},
        {resize_freed, "use after free: block 0x", SIGABRT},
        {double_free_of_a_run, "double free: block 0x", SIGABRT},
        {double_free_of_a_span, "double free: block 0x", SIGABRT},
        {write_after_free_of_a_run, "", SIGSEGV},
        {write_behind_a_run, "", SIGSEGV},
        {write_before_a_span, "", SIGSEGV},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(misuses) / sizeof(misuses[0]); i++) {
        int status = run_in_child(misuses[i].misuse);

        if (strstr(told, misuses[i].words) == NULL)
            print_error("no \"%s\" in: %s\n", misuses[i].words, told);
        assert_non_null(strstr(told, misuses[i].words));
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), misuses[i].signal);
    }
}

static void what_is_right_goes_on_as_without_guards(void **state)
{
    unsigned char *block = fh_calloc(1, 10);

    (void)state;
    for (size_t bytes = 10; bytes < (size_t)12 << 20; bytes = bytes * 4 / 3 + 1) {
        block = fh_realloc(block, bytes);
        assert_non_null(block);
        assert_true(fh_usable_size(block) >= bytes);
        assert_int_equal(block[9], 0);
        memset(block + 10, 5, bytes - 10);
    }
    fh_free(block);
    for (size_t alignment = 1; alignment <= (size_t)8 << 20; alignment *= 2) {
        block = fh_aligned_alloc(alignment, 50);
        assert_int_equal((uintptr_t)block % alignment, 0);
        memset(block, 1, 50);
        fh_free(block);
    }
}

static int guard(void **state)
{
    fh_malloc_options options = {.size = sizeof(options), .guard = 1};
    void *from_before = fh_malloc(100);

    (void)state;
    fh_malloc_configure(&options);
    fh_free(from_before);
    return guard_is_on ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_misuse_is_told_of_by_its_name),
        cmocka_unit_test(what_is_right_goes_on_as_without_guards),
    };

    return cmocka_run_group_tests(tests, guard, NULL);
}
