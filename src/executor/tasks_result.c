/* One error of many. */
#include "executor/tasks.h"

#include <stdio.h>
#include <string.h>

/* Behind which "and N more" stands: the rest of the error's text. */
enum { ROOM_FOR_REST = 40 };

/* Messages that begin with their artifact's name say it once. */
static bool names_artifact(const ar_task *task) {
    char start[ARTREPO_TEMPLATE_MAX_NAME + 16];
    snprintf(start, sizeof start, "rtifact '%s'", artrepo_artifact_name(task->artifact));
    const char *message = task->error.message;
    return (message[0] == 'a' || message[0] == 'A') &&
           strncmp(message + 1, start, strlen(start)) == 0;
}

/* False when it does not fit behind the USED bytes of TEXT, which is left as it was then. */
static bool append(char *text, size_t size, size_t *used, const ar_task *task) {
    const char *separator = *used > 0 ? "; " : "";
    int length = names_artifact(task)
                     ? snprintf(text + *used, size - *used, "%s%s", separator, task->error.message)
                     : snprintf(text + *used, size - *used, "%sartifact '%s': %s", separator,
                                artrepo_artifact_name(task->artifact), task->error.message);
    bool fits = length >= 0 && *used + (size_t)length + ROOM_FOR_REST < size;
    if (!fits && *used > 0) {
        text[*used] = '\0';
        return false;
    }
    *used += strlen(text + *used);
    return true;
}

artrepo_code ar_tasks_result(const ar_tasks *tasks, artrepo_error *error) {
    const ar_task *first = NULL;
    char text[sizeof error->message];
    size_t used = 0, left_out = 0;
    bool cancelled = false;
    for (size_t i = 0; i < tasks->count; i++) {
        const ar_task *task = &tasks->items[i];
        if (task->error.code == ARTREPO_OK ||
            (cancelled && task->error.code == ARTREPO_CANCELLED)) {
            continue;
        }
        /* All that were under way say the same: once is enough. */
        cancelled = cancelled || task->error.code == ARTREPO_CANCELLED;
        first = first == NULL ? task : first;
        left_out += left_out > 0 || !append(text, sizeof text, &used, task);
    }
    if (first == NULL) {
        return ARTREPO_OK;
    }
    if (error != NULL) {
        *error = first->error;
        snprintf(error->message, sizeof error->message, "%s", text);
        if (left_out > 0) {
            used = used + ROOM_FOR_REST < sizeof text ? used : sizeof text - ROOM_FOR_REST;
            snprintf(error->message + used, sizeof error->message - used, "; and %zu more",
                     left_out);
        }
    }
    return first->error.code;
}
