/* Symbolic links on the way to a container's path: none leads out of the directory that stands for
 * the container's file system. */
#ifndef AR_EXECUTOR_LINKS_H
#define AR_EXECUTOR_LINKS_H

#include <sys/stat.h>

#include <artrepo/error.h>

/* For a path that is to be written: ARTREPO_REFUSED_UNSAFE when a link on the way to PATH, as far
 * as that is there, leads out of BASE. PATH itself may be one: it is replaced. */
artrepo_code ar_links_check_parent(const char *base, const char *path, artrepo_error *error);

/* The same for a path that is to be read, PATH itself included. */
artrepo_code ar_links_check(const char *base, const char *path, artrepo_error *error);

/*
 * The same, but an absolute link that leads nowhere, or out of BASE, is taken as its container
 * means it: from BASE on. *REAL is then where it leads; else NULL, and PATH is fine as it is.
 * free() it.
 */
artrepo_code ar_links_resolve(const char *base, const char *path, char **real,
                              artrepo_error *error);

/* The regular file that the link RELATIVE leads to, without leaving ROOT (a descriptor), open for
 * reading; -1 when it leads to none. */
int ar_links_open_file(int root, const char *relative, struct stat *status);

#endif
