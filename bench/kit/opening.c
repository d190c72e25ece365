/*
 * opening.c - rows that open a database themselves: cold, and after a kill.
 */
#include "opening.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scratch.h"
#include "stop.h"
#include "stopwatch.h"

/* What the program that is killed has committed: transactions, and puts in each. */
enum { KILLED_TXNS = 1000, KILLED_PUTS = 20 };

static void demand_item(const struct driver *driver, void *session, const struct item *item)
{
    struct bytes value = {NULL, 0};

    if (!driver->get(session, driver_key(item), &value) || value.size != item->value_size ||
        memcmp(value.data, item->value, value.size) != 0)
        stop("%s: an item that was committed is not there after opening", driver->name);
}

/* `items`: what must be there; only the first get is timed. */
static struct sample open_and_get(const struct driver *driver, const char *path,
                                  const struct item *items, size_t item_count)
{
    struct stopwatch watch;
    void *database = NULL;
    void *session = NULL;

    stopwatch_start(&watch, WATCH_SELF);
    database = driver->open(path, DURABILITY_SYNC);
    session = driver->enter(database);
    driver->begin(session, ACCESS_READ);
    demand_item(driver, session, &items[0]);
    stopwatch_stop(&watch);
    for (size_t i = 1; i < item_count; i++)
        demand_item(driver, session, &items[i]);
    driver->commit(session);
    driver->leave(session);
    driver->close(database);
    return (struct sample){.op_count = 1, .wall_ns = watch.wall_ns, .cpu_ns = watch.cpu_ns};
}

struct sample opening_cold(const struct workload *workload, const struct driver *driver,
                           const char *path, const struct course *course)
{
    (void)workload;
    scratch_cool(path);
    return open_and_get(driver, path, course->reads.item, 1);
}

static size_t killed_puts(const struct course *course)
{
    size_t count = (size_t)KILLED_TXNS * KILLED_PUTS;

    return count < course->item_count ? count : course->item_count;
}

/* Does not return: dies with a transaction open. */
static _Noreturn void write_and_die(const struct driver *driver, const char *path,
                                    const struct course *course)
{
    void *session = driver->enter(driver->open(path, DURABILITY_SYNC));
    const struct item *items = course->overwrites.item;
    size_t count = killed_puts(course);

    for (size_t i = 0; i < count; i++) {
        if (i % KILLED_PUTS == 0) {
            if (i > 0) driver->commit(session);
            driver->begin(session, ACCESS_WRITE);
        }
        driver->put(session, driver_key(&items[i]), driver_value(&items[i]));
    }
    driver->commit(session);
    driver->begin(session, ACCESS_WRITE);
    driver->put(session, driver_key(&items[0]), (struct bytes){"torn", 4});
    (void)kill(getpid(), SIGKILL);
    for (;;)
        (void)pause();
}

struct sample opening_killed(const struct workload *workload, const struct driver *driver,
                             const char *path, const struct course *course)
{
    int state = 0;
    pid_t child = fork();

    (void)workload;
    if (child < 0) stop("no process could be started: %s", strerror(errno));
    if (child == 0) write_and_die(driver, path, course);
    while (waitpid(child, &state, 0) < 0)
        if (errno != EINTR) stop("waiting for a process: %s", strerror(errno));
    if (!WIFSIGNALED(state)) stop("%s: the writer ended before it was killed", driver->name);
    return open_and_get(driver, path, course->overwrites.item, killed_puts(course));
}
