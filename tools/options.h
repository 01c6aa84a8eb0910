/* Command-line options: tables that say which there are, and one structure that they fill. */
#ifndef ARTCTL_OPTIONS_H
#define ARTCTL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <artrepo/archive.h>
#include <artrepo/error.h>

/* Texts given for an option that may be repeated. */
typedef struct option_list {
    const char **items;
    size_t count;
} option_list;

typedef enum log_format { LOG_FORMAT_LOGFMT, LOG_FORMAT_JSON } log_format;

/* All texts belong to argv. A member is zero when its option was not given, unless it says. */
struct options {
    bool help;

    /* global */
    const char *repository, *ref, *secrets_directory, *plugin_directory;
    uint64_t threads, transfers, part_size;
    int64_t retries; /* -1: not given */
    int64_t timeout_ms;
    bool stats, json, quiet;
    unsigned verbose;
    log_format log_format;

    /* put, get */
    artrepo_archive_strategy strategy; /* kind UNSET: not given */
    bool optional;

    /* put, key */
    const char *name, *path, *workflow, *namespace_name, *pod, *node, *template_name;
    option_list variables;

    /* get */
    int mode; /* -1: not given */
    bool recurse_mode;
    artrepo_archive_limits limits;

    /* explain */
    const char *artifact; /* YAML, or @FILE */
    uint64_t entries;

    /* ls, rm */
    bool long_format, recursive;

    /* load, save, stage */
    const char *template_file, *root, *inputs, *outputs, *main_directory, *containers;
    const char *config_directory;
    option_list artifact_names, logs;
    bool for_argo;
    uint64_t concurrency;

    /* bench */
    const char *strategies, *medium, *scratch, *html, *prefix;
    uint64_t runs, data_size, seed, large_size, small_size, small_count;
    int64_t warmup; /* -1: not given */
};

void options_init(struct options *options);
void options_clear(struct options *options);

typedef enum option_type {
    OPTION_FLAG,       /* bool */
    OPTION_COUNT,      /* unsigned: how often it was given */
    OPTION_TEXT,       /* const char * */
    OPTION_LIST,       /* option_list */
    OPTION_NUMBER,     /* uint64_t */
    OPTION_SIGNED,     /* int64_t, not negative */
    OPTION_SIZE,       /* uint64_t, with K, M, G or T */
    OPTION_DURATION,   /* int64_t milliseconds, with ms, s, m or h */
    OPTION_MODE,       /* int, octal */
    OPTION_LOG_FORMAT, /* log_format */
    OPTION_STRATEGY    /* artrepo_archive_strategy */
} option_type;

typedef struct option_spec {
    const char *name;
    char letter; /* '\0': none */
    option_type type;
    size_t offset;        /* in options */
    const char *argument; /* what the help text calls it; NULL for flags */
    const char *help;
    uint64_t minimum, maximum; /* of numbers and sizes; both 0: any */
} option_spec;

#define OPTION_FIELD(member) offsetof(struct options, member)

/* Those that every command has; ends with a zero name. */
extern const option_spec global_options[];

typedef struct option_parser {
    struct options *options;
    const option_spec *const *tables; /* besides the global ones; NULL: none */
    char **arguments;
    size_t count, position;
    bool only_operands; /* "--" was seen */
} option_parser;

/* Takes options up to the next operand, which *OPERAND is then; NULL at the end. ARTREPO_INVALID is
 * a usage error. */
artrepo_code option_parser_next(option_parser *parser, char **operand, artrepo_error *error);

#endif
