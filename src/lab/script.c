/*
 * script.c - reads a script: lines to cases, cases to steps, steps to verbs and numbers.
 *
 * The text is cut up in a copy, so that names and expectations need no memory of their own;
 * places in it are told from the original.
 */
#include "lab/script.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"

enum { REASON_BYTES = 400, QUOTED_BYTES = 40 };

static const char *const policies[] = {"array", "by-size"};

enum { POLICY_COUNT = sizeof(policies) / sizeof(policies[0]) };

/* Bytes begin .. end - 1 of the text. */
struct part {
    size_t begin;
    size_t end;
};

static fh_status read_case(struct script *script, struct part part);
static fh_status read_step(struct script *script, struct part part);

const char *script_policy(unsigned n)
{
    return n < POLICY_COUNT ? policies[n] : NULL;
}

void script_place(const struct script *script, size_t offset, uint64_t *ret_line,
                  uint64_t *ret_column)
{
    uint64_t line = 1;
    size_t line_at = 0;

    for (size_t i = 0; i < offset; i++) {
        if (script->original[i] != '\n') continue;
        line++;
        line_at = i + 1;
    }
    *ret_line = line;
    *ret_column = offset - line_at + 1;
}

/* Notes where and why the text is no script. A macro, as fail() is and for its reason. */
#define refuse(script, offset, ...) (note_refusal((script), (offset), __VA_ARGS__), FH_INVALID)

static void note_refusal(const struct script *script, size_t offset, const char *format, ...)
    PRINTF_LIKE(3, 4);

static void note_refusal(const struct script *script, size_t offset, const char *format, ...)
{
    char reason[REASON_BYTES];
    uint64_t line;
    uint64_t column;
    va_list list;

    va_start(list, format);
    (void)vsnprintf(reason, sizeof(reason), format, list);
    va_end(list);
    script_place(script, offset, &line, &column);
    (void)fail(FH_INVALID, "line %" PRIu64 ", column %" PRIu64 ": %s", line, column, reason);
}

/* How much of a part an error quotes. */
static int quoted(struct part part)
{
    size_t size = part.end - part.begin;

    return size < QUOTED_BYTES ? (int)size : QUOTED_BYTES;
}

static bool is_blank(char character)
{
    return character == ' ' || character == '\t' || character == '\r' || character == '\n';
}

/* Without the blanks at both ends. */
static struct part trim(const struct script *script, struct part part)
{
    while (part.begin < part.end && is_blank(script->text[part.begin]))
        part.begin++;
    while (part.begin < part.end && is_blank(script->text[part.end - 1]))
        part.end--;
    return part;
}

/* Takes the next word off the front of a part; empty: there is none. */
static struct part take_word(const struct script *script, struct part *part)
{
    struct part word;

    *part = trim(script, *part);
    word = (struct part){part->begin, part->begin};
    while (word.end < part->end && !is_blank(script->text[word.end]))
        word.end++;
    part->begin = word.end;
    return word;
}

static bool is_empty(struct part part)
{
    return part.begin == part.end;
}

static bool is_word(const struct script *script, struct part word, const char *text)
{
    return strlen(text) == word.end - word.begin &&
           memcmp(script->text + word.begin, text, word.end - word.begin) == 0;
}

/* Up to the first `mark`, which is skipped, or all of it: *ret_is_found tells which. */
static struct part take_until(const struct script *script, struct part *part, const char *mark,
                              bool *ret_is_found)
{
    size_t size = strlen(mark);
    struct part front = *part;

    *ret_is_found = false;
    for (size_t at = part->begin; at + size <= part->end; at++) {
        if (memcmp(script->text + at, mark, size) != 0) continue;
        *ret_is_found = true;
        front.end = at;
        part->begin = at + size;
        return front;
    }
    part->begin = part->end;
    return front;
}

/* Words with one blank between and a zero byte behind; the byte behind the part is lost. */
static const char *settle(struct script *script, struct part part)
{
    size_t to;

    part = trim(script, part);
    to = part.begin;
    for (size_t at = part.begin; at < part.end; at++) {
        if (!is_blank(script->text[at]))
            script->text[to++] = script->text[at];
        else if (!is_blank(script->text[at + 1]))
            script->text[to++] = ' ';
    }
    script->text[to] = '\0';
    return script->text + part.begin;
}

/*
 * Cases begin in the first column; lines that begin with a blank belong to the one above.
 * *now is the case that is being gathered; empty: none is.
 */
static fh_status read_line(struct script *script, struct part line, struct part *now)
{
    bool is_blank_line = is_empty(trim(script, line));

    for (size_t i = line.begin; i < line.end; i++)
        if ((unsigned char)script->text[i] < ' ' && !is_blank(script->text[i]))
            return refuse(script, i, "a control character: this is no text");
    if (!is_blank_line && script->text[line.begin] == '#') {
        memset(script->text + line.begin, ' ', line.end - line.begin);
        return FH_OK;
    }
    if (!is_blank_line && is_blank(script->text[line.begin])) {
        if (is_empty(*now))
            return refuse(script, trim(script, line).begin,
                          "the line goes on with a case, and there is none above it");
        now->end = line.end;
        return FH_OK;
    }
    if (!is_empty(*now)) TRY(read_case(script, *now));
    *now = is_blank_line ? (struct part){0, 0} : line;
    return FH_OK;
}

static fh_status read_text(struct script *script, size_t text_bytes)
{
    struct part now = {0, 0};
    struct part line = {0, 0};

    while (line.end < text_bytes) {
        line.begin = line.end;
        while (line.end < text_bytes && script->text[line.end] != '\n')
            line.end++;
        TRY(read_line(script, line, &now));
        if (line.end < text_bytes) line.end++;
    }
    if (!is_empty(now)) TRY(read_case(script, now));
    if (script->case_count == 0) return fail(FH_INVALID, "there is no case in it");
    return FH_OK;
}

fh_status script_open(const char *text, size_t text_bytes, struct script **ret_script)
{
    struct script *script = memory_take(1, sizeof(*script));
    fh_status status;

    if (script == NULL || text_bytes == SIZE_MAX) {
        memory_give(script);
        return fail(FH_NO_MEMORY, "no memory for a script");
    }
    script->original = memory_take(text_bytes + 1, 1);
    script->text = memory_take(text_bytes + 1, 1);
    if (script->original == NULL || script->text == NULL) {
        status = fail(FH_NO_MEMORY, "no memory for a script of %zu bytes", text_bytes);
    } else {
        memcpy(script->original, text, text_bytes);
        memcpy(script->text, text, text_bytes);
        status = read_text(script, text_bytes);
    }
    if (status != FH_OK) {
        script_close(script);
        return status;
    }
    *ret_script = script;
    return FH_OK;
}

void script_close(struct script *script)
{
    if (script == NULL) return;
    numbers_fini(&script->numbers);
    memory_give(script->steps);
    memory_give(script->cases);
    memory_give(script->text);
    memory_give(script->original);
    memory_give(script);
}

static fh_status read_policies(const struct script *script, struct part word, unsigned *ret_set)
{
    if (is_word(script, word, "both")) {
        *ret_set = (1U << POLICY_COUNT) - 1;
        return FH_OK;
    }
    for (unsigned n = 0; n < POLICY_COUNT; n++) {
        if (!is_word(script, word, policies[n])) continue;
        *ret_set = 1U << n;
        return FH_OK;
    }
    return refuse(script, word.begin, "there is no policy \"%.*s\" (array, by-size, both)",
                  quoted(word), script->text + word.begin);
}

/* A name may stand twice, for different policies. */
static fh_status require_new(const struct script *script, const struct script_case *fresh)
{
    for (size_t i = 0; i < script->case_count; i++) {
        const struct script_case *other = &script->cases[i];
        uint64_t line;
        uint64_t column;

        if ((other->policies & fresh->policies) == 0 || strcmp(other->name, fresh->name) != 0)
            continue;
        script_place(script, other->offset, &line, &column);
        return refuse(script, fresh->offset,
                      "the case \"%.40s\" is there already, in line %" PRIu64, fresh->name, line);
    }
    return FH_OK;
}

static fh_status read_case(struct script *script, struct part part)
{
    struct script_case fresh = {.offset = part.begin, .first_step = script->step_count};
    bool is_found;
    struct part head = take_until(script, &part, "|", &is_found);
    struct part name = take_word(script, &head);
    struct part policy = take_word(script, &head);

    if (!is_found || is_empty(name) || is_empty(policy) || !is_empty(trim(script, head)))
        return refuse(script, fresh.offset,
                      "this is no case: NAME POLICY | STEP ; STEP -> ANSWER ; ...");
    TRY(read_policies(script, policy, &fresh.policies));
    fresh.name = settle(script, name);
    TRY(require_new(script, &fresh));
    do
        TRY(read_step(script, take_until(script, &part, ";", &is_found)));
    while (is_found);
    fresh.step_count = script->step_count - fresh.first_step;
    if (script->case_count == script->case_capacity) {
        size_t capacity = script->case_capacity > 0 ? 2 * script->case_capacity : 64;
        struct script_case *cases =
            memory_resize(script->cases, script->case_capacity, capacity, sizeof(*cases));

        if (cases == NULL) return fail(FH_NO_MEMORY, "no memory for %zu cases", capacity);
        script->cases = cases;
        script->case_capacity = capacity;
    }
    script->cases[script->case_count++] = fresh;
    return FH_OK;
}

static fh_status read_number(struct script *script, struct part word, uint64_t *ret_number)
{
    uint64_t number = 0;

    if (is_word(script, word, "MAX")) {
        *ret_number = UINT64_MAX;
        return FH_OK;
    }
    for (size_t at = word.begin; at < word.end; at++) {
        uint64_t digit = (uint64_t)((unsigned char)script->text[at] - '0');

        if (digit > 9)
            return refuse(script, word.begin, "\"%.*s\" is no number", quoted(word),
                          script->text + word.begin);
        if (number > (UINT64_MAX - digit) / 10)
            return refuse(script, word.begin, "%.*s is too large a number", quoted(word),
                          script->text + word.begin);
        number = number * 10 + digit;
    }
    *ret_number = number;
    return FH_OK;
}

static fh_status read_buffer(struct script *script, struct part word, struct step *step)
{
    char letter = script->text[word.begin];

    if (word.end - word.begin != 1 || letter < 'A' || letter > 'Z')
        return refuse(script, word.begin, "a saved page is called A to Z: %s", step->verb->usage);
    step->buffer = (unsigned)(letter - 'A');
    return FH_OK;
}

/* The verb and what it acts upon. */
static fh_status read_words(struct script *script, struct part part, struct step *step)
{
    struct part word = take_word(script, &part);

    if (is_empty(word)) return refuse(script, word.begin, "a step without words");
    step->offset = word.begin;
    step->verb = verb_find(script->text + word.begin, word.end - word.begin);
    if (step->verb == NULL)
        return refuse(script, word.begin, "there is no step \"%.*s\"", quoted(word),
                      script->text + word.begin);
    if (step->verb->has_buffer) TRY(read_buffer(script, take_word(script, &part), step));
    while (!is_empty(word = take_word(script, &part))) {
        uint64_t number = 0;

        TRY(read_number(script, word, &number));
        TRY(numbers_add(&script->numbers, number));
        step->number_count++;
    }
    if (step->number_count < (size_t)step->verb->numbers_min ||
        (step->verb->numbers_max != VERB_NUMBERS_ANY &&
         step->number_count > (size_t)step->verb->numbers_max))
        return refuse(script, step->offset, "%zu numbers where the step is: %s", step->number_count,
                      step->verb->usage);
    return FH_OK;
}

static fh_status read_expected(struct script *script, struct part part, struct step *step)
{
    struct part expected = trim(script, part);

    if (is_empty(expected)) return refuse(script, part.begin, "nothing stands behind ->");
    step->expected = settle(script, expected);
    if (!step->verb->replies && strcmp(step->expected, "refused") != 0)
        return refuse(script, expected.begin, "%s answers nothing: it is done, or refused",
                      step->verb->name);
    return FH_OK;
}

static fh_status read_step(struct script *script, struct part part)
{
    struct step step = {.first_number = script->numbers.count};
    bool has_arrow;
    struct part words = take_until(script, &part, "->", &has_arrow);

    TRY(read_words(script, words, &step));
    if (!has_arrow && step.verb->replies)
        return refuse(script, step.offset, "%s answers something: -> what? (* for anything)",
                      step.verb->name);
    if (has_arrow) TRY(read_expected(script, part, &step));
    step.text = settle(script, words);
    if (script->step_count == script->step_capacity) {
        size_t capacity = script->step_capacity > 0 ? 2 * script->step_capacity : 256;
        struct step *steps =
            memory_resize(script->steps, script->step_capacity, capacity, sizeof(*steps));

        if (steps == NULL) return fail(FH_NO_MEMORY, "no memory for %zu steps", capacity);
        script->steps = steps;
        script->step_capacity = capacity;
    }
    script->steps[script->step_count++] = step;
    return FH_OK;
}
