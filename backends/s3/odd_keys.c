#include "s3/odd_keys.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/operation.h"

/* ---- kinds ---- */

enum { ODD_SLASH = 1, ODD_EMPTY = 2, ODD_DOT = 4, ODD_DOTS = 8 };

/* What a store keeps of one kind says nothing of the others. */
static unsigned kinds_of(const char *key) {
    unsigned kinds = key[0] == '/' ? ODD_SLASH : 0;
    for (const char *part = key; part != NULL;) {
        size_t length = strcspn(part, "/");
        bool is_last = part[length] == '\0';
        if (length == 0 && part > key && !is_last) {
            kinds |= ODD_EMPTY;
        } else if (length == 1 && part[0] == '.') {
            kinds |= ODD_DOT;
        } else if (length == 2 && part[0] == '.' && part[1] == '.') {
            kinds |= ODD_DOTS;
        }
        part = is_last ? NULL : part + length + 1;
    }
    return kinds;
}

bool ar_s3_is_odd_key(const ar_s3 *s3, const char *key) {
    return s3->config.endpoint.kind == AR_S3_ENDPOINT_OTHER && kinds_of(key) != 0;
}

/* ---- listing ---- */

typedef struct search {
    const char *key;
    bool found;
} search;

/* A key comes before all others that begin with it. */
static artrepo_code look_at_first(void *data, const artrepo_object *object, artrepo_error *error) {
    search *s = data;
    s->found = strcmp(object->key, s->key) == 0;
    return artrepo_error_set(error, ARTREPO_CANCELLED, "seen enough");
}

static artrepo_code is_listed(ar_s3 *s3, const char *key, bool *listed,
                              artrepo_operation *operation, artrepo_error *error) {
    search s = {.key = key};
    artrepo_code code = ar_s3_list(s3, key, look_at_first, &s, operation, error);
    *listed = s.found;
    bool is_cancelled = artrepo_operation_check(operation, NULL) != ARTREPO_OK;
    return code == ARTREPO_CANCELLED && !is_cancelled ? ARTREPO_OK : code;
}

artrepo_code ar_s3_check_odd_object(ar_s3 *s3, const char *verb, const char *key,
                                    artrepo_operation *operation, artrepo_error *error) {
    artrepo_error failure = ARTREPO_ERROR_INIT;
    bool listed = true;
    if (!ar_s3_is_odd_key(s3, key) ||
        is_listed(s3, key, &listed, operation, &failure) != ARTREPO_OK || listed) {
        return artrepo_operation_check(operation, error);
    }
    return artrepo_error_set(error, ARTREPO_NOT_FOUND,
                             "%s '%s' in bucket '%s' at %s: no object '%s'", verb, key,
                             s3->config.bucket, s3->endpoint, key);
}

/* ---- trying ---- */

/* Beside the object, as rights may end there: KEY with another last component, which no object has.
 */
static bool name_probe(const char *key, char probe[AR_S3_MAX_KEY + 1]) {
    unsigned char random[8];
    const char *slash = strrchr(key, '/');
    const char *last = slash == NULL ? key : slash + 1;
    bool is_odd = strcmp(last, ".") == 0 || strcmp(last, "..") == 0;
    int length = (int)(is_odd ? strlen(key) : (size_t)(last - key));
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
        return false;
    }
    char name[2 * sizeof random + 1];
    ar_s3_hex(random, sizeof random, name);
    return snprintf(probe, AR_S3_MAX_KEY + 1, "%.*s%sartrepo-probe-%s", length, key,
                    is_odd ? "/" : "", name) <= AR_S3_MAX_KEY;
}

static artrepo_code put_probe(const ar_s3_put_job *job, const char *probe, artrepo_error *error) {
    static const ar_http_body empty = {"", -1, 0, 0};
    artrepo_object object;
    ar_s3_put_job other = *job;
    other.key = probe;
    other.object = &object;
    artrepo_code code = ar_s3_customer_key_derive(job->s3, probe, &other.customer, error);
    if (code == ARTREPO_OK) {
        code = ar_s3_put_single(&other, &empty, error);
    }
    ar_s3_customer_key_wipe(&other.customer);
    return code;
}

static void remove_probe(const ar_s3_put_job *job, const char *probe) {
    artrepo_error failure = ARTREPO_ERROR_INIT;
    ar_s3_request request = {.verb = "remove", .method = "DELETE", .key = probe};
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    if (ar_s3_send(job->s3, &request, &response, NULL, &failure) != ARTREPO_OK) {
        ar_log(job->operation, ARTREPO_LOG_WARNING, "an empty object was left behind", "key", probe,
               "error", failure.message, NULL);
    }
    ar_http_response_clear(&response);
}

static artrepo_code resolved(const ar_s3_put_job *job, artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INVALID,
                             "put '%s' in bucket '%s' at %s: this store takes the key for a path, "
                             "and would make another object of it; choose a key without a slash "
                             "at its beginning and without empty, '.' and '..' components",
                             job->key, job->s3->config.bucket, job->s3->endpoint);
}

typedef enum fate { REFUSED, KEPT, RESOLVED } fate;

static artrepo_code find_out(const ar_s3_put_job *job, fate *result, artrepo_error *error) {
    char probe[AR_S3_MAX_KEY + 1];
    artrepo_error failure = ARTREPO_ERROR_INIT;
    bool listed = false;
    if (!name_probe(job->key, probe)) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "put '%s' in bucket '%s' at %s: the key is too long to find out "
                                 "whether this store takes it for a path",
                                 job->key, job->s3->config.bucket, job->s3->endpoint);
    }
    *result = REFUSED;
    if (put_probe(job, probe, &failure) != ARTREPO_OK) {
        return artrepo_operation_check(job->operation, error);
    }
    artrepo_code code = is_listed(job->s3, probe, &listed, job->operation, error);
    *result = listed ? KEPT : RESOLVED;
    remove_probe(job, probe);
    return code;
}

artrepo_code ar_s3_check_odd_put(const ar_s3_put_job *job, artrepo_error *error) {
    ar_s3_endpoint_memory *memory = job->s3->memory;
    unsigned kinds = kinds_of(job->key);
    if (!ar_s3_is_odd_key(job->s3, job->key) || (kinds & ~atomic_load(&memory->kept_kinds)) == 0) {
        return ARTREPO_OK;
    }
    if ((kinds & atomic_load(&memory->resolved_kinds)) != 0) {
        return resolved(job, error);
    }
    fate result;
    artrepo_code code = find_out(job, &result, error);
    if (code == ARTREPO_OK && result == KEPT) {
        atomic_fetch_or(&memory->kept_kinds, kinds);
    } else if (code == ARTREPO_OK && result == RESOLVED) {
        if ((kinds & (kinds - 1)) == 0) { /* of several nobody knows which one it was */
            atomic_fetch_or(&memory->resolved_kinds, kinds);
        }
        code = resolved(job, error);
    }
    return code; /* what the store refuses it does not mistake: it will say so of the object, too */
}
