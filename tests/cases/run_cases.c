/*
 * run_cases.c - runs scripts of space and of pending runs, a case a line.
 *
 *     NAME | POLICY ... | STEP ; STEP ; ...
 *
 * Empty lines and lines that begin with # are skipped; `all` stands for every policy, `exact`
 * for those that refuse no run that is long enough. What is
 * behind -> must be the answer. A run is FIRST+COUNT, lists are in order, `-` is the empty one.
 *
 *     units N             so many units, none of them free; first in a case about space
 *     give RUN ...        these become free            give RUN -> refused
 *     take N -> FIRST     N units                      take N -> none
 *     at RUN -> ok        exactly this run             at RUN -> refused
 *     free -> RUN ...     what is free
 *
 *     life A BORN FREED   run A, a letter, was alive from BORN until FREED
 *     readers PIN ...     who reads from now on, ascending
 *     release EPOCH       what nobody sees becomes free, EPOCH being published
 *     waiting -> A ...    who is not free yet
 *
 * After each step everything audits itself. Prints the cases that failed, and how many ran.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc/alloc.h"
#include "crash/sim_os.h"
#include "pager/pending.h"
#include "space/space.h"

enum { LINE_MAX_BYTES = 2000, ANSWER_BYTES = 1000, LIVES = 26, READERS_MAX = 16, PAGES = 256 };

struct world {
    struct space *space; /* NULL until `units` */
    const char *policy;

    struct sim *sim;
    struct backing *backing;
    struct alloc *alloc;
    struct pending pending;
    struct run lives[LIVES];
    uint64_t readers[READERS_MAX];
    uint32_t reader_count;

    char answer[ANSWER_BYTES];
};

static const struct alloc_options options = {.policy = "bitmap",
                                             .chunk_pages = PAGES,
                                             .page_max = PAGES,
                                             .page_min = PAGES,
                                             .fixed_pages = 1};

static bool is_ok(fh_status status)
{
    if (status != FH_OK && status != FH_INVALID && status != FH_NO_SPACE) {
        (void)fprintf(stderr, "%s\n", fh_note());
        exit(2);
    }
    return status == FH_OK;
}

static void require(bool condition, const char *what)
{
    if (condition) return;
    (void)fprintf(stderr, "%s: %s\n", what, fh_note());
    exit(2);
}

static void world_open(struct world *world, const char *policy)
{
    *world = (struct world){.policy = policy, .sim = sim_os_new(1)};
    require(backing_memory_open(sim_os_port(world->sim), 9, PAGES, &world->backing) == FH_OK &&
                alloc_open(world->backing, &options, &world->alloc) == FH_OK &&
                alloc_grow(world->alloc, PAGES) == FH_OK &&
                pending_init(&world->pending, PAGES) == FH_OK,
            "a world");
}

static void world_close(struct world *world)
{
    space_close(world->space);
    pending_fini(&world->pending);
    alloc_close(world->alloc);
    world->backing->ops->close(world->backing);
    sim_os_delete(world->sim);
}

static void say(struct world *world, const char *word)
{
    size_t used = strlen(world->answer);

    (void)snprintf(world->answer + used, sizeof(world->answer) - used, "%s%s", used == 0 ? "" : " ",
                   word);
}

/* The next number of the words, or of a run: what is before and behind the plus. */
static uint64_t number(char **words)
{
    char *end;
    uint64_t value = strtoull(*words, &end, 10);

    require(end != *words, "no number where one must be");
    *words = end + (*end == '+');
    while (**words == ' ')
        (*words)++;
    return value;
}

static struct run run_of(char **words)
{
    struct run run;

    run.first = number(words);
    run.count = number(words);
    return run;
}

static void give(struct world *world, char *words)
{
    bool is_given = true;

    while (*words != '\0')
        is_given &= is_ok(space_give(world->space, run_of(&words)));
    if (!is_given) say(world, "refused");
}

static void take(struct world *world, char *words)
{
    struct policy_request request = {.unit_count = number(&words)};
    struct run run;
    char word[24] = "none";

    if (is_ok(space_take(world->space, &request, &run)))
        (void)snprintf(word, sizeof(word), "%" PRIu64, run.first);
    say(world, word);
}

static void tell_free(struct world *world)
{
    struct run run;

    for (uint64_t at = 0; space_next_run(world->space, at, &run); at = run_end(run)) {
        char word[48];

        (void)snprintf(word, sizeof(word), "%" PRIu64 "+%" PRIu64, run.first, run.count);
        say(world, word);
    }
    if (world->answer[0] == '\0') say(world, "-");
}

static void live(struct world *world, char *words)
{
    struct alloc_request request = {
        .page_count = 1, .from_reserve = true, .slot = {.tag = PAGE_RAW}};
    struct run *run = &world->lives[*words - 'a'];
    struct pending_entry entry = {.born = 0};

    words++;
    entry.born = number(&words);
    require(alloc_take(world->alloc, &request, run) == FH_OK &&
                alloc_retire(world->alloc, *run) == FH_OK &&
                pending_reserve(&world->pending, 1) == FH_OK,
            "a life");
    entry.run = *run;
    entry.freed = number(&words);
    pending_add(&world->pending, &entry);
}

static void give_back(void *context, struct run run)
{
    alloc_give(context, run);
}

static void release(struct world *world, char *words)
{
    struct pending_release release = {
        .pins = world->readers,
        .pin_count = world->reader_count,
        .published = number(&words),
        .give = give_back,
        .context = world->alloc,
    };

    pending_release(&world->pending, &release);
}

static void set_readers(struct world *world, char *words)
{
    for (world->reader_count = 0; *words != '\0'; world->reader_count++) {
        require(world->reader_count < READERS_MAX, "too many readers");
        world->readers[world->reader_count] = number(&words);
    }
}

static void tell_waiting(struct world *world)
{
    for (int i = 0; i < LIVES; i++) {
        char word[2] = {(char)('a' + i), '\0'};

        if (world->lives[i].count > 0 &&
            pending_holds(&world->pending, (page_no)world->lives[i].first))
            say(world, word);
    }
    if (world->answer[0] == '\0') say(world, "-");
}

static void act(struct world *world, const char *verb, char *words)
{
    if (strcmp(verb, "units") == 0)
        require(space_open(world->policy, number(&words), &world->space) == FH_OK, "units");
    else if (strcmp(verb, "give") == 0)
        give(world, words);
    else if (strcmp(verb, "take") == 0)
        take(world, words);
    else if (strcmp(verb, "at") == 0)
        say(world, is_ok(space_take_at(world->space, run_of(&words))) ? "ok" : "refused");
    else if (strcmp(verb, "free") == 0)
        tell_free(world);
    else if (strcmp(verb, "life") == 0)
        live(world, words);
    else if (strcmp(verb, "readers") == 0)
        set_readers(world, words);
    else if (strcmp(verb, "release") == 0)
        release(world, words);
    else if (strcmp(verb, "waiting") == 0)
        tell_waiting(world);
    else
        require(false, verb);
}

/* Cuts spaces off both ends. */
static char *trim(char *text)
{
    char *end = text + strlen(text);

    while (end > text && (end[-1] == ' ' || end[-1] == '\n'))
        *--end = '\0';
    return text + strspn(text, " ");
}

static bool run_step(struct world *world, char *step)
{
    char *expected = strstr(step, "->");
    char *words;

    if (expected != NULL) {
        *expected = '\0';
        expected = trim(expected + 2);
    }
    step = trim(step);
    words = step + strcspn(step, " ");
    if (*words != '\0') *words++ = '\0';
    world->answer[0] = '\0';
    act(world, step, words);
    require(world->space == NULL || space_audit(world->space) == FH_OK, "the audit of space");
    require(alloc_audit(world->alloc) == FH_OK &&
                pending_audit(&world->pending, world->alloc) == FH_OK,
            "the audit of pages");
    if (strcmp(world->answer, expected == NULL ? "" : expected) == 0) return true;
    printf("  %s %s: %s\n", step, words, world->answer[0] == '\0' ? "done" : world->answer);
    return false;
}

static bool run_case(const char *name, const char *policy, const char *steps)
{
    char copy[LINE_MAX_BYTES], *at = NULL;
    struct world world;
    bool is_right = true;

    (void)snprintf(copy, sizeof(copy), "%s", steps);
    world_open(&world, policy);
    for (char *step = strtok_r(copy, ";", &at); step != NULL && is_right;
         step = strtok_r(NULL, ";", &at))
        is_right = run_step(&world, step);
    world_close(&world);
    if (!is_right) printf("%s under %s failed\n", name, policy);
    return is_right;
}

static void run_line(char *line, unsigned *run_count, unsigned *failed_count)
{
    char *at = NULL;
    char *name = strtok_r(line, "|", &at);
    char *policies = strtok_r(NULL, "|", &at);
    char *steps = strtok_r(NULL, "|", &at);

    require(steps != NULL, line);
    name = trim(name);
    for (unsigned n = 0; policy_at(n) != NULL; n++) {
        const char *policy = policy_at(n)->name;

        if (strstr(policies, policy) == NULL && strstr(policies, "all") == NULL &&
            (policy_at(n)->is_strict || strstr(policies, "exact") == NULL))
            continue;
        (*run_count)++;
        *failed_count += !run_case(name, policy, trim(steps));
    }
}

int main(int count, char **arguments)
{
    unsigned run_count = 0, failed_count = 0;

    for (int i = 1; i < count; i++) {
        char line[LINE_MAX_BYTES];
        FILE *file = fopen(arguments[i], "r");

        if (file == NULL) {
            perror(arguments[i]);
            return 2;
        }
        while (fgets(line, sizeof(line), file) != NULL)
            if (line[0] != '#' && *trim(line) != '\0') run_line(line, &run_count, &failed_count);
        (void)fclose(file);
    }
    printf("%u cases, %u failed\n", run_count, failed_count);
    return failed_count == 0 && run_count > 0 ? 0 : 1;
}
