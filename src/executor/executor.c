#include "executor/executor.h"

#include <stdlib.h>

#include "repository/configuration.h"

#define INPUTS_DIRECTORY "/argo/inputs/artifacts"
#define MAIN_DIRECTORY "/mainctrfs"
#define OUTPUTS_DIRECTORY "/var/run/argo/outputs/artifacts"
#define CONTAINERS_DIRECTORY "/var/run/argo/ctr"

static const char *or_default(const char *given, const char *otherwise) {
    return given != NULL ? given : otherwise;
}

/* Argo's controller replaces an archive location that is not complete by the repository's. */
static const artrepo_configuration *choose_configuration(const artrepo_template *argo_template,
                                                         const artrepo_configuration *repository) {
    const artrepo_configuration *own = argo_template->archive_location;
    if (own == NULL || repository == NULL) {
        return own != NULL ? own : repository;
    }
    const char *key = own->key_format_is_default ? NULL : own->key_format;
    return ar_kind_is_complete(own->location->kind, own->repository, key) ? own : repository;
}

artrepo_code artrepo_executor_open(const artrepo_template *argo_template,
                                   const artrepo_executor_options *options,
                                   artrepo_operation *operation, artrepo_executor **executor,
                                   artrepo_error *error) {
    static const artrepo_executor_options defaults = {.root_directory = NULL};
    artrepo_code code = artrepo_operation_check(operation, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    artrepo_executor *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for an executor");
    }
    made->argo_template = argo_template;
    made->options = options != NULL ? *options : defaults;
    artrepo_executor_options *own = &made->options;
    made->outputs_given = own->outputs_directory != NULL;
    own->inputs_directory = or_default(own->inputs_directory, INPUTS_DIRECTORY);
    own->main_directory = or_default(own->main_directory, MAIN_DIRECTORY);
    own->outputs_directory = or_default(own->outputs_directory, OUTPUTS_DIRECTORY);
    own->containers_directory = or_default(own->containers_directory, CONTAINERS_DIRECTORY);
    made->configuration = choose_configuration(argo_template, own->repository);
    made->archive_logs = artrepo_template_archive_logs(
        argo_template,
        own->repository != NULL && artrepo_configuration_archive_logs(own->repository));
    const artrepo_repository_options stores = {own->secrets_directory, own->plugin_directory};
    ar_stores_init(&made->stores, &stores);
    *executor = made;
    return ARTREPO_OK;
}

void artrepo_executor_close(artrepo_executor *executor) {
    if (executor != NULL) {
        ar_stores_close(&executor->stores);
        free(executor);
    }
}
