/* The layers between a repository and its driver: each has the driver's verbs. From the outside:
 * log, retry, driver. */
#ifndef AR_REPOSITORY_LAYER_H
#define AR_REPOSITORY_LAYER_H

#include <stdbool.h>

#include <artrepo/driver.h>

/* A driver that was opened. */
typedef struct ar_opened {
    const artrepo_driver *driver;
    void *state;
    const char *name;     /* of the location's kind, for messages */
    bool counts_progress; /* the driver does it by itself */
} ar_opened;

/* In all of them ERROR and OBJECT are not NULL, and ERROR is filled when the code is not OK, even
 * where a driver forgot to. */

artrepo_code ar_retry_stat(const ar_opened *opened, const char *key, artrepo_object *object,
                           artrepo_operation *operation, artrepo_error *error);
artrepo_code ar_retry_get(const ar_opened *opened, const char *key, const artrepo_range *range,
                          artrepo_sink *sink, artrepo_object *object, artrepo_operation *operation,
                          artrepo_error *error);
artrepo_code ar_retry_put(const ar_opened *opened, const char *key, artrepo_source *source,
                          const artrepo_put_options *options, artrepo_object *object,
                          artrepo_operation *operation, artrepo_error *error);
artrepo_code ar_retry_list(const ar_opened *opened, const char *prefix,
                           artrepo_list_callback *callback, void *data,
                           artrepo_operation *operation, artrepo_error *error);
artrepo_code ar_retry_remove(const ar_opened *opened, const char *key, artrepo_operation *operation,
                             artrepo_error *error);
artrepo_code ar_retry_remove_many(const ar_opened *opened, const char *const *keys, size_t count,
                                  artrepo_operation *operation, artrepo_error *error);

artrepo_code ar_logged_stat(const ar_opened *opened, const char *key, artrepo_object *object,
                            artrepo_operation *operation, artrepo_error *error);
artrepo_code ar_logged_get(const ar_opened *opened, const char *key, const artrepo_range *range,
                           artrepo_sink *sink, artrepo_object *object, artrepo_operation *operation,
                           artrepo_error *error);
artrepo_code ar_logged_put(const ar_opened *opened, const char *key, artrepo_source *source,
                           const artrepo_put_options *options, artrepo_object *object,
                           artrepo_operation *operation, artrepo_error *error);
artrepo_code ar_logged_list(const ar_opened *opened, const char *prefix,
                            artrepo_list_callback *callback, void *data,
                            artrepo_operation *operation, artrepo_error *error);
artrepo_code ar_logged_remove(const ar_opened *opened, const char *key,
                              artrepo_operation *operation, artrepo_error *error);
artrepo_code ar_logged_remove_many(const ar_opened *opened, const char *const *keys, size_t count,
                                   artrepo_operation *operation, artrepo_error *error);

#endif
