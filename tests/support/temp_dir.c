/*
 * temp_dir.c - a directory of its own for a test.
 */
#include "support/temp_dir.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/unit.h"

void temp_dir_make(char *path, size_t path_bytes)
{
    const char *parent = getenv("TMPDIR");
    int length;

    if (parent == NULL || parent[0] == '\0') parent = "/tmp";
    length = snprintf(path, path_bytes, "%s/freehold-XXXXXX", parent);
    assert_true(length > 0 && (size_t)length < path_bytes);
    if (mkdtemp(path) == NULL) fail_msg("no directory could be made under %s", parent);
}

void temp_dir_remove(const char *path)
{
    DIR *directory = opendir(path);
    const struct dirent *entry;
    char file[1024];

    if (directory == NULL) return;
    while ((entry = readdir(directory)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        (void)snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
        (void)remove(file);
    }
    (void)closedir(directory);
    (void)remove(path);
}
