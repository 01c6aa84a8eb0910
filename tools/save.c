/* artctl save: the output artifacts of a template, and the logs of its containers. */
#include "command.h"

#include <stdlib.h>
#include <string.h>

#include <artrepo/executor.h>

#include "output.h"
#include "runner.h"
#include "variables.h"

static const option_spec own_options[] = {
    {"root", 0, OPTION_TEXT, OPTION_FIELD(root), "DIR",
     "the container's file system: outputs are at DIR/PATH", 0, 0},
    {"outputs", 0, OPTION_TEXT, OPTION_FIELD(outputs), "DIR",
     "where stage left them (default /var/run/argo/outputs/artifacts)", 0, 0},
    {"main", 0, OPTION_TEXT, OPTION_FIELD(main_directory), "DIR",
     "those on volumes are at DIR/PATH (default /mainctrfs)", 0, 0},
    {"log", 0, OPTION_LIST, OPTION_FIELD(logs), "CONTAINER=FILE",
     "log of a container, saved if archiveLogs says so; repeatable", 0, 0},
    {"containers", 0, OPTION_TEXT, OPTION_FIELD(containers), "DIR",
     "logs are at DIR/CONTAINER/combined (default /var/run/argo/ctr)", 0, 0},
    VARIABLE_OPTIONS("template-name"),
    {0}};

static const option_spec *const tables[] = {runner_template_options, own_options, NULL};

/* ---- logs ---- */

/* Splits --log CONTAINER=FILE. free() each container and the array. */
static artrepo_code take_logs(struct context *context, artrepo_container_log **logs) {
    const option_list *given = &context->options.logs;
    artrepo_container_log *made = calloc(given->count + 1, sizeof *made);
    *logs = made;
    for (size_t i = 0; made != NULL && i < given->count; i++) {
        const char *equals = strchr(given->items[i], '=');
        if (equals == NULL || equals == given->items[i] || equals[1] == '\0') {
            return context_usage(context, "--log is '%s'; it must be CONTAINER=FILE",
                                 given->items[i]);
        }
        made[i].container = strndup(given->items[i], (size_t)(equals - given->items[i]));
        made[i].path = equals + 1;
        if (made[i].container == NULL) {
            made = NULL;
        }
    }
    return made != NULL
               ? ARTREPO_OK
               : artrepo_error_set(&context->error, ARTREPO_INTERNAL, "no memory for the logs");
}

static void free_logs(const struct context *context, artrepo_container_log *logs) {
    for (size_t i = 0; logs != NULL && i < context->options.logs.count; i++) {
        free((char *)logs[i].container);
    }
    free(logs);
}

/* Without --log they are where Argo's emissary leaves them, which a runner with a --root has not.
 */
static bool has_logs(const struct options *options) {
    return options->logs.count > 0 || options->containers != NULL ||
           (options->root == NULL && options->artifact_names.count == 0);
}

/* ---- saving ---- */

static artrepo_code print(struct context *context, const artrepo_outputs *outputs) {
    char *text = NULL;
    artrepo_code code = artrepo_outputs_to_json(outputs, &text, &context->error);
    if (code == ARTREPO_OK) {
        code = output_line(text, &context->error);
    }
    free(text);
    return code;
}

/* Everything is tried, and what was saved is printed; the first error is the one that counts. */
static artrepo_code save(struct context *context, artrepo_executor *executor,
                         const artrepo_container_log *logs) {
    artrepo_outputs *outputs = NULL;
    artrepo_error logs_error = ARTREPO_ERROR_INIT;
    artrepo_code code =
        artrepo_executor_save(executor, &outputs, context->operation, &context->error);
    if (outputs == NULL) {
        return code;
    }
    artrepo_code logs_code =
        has_logs(&context->options)
            ? artrepo_executor_save_logs(executor, logs, context->options.logs.count, outputs,
                                         context->operation, &logs_error)
            : ARTREPO_OK;
    if (code == ARTREPO_OK && logs_code != ARTREPO_OK) {
        context->error = logs_error;
        code = logs_code;
    }
    artrepo_error saved = context->error;
    artrepo_code printed = print(context, outputs);
    if (code != ARTREPO_OK) {
        context->error = saved;
    }
    artrepo_outputs_free(outputs);
    return code != ARTREPO_OK ? code : printed;
}

static artrepo_code run(struct context *context, char **operands, size_t count) {
    (void)operands;
    (void)count;
    const char *remove_local = getenv("REMOVE_LOCAL_ART_PATH");
    struct runner runner = {NULL, NULL, NULL};
    artrepo_container_log *logs = NULL;
    artrepo_executor_options options = {.remove_local = remove_local != NULL &&
                                                        strcmp(remove_local, "true") == 0};
    artrepo_code code = take_logs(context, &logs);
    if (code == ARTREPO_OK) {
        code = runner_open(context, &runner, true, &options);
    }
    if (code == ARTREPO_OK) {
        code = save(context, runner.executor, logs);
    }
    runner_close(&runner);
    free_logs(context, logs);
    return code;
}

const struct command save_command = {
    .name = "save",
    .operands = "",
    .summary = "store the outputs of an Argo template",
    .description =
        "Does what Argo's wait container does: stores all output artifacts of a template, and\n"
        "the logs of its containers where archiveLogs says so, several at once, and prints\n"
        "the outputs with their locations as the JSON that Argo reports. All are tried; when\n"
        "some fail, the others are printed. With --root the artifacts are read from DIR/PATH;\n"
        "what 'artctl stage' or Argo's emissary left in --outputs comes first.",
    .example = "mkdir -p /tmp/root/work && echo 'Hello, outputs.' > /tmp/root/work/hello.txt\n"
               "echo '{outputs: {artifacts: [{name: greeting, path: /work/hello.txt}]}}' \\\n"
               "    > /tmp/writer.yaml\n"
               "artctl save --template /tmp/writer.yaml --root /tmp/root",
    .least_operands = 0,
    .most_operands = 0,
    .options = tables,
    .run = run,
};
