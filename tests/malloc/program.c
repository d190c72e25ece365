/*
 * program.c - duties towards the rest of a program: libraries that come and go, the C library's
 *             own blocks, and the way out.
 */
#define _GNU_SOURCE /* asprintf, dlopen's friends */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "malloc/duty.h"
#include "malloc/family.h"

enum { LOAD_COUNT = 50, TEXT_COUNT = 2000, SORT_COUNT = 100000, HANDLER_EXIT = 42 };

static char plugin_path[PATH_MAX];

/* contract_plugin.so stands beside this program. */
static void find_plugin(void)
{
    ssize_t size = readlink("/proc/self/exe", plugin_path, sizeof(plugin_path) - 32);
    char *slash = NULL;

    HOLDS(size > 0, "/proc/self/exe cannot be read");
    plugin_path[size] = '\0';
    slash = strrchr(plugin_path, '/');
    HOLDS(slash != NULL, "%s is no path", plugin_path);
    memcpy(slash, "/contract_plugin.so", sizeof("/contract_plugin.so"));
}

/* A library whose constructor, functions and destructor allocate and free. */
static void load_and_close(void)
{
    void *plugin = dlopen(plugin_path, RTLD_NOW | RTLD_LOCAL);
    void *(*take)(size_t) = NULL;
    void (*give)(void *) = NULL;
    void *ours = NULL;
    void *theirs = NULL;

    HOLDS(plugin != NULL, "dlopen: %s", dlerror());
    *(void **)&take = dlsym(plugin, "plugin_take");
    *(void **)&give = dlsym(plugin, "plugin_give");
    HOLDS(take != NULL && give != NULL, "dlsym: %s", dlerror());
    theirs = take(300);
    HOLDS(theirs != NULL && duty_holds(theirs, 300, 0x77), "a library's block is lost");
    ours = duty_block(500);
    give(ours);
    HOLDS(dlclose(plugin) == 0, "dlclose: %s", dlerror());
    HOLDS(duty_holds(theirs, 300, 0x77), "a library takes its blocks with it");
    family_free(theirs);
}

static void *load_often(void *argument)
{
    for (unsigned i = 0; i < LOAD_COUNT; i++)
        load_and_close();
    return argument;
}

static void check_dlopen(void)
{
    pthread_t thread;

    find_plugin();
    (void)load_often(NULL);
    HOLDS(pthread_create(&thread, NULL, load_often, NULL) == 0, "pthread_create");
    (void)load_often(NULL);
    HOLDS(pthread_join(thread, NULL) == 0, "pthread_join");
}

/* getline's block grows in the C library's hands. */
static void check_getline(void)
{
    FILE *file = tmpfile();
    char *line = NULL;
    size_t capacity = 0;

    HOLDS(file != NULL, "tmpfile: %s", strerror(errno));
    for (unsigned i = 0; i < TEXT_COUNT; i++)
        HOLDS(fprintf(file, "%0*u\n", (int)(1 + i * 3), i) > 0, "fprintf");
    rewind(file);
    for (unsigned i = 0; i < TEXT_COUNT; i++) {
        ssize_t size = getline(&line, &capacity, file);

        HOLDS(size >= 0 && strlen(line) == (size_t)size, "getline");
        HOLDS(strtoul(line, NULL, 10) == i, "getline loses line %u", i);
        HOLDS(family_usable_size(line) >= capacity, "getline's block is too small");
    }
    family_free(line);
    (void)fclose(file);
}

static int integers_compare(const void *a, const void *b)
{
    int left = *(const int *)a;
    int right = *(const int *)b;

    return (left > right) - (left < right);
}

/* Larger than a stack wants: qsort asks for memory of its own. */
static void check_sort(void)
{
    int *numbers = duty_block(SORT_COUNT * sizeof(*numbers));
    uint64_t random = 5;

    for (size_t i = 0; i < SORT_COUNT; i++)
        numbers[i] = (int)duty_random(&random, INT_MAX);
    qsort(numbers, SORT_COUNT, sizeof(*numbers), integers_compare);
    for (size_t i = 1; i < SORT_COUNT; i++)
        HOLDS(numbers[i - 1] <= numbers[i], "qsort");
    family_free(numbers);
}

/* What the C library allocates for its callers, free takes. */
static void check_library_blocks(void)
{
    for (unsigned i = 0; i < TEXT_COUNT; i++) {
        char *number = NULL;
        char *copy = NULL;
        char *part = NULL;

        HOLDS(asprintf(&number, "%0*u", (int)(1 + i % 700), i) > 0, "asprintf");
        copy = strdup(number);
        part = strndup(number, 5);
        HOLDS(copy != NULL && strcmp(copy, number) == 0, "strdup");
        HOLDS(part != NULL && strncmp(part, number, 5) == 0, "strndup");
        HOLDS(family_usable_size(copy) > strlen(copy), "strdup's block is too small");
        copy = family_realloc(copy, 2000);
        HOLDS(copy != NULL && strcmp(copy, number) == 0, "strdup's block cannot grow");
        family_free(number);
        family_free(copy);
        family_free(part);
    }
}

static void check_library_calls(void)
{
    char *folder = getcwd(NULL, 0);
    char *path = realpath("/proc/self/exe", NULL);
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    struct dirent **entries = NULL;
    int entry_count = scandir("/", &entries, NULL, alphasort);
    regex_t pattern;

    HOLDS(folder != NULL && path != NULL, "getcwd or realpath");
    HOLDS(stream != NULL && entry_count > 0, "open_memstream or scandir");
    for (int i = 0; i < entry_count; i++) {
        HOLDS(fprintf(stream, "%s\n", entries[i]->d_name) > 0, "fprintf");
        family_free(entries[i]);
    }
    HOLDS(fclose(stream) == 0 && text != NULL && strlen(text) == size, "open_memstream's block");
    HOLDS(regcomp(&pattern, "^(a|b)*[c-z]{2,50}x+$", REG_EXTENDED) == 0, "regcomp");
    HOLDS(regexec(&pattern, "abbaqqqqx", 0, NULL, 0) == 0, "regexec");
    regfree(&pattern);
    family_free(entries);
    family_free(text);
    family_free(folder);
    family_free(path);
    check_sort();
}

static void allocate_at_exit(void)
{
    char *small = duty_block(64);
    char *large = duty_block(3000000);

    duty_mark(large, 3000000, 1);
    small = family_realloc(small, 10000);
    HOLDS(small != NULL, "realloc at exit returns NULL");
    family_free(small);
    family_free(large);
    _exit(HANDLER_EXIT);
}

static void exit_with_handler(void)
{
    HOLDS(atexit(allocate_at_exit) == 0, "atexit");
    exit(EXIT_SUCCESS);
}

static void *exit_in_thread(void *argument)
{
    exit_with_handler();
    return argument;
}

/* A thread ends the program while another allocates. */
static void exit_from_thread(void)
{
    pthread_t thread;

    HOLDS(pthread_create(&thread, NULL, exit_in_thread, NULL) == 0, "pthread_create");
    for (;;)
        family_free(duty_block(100));
}

static void check_exit(void)
{
    int state = duty_in_child(exit_with_handler);

    HOLDS(WIFEXITED(state) && WEXITSTATUS(state) == HANDLER_EXIT,
          "a handler of atexit that allocates: status %#x", (unsigned)state);
    for (unsigned i = 0; i < LOAD_COUNT; i++) {
        state = duty_in_child(exit_from_thread);
        HOLDS(WIFEXITED(state) && WEXITSTATUS(state) == HANDLER_EXIT,
              "exit in a thread while another allocates: status %#x", (unsigned)state);
    }
}

const struct duty program_duties[] = {
    {"dlopen", check_dlopen},
    {"getline", check_getline},
    {"library-blocks", check_library_blocks},
    {"library-calls", check_library_calls},
    {"exit", check_exit},
    {NULL, NULL},
};
