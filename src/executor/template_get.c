/* What a template says, for applications. */
#include "executor/template.h"

const char *artrepo_template_name(const artrepo_template *argo_template) {
    return argo_template->name;
}

size_t artrepo_template_input_count(const artrepo_template *argo_template) {
    return argo_template->inputs.count;
}

const artrepo_artifact *artrepo_template_input(const artrepo_template *argo_template,
                                               size_t index) {
    return argo_template->inputs.items[index].artifact;
}

size_t artrepo_template_output_count(const artrepo_template *argo_template) {
    return argo_template->outputs.count;
}

const artrepo_artifact *artrepo_template_output(const artrepo_template *argo_template,
                                                size_t index) {
    return argo_template->outputs.items[index].artifact;
}

const artrepo_configuration *
artrepo_template_archive_location(const artrepo_template *argo_template) {
    return argo_template->archive_location;
}

bool artrepo_template_archive_logs(const artrepo_template *argo_template, bool fallback) {
    return argo_template->archive_logs == AR_TEMPLATE_UNSET
               ? fallback
               : argo_template->archive_logs == AR_TEMPLATE_ON;
}

size_t artrepo_template_container_count(const artrepo_template *argo_template) {
    return argo_template->containers.count;
}

const char *artrepo_template_container(const artrepo_template *argo_template, size_t index) {
    return argo_template->containers.items[index];
}
