/* artctl stage: output artifacts from inside the main container to where save finds them. */
#include "command.h"

#include <stdlib.h>
#include <string.h>

#include <artrepo/executor.h>

#include "output.h"
#include "runner.h"

static const option_spec own_options[] = {
    {"root", 0, OPTION_TEXT, OPTION_FIELD(root), "DIR",
     "the container's file system: outputs are at DIR/PATH (default /)", 0, 0},
    {"outputs", 0, OPTION_TEXT, OPTION_FIELD(outputs), "DIR",
     "where they are staged (default /var/run/argo/outputs/artifacts)", 0, 0},
    {"for-argo", 0, OPTION_FLAG, OPTION_FIELD(for_argo), NULL,
     "all as PATH.tgz, for Argo's own wait container", 0, 0},
    {"archive", 0, OPTION_STRATEGY, OPTION_FIELD(strategy), "STRATEGY",
     "of each PATH: tar, none, zip or zstd; tar and zstd take :LEVEL", 0, 0},
    {0}};

static const option_spec *const tables[] = {runner_template_options, own_options, NULL};

/* ---- a template of paths ---- */

static json_t *tar_json(const artrepo_archive_strategy *strategy) {
    json_t *tar = json_object();
    if (strategy->level != ARTREPO_LEVEL_DEFAULT) {
        json_object_set_new(tar, "compressionLevel", json_integer(strategy->level));
    }
    if (strategy->compression == ARTREPO_COMPRESSION_ZSTD) {
        json_object_set_new(tar, "compression", json_string("zstd"));
        json_object_set_new(tar, "longDistance", json_boolean(strategy->long_distance));
    }
    return tar;
}

static json_t *archive_json(const artrepo_archive_strategy *strategy) {
    json_t *archive = json_object();
    if (strategy->kind == ARTREPO_ARCHIVE_NONE || strategy->kind == ARTREPO_ARCHIVE_ZIP) {
        json_object_set_new(archive, strategy->kind == ARTREPO_ARCHIVE_ZIP ? "zip" : "none",
                            json_object());
    } else {
        json_object_set_new(archive, "tar", tar_json(strategy));
    }
    return archive;
}

static json_t *template_json(const struct options *options, char **paths, size_t count) {
    json_t *artifacts = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *artifact =
            json_pack("{s:o, s:s}", "name", json_sprintf("output-%zu", i + 1), "path", paths[i]);
        json_object_set_new(artifact, "archive", archive_json(&options->strategy));
        if (json_array_append_new(artifacts, artifact) != 0) {
            json_decref(artifacts);
            return NULL;
        }
    }
    return json_pack("{s:{s:o}}", "outputs", "artifacts", artifacts);
}

static artrepo_code make_template(struct context *context, char **paths, size_t count,
                                  artrepo_template **argo_template) {
    json_t *json = template_json(&context->options, paths, count);
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    if (text == NULL) {
        return artrepo_error_set(&context->error, ARTREPO_INVALID,
                                 "cannot stage a PATH that is not UTF-8");
    }
    artrepo_code code = artrepo_template_parse(text, strlen(text), "the paths", context->operation,
                                               argo_template, &context->error);
    free(text);
    return code;
}

/* ---- staging ---- */

static artrepo_code check_options(struct context *context, size_t count) {
    const struct options *options = &context->options;
    if (count > 0 && (options->template_file != NULL || options->artifact_names.count > 0)) {
        return context_usage(context, "PATH stands for the template's artifacts; it does not go "
                                      "together with --template and --artifact");
    }
    if (count == 0 && options->strategy.kind != ARTREPO_ARCHIVE_UNSET) {
        return context_usage(context, "--archive is for PATH; the template's artifacts have their "
                                      "own strategies");
    }
    return ARTREPO_OK;
}

static void report(void *data, const artrepo_executor_report *report) {
    const struct context *context = data;
    if (report->code != ARTREPO_OK || report->staged == NULL || report->transfer.skipped) {
        return;
    }
    if (!context->options.json) {
        output_line(report->staged, NULL); /* a broken standard output shows at the end */
        return;
    }
    json_t *json = json_object();
    json_object_set_new(json, "name", output_text(artrepo_artifact_name(report->artifact)));
    json_object_set_new(json, "path", output_text(artrepo_artifact_path(report->artifact)));
    json_object_set_new(json, "staged", output_text(report->staged));
    json_object_set_new(json, "bytes", json_integer(report->transfer.bytes));
    json_object_set_new(json, "directory", json_boolean(report->transfer.directory));
    output_json(json, NULL);
}

static artrepo_code run(struct context *context, char **operands, size_t count) {
    struct runner runner = {NULL, NULL, NULL};
    artrepo_executor_options options = {
        .report = report, .report_data = context, .stage_for_argo = context->options.for_argo};
    artrepo_code code = check_options(context, count);
    if (code == ARTREPO_OK && count > 0) {
        code = make_template(context, operands, count, &runner.argo_template);
    }
    if (code == ARTREPO_OK) {
        code = runner_open(context, &runner, false, &options);
    }
    if (code == ARTREPO_OK) {
        code = artrepo_executor_stage(runner.executor, context->operation, &context->error);
    }
    runner_close(&runner);
    return code;
}

const struct command stage_command = {
    .name = "stage",
    .operands = "[PATH...]",
    .summary = "put outputs where save finds them",
    .description =
        "Does what Argo's emissary does inside the main container at its end: puts the output\n"
        "artifacts of a template, or each PATH, below --outputs, from where 'artctl save' (or\n"
        "Argo's wait container) takes them, and prints what it made. An archive is PATH.tgz,\n"
        "as Argo's; with the strategies none and zip nothing is archived with tar first: they\n"
        "are PATH.none and PATH.zip, which only 'artctl save' knows. Outputs on volumes need\n"
        "no staging, and one that is missing is left to save.",
    .example = "mkdir -p /tmp/root/work && echo 'Hello, stage.' > /tmp/root/work/hello.txt\n"
               "artctl stage --root /tmp/root --outputs /tmp/outputs /work/hello.txt",
    .least_operands = 0,
    .most_operands = 1024,
    .options = tables,
    .run = run,
};
