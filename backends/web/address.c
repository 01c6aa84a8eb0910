#include "web/address.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "http/header.h"

enum { PARSE_FLAGS = CURLU_PATH_AS_IS | CURLU_URLENCODE };

/* ---- parts ---- */

static char *part_of(CURLU *parsed, CURLUPart part, unsigned flags) {
    char *text = NULL;
    if (curl_url_get(parsed, part, &text, flags) != CURLUE_OK) {
        return NULL;
    }
    char *copy = strdup(text);
    curl_free(text);
    return copy;
}

/* What may not stand in a URL, though people write it there. */
static bool needs_encoding(unsigned char c) {
    return c <= ' ' || c >= 0x7f || strchr("\"<>\\^`{|}", c) != NULL;
}

/* SCHEME and REST until the fragment. */
static char *sendable(const char *scheme, const char *rest) {
    ar_buffer made = AR_BUFFER_INIT;
    bool ok = ar_buffer_append_text(&made, scheme);
    size_t host_length = strcspn(rest, "/?#");
    for (size_t i = 0; ok && rest[i] != '\0' && rest[i] != '#'; i++) {
        unsigned char c = (unsigned char)rest[i];
        ok = i >= host_length && needs_encoding(c) ? ar_buffer_printf(&made, "%%%02X", (unsigned)c)
                                                   : ar_buffer_append_char(&made, rest[i]);
    }
    if (!ok) {
        ar_buffer_free(&made);
        return NULL;
    }
    return made.data;
}

static artrepo_code refuse(const char *why, const char *where, artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INVALID,
                             "the URL of %s %s; write http://HOST/PATH or https://HOST/PATH", where,
                             why);
}

artrepo_code ar_web_address_take_user(const char *url, char **bare, char **user, char **password,
                                      const char *where, artrepo_error *error) {
    *bare = *user = *password = NULL;
    size_t scheme = strncasecmp(url, "https://", 8) == 0  ? 8
                    : strncasecmp(url, "http://", 7) == 0 ? 7
                                                          : 0;
    if (scheme == 0) {
        return refuse("is not one of http or https", where, error);
    }
    if (!ar_http_fits_header(url)) {
        return refuse("has a control character in it", where, error);
    }
    const char *rest = url + scheme;
    const char *at = memrchr(rest, '@', strcspn(rest, "/?#"));
    *bare = sendable(scheme == 8 ? "https://" : "http://", at == NULL ? rest : at + 1);
    CURLU *parsed = curl_url();
    artrepo_code code = ARTREPO_OK;
    if (*bare == NULL || parsed == NULL) {
        code = artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the URL of %s", where);
    } else if (strcspn(at == NULL ? rest : at + 1, "/?#") == 0 || /* curl would go on looking */
               curl_url_set(parsed, CURLUPART_URL, *bare, CURLU_PATH_AS_IS) != CURLUE_OK) {
        code = refuse("names no host that makes sense", where, error);
    } else if (at != NULL && curl_url_set(parsed, CURLUPART_URL, url, PARSE_FLAGS) != CURLUE_OK) {
        code = refuse("has a user name or password that cannot be read; encode '/', '?', '#' and "
                      "'@' in it (%2F, %3F, %23, %40)",
                      where, error);
    } else if (at != NULL) {
        *user = part_of(parsed, CURLUPART_USER, CURLU_URLDECODE);
        *password = part_of(parsed, CURLUPART_PASSWORD, CURLU_URLDECODE);
    }
    curl_url_cleanup(parsed);
    return code;
}

/* ---- redirects ---- */

static bool is_web(const char *url) {
    return strncasecmp(url, "https://", 8) == 0 || strncasecmp(url, "http://", 7) == 0;
}

char *ar_web_address_resolve(const char *url, const char *location) {
    CURLU *parsed = curl_url();
    char *resolved = NULL;
    if (parsed != NULL && curl_url_set(parsed, CURLUPART_URL, url, PARSE_FLAGS) == CURLUE_OK &&
        curl_url_set(parsed, CURLUPART_URL, location, PARSE_FLAGS) == CURLUE_OK) {
        resolved = part_of(parsed, CURLUPART_URL, 0);
    }
    curl_url_cleanup(parsed);
    if (resolved != NULL && !is_web(resolved)) {
        free(resolved);
        resolved = NULL;
    }
    return resolved;
}

typedef struct server {
    char *scheme, *host, *port; /* PORT is there also where the URL has none */
} server;

static void free_server(server *s) {
    free(s->scheme);
    free(s->host);
    free(s->port);
}

static bool server_of(const char *url, server *s) {
    CURLU *parsed = curl_url();
    *s = (server){NULL, NULL, NULL};
    if (parsed != NULL && curl_url_set(parsed, CURLUPART_URL, url, PARSE_FLAGS) == CURLUE_OK) {
        s->scheme = part_of(parsed, CURLUPART_SCHEME, 0);
        s->host = part_of(parsed, CURLUPART_HOST, 0);
        s->port = part_of(parsed, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    }
    curl_url_cleanup(parsed);
    return s->scheme != NULL && s->host != NULL && s->port != NULL;
}

bool ar_web_address_is_same_server(const char *a, const char *b) {
    server from, to;
    bool ok = server_of(a, &from);
    ok = server_of(b, &to) && ok;
    bool same = ok && strcasecmp(from.host, to.host) == 0 &&
                ((strcasecmp(from.scheme, to.scheme) == 0 && strcmp(from.port, to.port) == 0) ||
                 (strcasecmp(from.scheme, "http") == 0 && strcmp(from.port, "80") == 0 &&
                  strcasecmp(to.scheme, "https") == 0 && strcmp(to.port, "443") == 0));
    free_server(&from);
    free_server(&to);
    return same;
}

bool ar_web_address_is_tls(const char *url) {
    return strncasecmp(url, "https://", 8) == 0;
}

/* ---- words ---- */

/* Behind user and password. */
static const char *host_of(const char *url) {
    const char *start = strstr(url, "://");
    start = start == NULL ? url : start + 3;
    const char *at = memrchr(start, '@', strcspn(start, "/?#"));
    return at == NULL ? start : at + 1;
}

void ar_web_address_server(const char *url, char *text, size_t size) {
    const char *host = host_of(url);
    snprintf(text, size, "%.*s", (int)strcspn(host, "/?#"), host);
}

void ar_web_address_show(const char *url, char *text, size_t size) {
    const char *host = host_of(url);
    const char *scheme_end = strstr(url, "://");
    int scheme = scheme_end == NULL ? 0 : (int)(scheme_end + 3 - url);
    size_t length = strcspn(host, "?#");
    snprintf(text, size, "%.*s%.*s%s", scheme, url, (int)(length < 1000 ? length : 1000), host,
             host[length] == '?' ? "?..." : "");
}
