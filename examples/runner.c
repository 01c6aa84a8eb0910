/*
 * Runs one step of an Argo workflow without Kubernetes: brings the template's input artifacts to
 * ROOT, runs COMMAND there, stores the output artifacts, and prints them as Argo reports them.
 *
 *     runner REPOSITORY TEMPLATE ROOT COMMAND [ARGUMENT...]
 *
 * Exit code: the command's, or 1 when artifacts could not be moved.
 */
#include <artrepo/artrepo.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void log_line(void *data, const artrepo_log_record *record) {
    (void)data;
    fprintf(stderr, "runner: %s", record->message);
    for (size_t i = 0; i < record->field_count; i++) {
        fprintf(stderr, " %s=%s", record->fields[i].name, record->fields[i].value);
    }
    fputc('\n', stderr);
}

static int run(const char *root, char **command) {
    int status = 0;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        if (chdir(root) == 0) {
            execvp(command[0], command);
        }
        perror(command[0]);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0) {
        perror("cannot run the command");
        return 1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* As Argo's wait container: the outputs are stored whatever the command's exit code was. */
static artrepo_code save(artrepo_executor *executor, artrepo_operation *operation,
                         artrepo_error *error) {
    artrepo_outputs *outputs = NULL;
    char *json = NULL;
    artrepo_code code = artrepo_executor_save(executor, &outputs, operation, error);
    if (outputs != NULL && artrepo_outputs_to_json(outputs, &json, NULL) == ARTREPO_OK) {
        puts(json);
    }
    free(json);
    artrepo_outputs_free(outputs);
    return code;
}

int main(int argc, char **argv) {
    if (argc < 5) {
        fprintf(stderr, "usage: %s REPOSITORY TEMPLATE ROOT COMMAND [ARGUMENT...]\n", argv[0]);
        return 2;
    }
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_configuration *repository = NULL;
    artrepo_template *step = NULL;
    artrepo_executor *executor = NULL;
    artrepo_operation *operation = artrepo_operation_new();
    artrepo_variables *variables = artrepo_variables_new();
    const char *workflow = getenv("WORKFLOW") != NULL ? getenv("WORKFLOW") : "example";
    int status = 1;

    artrepo_operation_set_log(operation, ARTREPO_LOG_WARNING, log_line, NULL);
    artrepo_executor_options options = {.root_directory = argv[3], .variables = variables};
    if (variables == NULL ||
        artrepo_variables_set(variables, "workflow.name", workflow, &error) != ARTREPO_OK ||
        artrepo_variables_set(variables, "pod.name", workflow, &error) != ARTREPO_OK ||
        artrepo_configuration_read(argv[1], NULL, operation, &repository, &error) != ARTREPO_OK ||
        artrepo_template_read(argv[2], operation, &step, &error) != ARTREPO_OK) {
        goto done;
    }
    options.repository = repository;
    if (artrepo_executor_open(step, &options, operation, &executor, &error) != ARTREPO_OK ||
        artrepo_executor_load(executor, operation, &error) != ARTREPO_OK) {
        goto done;
    }
    status = run(argv[3], argv + 4);
    if (save(executor, operation, &error) != ARTREPO_OK && status == 0) {
        status = 1;
    }
done:
    if (error.code != ARTREPO_OK) {
        fprintf(stderr, "runner: %s\n", error.message);
    }
    artrepo_executor_close(executor);
    artrepo_template_free(step);
    artrepo_configuration_free(repository);
    artrepo_variables_free(variables);
    artrepo_operation_free(operation);
    return status;
}
