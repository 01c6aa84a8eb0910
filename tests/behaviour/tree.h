/* Trees of files, and what is in them as a text. */
#ifndef TESTS_BEHAVIOUR_TREE_H
#define TESTS_BEHAVIOUR_TREE_H

#include <stdbool.h>

/* Makes PATH with files (also empty ones), directories (also an empty one) and modes; with names
 * that have SPACES or not, with LINKS or not. Asserts that it could. */
void tree_make(const char *path, bool spaces, bool links);

/* A line for each entry below PATH: kind, mode, size, hash or target, name. Of FILES_ONLY without
 * modes, and nothing but regular files. Free it. */
char *tree_describe(const char *path, bool files_only);

void tree_remove(const char *path);

#endif
