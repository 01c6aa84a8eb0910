/* Google's endpoints of tokens, played as they are documented, and files of credentials. */
#ifndef TESTS_UNIT_BACKENDS_GCS_GOOGLE_H
#define TESTS_UNIT_BACKENDS_GCS_GOOGLE_H

#include "gcs_fixture.h"

#include <time.h>

/* ---- the endpoints ---- */

/* What the next requests are answered, by path; and what came. */
typedef struct google {
    char form[8192];            /* of the last token request */
    char head[4096];            /* of the last request that was no storage's */
    int tokens;                 /* handed out: their number is in them */
    const char *refusal;        /* of the token endpoint: its body */
    const char *status;         /* and status; NULL: a token */
    int refusals;               /* so many times; 0: always */
    const char *flavor;         /* of the metadata server; NULL: the right header */
    const char *subject;        /* what the address of subject tokens says */
    const char *subject_status; /* NULL: 200 */
    const char *impersonated;   /* instead of an impersonated token: a body */
    const char *impersonation;  /* and a status */
    int rejected;               /* the number of the token that storage refuses */
    int storage;                /* requests to storage */
    char authorization[300];
    int lifetime_s; /* of tokens; 0: an hour */
} google;

static inline void say_token(google *g, scripted_reply *reply, const char *headers) {
    char body[500];
    snprintf(body, sizeof body,
             "{\"access_token\": \"ya29.token-%d\", \"expires_in\": %d, \"token_type\": "
             "\"Bearer\"}",
             ++g->tokens, g->lifetime_s == 0 ? 3599 : g->lifetime_s);
    scripted_say(reply, "200 OK", headers, body);
}

static inline void answer_tokens(google *g, scripted_reply *reply) {
    if (g->status == NULL) {
        say_token(g, reply, GCS_JSON);
        return;
    }
    scripted_say(reply, g->status, GCS_JSON, g->refusal);
    if (g->refusals > 0 && --g->refusals == 0) {
        g->status = NULL;
    }
}

static inline void answer_storage(google *g, const scripted_request *request,
                                  scripted_reply *reply) {
    char value[1024], rejected[64];
    g->storage++;
    snprintf(g->authorization, sizeof g->authorization, "%s",
             scripted_header(request->head, "Authorization", value));
    snprintf(rejected, sizeof rejected, "Bearer ya29.token-%d", g->rejected);
    if (strcmp(value, rejected) == 0 || value[0] == '\0') {
        gcs_refuse(reply, "401 Unauthorized", "", "authError", "Invalid Credentials");
    } else {
        gcs_say_object(reply, "k", 5, "1", "AAAAAA==");
    }
}

static inline void answer(void *data, const scripted_request *request, scripted_reply *reply) {
    gcs_fixture *f = data;
    google *g = f->data;
    char body[500], until[64], value[1024];
    pthread_mutex_lock(&f->mutex);
    if (strstr(request->head, " /storage/") != NULL) {
        answer_storage(g, request, reply);
    } else {
        snprintf(g->head, sizeof g->head, "%s", request->head);
        snprintf(g->form, sizeof g->form, "%.*s", (int)request->body_size, request->body);
        if (gcs_is(request, "POST /token ")) {
            assert_string_equal(scripted_header(request->head, "Content-Type", value),
                                "application/x-www-form-urlencoded");
            answer_tokens(g, reply);
        } else if (gcs_is(request, "GET /computeMetadata/v1/instance/service-accounts/default/"
                                   "token ")) {
            if (g->status != NULL) {
                scripted_say(reply, g->status, "Metadata-Flavor: Google\r\n", g->refusal);
            } else {
                say_token(g, reply, g->flavor == NULL ? "Metadata-Flavor: Google\r\n" : g->flavor);
            }
        } else if (gcs_is(request, "GET /subject?a=b ")) {
            scripted_say(reply, g->subject_status == NULL ? "200 OK" : g->subject_status, "",
                         g->subject);
        } else if (gcs_is(request,
                          "POST /v1/projects/-/serviceAccounts/sa@p:generateAccessToken")) {
            time_t then = time(NULL) + 3600;
            struct tm parts;
            strftime(until, sizeof until, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&then, &parts));
            snprintf(body, sizeof body,
                     "{\"accessToken\": \"ya29.impersonated-%d\", \"expireTime\": \"%s\"}",
                     ++g->tokens, until);
            scripted_say(reply, g->impersonated == NULL ? "200 OK" : g->impersonation, GCS_JSON,
                         g->impersonated == NULL ? body : g->impersonated);
        } else {
            scripted_say(reply, "404 Not Found", "", "");
        }
    }
    pthread_mutex_unlock(&f->mutex);
}

/* The endpoint of storage and of tokens is the scripted server; it is no emulator. */
static inline void start(gcs_fixture *f, google *g) {
    char endpoint[64];
    gcs_prepare(f, answer, g);
    snprintf(endpoint, sizeof endpoint, "http://%s", f->server.address);
    setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE", endpoint, 1);
}

static inline artrepo_code stat_object(gcs_fixture *f) {
    f->failure = (artrepo_error)ARTREPO_ERROR_INIT;
    return artrepo_driver_gcs.stat(f->state, "k", &f->object, f->operation, &f->failure);
}

static inline void assert_stat(gcs_fixture *f, const char *token) {
    google *g = f->data;
    char expected[300];
    if (stat_object(f) != ARTREPO_OK) {
        fail_msg("%s", f->failure.message);
    }
    snprintf(expected, sizeof expected, "Bearer %s", token);
    assert_string_equal(g->authorization, expected);
}

static inline void assert_refused(gcs_fixture *f, artrepo_code code, const char *words) {
    artrepo_code got = stat_object(f);
    if (got != code || strstr(f->failure.message, words) == NULL) {
        fail_msg("%s: '%s' is not in '%s'", artrepo_code_name(got), words, f->failure.message);
    }
    assert_null(strstr(f->failure.message, "geheim"));
    assert_null(strstr(f->failure.message, "PRIVATE"));
}

/* ---- files ---- */

static char *scratch;

static inline int make_scratch(void **state) {
    (void)state;
    scratch = scratch_directory();
    return 0;
}

static inline int drop_scratch(void **state) {
    (void)state;
    remove_scratch(scratch);
    return 0;
}

/* TEXT with "@" for the server's address, in a file NAME of the scratch directory. */
static inline const char *write_text(const gcs_fixture *f, const char *name, const char *text) {
    static char path[256];
    ar_buffer all = AR_BUFFER_INIT;
    for (; *text != '\0'; text++) {
        assert_true(*text == '@' ? ar_buffer_append_text(&all, f->server.address)
                                 : ar_buffer_append_char(&all, *text));
    }
    snprintf(path, sizeof path, "%s/%s", scratch, name);
    write_file(path, all.data == NULL ? "" : all.data, all.size, 0600);
    ar_buffer_free(&all);
    return path;
}

static inline void use_file(gcs_fixture *f, const char *text) {
    setenv("GOOGLE_APPLICATION_CREDENTIALS", write_text(f, "adc.json", text), 1);
    gcs_open(f);
}

/* The value of FIELD in the last form, decoded. */
static inline const char *field(const google *g, const char *name, char value[4096]) {
    char start[64];
    size_t out = 0;
    snprintf(start, sizeof start, "%s=", name);
    const char *found = strncmp(g->form, start, strlen(start)) == 0 ? g->form : NULL;
    if (found == NULL) {
        snprintf(start, sizeof start, "&%s=", name);
        found = strstr(g->form, start);
    }
    value[0] = '\0';
    if (found != NULL) {
        for (found += strlen(start); *found != '\0' && *found != '&' && out < 4095; found++) {
            unsigned byte = (unsigned char)*found;
            if (*found == '%') {
                assert_int_equal(sscanf(found + 1, "%2x", &byte), 1);
                found += 2;
            }
            value[out++] = (char)byte;
        }
        value[out] = '\0';
    }
    return value;
}

/* ---- what stands in them ---- */

#define USER                                                                                       \
    "{\"type\": \"authorized_user\", \"client_id\": \"id.apps\", \"client_secret\": \"geheim&\","  \
    " \"refresh_token\": \"1//geheim\", \"token_uri\": \"http://@/token\"}"

#define IMPERSONATION                                                                              \
    "\"service_account_impersonation_url\": "                                                      \
    "\"http://@/v1/projects/-/serviceAccounts/sa\\u0040p:generateAccessToken\""

#endif
