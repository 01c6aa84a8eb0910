/* The credentials of an opened store: looked for when they are first needed, kept, and replaced
 * before they end. */
#ifndef AR_S3_PROVIDER_H
#define AR_S3_PROVIDER_H

#include <pthread.h>
#include <stdatomic.h>

#include "s3/credentials.h"

/* Credentials that requests hold while they sign with them. */
typedef struct ar_s3_held_credentials {
    ar_s3_credentials value;
    unsigned long generation; /* from 1; each replacement has the next one */
    atomic_uint holders;
} ar_s3_held_credentials;

typedef struct ar_s3_provider {
    char *region;                    /* whose STS is asked */
    char *role_arn;                  /* of the settings; NULL: none */
    bool is_fixed;                   /* the settings have keys, which nothing replaces */
    pthread_mutex_t mutex;           /* of all that follows */
    pthread_cond_t changed;          /* somebody has fetched, or failed to */
    ar_s3_held_credentials *current; /* NULL: none were needed so far */
    int64_t refresh_ms;              /* when CURRENT is to be replaced */
    bool is_rejected;                /* the store takes CURRENT no longer */
    bool is_fetching;
    unsigned long fetches, failures;
    artrepo_error failure; /* of the last fetch that failed */
} ar_s3_provider;

void ar_s3_provider_open(ar_s3_provider *provider);
/* Reads the secrets of the settings, once, and contacts nobody. REGION is the store's, for STS
 * where neither the environment nor the profile names one. */
artrepo_code ar_s3_provider_configure(ar_s3_provider *provider,
                                      const artrepo_driver_settings *settings, const char *region,
                                      artrepo_error *error);
/* Nobody may hold credentials any more. */
void ar_s3_provider_close(ar_s3_provider *provider);

/* Credentials to sign with now, to be given back soon. The first one to see that new ones are due
 * fetches them; meanwhile others get the old ones as long as those are valid, or wait. Any
 * thread. */
artrepo_code ar_s3_provider_take(ar_s3_provider *provider, artrepo_operation *operation,
                                 ar_s3_held_credentials **credentials, artrepo_error *error);
void ar_s3_provider_give_back(ar_s3_held_credentials *credentials);

/* The store refused the credentials of GENERATION. *HAS_OTHERS tells whether there are other ones
 * now, with which a request is worth repeating; an error is that of fetching them. */
artrepo_code ar_s3_provider_replace(ar_s3_provider *provider, unsigned long generation,
                                    artrepo_operation *operation, bool *has_others,
                                    artrepo_error *error);

#endif
