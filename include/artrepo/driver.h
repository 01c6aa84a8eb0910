/*
 * Drivers: what moves bytes by key to and from one kind of store. For authors of drivers;
 * docs/driver-authors.md takes a newcomer from an empty file to a working one.
 *
 * A driver knows nothing of archives, directories or retries of whole calls: those are written once
 * above it. All functions of an opened driver are called from several threads at once.
 */
#ifndef ARTREPO_DRIVER_H
#define ARTREPO_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <artrepo/error.h>
#include <artrepo/operation.h>
#include <artrepo/stream.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Changes when an existing member changes its meaning. Members are only ever added at the end, and
 * `size` says which are there. */
#define ARTREPO_DRIVER_ABI 1

/* ---- what a driver is told when it opens ---- */

/* The settings of one location: the value under `s3:`, `gcs:`, ... of Argo's YAML. */
typedef struct artrepo_driver_settings artrepo_driver_settings;

/* The scalar at NAME ("bucket"; members of members with dots: "encryptionOptions.kmsKeyId"), as
 * text; NULL when it is absent. Valid as long as the settings. */
ARTREPO_API const char *artrepo_driver_settings_get(const artrepo_driver_settings *settings,
                                                    const char *name);
ARTREPO_API bool artrepo_driver_settings_get_bool(const artrepo_driver_settings *settings,
                                                  const char *name, bool otherwise);
/* Whether NAME is there, whatever its type. */
ARTREPO_API bool artrepo_driver_settings_has(const artrepo_driver_settings *settings,
                                             const char *name);

typedef struct artrepo_secret {
    char *data; /* zero-terminated */
    size_t size;
} artrepo_secret;

/* The content of the file that the selector `{name, key}` at NAME points to. ARTREPO_NOT_FOUND says
 * which path was tried. *SECRET is empty when there is no selector. Wiped by clear. */
ARTREPO_API artrepo_code artrepo_driver_settings_secret(const artrepo_driver_settings *settings,
                                                        const char *name, artrepo_secret *secret,
                                                        artrepo_error *error);
ARTREPO_API void artrepo_secret_clear(artrepo_secret *secret);

/* ---- objects ---- */

typedef struct artrepo_object {
    const char *key;       /* valid during the call that handed it out */
    int64_t size;          /* -1 when the store does not say */
    int64_t modified_ms;   /* since 1970, UTC; 0 when the store does not say */
    char version[128];     /* ETag or generation; "" when the store has none */
    char content_type[96]; /* "" when the store has none */
} artrepo_object;

typedef struct artrepo_range {
    int64_t offset;
    int64_t length;      /* -1: to the end */
    const char *version; /* the object must still be this one (else ARTREPO_IO); NULL: any */
} artrepo_range;

typedef struct artrepo_put_options {
    const char *content_type; /* NULL: application/octet-stream */
} artrepo_put_options;

/* Return anything but ARTREPO_OK, with ERROR filled, to end the listing with it. */
typedef artrepo_code artrepo_list_callback(void *data, const artrepo_object *object,
                                           artrepo_error *error);

/* ---- the driver ---- */

enum {
    ARTREPO_CAN_LIST = 1u << 0,
    ARTREPO_CAN_REMOVE = 1u << 1,
    ARTREPO_CAN_RANGE = 1u << 2, /* get honours offset and length */
    ARTREPO_CAN_PUT = 1u << 3,
    ARTREPO_CAN_RETRY_PUT = 1u << 4, /* put retries its parts by itself */
    ARTREPO_IS_LOCAL = 1u << 5,      /* no network: transfers are not worth overlapping */
    /* In directories that are stored as they are, a symbolic link to a file becomes an object with
     * that file's content, as Argo's own driver for this store has it. */
    ARTREPO_COPIES_LINKS = 1u << 6
};

typedef struct artrepo_driver {
    uint32_t abi;     /* ARTREPO_DRIVER_ABI */
    uint32_t size;    /* sizeof(artrepo_driver) */
    const char *name; /* the kind in a repository file: "s3" */
    uint32_t capabilities;

    /* Must not contact the store. Errors: invalid settings, missing secrets. */
    artrepo_code (*open)(const artrepo_driver_settings *settings, artrepo_operation *operation,
                         void **state, artrepo_error *error);
    void (*close)(void *state);

    artrepo_code (*stat)(void *state, const char *key, artrepo_object *object,
                         artrepo_operation *operation, artrepo_error *error);
    /* Writes RANGE (never NULL) of the object into SINK; does not commit it. *OBJECT is filled
     * before the first write. A retry by the driver must go on behind the bytes already written. */
    artrepo_code (*get)(void *state, const char *key, const artrepo_range *range,
                        artrepo_sink *sink, artrepo_object *object, artrepo_operation *operation,
                        artrepo_error *error);
    /* The object appears whole or not at all. OPTIONS is never NULL. */
    artrepo_code (*put)(void *state, const char *key, artrepo_source *source,
                        const artrepo_put_options *options, artrepo_object *object,
                        artrepo_operation *operation, artrepo_error *error);
    /* Every object whose key begins with PREFIX, in the order of the keys' bytes. */
    artrepo_code (*list)(void *state, const char *prefix, artrepo_list_callback *callback,
                         void *data, artrepo_operation *operation, artrepo_error *error);
    /* Removing what is not there is ARTREPO_OK. */
    artrepo_code (*remove)(void *state, const char *key, artrepo_operation *operation,
                           artrepo_error *error);
    /* Optional (NULL): removes COUNT objects with fewer requests. */
    artrepo_code (*remove_many)(void *state, const char *const *keys, size_t count,
                                artrepo_operation *operation, artrepo_error *error);
} artrepo_driver;

/* A driver in a shared object exports one function of this type and name. */
#define ARTREPO_DRIVER_ENTRY artrepo_driver_entry
typedef const artrepo_driver *artrepo_driver_entry_function(void);

/*
 * Loads a shared object and registers its driver for the whole process; once loaded it stays. The
 * kind in repository files is the driver's name. ARTREPO_UNSUPPORTED names the file and both ABI
 * versions when they do not fit, ARTREPO_INVALID when it is no driver. Any thread.
 */
ARTREPO_API artrepo_code artrepo_driver_load(const char *path, artrepo_error *error);

/* A driver that is compiled into the application; it must outlive every use. Any thread. */
ARTREPO_API artrepo_code artrepo_driver_register(const artrepo_driver *driver,
                                                 artrepo_error *error);

/* The registered driver of that name (built in, loaded, or found as artrepo_NAME.so in
 * PLUGIN_DIRECTORY, which may be NULL). ARTREPO_UNSUPPORTED lists those that there are. */
ARTREPO_API artrepo_code artrepo_driver_find(const char *name, const char *plugin_directory,
                                             const artrepo_driver **driver, artrepo_error *error);

#ifdef __cplusplus
}
#endif

#endif
