/*
 * misuse.c - is every misuse of a block found, where that is promised (FREEHOLD_MALLOC=guard)?
 *
 * usage: misuse
 *
 * Each misuse is made in a child, which must end by SIGABRT with a line on standard error that
 * says what was wrong, or, where a page is what guards, by SIGSEGV. The first one is no misuse.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "malloc/family.h"

enum {
    SMALL = 40,
    AFTERWARDS = 200000,
    TEXT_BYTES = 2000,
    CHILD_SECONDS = 20,
    ALLOWED_ABORT = 1,
    ALLOWED_SEGV = 2
};

#define LARGE ((size_t)1 << 20)

struct misuse {
    const char *name;
    void (*make)(void);
    unsigned allowed; /* how the child may end; 0: it must end well */
    const char *word; /* what the line on standard error must hold */
};

/* Calls enough for a delayed block to be used again. */
static void go_on(void)
{
    for (unsigned i = 0; i < AFTERWARDS; i++)
        family_free(family_malloc(SMALL));
}

static void use_well(void)
{
    char *small = family_malloc(SMALL);
    char *large = family_malloc(LARGE);

    memset(small, 1, SMALL);
    memset(large, 1, LARGE);
    family_free(small);
    family_free(large);
    go_on();
}

static void free_twice(void)
{
    char *block = family_malloc(SMALL);

    family_free(block);
    family_free(block);
}

static void free_twice_later(void)
{
    void *blocks[100];

    for (size_t i = 0; i < 100; i++)
        blocks[i] = family_malloc(SMALL);
    for (size_t i = 0; i < 100; i++)
        family_free(blocks[i]);
    family_free(blocks[50]);
}

static void free_large_twice(void)
{
    char *block = family_malloc(LARGE);

    family_free(block);
    family_free(block);
}

static void free_inside(void)
{
    char *block = family_malloc(SMALL);

    family_free(block + 16);
}

static void free_foreign(void)
{
    static char room[64];

    family_free(room + 16);
}

static void write_behind(void)
{
    char *block = family_malloc(SMALL);

    block[SMALL] = 1;
    family_free(block);
}

static void write_far_behind(void)
{
    char *block = family_malloc(SMALL);

    memset(block, 1, SMALL + 8);
    family_free(block);
}

static void write_behind_large(void)
{
    char *block = family_malloc(LARGE);

    block[LARGE] = 1;
    family_free(block);
}

static void write_after_free(void)
{
    char *block = family_malloc(SMALL);

    family_free(block);
    memset(block, 1, SMALL);
    go_on();
}

static void write_large_after_free(void)
{
    char *block = family_malloc(LARGE);

    family_free(block);
    memset(block, 1, LARGE);
    go_on();
}

static void grow_freed(void)
{
    char *block = family_malloc(SMALL);

    family_free(block);
    family_free(family_realloc(block, 2000));
}

static const struct misuse misuses[] = {
    {"no misuse", use_well, 0, ""},
    {"free twice", free_twice, ALLOWED_ABORT, "free"},
    {"free twice, later", free_twice_later, ALLOWED_ABORT, "free"},
    {"free a large block twice", free_large_twice, ALLOWED_ABORT, "free"},
    {"free inside a block", free_inside, ALLOWED_ABORT, "free"},
    {"free what is no block", free_foreign, ALLOWED_ABORT, "free"},
    {"write a byte behind a block", write_behind, ALLOWED_ABORT, "freehold: "},
    {"write eight bytes behind a block", write_far_behind, ALLOWED_ABORT, "freehold: "},
    {"write behind a large block", write_behind_large, ALLOWED_ABORT | ALLOWED_SEGV, ""},
    {"write after free", write_after_free, ALLOWED_ABORT, "freehold: "},
    {"write into a large block after free", write_large_after_free, ALLOWED_ABORT | ALLOWED_SEGV,
     ""},
    {"realloc after free", grow_freed, ALLOWED_ABORT, "freehold: "},
};

/* Runs the misuse; gets what it said on standard error and how it ended. */
static int made(const struct misuse *misuse, char *ret_text)
{
    int ends[2];
    int state = 0;
    size_t size = 0;
    ssize_t got = 0;
    pid_t child = 0;

    if (pipe(ends) != 0 || (child = fork()) < 0) return -1;
    if (child == 0) {
        (void)alarm(CHILD_SECONDS);
        if (dup2(ends[1], STDERR_FILENO) < 0) _exit(EXIT_FAILURE);
        misuse->make();
        _exit(EXIT_SUCCESS);
    }
    (void)close(ends[1]);
    while (size < TEXT_BYTES - 1 &&
           (got = read(ends[0], ret_text + size, TEXT_BYTES - 1 - size)) > 0)
        size += (size_t)got;
    ret_text[size] = '\0';
    (void)close(ends[0]);
    while (waitpid(child, &state, 0) < 0)
        if (errno != EINTR) return -1;
    return state;
}

static bool is_found(const struct misuse *misuse)
{
    char text[TEXT_BYTES] = "";
    int state = made(misuse, text);
    bool is_abort = WIFSIGNALED(state) && WTERMSIG(state) == SIGABRT;
    bool is_segv = WIFSIGNALED(state) && WTERMSIG(state) == SIGSEGV;
    bool is_right = misuse->allowed == 0 ? state == 0 && text[0] == '\0'
                                         : (is_abort && (misuse->allowed & ALLOWED_ABORT) != 0) ||
                                               (is_segv && (misuse->allowed & ALLOWED_SEGV) != 0);

    is_right = is_right && strstr(text, misuse->word) != NULL;
    printf("%-8s%s: status %#x: %s%s", is_right ? "ok" : "FAILED", misuse->name, (unsigned)state,
           text, text[0] != '\0' && text[strlen(text) - 1] == '\n' ? "" : "\n");
    (void)fflush(stdout);
    return is_right;
}

int main(void)
{
    bool is_good = true;

    for (size_t i = 0; i < sizeof(misuses) / sizeof(*misuses); i++)
        is_good = is_found(&misuses[i]) && is_good;
    return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}
