/*
 * main.c - the freehold command: finds the command that is asked for, and runs it.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "freehold/status.h"

#include "command.h"
#include "failure.h"
#include "output.h"

static const struct command *const commands[] = {
    &init_command, &put_command,   &get_command,   &del_command,   &scan_command,  &load_command,
    &dump_command, &trees_command, &stat_command,  &check_command, &copy_command,  &compact_command,
    &map_command,  &page_command,  &slots_command, &lab_command,   &bench_command,
};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i]->name, name) == 0) return commands[i];
    return NULL;
}

static enum outcome print_overview(void)
{
    struct output output;

    output_init(&output);
    output_text(&output, "usage: freehold COMMAND [OPTIONS] ...\n\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        output_format(&output, "  %-7s %-22s %s\n", commands[i]->name, commands[i]->operands,
                      commands[i]->summary);
    output_text(&output, "\n"
                         "  freehold COMMAND --help    explains one\n"
                         "  freehold --version         tells which Freehold this is\n\n"
                         "Exit: 0 done, 1 the answer is no, 2 wrong usage or bad input, "
                         "3 the system failed.\n");
    return output_fini(&output);
}

static enum outcome print_help(const struct command *command)
{
    struct output output;

    output_init(&output);
    output_format(&output, "usage: freehold %s %s [OPTIONS]\n\n  %s\n\n", command->name,
                  command->operands, command->summary);
    arguments_explain(command, &output);
    if (command->details != NULL) output_char(&output, '\n');
    if (command->details != NULL) output_text(&output, command->details);
    return output_fini(&output);
}

static enum outcome print_version(void)
{
    struct output output;

    output_init(&output);
    output_format(&output, "freehold %s\n", fh_version());
    return output_fini(&output);
}

int main(int argc, char **argv)
{
    const struct command *command;
    struct arguments arguments;
    enum outcome outcome;

    if (argc < 2) {
        (void)failure_wrong("usage", "freehold COMMAND [OPTIONS] ... (see: freehold --help)");
        return OUTCOME_WRONG;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) return (int)print_overview();
    if (strcmp(argv[1], "--version") == 0) return (int)print_version();
    command = find_command(argv[1]);
    if (command == NULL) {
        (void)failure_wrong(argv[1], "no such command (see: freehold --help)");
        return OUTCOME_WRONG;
    }
    outcome = arguments_read(command, argc - 2, argv + 2, &arguments);
    if (outcome != OUTCOME_DONE) return (int)outcome;
    if (arguments.option[OPTION_HELP] != NULL) return (int)print_help(command);
    return (int)command->run(&arguments);
}
