#include "web/request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "http/url.h"
#include "remote/secret.h"
#include "web/address.h"

enum { MAX_REDIRECTS = 10 };

void ar_web_add_header(ar_web_request *request, const char *line) {
    if (line != NULL && request->header_count < AR_WEB_MAX_HEADERS) {
        request->headers[request->header_count++] = line;
    }
}

/* ---- where to ---- */

/* One request on its way from server to server. */
typedef struct journey {
    ar_web *web;
    const ar_web_request *request;
    artrepo_operation *operation;
    char *url;
    unsigned redirects;
    bool foreign;        /* it has once left the URL's server: no credentials any more */
    char *authorization; /* of a redirect's own user and password */
    bool replaced_token;
} journey;

/* The URL of the settings for its own key, to the letter; for others that URL with another path. */
static char *url_of(const ar_web_config *config, const char *key) {
    bool own = strcmp(key, config->path) == 0 || (config->path[0] == '\0' && strcmp(key, "/") == 0);
    return own ? strdup(config->url) : ar_url_with_path(config->url, key);
}

artrepo_code ar_web_failed(const ar_web *web, const char *verb, const char *key,
                           artrepo_error *error) {
    ar_web_request request = {.verb = verb};
    char *url = url_of(&web->config, key);
    artrepo_code code = ar_web_prefix(&request, url == NULL ? key : url, error);
    free(url);
    return code;
}

static void end_journey(journey *j) {
    free(j->url);
    ar_secret_wipe_text(&j->authorization);
}

/* ---- headers ---- */

static size_t name_length(const char *line) {
    return strcspn(line, ":;");
}

static bool has_name(const char *line, const char *name) {
    size_t length = name_length(line);
    return strlen(name) == length && strncasecmp(line, name, length) == 0;
}

/* What says nothing of who asks. Any other header may hold a token. */
static bool is_harmless(const char *line) {
    static const char *const names[] = {
        "Accept",           "Accept-Encoding",     "Accept-Language",
        "Cache-Control",    "Content-Disposition", "Content-Encoding",
        "Content-Language", "Content-Type",        "User-Agent"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (has_name(line, names[i])) {
            return true;
        }
    }
    return false;
}

static bool is_sent(const journey *j, const char *line, bool authorized) {
    if (j->foreign) {
        return is_harmless(line);
    }
    return !(authorized && has_name(line, "Authorization"));
}

static bool is_overridden(const journey *j, const char *line) {
    const ar_web_config *config = &j->web->config;
    for (size_t i = 0; i < config->header_count; i++) {
        if (name_length(config->headers[i]) == name_length(line) &&
            strncasecmp(config->headers[i], line, name_length(line)) == 0 &&
            is_sent(j, config->headers[i], true)) {
            return true;
        }
    }
    return false;
}

/* Fills LINES (with room for all) and returns how many there are. TOKEN may be NULL. */
static size_t gather_headers(const journey *j, const char *token, const char **lines) {
    const ar_web_config *config = &j->web->config;
    const char *authorization = j->foreign      ? j->authorization
                                : token != NULL ? token
                                                : config->authorization;
    size_t count = 0;
    for (size_t i = 0; i < j->request->header_count; i++) {
        if (!is_overridden(j, j->request->headers[i])) {
            lines[count++] = j->request->headers[i];
        }
    }
    for (size_t i = 0; i < config->header_count; i++) {
        if (is_sent(j, config->headers[i], authorization != NULL)) {
            lines[count++] = config->headers[i];
        }
    }
    if (authorization != NULL) {
        lines[count++] = authorization;
    }
    return count;
}

/* ---- sending ---- */

static artrepo_code send_once(const journey *j, const char *token, ar_http_response *response,
                              artrepo_error *error) {
    const ar_web_request *request = j->request;
    size_t room = request->header_count + j->web->config.header_count + 1;
    const char **lines = calloc(room, sizeof *lines);
    if (lines == NULL) {
        response->failure = AR_HTTP_LOCAL;
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a request");
    }
    ar_http_request http = {
        .method = request->method,
        .url = j->url,
        .headers = lines,
        .header_count = gather_headers(j, token, lines),
        .body = request->body,
        .source = request->source,
        .expect_continue = request->expect_continue,
        .source_once = request->once,
        .receive = request->receive,
        .receive_data = request->receive_data,
    };
    artrepo_code code = ar_http_client_send(j->foreign ? j->web->foreign : j->web->http, &http,
                                            response, j->operation, error);
    free(lines);
    return code;
}

/* Brings the body back to its start. */
static artrepo_code rewind_body(const journey *j, const char *why, artrepo_error *error) {
    if (j->request->source == NULL) {
        return ARTREPO_OK;
    }
    artrepo_code code = artrepo_source_rewind(j->request->source, error);
    if (code == ARTREPO_UNSUPPORTED) {
        artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                          "the server %s after it had taken some of the data, and the source can "
                          "be read once only; put it into a file first",
                          why);
    }
    return code;
}

/* With the token of the moment; one that the server refuses is replaced once. */
static artrepo_code send_authorized(journey *j, ar_http_response *response, artrepo_error *error) {
    ar_provider *tokens = &j->web->tokens;
    if (!j->web->config.oauth.given || j->foreign) {
        return send_once(j, NULL, response, error);
    }
    for (;;) {
        ar_held_credentials *held = NULL;
        artrepo_code code = ar_provider_take(tokens, j->operation, &held, error);
        if (code != ARTREPO_OK) {
            response->failure = AR_HTTP_LOCAL;
            return code;
        }
        unsigned long generation = held->generation;
        code = send_once(j, held->found.value, response, error);
        ar_provider_give_back(held);
        if (code != ARTREPO_OK || response->status != 401 || j->replaced_token) {
            return code;
        }
        j->replaced_token = true;
        bool has_others = false;
        code = ar_provider_replace(tokens, generation, j->operation, &has_others, error);
        if (code == ARTREPO_OK && has_others) {
            code = rewind_body(j, "asked for another token", error);
        }
        if (code != ARTREPO_OK) {
            response->failure = AR_HTTP_LOCAL;
            return code;
        }
        if (!has_others) {
            return ARTREPO_OK; /* the answer stays 401 */
        }
    }
}

/* ---- redirects ---- */

static bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* Moves on to TARGET, which is taken over. */
static artrepo_code move_to(journey *j, char *target, artrepo_error *error) {
    char *bare = NULL, *user = NULL, *password = NULL;
    artrepo_code code =
        ar_web_address_take_user(target, &bare, &user, &password, "the redirect", error);
    ar_secret_wipe_text(&j->authorization);
    if (code == ARTREPO_OK && !j->foreign && !ar_web_address_is_same_server(j->url, bare)) {
        j->foreign = true;
    }
    if (code == ARTREPO_OK && j->foreign && (user != NULL || password != NULL)) {
        j->authorization =
            ar_web_basic_header(user == NULL ? "" : user, password == NULL ? "" : password);
    }
    if (code == ARTREPO_OK) {
        free(j->url);
        j->url = bare;
        bare = NULL;
    }
    free(bare);
    ar_secret_wipe_text(&user);
    ar_secret_wipe_text(&password);
    ar_secret_wipe_text(&target);
    return code;
}

static artrepo_code follow(journey *j, const ar_http_response *response, const char *location,
                           artrepo_error *error) {
    char where[300];
    char *target = ar_web_address_resolve(j->url, location);
    if (target == NULL) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "the server redirects (HTTP %d) to '%.200s', which is no address "
                                 "of http or https; name the address that has the data",
                                 response->status, location);
    }
    ar_web_address_show(target, where, sizeof where);
    bool has_body = j->request->body != NULL || j->request->source != NULL;
    artrepo_code code = ARTREPO_OK;
    if (has_body && response->status != 307 && response->status != 308) {
        code = artrepo_error_set(error, ARTREPO_INVALID,
                                 "the server redirects the upload to %s with HTTP %d, after which "
                                 "HTTP would ask for a page there instead of storing anything; put "
                                 "to that address, or have the server answer 307 or 308",
                                 where, response->status);
    } else if (++j->redirects > MAX_REDIRECTS) {
        code = artrepo_error_set(error, ARTREPO_INVALID,
                                 "the server redirects more than %d times, at last to %s; it may "
                                 "run in a circle, or want a login",
                                 MAX_REDIRECTS, where);
    } else if (ar_web_address_is_tls(j->url) && !ar_web_address_is_tls(target)) {
        code = artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE,
                                 "the server redirects from https to plain http (%s), where others "
                                 "could read and change the data; name that address yourself if "
                                 "you trust the network",
                                 where);
    } else {
        code = rewind_body(j, "redirected", error);
        return code == ARTREPO_OK ? move_to(j, target, error) : (free(target), code);
    }
    ar_secret_wipe_text(&target);
    error->http_status = response->status;
    return code;
}

/* ---- one request ---- */

static artrepo_code travel(journey *j, ar_http_response *response, artrepo_error *error) {
    for (;;) {
        ar_web_asked asked = {j->url, j->foreign};
        artrepo_code code = artrepo_operation_check(j->operation, error);
        if (code != ARTREPO_OK) {
            response->failure = AR_HTTP_LOCAL;
            return code;
        }
        code = send_authorized(j, response, error);
        if (code != ARTREPO_OK) {
            return ar_web_error_of_transport(j->request, &asked, response, error);
        }
        if (response->status / 100 == 2) {
            return ARTREPO_OK;
        }
        const char *location = ar_http_response_header(response, "Location");
        if (!is_redirect(response->status) || location == NULL || location[0] == '\0') {
            return ar_web_error_of_answer(j->web, j->request, &asked, response, error);
        }
        code = follow(j, response, location, error);
        if (code != ARTREPO_OK) {
            return ar_web_prefix(j->request, j->url, error);
        }
    }
}

artrepo_code ar_web_send(ar_web *web, const ar_web_request *request, ar_http_response *response,
                         artrepo_operation *operation, artrepo_error *error) {
    journey j = {.web = web, .request = request, .operation = operation};
    j.url = url_of(&web->config, request->key);
    if (j.url == NULL) {
        response->failure = AR_HTTP_LOCAL;
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the URL of '%s'",
                                 request->key);
    }
    artrepo_code code = travel(&j, response, error);
    end_journey(&j);
    return code;
}
