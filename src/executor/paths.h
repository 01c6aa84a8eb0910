/* Where the paths of a container are on disk. By their letters they stay below their directory;
 * links are executor/links.h's business. */
#ifndef AR_EXECUTOR_PATHS_H
#define AR_EXECUTOR_PATHS_H

#include "executor/tasks.h"

/* Sets the task's path: where an input artifact goes to. */
artrepo_code ar_path_of_input(const artrepo_executor *executor, ar_task *task,
                              artrepo_error *error);

/* Sets the task's path: where an output artifact is when it is not staged. Left NULL for one in the
 * image of the main container, which only the staged archive shows. */
artrepo_code ar_path_of_output(const artrepo_executor *executor, ar_task *task,
                               artrepo_error *error);

/* The same inside the main container. */
artrepo_code ar_path_in_container(const artrepo_executor *executor, ar_task *task,
                                  artrepo_error *error);

/* The path below the outputs directory where an output artifact of that path and form (".tgz") is
 * staged. free() it. */
artrepo_code ar_path_of_staged(const artrepo_executor *executor, const artrepo_artifact *artifact,
                               const char *form, char **path, artrepo_error *error);

#endif
