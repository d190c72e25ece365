/*
 * arguments.c - the command line, taken apart: operands and options.
 */
#include "arguments.h"

#include <stdio.h>
#include <string.h>

#include "bytes_text.h"
#include "command.h"
#include "failure.h"

struct option_words {
    const char *name;
    const char *value; /* what it takes; NULL: nothing; in brackets: or nothing */
    const char *meaning;
};

static const struct option_words option_table[OPTION_COUNT] = {
    [OPTION_TREE] = {"tree", "NAME", "the tree to use; without it the unnamed one"},
    [OPTION_HEX] = {"hex", NULL, "keys and values are hexadecimal, given and printed"},
    [OPTION_JSON] = {"json", NULL, "print JSON: one object, or one a line"},
    [OPTION_POLICY] = {"policy", "P",
                       "how free pages are chosen, this run: bitmap, lifo, first..."},
    [OPTION_QUOTA] = {"quota", "BYTES", "the most that live pages may take (K, M, G, T allowed)"},
    [OPTION_BY_PREFIX] = {"prefix", NULL, "delete every key that begins with KEY"},
    [OPTION_FROM] = {"from", "K", "the first key to show"},
    [OPTION_TO] = {"to", "K", "the key to stop before"},
    [OPTION_PREFIX] = {"prefix", "K", "only keys that begin with K"},
    [OPTION_REVERSE] = {"reverse", NULL, "last key first"},
    [OPTION_LIMIT] = {"limit", "N", "at most N items"},
    [OPTION_KEYS] = {"keys", NULL, "keys only"},
    [OPTION_LOAD_FORMAT] = {"format", "F", "tsv, jsonl or mdb; else by name and first line"},
    [OPTION_DUMP_FORMAT] = {"format", "F", "tsv (default), jsonl, mdb or db"},
    [OPTION_TARGET] = {"target", "PERCENT",
                       "stop when the file has no more pages than so many % of the live ones"},
    [OPTION_RUNS] = {"runs", NULL, "how many free runs there are of which length"},
    [OPTION_WATCH] = {"watch", "[=SECONDS]", "again and again, every second or so many"},
    [OPTION_REPAIR] = {"repair", "NEW", "save what can be read into the new database NEW"},
    [OPTION_ORPHANS] = {"orphans", NULL,
                        "--repair: leaves that nothing refers to, into lost+found"},
    [OPTION_SVG] = {"svg", "F", "draw it into the file F, as SVG (- for standard output)"},
    [OPTION_HTML] = {"html", "F",
                     "draw it into the file F, as a page of its own (- for standard output)"},
    [OPTION_LAB_POLICY] = {"policy", "P",
                           "best, worst, first, next, buddy; --trace: any, with commas, or all"},
    [OPTION_ORDER] = {"order", "O", "of the free list: addr (default), size+, size-, front, back"},
    [OPTION_COALESCE] = {"coalesce", NULL, "join neighbours in the free list when one is freed"},
    [OPTION_SIZE] = {"size", "N", "bytes of the heap (K, M, G, T allowed)"},
    [OPTION_BASE] = {"base", "N", "the heap's first address"},
    [OPTION_HEADER] = {"header", "N", "bytes of a block's header"},
    [OPTION_ALIGN] = {"align", "N", "sizes become a multiple of it; -1: they stay as they are"},
    [OPTION_MIN_BLOCK] = {"min-block", "N", "buddy: bytes of the smallest block"},
    [OPTION_OPS] = {"ops", "LIST", "+N allocates N bytes, -K frees what the K-th + got, from 0"},
    [OPTION_TRACE] = {"trace", "FILE",
                      "replay a recorded trace: text, or gzip'd; - is standard input"},
    [OPTION_GROW] = {"grow", "N", "the heap of a trace grows by multiples of N bytes (default 1)"},
    [OPTION_SIMULATE] = {"simulate", NULL, "the trace goes through the textbook's heap"},
    [OPTION_FREELIST] = {"freelist", "FILE",
                         "run the free-list scripts of a file (- for standard input)"},
    [OPTION_ITEMS] = {"items", "N", "how many items (K, M allowed); 100000 by default"},
    [OPTION_ROUNDS] = {"rounds", "N", "how often each row is run; 3 by default"},
    [OPTION_ROWS] = {"rows", "LIST", "only these rows, with commas between"},
    [OPTION_WITHOUT_LOG] = {"without-log", NULL,
                            "give up a log that is missing or damaged, and what only it holds"},
    [OPTION_HELP] = {"help", NULL, "print this"},
};

/* The option of this name that the command takes; OPTION_COUNT if there is none. */
static enum option find_option(const struct command *command, const char *name, size_t size)
{
    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        const char *candidate = option_table[i].name;

        if ((command->options & ARGUMENTS_TAKE(i)) == 0 && i != OPTION_HELP) continue;
        if (strlen(candidate) == size && memcmp(candidate, name, size) == 0) return (enum option)i;
    }
    return OPTION_COUNT;
}

/* Reads the option at words[0]; *ret_used tells how many words it is. */
static enum outcome read_option(struct arguments *arguments, int word_count, char **words,
                                int *ret_used)
{
    const char *command = arguments->command->name;
    char *name = words[0] + 2;
    char *equals = strchr(name, '=');
    size_t size = equals != NULL ? (size_t)(equals - name) : strlen(name);
    enum option option = OPTION_COUNT;

    if (strcmp(words[0], "-h") == 0)
        option = OPTION_HELP;
    else if (words[0][1] == '-')
        option = find_option(arguments->command, name, size);
    if (option == OPTION_COUNT)
        return failure_wrong(command,
                             "no such option: %s (see freehold %s --help; a key or value that "
                             "begins with - goes behind --)",
                             words[0], command);
    *ret_used = 1;
    if (option_table[option].value == NULL) {
        if (equals != NULL)
            return failure_wrong(command, "--%s takes no value", option_table[option].name);
        arguments->option[option] = words[0] + strlen(words[0]);
    } else if (equals != NULL) {
        arguments->option[option] = equals + 1;
    } else if (option_table[option].value[0] == '[') {
        arguments->option[option] = words[0] + strlen(words[0]);
    } else if (word_count < 2) {
        return failure_wrong(command, "--%s wants a value: %s", option_table[option].name,
                             option_table[option].value);
    } else {
        arguments->option[option] = words[1];
        *ret_used = 2;
    }
    return OUTCOME_DONE;
}

static enum outcome add_operand(struct arguments *arguments, char *word)
{
    if (arguments->operand_count == arguments->command->operands_max)
        return failure_wrong(arguments->command->name,
                             "one word too many: %s (usage: freehold %s %s)", word,
                             arguments->command->name, arguments->command->operands);
    arguments->operand[arguments->operand_count++] = word;
    return OUTCOME_DONE;
}

enum outcome arguments_read(const struct command *command, int word_count, char **words,
                            struct arguments *ret_arguments)
{
    struct arguments arguments = {.command = command};
    int are_options = 1;
    int at = 0;

    while (at < word_count) {
        int used = 1;

        if (are_options && strcmp(words[at], "--") == 0)
            are_options = 0;
        else if (are_options && words[at][0] == '-' && words[at][1] != '\0')
            PASS(read_option(&arguments, word_count - at, words + at, &used));
        else
            PASS(add_operand(&arguments, words[at]));
        at += used;
    }
    if (arguments.operand_count < command->operands_min && arguments.option[OPTION_HELP] == NULL)
        return failure_wrong(command->name, "a word is missing (usage: freehold %s %s)",
                             command->name, command->operands);
    *ret_arguments = arguments;
    return OUTCOME_DONE;
}

enum outcome arguments_bytes(const struct arguments *arguments, char *text, fh_bytes *ret_bytes)
{
    int is_hex = arguments->option[OPTION_HEX] != NULL;
    size_t size = strlen(text);
    const char *reason =
        is_hex ? bytes_text_unhex(text, size, &size) : bytes_text_unescape(text, size, &size);

    if (reason != NULL) return failure_wrong(arguments->command->name, "%s", reason);
    *ret_bytes = (fh_bytes){text, size};
    return OUTCOME_DONE;
}

enum outcome arguments_name(char *text, fh_bytes *ret_bytes)
{
    size_t size = strlen(text);
    const char *reason = bytes_text_unescape(text, size, &size);

    if (reason != NULL) return failure_wrong("--tree", "%s", reason);
    *ret_bytes = (fh_bytes){text, size};
    return OUTCOME_DONE;
}

static unsigned scale_bits(char letter)
{
    switch (letter) {
    case 'K':
    case 'k':
        return 10;
    case 'M':
        return 20;
    case 'G':
        return 30;
    case 'T':
        return 40;
    default:
        return 0;
    }
}

enum outcome arguments_number(const char *text, int may_scale, uint64_t *ret_number)
{
    const char *at = text;
    unsigned bits = 0;
    uint64_t number = 0;

    for (; *at >= '0' && *at <= '9'; at++) {
        uint64_t digit = (uint64_t)(*at - '0');

        if (number > (UINT64_MAX - digit) / 10) return failure_wrong(text, "too large a number");
        number = number * 10 + digit;
    }
    if (may_scale && at > text) bits = scale_bits(*at);
    if (bits > 0) at++;
    if (at == text || *at != '\0') return failure_wrong(text, "not a number");
    if (number > UINT64_MAX >> bits) return failure_wrong(text, "too large a number");
    *ret_number = number << bits;
    return OUTCOME_DONE;
}

void arguments_explain(const struct command *command, struct output *output)
{
    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        const struct option_words *words = &option_table[i];
        char left[32];

        if ((command->options & ARGUMENTS_TAKE(i)) == 0 && i != OPTION_HELP) continue;
        (void)snprintf(left, sizeof(left), "--%s%s%s", words->name,
                       words->value != NULL && words->value[0] != '[' ? " " : "",
                       words->value != NULL ? words->value : "");
        output_format(output, "  %-18s %s\n", left, words->meaning);
    }
}
