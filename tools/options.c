#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nearest.h"
#include "option_value.h"

#define MEBIBYTE (UINT64_C(1) << 20)

const option_spec global_options[] = {
    {"repository", 'r', OPTION_TEXT, OPTION_FIELD(repository), "FILE",
     "repository file to use (see 'artctl config')", 0, 0},
    {"ref", 0, OPTION_TEXT, OPTION_FIELD(ref), "KEY",
     "which repository of a ConfigMap (default: its annotation)", 0, 0},
    {"secrets-dir", 0, OPTION_TEXT, OPTION_FIELD(secrets_directory), "DIR",
     "where secrets lie as NAME/KEY (default /argo/secret)", 0, 0},
    {"plugin-dir", 0, OPTION_TEXT, OPTION_FIELD(plugin_directory), "DIR",
     "where drivers lie as artrepo_KIND.so", 0, 0},
    {"threads", 0, OPTION_NUMBER, OPTION_FIELD(threads), "N",
     "threads that compress and write files (default: processors)", 1, 1024},
    {"transfers", 0, OPTION_NUMBER, OPTION_FIELD(transfers), "N",
     "parts or objects in flight at once (default 4)", 1, 1024},
    {"part-size", 0, OPTION_SIZE, OPTION_FIELD(part_size), "SIZE",
     "bytes of one part of an upload (default 5M)", 5 * MEBIBYTE, 5120 * MEBIBYTE},
    {"retries", 0, OPTION_SIGNED, OPTION_FIELD(retries), "N",
     "tries after a failed first one (default 4)", 0, 999},
    {"timeout", 0, OPTION_DURATION, OPTION_FIELD(timeout_ms), "TIME",
     "give up after that long: 90s, 5m, 1h (default: never)", 0, 0},
    {"stats", 0, OPTION_FLAG, OPTION_FIELD(stats), NULL, "say on stderr where the time went", 0, 0},
    {"json", 0, OPTION_FLAG, OPTION_FIELD(json), NULL, "one JSON object per result on stdout", 0,
     0},
    {"quiet", 'q', OPTION_FLAG, OPTION_FIELD(quiet), NULL, "no progress line and no warnings", 0,
     0},
    {"verbose", 'v', OPTION_COUNT, OPTION_FIELD(verbose), NULL,
     "log what is done; twice: in detail", 0, 0},
    {"log-format", 0, OPTION_LOG_FORMAT, OPTION_FIELD(log_format), "FORMAT",
     "logfmt or json (default logfmt)", 0, 0},
    {"help", 'h', OPTION_FLAG, OPTION_FIELD(help), NULL, "this text", 0, 0},
    {0}};

void options_init(struct options *options) {
    memset(options, 0, sizeof *options);
    options->retries = -1;
    options->mode = -1;
    options->warmup = -1;
    options->strategy = (artrepo_archive_strategy)ARTREPO_ARCHIVE_STRATEGY_INIT;
}

void options_clear(struct options *options) {
    option_list *const lists[] = {&options->variables, &options->artifact_names, &options->logs};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        free(lists[i]->items);
        *lists[i] = (option_list){NULL, 0};
    }
}

#define LONGEST_NAME 40

/* ---- finding an option ---- */

typedef bool spec_visitor(void *data, const option_spec *spec);

static const option_spec *visit_table(const option_spec *table, spec_visitor *visitor, void *data) {
    for (const option_spec *spec = table; spec->name != NULL; spec++) {
        if (visitor(data, spec)) {
            return spec;
        }
    }
    return NULL;
}

/* The first option for which VISITOR is true. */
static const option_spec *visit_specs(const option_parser *parser, spec_visitor *visitor,
                                      void *data) {
    const option_spec *found = visit_table(global_options, visitor, data);
    for (size_t i = 0; found == NULL && parser->tables != NULL && parser->tables[i] != NULL; i++) {
        found = visit_table(parser->tables[i], visitor, data);
    }
    return found;
}

static bool has_name(void *data, const option_spec *spec) {
    return strcmp(spec->name, (const char *)data) == 0;
}

static bool has_letter(void *data, const option_spec *spec) {
    return spec->letter != '\0' && spec->letter == *(const char *)data;
}

typedef struct name_list {
    const char *names[64];
    size_t count;
} name_list;

static bool collect_name(void *data, const option_spec *spec) {
    name_list *list = data;
    if (list->count < sizeof list->names / sizeof list->names[0]) {
        list->names[list->count++] = spec->name;
    }
    return false;
}

static artrepo_code unknown_option(const option_parser *parser, const char *name,
                                   artrepo_error *error) {
    name_list list = {.count = 0};
    visit_specs(parser, collect_name, &list);
    const char *nearest = nearest_name(name, list.names, list.count);
    if (nearest == NULL) {
        return artrepo_error_set(error, ARTREPO_INVALID, "unknown option --%s", name);
    }
    return artrepo_error_set(error, ARTREPO_INVALID, "unknown option --%s; did you mean --%s?",
                             name, nearest);
}

static bool takes_argument(const option_spec *spec) {
    return spec->argument != NULL;
}

/* ---- the command line ---- */

static artrepo_code next_argument(option_parser *parser, const option_spec *spec, const char **text,
                                  artrepo_error *error) {
    if (parser->position >= parser->count) {
        return artrepo_error_set(error, ARTREPO_INVALID, "--%s needs an argument: %s", spec->name,
                                 spec->argument);
    }
    *text = parser->arguments[parser->position++];
    return ARTREPO_OK;
}

/* TEXT is what follows the two dashes: NAME or NAME=VALUE. */
static artrepo_code parse_long(option_parser *parser, const char *text, artrepo_error *error) {
    char name[LONGEST_NAME + 1];
    size_t length = strcspn(text, "=");
    snprintf(name, sizeof name, "%.*s", (int)(length < LONGEST_NAME ? length : LONGEST_NAME), text);
    const option_spec *spec = visit_specs(parser, has_name, name);
    if (spec == NULL) {
        return unknown_option(parser, name, error);
    }
    const char *value = text[length] == '=' ? text + length + 1 : NULL;
    if (!takes_argument(spec) && value != NULL) {
        return artrepo_error_set(error, ARTREPO_INVALID, "--%s takes no argument", name);
    }
    if (takes_argument(spec) && value == NULL) {
        artrepo_code code = next_argument(parser, spec, &value, error);
        if (code != ARTREPO_OK) {
            return code;
        }
    }
    return option_store(parser->options, spec, value, error);
}

/* TEXT is what follows the dash: letters of flags, the last one perhaps with its argument. */
static artrepo_code parse_letters(option_parser *parser, const char *text, artrepo_error *error) {
    for (; *text != '\0'; text++) {
        char letter = *text;
        const option_spec *spec = visit_specs(parser, has_letter, &letter);
        if (spec == NULL) {
            return artrepo_error_set(error, ARTREPO_INVALID, "unknown option -%c", letter);
        }
        const char *value = NULL;
        bool rest = takes_argument(spec) && text[1] != '\0';
        artrepo_code code = ARTREPO_OK;
        if (rest) {
            value = text + 1;
        } else if (takes_argument(spec)) {
            code = next_argument(parser, spec, &value, error);
        }
        if (code == ARTREPO_OK) {
            code = option_store(parser->options, spec, value, error);
        }
        if (code != ARTREPO_OK || rest) {
            return code;
        }
    }
    return ARTREPO_OK;
}

artrepo_code option_parser_next(option_parser *parser, char **operand, artrepo_error *error) {
    *operand = NULL;
    while (parser->position < parser->count) {
        char *text = parser->arguments[parser->position++];
        artrepo_code code;
        if (parser->only_operands || text[0] != '-' || text[1] == '\0') {
            *operand = text;
            return ARTREPO_OK;
        }
        if (strcmp(text, "--") == 0) {
            parser->only_operands = true;
            continue;
        }
        code = text[1] == '-' ? parse_long(parser, text + 2, error)
                              : parse_letters(parser, text + 1, error);
        if (code != ARTREPO_OK) {
            return code;
        }
    }
    return ARTREPO_OK;
}
