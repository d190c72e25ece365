/*
 * map_posix.c - views of files, and memory that costs what is touched.
 *
 * The reserve is cut out of a larger mapping so that it starts at a multiple of 2 MiB,
 * where the system can use large pages. A child process does not inherit it: copying
 * the parent's buffers at the next store would double them for nothing.
 */
#define _GNU_SOURCE /* madvise */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "os/posix_internal.h"

#define LARGE_PAGE_BYTES (UINT64_C(2) << 20)

/* A view that stands, in its file's list. */
struct view {
    struct list in_file;
    uint8_t *start;
    uint64_t bytes;
};

static void advise_view(const struct view *view, uint64_t at, uint64_t bytes, int advice);

static struct posix_file *posix(struct os_file *file)
{
    return (struct posix_file *)(void *)file;
}

fh_status map_open(struct os_file *file, uint64_t bytes, const void **ret_view)
{
    struct view *view = memory_take(1, sizeof(*view));
    void *start;

    REQUIRE(bytes > 0);
    if (view == NULL) return fail(FH_NO_MEMORY, "no memory to remember a view");
    start = mmap(NULL, bytes, PROT_READ, MAP_SHARED | MAP_NORESERVE, posix(file)->descriptor, 0);
    if (start == MAP_FAILED) {
        int error_number = errno;

        memory_give(view);
        return fail_system(error_number == ENOMEM ? FH_NO_MEMORY : FH_IO, error_number,
                           "mapping %" PRIu64 " bytes of \"%s\"", bytes, posix(file)->path);
    }
    view->start = start;
    view->bytes = bytes;
    mutex_lock(&posix(file)->views_lock);
    list_append(&posix(file)->views, &view->in_file);
    mutex_unlock(&posix(file)->views_lock);
    *ret_view = start;
    return FH_OK;
}

void map_close(struct os_file *file, const void *view, uint64_t bytes)
{
    struct posix_file *opened = posix(file);
    struct view *found = NULL;

    if (view == NULL) return;
    mutex_lock(&opened->views_lock);
    for (struct list *i = opened->views.next; i != &opened->views; i = i->next) {
        found = list_item(i, struct view, in_file);
        if (found->start == view) break;
        found = NULL;
    }
    if (found != NULL) list_remove(&found->in_file);
    mutex_unlock(&opened->views_lock);
    REQUIRE(found != NULL && found->bytes == bytes);
    REQUIRE(munmap(found->start, bytes) == 0 || errno == ENOMEM);
    memory_give(found);
}

/* Each part is one of the process's mappings, and Linux gives it 65,530 if nobody says more. */
enum { PARTED_VIEWS_MAX = 4096 };

static _Atomic uint32_t parted_view_count;

static bool is_whole(const struct os_part *part)
{
    uint64_t rest = (uint64_t)sysconf(_SC_PAGESIZE) - 1;

    return part->bytes > 0 && ((part->at | part->bytes) & rest) == 0;
}

/* The first mapping is as long as the whole view; each part behind it takes the rest over. */
static fh_status lay_parts(struct posix_file *opened, const struct os_part *parts,
                           size_t part_count, uint64_t bytes, const void **ret_view)
{
    uint8_t *start = mmap(NULL, bytes, PROT_READ, MAP_SHARED | MAP_NORESERVE, opened->descriptor,
                          (off_t)parts[0].at);
    uint64_t done = parts[0].bytes;

    if (start == MAP_FAILED) return fail_system(FH_NO_MEMORY, errno, "mapping parts of a file");
    for (size_t i = 1; i < part_count; done += parts[i++].bytes)
        if (mmap(start + done, bytes - done, PROT_READ, MAP_SHARED | MAP_NORESERVE | MAP_FIXED,
                 opened->descriptor, (off_t)parts[i].at) == MAP_FAILED) {
            int error_number = errno;

            REQUIRE(munmap(start, bytes) == 0 || errno == ENOMEM);
            return fail_system(FH_NO_MEMORY, error_number, "mapping parts of a file");
        }
    *ret_view = start;
    return FH_OK;
}

fh_status map_open_parts(struct os_file *file, const struct os_part *parts, size_t part_count,
                         const void **ret_view)
{
    uint64_t bytes = 0;
    fh_status status;

    for (size_t i = 0; i < part_count; i++) {
        if (!is_whole(&parts[i])) return answer(FH_NO_MEMORY);
        bytes += parts[i].bytes;
    }
    if (atomic_fetch_add_explicit(&parted_view_count, 1, memory_order_relaxed) >= PARTED_VIEWS_MAX)
        status = answer(FH_NO_MEMORY);
    else
        status = lay_parts(posix(file), parts, part_count, bytes, ret_view);
    if (status != FH_OK) atomic_fetch_sub_explicit(&parted_view_count, 1, memory_order_relaxed);
    return status;
}

void map_close_parts(struct os_file *file, const void *view, uint64_t bytes)
{
    (void)file;
    REQUIRE(munmap((void *)(uintptr_t)view, bytes) == 0 || errno == ENOMEM);
    atomic_fetch_sub_explicit(&parted_view_count, 1, memory_order_relaxed);
}

/* Advice is a wish: that the system does not grant it is no failure. */
void map_advise(struct os_file *file, uint64_t at, uint64_t bytes, enum os_advice advice)
{
    static const struct {
        int of_file;
        int of_view;
    } words[] = {
        [OS_ADVICE_RANDOM] = {POSIX_FADV_RANDOM, MADV_RANDOM},
        [OS_ADVICE_SEQUENTIAL] = {POSIX_FADV_SEQUENTIAL, MADV_SEQUENTIAL},
        [OS_ADVICE_WILL_NEED] = {POSIX_FADV_WILLNEED, MADV_WILLNEED},
    };
    struct posix_file *opened = posix(file);

    /* A length of 0 means up to the end. */
    (void)posix_fadvise(opened->descriptor, (off_t)at, bytes > INT64_MAX ? 0 : (off_t)bytes,
                        words[advice].of_file);

    /* What the file has read ahead for is there for its views too. */
    if (advice == OS_ADVICE_WILL_NEED) return;
    mutex_lock(&opened->views_lock);
    for (struct list *i = opened->views.next; i != &opened->views; i = i->next)
        advise_view(list_item(i, struct view, in_file), at, bytes, words[advice].of_view);
    mutex_unlock(&opened->views_lock);
}

static void advise_view(const struct view *view, uint64_t at, uint64_t bytes, int advice)
{
    uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t first = round_down(at, page_bytes);
    uint64_t end;

    if (first >= view->bytes) return;
    if (!add_fits(at, bytes, &end) || end > view->bytes) end = view->bytes;
    (void)madvise(view->start + first, end - first, advice);
}

fh_status map_reserve(const struct os *os, uint64_t bytes, void **ret_memory)
{
    uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    bool is_large = bytes >= LARGE_PAGE_BYTES;
    uint64_t surplus = is_large ? LARGE_PAGE_BYTES : 0;
    uint64_t mapped_bytes;
    uint8_t *mapped;
    uint64_t before;

    (void)os;
    REQUIRE(bytes > 0);
    if (!add_fits(bytes, page_bytes - 1, &mapped_bytes) ||
        !add_fits(round_down(mapped_bytes, page_bytes), surplus, &mapped_bytes))
        return fail(FH_NO_MEMORY, "%" PRIu64 " bytes are more than there are addresses", bytes);
    mapped = mmap(NULL, mapped_bytes, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED)
        return fail_system(FH_NO_MEMORY, errno, "reserving %" PRIu64 " bytes", bytes);

    before = is_large ? (0 - (uint64_t)(uintptr_t)mapped) & (LARGE_PAGE_BYTES - 1) : 0;
    if (before > 0) (void)munmap(mapped, before);
    if (surplus > before)
        (void)munmap(mapped + mapped_bytes - (surplus - before), surplus - before);
    mapped += before;
    (void)madvise(mapped, bytes, MADV_DONTFORK);
    if (is_large) (void)madvise(mapped, bytes, MADV_HUGEPAGE);
    *ret_memory = mapped;
    return FH_OK;
}

void map_release(const struct os *os, void *memory, uint64_t bytes)
{
    (void)os;
    /* No memory to cut a mapping in two: the addresses stay taken, nothing else is wrong. */
    if (memory != NULL) REQUIRE(munmap(memory, bytes) == 0 || errno == ENOMEM);
}
