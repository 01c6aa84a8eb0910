/* artctl config: the repository in use, and where each setting comes from. */
#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"

struct printer {
    struct context *context;
    json_t *settings; /* NULL: text */
};

static const char *file_name(const struct context *context) {
    return context->file.path != NULL ? context->file.path : "embedded default";
}

/* "FILE:LINE", or that it is a default. free() it; NULL when there is no memory. */
static char *origin(const struct context *context, int line) {
    char *text = NULL;
    int written;
    if (line <= 0) {
        written = asprintf(&text, "default");
    } else if (context->file.path == NULL) {
        written = asprintf(&text, "embedded default");
    } else {
        written = asprintf(&text, "%s:%d", context->file.path, line);
    }
    return written < 0 ? NULL : text;
}

static void print_row(const char *name, const char *value, const char *from) {
    output_column(name, 32);
    output_column(value, 40);
    output_line(from, NULL);
}

static void print_setting(void *data, const char *name, const char *value, int line) {
    struct printer *printer = data;
    char *from = origin(printer->context, line);
    const char *shown = from != NULL ? from : "";
    if (printer->settings != NULL) {
        json_t *setting = json_object();
        json_object_set_new(setting, "name", output_text(name));
        json_object_set_new(setting, "value", output_text(value));
        json_object_set_new(setting, "origin", output_text(shown));
        json_array_append_new(printer->settings, setting);
    } else {
        print_row(name, value, shown);
    }
    free(from);
}

static artrepo_code print_json(struct context *context) {
    struct printer printer = {context, json_array()};
    artrepo_configuration_each(context->configuration, print_setting, &printer);
    json_t *json = json_object();
    json_object_set_new(json, "repository", output_text(file_name(context)));
    json_object_set_new(json, "foundBy", output_text(context->file.found_by));
    json_object_set_new(json, "kind",
                        output_text(artrepo_configuration_kind(context->configuration)));
    json_object_set_new(json, "archiveLogs",
                        json_boolean(artrepo_configuration_archive_logs(context->configuration)));
    json_object_set_new(json, "settings", printer.settings);
    return output_json(json, &context->error);
}

static artrepo_code print_text(struct context *context) {
    struct printer printer = {context, NULL};
    print_row("repository", file_name(context), context->file.found_by);
    print_row("kind", artrepo_configuration_kind(context->configuration), "");
    artrepo_configuration_each(context->configuration, print_setting, &printer);
    return output_finish(&context->error);
}

static artrepo_code run(struct context *context, char **operands, size_t count) {
    (void)operands;
    (void)count;
    artrepo_code code = context_configure(context);
    if (code != ARTREPO_OK) {
        return code;
    }
    return context->options.json ? print_json(context) : print_text(context);
}

const struct command config_command = {
    .name = "config",
    .operands = "",
    .summary = "show the repository in use and where its settings come from",
    .description =
        "Shows each setting of the repository in use, its value and where that comes from.\n"
        "Secrets are shown as the NAME/KEY they are found under, never themselves. The\n"
        "repository file is the first of: --repository FILE, $ARTCTL_REPOSITORY,\n"
        "./artifact-repository.yaml, ~/.config/artctl/artifact-repository.yaml; without any, a\n"
        "directory below ~/.local/share/artrepo serves as the repository.",
    .example = "artctl config\n"
               "artctl config --json",
    .least_operands = 0,
    .most_operands = 0,
    .options = NULL,
    .run = run,
};
