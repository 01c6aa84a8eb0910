/* Slash-separated paths with the semantics of Go's `path` package, and what keys need of them. */
#ifndef AR_BASE_PATH_H
#define AR_BASE_PATH_H

#include <stdbool.h>
#include <stddef.h>

/* The results are the caller's to free; NULL when there is no memory. */

/* Go's path.Clean: the shortest equal path; "." for "". */
char *ar_path_clean(const char *path);
/* Go's path.Join of two elements: empty ones are ignored, the result is cleaned; "" for none. */
char *ar_path_join(const char *first, const char *second);
/* Go's path.Base: the last element without trailing slashes; "." for "", "/" for "/". */
char *ar_path_base(const char *path);
/* Go's path.Dir. */
char *ar_path_directory(const char *path);

/* FIRST + "/" + SECOND to the letter, nothing cleaned (one slash when FIRST ends in one). */
char *ar_path_concatenate(const char *first, const char *second);

/* Whether a relative NAME stays below the directory it is joined to: not empty, not absolute, no
 * ".." component that leads out at any point, no NUL possible. "a/../b" stays, "../a" does not. */
bool ar_path_is_inside(const char *name);
/* Whether any component of NAME is "..". */
bool ar_path_has_dot_dot(const char *name);

#endif
