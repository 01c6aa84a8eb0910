/* artctl key: the key that an output artifact would get. */
#include "command.h"

#include <stdlib.h>

#include "naming.h"
#include "output.h"

static const option_spec *const tables[] = {naming_options, NULL};

static artrepo_code print(struct context *context, const artrepo_artifact *artifact,
                          const char *key, const char *pod) {
    if (!context->options.json) {
        return output_line(key, &context->error);
    }
    json_t *json = json_object();
    json_object_set_new(json, "key", output_text(key));
    json_object_set_new(json, "name", output_text(artrepo_artifact_name(artifact)));
    json_object_set_new(json, "pod", output_text(pod));
    return output_json(json, &context->error);
}

static artrepo_code run(struct context *context, char **operands, size_t count) {
    (void)operands;
    (void)count;
    artrepo_artifact *artifact = NULL;
    char *key = NULL, *pod = NULL;
    artrepo_code code = naming_artifact(context, NULL, &artifact);
    if (code == ARTREPO_OK) {
        code = naming_key(context, artifact, &key, &pod);
    }
    if (code == ARTREPO_OK) {
        code = print(context, artifact, key, pod);
    }
    free(key);
    free(pod);
    artrepo_artifact_free(artifact);
    return code;
}

const struct command key_command = {
    .name = "key",
    .operands = "",
    .summary = "show the key that an artifact would get",
    .description = "Shows the key that the Argo executor would choose for an output artifact of\n"
                   "the repository in use. Nothing is stored.",
    .example = "artctl key --workflow hello-x7k2p --name message\n"
               "artctl key --workflow hello-x7k2p --node 'hello-x7k2p[0].step' --template step \\\n"
               "    --name message --path /tmp/message.txt --archive none",
    .least_operands = 0,
    .most_operands = 0,
    .options = tables,
    .run = run,
};
