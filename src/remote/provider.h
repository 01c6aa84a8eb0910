/*
 * The credentials of an opened store: looked for when they are first needed, kept, and replaced
 * before they end. What they are (keys, a token) is the driver's.
 */
#ifndef AR_REMOTE_PROVIDER_H
#define AR_REMOTE_PROVIDER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <artrepo/operation.h>

/* What looking for credentials gave. */
typedef struct ar_found_credentials {
    void *value;
    int64_t expiry_ms;  /* by this machine's clock; 0: they do not end */
    const char *origin; /* for messages: "the environment", ...; static storage */
} ar_found_credentials;

/* How a driver finds its credentials, and what it does with them. */
typedef struct ar_credentials_kind {
    /* One thread at a time. ERROR is never NULL. */
    artrepo_code (*find)(void *context, artrepo_operation *operation, ar_found_credentials *found,
                         artrepo_error *error);
    bool (*are_equal)(const void *a, const void *b);
    void (*free)(void *value); /* wipes it; NULL is allowed */
} ar_credentials_kind;

/* Credentials that requests hold while they use them. */
typedef struct ar_held_credentials {
    ar_found_credentials found;
    const ar_credentials_kind *kind;
    unsigned long generation; /* from 1; each replacement has the next one */
    atomic_uint holders;
} ar_held_credentials;

typedef struct ar_provider {
    const ar_credentials_kind *kind;
    void *context;
    bool is_fixed;                /* nothing replaces them */
    pthread_mutex_t mutex;        /* of all that follows */
    pthread_cond_t changed;       /* somebody has fetched, or failed to */
    ar_held_credentials *current; /* NULL: none were needed so far */
    int64_t refresh_ms;           /* when CURRENT is to be replaced */
    bool is_rejected;             /* the store takes CURRENT no longer */
    bool is_fetching;
    unsigned long fetches, failures;
    artrepo_error failure; /* of the last fetch that failed */
} ar_provider;

void ar_provider_open(ar_provider *provider, const ar_credentials_kind *kind, void *context);
/* Before anything else: the credentials for good. VALUE is taken over, and freed when there is no
 * memory (false). */
bool ar_provider_fix(ar_provider *provider, void *value, const char *origin);
/* Nobody may hold credentials any more. */
void ar_provider_close(ar_provider *provider);

/* Credentials to use now, to be given back soon. The first one to see that new ones are due fetches
 * them; meanwhile others get the old ones as long as those are valid, or wait. Any thread. */
artrepo_code ar_provider_take(ar_provider *provider, artrepo_operation *operation,
                              ar_held_credentials **credentials, artrepo_error *error);
/* NULL is allowed. */
void ar_provider_give_back(ar_held_credentials *credentials);

/* The store refused the credentials of GENERATION. *HAS_OTHERS tells whether there are other ones
 * now, with which a request is worth repeating; an error is that of fetching them. */
artrepo_code ar_provider_replace(ar_provider *provider, unsigned long generation,
                                 artrepo_operation *operation, bool *has_others,
                                 artrepo_error *error);

#endif
