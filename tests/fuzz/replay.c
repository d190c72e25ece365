/*
 * replay.c - runs a fuzz target over files, where there is no fuzzer.
 *
 * Each argument is a file or a folder of files; libFuzzer's own convention. The empty
 * input always goes first. Prints how many inputs went through, so that an empty corpus
 * is seen.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run_file(const char *path);
static unsigned run_folder(const char *path);

int main(int count, char **arguments)
{
    unsigned inputs = 1;

    (void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < count; i++) {
        struct stat about;

        if (stat(arguments[i], &about) != 0) {
            (void)fprintf(stderr, "%s: %s\n", arguments[i], strerror(errno));
            return 2;
        }
        if (S_ISDIR(about.st_mode)) {
            inputs += run_folder(arguments[i]);
        } else {
            run_file(arguments[i]);
            inputs++;
        }
    }
    printf("%u inputs\n", inputs);
    return 0;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static unsigned run_folder(const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, is_visible, alphasort);

    if (count < 0) {
        (void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
        exit(2);
    }
    for (int i = 0; i < count; i++) {
        char file[PATH_MAX];

        (void)snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
        run_file(file);
        free(entries[i]);
    }
    free(entries);
    return (unsigned)count;
}

/* The input stands alone in its block, so that a sanitizer sees a read behind its end. */
static void run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat about;
    uint8_t *data;
    size_t size;

    if (file == NULL || fstat(fileno(file), &about) != 0) {
        (void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
        exit(2);
    }
    size = (size_t)about.st_size;
    data = malloc(size == 0 ? 1 : size);
    if (data == NULL || fread(data, 1, size, file) != size) {
        (void)fprintf(stderr, "%s: cannot be read\n", path);
        exit(2);
    }
    (void)fclose(file);
    (void)fprintf(stderr, "%s\n", path);
    (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
}
