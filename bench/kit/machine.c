/*
 * machine.c - which machine this is, and what it can do at best.
 */
#define _GNU_SOURCE /* getloadavg, MAP_ANONYMOUS */
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "dice.h"
#include "scratch.h"
#include "stop.h"
#include "stopwatch.h"

enum { SYNCS = 200, PASSES = 5, CHASE_STEPS = 1000000, LINE_BYTES = 64, BLOCK_BYTES = 4096 };

static const size_t piece_bytes = (size_t)1 << 20;
static const size_t file_bytes = (size_t)256 << 20;
static const size_t copy_bytes = (size_t)64 << 20;

const uint64_t machine_chase_bytes[MACHINE_CHASES] = {1 << 20, 16 << 20, 256 << 20};

/* ---- Names ---- */

static void read_processor(char *text)
{
    FILE *file = fopen("/proc/cpuinfo", "r");
    char line[256];

    (void)snprintf(text, MACHINE_TEXT_BYTES, "unknown processor");
    if (file == NULL) return;
    while (fgets(line, sizeof(line), file) != NULL) {
        const char *colon = strchr(line, ':');

        if (strncmp(line, "model name", 10) != 0 || colon == NULL) continue;
        (void)snprintf(text, MACHINE_TEXT_BYTES, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
        break;
    }
    (void)fclose(file);
}

static const char *filesystem_name(long magic)
{
    switch ((unsigned long)magic & 0xffffffffUL) {
    case 0xef53:
        return "ext4";
    case 0x58465342:
        return "xfs";
    case 0x9123683e:
        return "btrfs";
    case 0x01021994:
        return "tmpfs";
    case 0x794c7630:
        return "overlay";
    case 0x2fc12fc1:
        return "zfs";
    default:
        return NULL;
    }
}

static void read_names(struct machine *machine, const char *folder)
{
    struct utsname system;
    struct statfs filesystem;
    const char *name = NULL;

    read_processor(machine->processor);
    if (uname(&system) == 0)
        (void)snprintf(machine->system, sizeof(machine->system), "%.40s %.60s", system.sysname,
                       system.release);
    if (statfs(folder, &filesystem) != 0) stop("%s: %s", folder, strerror(errno));
    name = filesystem_name((long)filesystem.f_type);
    if (name != NULL)
        (void)snprintf(machine->filesystem, sizeof(machine->filesystem), "%s", name);
    else
        (void)snprintf(machine->filesystem, sizeof(machine->filesystem), "file system %lx",
                       (unsigned long)filesystem.f_type);
    machine->processor_count = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
    machine->memory_bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    if (getloadavg(&machine->load, 1) != 1) machine->load = -1;
}

/* ---- The medium ---- */

static void write_piece(int file, const char *piece, size_t size, size_t place)
{
    if (pwrite(file, piece, size, (off_t)place) != (ssize_t)size)
        stop("a file cannot be written: %s", strerror(errno));
}

static void sync_file(int file)
{
    if (fdatasync(file) != 0) stop("a file cannot be synced: %s", strerror(errno));
}

static double write_in_order(int file, const char *piece)
{
    uint64_t began_ns = stopwatch_now();

    for (size_t place = 0; place < file_bytes; place += piece_bytes)
        write_piece(file, piece, piece_bytes, place);
    sync_file(file);
    return (double)file_bytes / (double)(stopwatch_now() - began_ns);
}

static struct delay sync_often(int file, const char *piece)
{
    uint32_t times_ns[SYNCS];
    struct dice dice = {.state = 1};

    for (int i = 0; i < SYNCS; i++) {
        uint64_t began_ns = stopwatch_now();

        write_piece(file, piece, BLOCK_BYTES,
                    (size_t)dice_below(&dice, file_bytes / BLOCK_BYTES) * BLOCK_BYTES);
        sync_file(file);
        times_ns[i] = (uint32_t)(stopwatch_now() - began_ns);
    }
    return figures_delay(times_ns, SYNCS);
}

static double touch_mapped(int file)
{
    const volatile char *memory = mmap(NULL, file_bytes, PROT_READ, MAP_SHARED, file, 0);
    uint64_t began_ns = 0;
    double time_ns = 0;

    if (memory == MAP_FAILED) stop("a file cannot be mapped: %s", strerror(errno));
    began_ns = stopwatch_now();
    for (size_t place = 0; place < file_bytes; place += BLOCK_BYTES)
        (void)memory[place];
    time_ns = (double)(stopwatch_now() - began_ns) * BLOCK_BYTES / (double)file_bytes;
    (void)munmap((void *)(uintptr_t)memory, file_bytes);
    return time_ns;
}

static void measure_medium(struct machine *machine, const char *folder)
{
    char place[SCRATCH_PATH_BYTES];
    char path[SCRATCH_PATH_BYTES];
    char *piece = stop_or_memory(piece_bytes);
    int file = -1;

    memset(piece, 1, piece_bytes);
    scratch_new(place, folder);
    scratch_join(path, place, "limits");
    file = open(path, O_RDWR | O_CREAT, 0644);
    if (file < 0) stop("%s: %s", path, strerror(errno));
    (void)write_in_order(file, piece);
    machine->write_gigabytes = write_in_order(file, piece);
    machine->sync = sync_often(file, piece);
    machine->file_fault_ns = touch_mapped(file);
    (void)close(file);
    scratch_remove(place);
    free(piece);
}

/* ---- Memory ---- */

static double copy_memory(void)
{
    char *from = stop_or_memory(copy_bytes);
    char *to = stop_or_memory(copy_bytes);
    double speed[PASSES];

    memset(from, 1, copy_bytes);
    memset(to, 2, copy_bytes);
    for (int i = 0; i < PASSES; i++) {
        uint64_t began_ns = stopwatch_now();

        memcpy(to, from, copy_bytes);
        speed[i] = (double)copy_bytes / (double)(stopwatch_now() - began_ns);
        from[i] = to[copy_bytes - 1 - (size_t)i];
    }
    free(from);
    free(to);
    return figures_spread(speed, PASSES).median;
}

/* A walk over all lines in one random ring (Sattolo). */
static double chase(uint64_t bytes)
{
    size_t count = (size_t)(bytes / LINE_BYTES);
    size_t stride = LINE_BYTES / sizeof(size_t);
    size_t *ring = stop_or_memory(count * LINE_BYTES);
    struct dice dice = {.state = 3};
    uint64_t began_ns = 0;
    size_t at = 0;

    for (size_t i = 0; i < count; i++)
        ring[i * stride] = i;
    for (size_t i = count - 1; i > 0; i--) {
        size_t other = (size_t)dice_below(&dice, i);
        size_t kept = ring[i * stride];

        ring[i * stride] = ring[other * stride];
        ring[other * stride] = kept;
    }
    began_ns = stopwatch_now();
    for (int i = 0; i < CHASE_STEPS; i++)
        at = ring[at * stride];
    began_ns = stopwatch_now() - began_ns;
    if (at >= count) stop("a pointer chase went astray");
    free(ring);
    return (double)began_ns / CHASE_STEPS;
}

static double touch_fresh(void)
{
    volatile char *memory =
        mmap(NULL, copy_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint64_t began_ns = 0;
    double time_ns = 0;

    if (memory == MAP_FAILED) stop("no memory: %s", strerror(errno));
    (void)madvise((void *)(uintptr_t)memory, copy_bytes, MADV_NOHUGEPAGE);
    began_ns = stopwatch_now();
    for (size_t place = 0; place < copy_bytes; place += BLOCK_BYTES)
        memory[place] = 1;
    time_ns = (double)(stopwatch_now() - began_ns) * BLOCK_BYTES / (double)copy_bytes;
    (void)munmap((void *)(uintptr_t)memory, copy_bytes);
    return time_ns;
}

void machine_measure(struct machine *ret_machine, const char *folder)
{
    *ret_machine = (struct machine){.processor_count = 0};
    read_names(ret_machine, folder);
    ret_machine->memcpy_gigabytes = copy_memory();
    ret_machine->fresh_fault_ns = touch_fresh();
    for (int i = 0; i < MACHINE_CHASES; i++)
        ret_machine->chase_ns[i] = chase(machine_chase_bytes[i]);
    measure_medium(ret_machine, folder);
}

/* ---- Printed ---- */

void machine_print(const struct machine *machine, FILE *file)
{
    (void)fprintf(file, "machine: %s, %u processors, %.0f GiB, %s, %s, load %.1f\n",
                  machine->processor, machine->processor_count,
                  (double)machine->memory_bytes / (double)(UINT64_C(1) << 30), machine->system,
                  machine->filesystem, machine->load);
    (void)fprintf(file, "limits:  4 KiB written and synced %.0f us (p99 %.0f)",
                  (double)machine->sync.p50_ns / 1e3, (double)machine->sync.p99_ns / 1e3);
    (void)fprintf(file, ", writing in order %.2f GB/s, memcpy %.1f GB/s\n",
                  machine->write_gigabytes, machine->memcpy_gigabytes);
    (void)fputs("         a dependent load", file);
    for (int i = 0; i < MACHINE_CHASES; i++)
        (void)fprintf(file, "%s %.0f ns in %" PRIu64 " MiB", i > 0 ? "," : "", machine->chase_ns[i],
                      machine_chase_bytes[i] >> 20);
    (void)fprintf(file,
                  "\n         the first touch of a page: %.0f ns fresh, %.0f ns of a mapped file\n",
                  machine->fresh_fault_ns, machine->file_fault_ns);
}

void machine_print_json(const struct machine *machine, FILE *file)
{
    (void)fprintf(file, "{\"bench\":\"limits\",\"processor\":\"%s\",\"processor_count\":%u",
                  machine->processor, machine->processor_count);
    (void)fprintf(file, ",\"memory_bytes\":%" PRIu64 ",\"system\":\"%s\",\"filesystem\":\"%s\"",
                  machine->memory_bytes, machine->system, machine->filesystem);
    (void)fprintf(file,
                  ",\"load\":%.2f,\"sync_p50_ns\":%" PRIu64 ",\"sync_p99_ns\":%" PRIu64
                  ",\"write_gigabytes\":%.3f,\"memcpy_gigabytes\":%.3f",
                  machine->load, machine->sync.p50_ns, machine->sync.p99_ns,
                  machine->write_gigabytes, machine->memcpy_gigabytes);
    for (int i = 0; i < MACHINE_CHASES; i++)
        (void)fprintf(file, ",\"chase_%" PRIu64 "m_ns\":%.1f", machine_chase_bytes[i] >> 20,
                      machine->chase_ns[i]);
    (void)fprintf(file, ",\"fresh_fault_ns\":%.1f,\"file_fault_ns\":%.1f}\n",
                  machine->fresh_fault_ns, machine->file_fault_ns);
}
