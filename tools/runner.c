#include "runner.h"

#include <stdlib.h>
#include <string.h>

#include "template_source.h"
#include "variables.h"

const option_spec runner_template_options[] = {
    {"template", 0, OPTION_TEXT, OPTION_FIELD(template_file), "FILE",
     "Argo template, - for standard input (default: $ARGO_TEMPLATE)", 0, 0},
    {"artifact", 0, OPTION_LIST, OPTION_FIELD(artifact_names), "NAME",
     "only this artifact of the template; repeatable", 0, 0},
    {"concurrency", 0, OPTION_NUMBER, OPTION_FIELD(concurrency), "N",
     "artifacts that are moved at once (default 4)", 1, 256},
    {"config-dir", 0, OPTION_TEXT, OPTION_FIELD(config_directory), "DIR",
     "where an offloaded template lies (default /argo/config)", 0, 0},
    {0}};

/* ---- the options ---- */

static artrepo_code check_roots(struct context *context) {
    const struct options *options = &context->options;
    if (options->root != NULL && (options->inputs != NULL || options->main_directory != NULL)) {
        return context_usage(context, "--root is the whole file system; it does not go together "
                                      "with --inputs and --main");
    }
    return ARTREPO_OK;
}

static void take_options(const struct context *context, artrepo_executor_options *taken) {
    const struct options *options = &context->options;
    const char *plugins = options->plugin_directory;
    if (plugins == NULL) {
        plugins = getenv("ARTREPO_PLUGIN_PATH");
    }
    taken->root_directory = options->root;
    taken->inputs_directory = options->inputs;
    taken->main_directory = options->main_directory;
    taken->outputs_directory = options->outputs;
    taken->containers_directory = options->containers;
    taken->secrets_directory = options->secrets_directory;
    taken->plugin_directory = plugins != NULL && plugins[0] != '\0' ? plugins : NULL;
    taken->repository = context->configuration;
    taken->limits = options->limits;
    taken->concurrency = (unsigned)options->concurrency;
    taken->names = options->artifact_names.count > 0 ? options->artifact_names.items : NULL;
    taken->name_count = options->artifact_names.count;
}

/* A template with a location of its own, as Argo's controller hands it over, needs no repository
 * file. */
static artrepo_code configure(struct context *context, const struct runner *runner) {
    const char *environment = getenv("ARTCTL_REPOSITORY");
    bool named =
        context->options.repository != NULL || (environment != NULL && environment[0] != '\0');
    if (!named && artrepo_template_archive_location(runner->argo_template) != NULL) {
        return ARTREPO_OK;
    }
    return context_configure(context);
}

static artrepo_code prepare_repository(struct context *context, struct runner *runner) {
    const char *name = artrepo_template_name(runner->argo_template);
    artrepo_code code = configure(context, runner);
    return code == ARTREPO_OK
               ? variables_make(context, "--template-name", name[0] != '\0' ? name : NULL,
                                &runner->variables, NULL)
               : code;
}

artrepo_code runner_open(struct context *context, struct runner *runner, bool repository,
                         artrepo_executor_options *options) {
    artrepo_code code = check_roots(context);
    if (code == ARTREPO_OK && runner->argo_template == NULL) {
        code = template_source_read(context, &runner->argo_template);
    }
    if (code == ARTREPO_OK && repository) {
        code = prepare_repository(context, runner);
    }
    if (code != ARTREPO_OK) {
        return code;
    }
    take_options(context, options);
    options->variables = runner->variables;
    return artrepo_executor_open(runner->argo_template, options, context->operation,
                                 &runner->executor, &context->error);
}

void runner_close(struct runner *runner) {
    artrepo_executor_close(runner->executor);
    artrepo_variables_free(runner->variables);
    artrepo_template_free(runner->argo_template);
}
