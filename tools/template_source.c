#include "template_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "standard_input.h"

#define VARIABLE "ARGO_TEMPLATE"
#define OFFLOADED "offloaded"
#define CONFIG_DIRECTORY "/argo/config"

static artrepo_code copy_input(struct context *context, artrepo_sink *sink) {
    artrepo_source *source = NULL;
    char block[16 << 10];
    size_t got = 0;
    artrepo_code code = standard_input_open(context->operation, &source, &context->error);
    do {
        if (code == ARTREPO_OK) {
            code = artrepo_source_read(source, block, sizeof block, &got, &context->error);
        }
        if (code == ARTREPO_OK && got > 0) {
            code = artrepo_sink_write(sink, block, got, &context->error);
        }
    } while (code == ARTREPO_OK && got > 0);
    artrepo_source_close(source);
    return code;
}

static artrepo_code read_input(struct context *context, artrepo_template **argo_template) {
    artrepo_sink *sink = NULL;
    artrepo_code code = artrepo_sink_open_memory(ARTREPO_TEMPLATE_MAX_SIZE, &sink, &context->error);
    if (code == ARTREPO_OK) {
        code = copy_input(context, sink);
    }
    if (code == ARTREPO_OK) {
        size_t size = 0;
        const char *text = artrepo_sink_memory(sink, &size);
        code = artrepo_template_parse(text != NULL ? text : "", size, "standard input",
                                      context->operation, argo_template, &context->error);
    }
    artrepo_sink_close(sink);
    return code;
}

static artrepo_code read_offloaded(struct context *context, artrepo_template **argo_template) {
    const char *directory = context->options.config_directory;
    char *path = NULL;
    if (asprintf(&path, "%s/" VARIABLE, directory != NULL ? directory : CONFIG_DIRECTORY) < 0) {
        return artrepo_error_set(&context->error, ARTREPO_INTERNAL, "no memory for a path");
    }
    artrepo_code code =
        artrepo_template_read(path, context->operation, argo_template, &context->error);
    free(path);
    return code;
}

artrepo_code template_source_read(struct context *context, artrepo_template **argo_template) {
    const char *file = context->options.template_file;
    const char *text = getenv(VARIABLE);
    if (file != NULL) {
        return strcmp(file, "-") == 0 ? read_input(context, argo_template)
                                      : artrepo_template_read(file, context->operation,
                                                              argo_template, &context->error);
    }
    if (text == NULL || text[0] == '\0') {
        return context_usage(context, "there is no template; name its file with --template, or put "
                                      "it into the variable " VARIABLE);
    }
    if (strcmp(text, OFFLOADED) == 0) {
        return read_offloaded(context, argo_template);
    }
    return artrepo_template_parse(text, strlen(text), VARIABLE, context->operation, argo_template,
                                  &context->error);
}
