#include "s3/process.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "s3/document.h"

#define POLL_MS 50
enum { MAX_OUTPUT = 64 << 10, MAX_COMMAND = 16 << 10 };

extern char **environ;

/* ---- the command ---- */

/* One word from *TEXT, written to *OUT with its zero. False for a quote that stays open. */
static bool read_word(const char **text, char **out) {
    char quote = '\0';
    const char *c = *text;
    for (; *c != '\0' && (quote != '\0' || !isspace((unsigned char)*c)); c++) {
        if (quote == '\0' && (*c == '"' || *c == '\'')) {
            quote = *c;
        } else if (quote != '\0' && *c == quote) {
            quote = '\0';
        } else if (*c == '\\' && c[1] != '\0' &&
                   (quote == '\0' || (quote == '"' && (c[1] == '"' || c[1] == '\\')))) {
            *(*out)++ = *++c;
        } else {
            *(*out)++ = *c;
        }
    }
    *(*out)++ = '\0';
    *text = c;
    return quote == '\0';
}

artrepo_code ar_s3_split_command(const char *command, char ***words, artrepo_error *error) {
    size_t length = strlen(command);
    size_t most = length / 2 + 2;
    if (length > MAX_COMMAND) {
        return artrepo_error_set(error, ARTREPO_INVALID, "credential_process is too long");
    }
    char **list = malloc(most * sizeof *list + length + 2);
    if (list == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a command");
    }
    char *out = (char *)(list + most);
    size_t count = 0;
    bool ok = true;
    while (ok) {
        command += strspn(command, " \t\r\n\v\f");
        if (*command == '\0') {
            break;
        }
        list[count++] = out;
        ok = read_word(&command, &out);
    }
    if (!ok || count == 0 || list[0][0] == '\0') {
        free(list);
        return artrepo_error_set(error, ARTREPO_INVALID, "credential_process %s",
                                 ok ? "names no program" : "has a quote that is not closed");
    }
    list[count] = NULL;
    *words = list;
    return ARTREPO_OK;
}

/* ---- its environment ---- */

/* Whether ENTRY ("NAME=value") is one of the secrets that we take from the environment ourselves.
 */
static bool is_secret(const char *entry) {
    static const char *const names[] = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
                                        "AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN"};
    size_t length = strcspn(entry, "=");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strlen(names[i]) == length && strncmp(names[i], entry, length) == 0) {
            return true;
        }
    }
    return false;
}

/* What the process gets: our variables, since it may need any of them to find its own credentials,
 * but for secrets. NULL when there is no memory; free it alone. */
static char **make_environment(void) {
    size_t count = 0;
    while (environ != NULL && environ[count] != NULL) {
        count++;
    }
    char **variables = malloc((count + 1) * sizeof *variables);
    size_t kept = 0;
    for (size_t i = 0; variables != NULL && i < count; i++) {
        if (!is_secret(environ[i])) {
            variables[kept++] = environ[i];
        }
    }
    if (variables != NULL) {
        variables[kept] = NULL;
    }
    return variables;
}

/* ---- the process ---- */

typedef struct process {
    const char *program;
    pid_t pid; /* and of its group; 0: it has ended */
    int output;
    int status;
    int64_t end_ns;
    artrepo_operation *operation;
} process;

/* Its own group, so that all that it started ends with it; no file of ours but standard error. */
static int spawn(char *const *words, char *const *variables, int output, pid_t *pid) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sigaddset(&defaults, SIGXFSZ);
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed != 0) {
        return failed;
    }
    failed = posix_spawnattr_init(&attributes);
    if (failed != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return failed;
    }
    failed = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (failed == 0) {
        failed = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    }
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
    if (failed == 0) {
        failed = posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    }
#endif
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                              POSIX_SPAWN_SETPGROUP);
    if (failed == 0) {
        failed = posix_spawnp(pid, words[0], &actions, &attributes, words, variables);
    }
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

/* A pipe's ends that are none of the standard descriptors, even where the application closed
 * those. */
static bool open_pipe(int ends[2]) {
    int low[2];
    if (pipe2(low, O_CLOEXEC) != 0) {
        return false;
    }
    ends[0] = fcntl(low[0], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    ends[1] = fcntl(low[1], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int failed = errno;
    close(low[0]);
    close(low[1]);
    if (ends[0] >= 0 && ends[1] >= 0) {
        return true;
    }
    close(ends[0]);
    close(ends[1]);
    errno = failed;
    return false;
}

static artrepo_code start(process *p, char *const *words, artrepo_error *error) {
    int ends[2];
    p->program = words[0];
    if (!open_pipe(ends)) {
        return artrepo_error_set_errno(error, errno, "cannot make a pipe for %s", p->program);
    }
    char **variables = make_environment();
    int failed = variables == NULL ? ENOMEM : spawn(words, variables, ends[1], &p->pid);
    free(variables);
    close(ends[1]);
    if (failed != 0) {
        close(ends[0]);
        p->pid = 0;
        artrepo_error_set_errno(error, failed, "credential_process: cannot run %s", p->program);
        error->code = failed == ENOMEM ? ARTREPO_INTERNAL : ARTREPO_ACCESS_DENIED;
        return error->code;
    }
    p->output = ends[0];
    return ARTREPO_OK;
}

static artrepo_code check_time(const process *p, artrepo_error *error) {
    artrepo_code code = artrepo_operation_check(p->operation, error);
    if (code == ARTREPO_OK && ar_clock_now_ns() >= p->end_ns) {
        code = artrepo_error_set(error, ARTREPO_ACCESS_DENIED,
                                 "credential_process: %s did not end in time, and was stopped",
                                 p->program);
    }
    return code;
}

/* Until it closes its output. */
static artrepo_code read_output(process *p, char *output, size_t *size, artrepo_error *error) {
    *size = 0;
    for (;;) {
        struct pollfd ready = {.fd = p->output, .events = POLLIN};
        artrepo_code code = check_time(p, error);
        if (code != ARTREPO_OK) {
            return code;
        }
        if (poll(&ready, 1, POLL_MS) <= 0) {
            continue;
        }
        ssize_t got = read(p->output, output + *size, MAX_OUTPUT + 1 - *size);
        if (got == 0) {
            return ARTREPO_OK;
        }
        if (got < 0 && errno != EINTR) {
            return artrepo_error_set_errno(error, errno, "cannot read what %s says", p->program);
        }
        *size += got > 0 ? (size_t)got : 0;
        if (*size > MAX_OUTPUT) {
            return artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE,
                                     "credential_process: %s says more than %d bytes", p->program,
                                     MAX_OUTPUT);
        }
    }
}

static artrepo_code await_end(process *p, artrepo_error *error) {
    for (;;) {
        pid_t ended = waitpid(p->pid, &p->status, WNOHANG);
        if (ended == p->pid || (ended < 0 && errno != EINTR)) {
            /* An application that ignores SIGCHLD leaves no status: the output has to do. */
            p->status = ended < 0 ? 0 : p->status;
            p->pid = 0;
            return ARTREPO_OK;
        }
        artrepo_code code = check_time(p, error);
        if (code != ARTREPO_OK) {
            return code;
        }
        ar_clock_sleep_ns(5 * AR_MILLISECOND_NS);
    }
}

static void stop(process *p) {
    if (p->pid > 0) {
        kill(-p->pid, SIGKILL);
        while (waitpid(p->pid, &p->status, 0) < 0 && errno == EINTR) {
        }
        p->pid = 0;
    }
    close(p->output);
}

static artrepo_code read_document(const process *p, const char *output, size_t size,
                                  ar_s3_credentials *credentials, artrepo_error *error) {
    static const ar_s3_document_format format = {.token = "SessionToken", .has_version = true};
    if (p->status != 0) {
        bool exited = WIFEXITED(p->status);
        return artrepo_error_set(
            error, ARTREPO_ACCESS_DENIED, "credential_process: %s ended with %s %d", p->program,
            exited ? "exit code" : "signal", exited ? WEXITSTATUS(p->status) : WTERMSIG(p->status));
    }
    artrepo_code code = ar_s3_document_read(output, size, &format, credentials, error);
    if (code != ARTREPO_OK) {
        return artrepo_error_prefix(error, "credential_process: what %s says", p->program);
    }
    credentials->origin = "a credential process";
    return ARTREPO_OK;
}

artrepo_code ar_s3_process_credentials(const char *command, int64_t limit_ms,
                                       artrepo_operation *operation, ar_s3_credentials *credentials,
                                       artrepo_error *error) {
    char **words = NULL;
    size_t size = 0;
    process p = {.operation = operation,
                 .end_ns = ar_clock_now_ns() + limit_ms * AR_MILLISECOND_NS};
    artrepo_code code = ar_s3_split_command(command, &words, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    char *output = malloc(MAX_OUTPUT + 1);
    code = output == NULL ? artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for credentials")
                          : start(&p, words, error);
    if (code == ARTREPO_OK) {
        code = read_output(&p, output, &size, error);
        if (code == ARTREPO_OK) {
            code = await_end(&p, error);
        }
        stop(&p);
        if (code == ARTREPO_OK) {
            code = read_document(&p, output, size, credentials, error);
        }
        explicit_bzero(output, MAX_OUTPUT + 1);
    }
    free(output);
    free(words);
    return code;
}
