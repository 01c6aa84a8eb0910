#include "web/config.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/settings.h"
#include "http/url.h"
#include "remote/oauth.h"
#include "remote/secret.h"
#include "web/address.h"

#define DEFAULT_SPOOL_MIB INT64_C(10240)
#define MAX_SPOOL_MIB (INT64_C(1) << 30)

static artrepo_code no_memory(artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the settings of http");
}

static bool is_given(const artrepo_driver_settings *settings, const char *name) {
    return artrepo_driver_settings_has(settings, name);
}

/* ---- basic ---- */

char *ar_web_basic_header(const char *user, const char *password) {
    static const char prefix[] = "Authorization: Basic ";
    size_t size = strlen(user) + 1 + strlen(password);
    char *plain = size > (1 << 20) ? NULL : malloc(size + 1);
    char *line = plain == NULL ? NULL : malloc(sizeof prefix + size / 3 * 4 + 8);
    if (line != NULL) {
        snprintf(plain, size + 1, "%s:%s", user, password);
        memcpy(line, prefix, sizeof prefix);
        EVP_EncodeBlock((unsigned char *)line + sizeof prefix - 1, (unsigned char *)plain,
                        (int)size);
        explicit_bzero(plain, size);
    }
    free(plain);
    return line;
}

/* Files of secrets often end in a line's end, which belongs to no password. */
static void trim_line_end(artrepo_secret *secret) {
    while (secret->size > 0 &&
           (secret->data[secret->size - 1] == '\n' || secret->data[secret->size - 1] == '\r')) {
        secret->data[--secret->size] = '\0';
    }
}

static artrepo_code read_secret(const artrepo_driver_settings *settings, const char *name,
                                artrepo_secret *secret, artrepo_error *error) {
    artrepo_code code = artrepo_driver_settings_secret(settings, name, secret, error);
    if (code == ARTREPO_OK && secret->data != NULL) {
        trim_line_end(secret);
        if (strlen(secret->data) != secret->size) {
            code = artrepo_error_set(error, ARTREPO_INVALID,
                                     "the secret of %s.%s has a zero byte in it", settings->kind,
                                     name);
        }
    }
    return code;
}

/* Both or none of them. */
static artrepo_code check_pair(const artrepo_driver_settings *settings, const char *first,
                               const char *second, artrepo_error *error) {
    if (is_given(settings, first) == is_given(settings, second)) {
        return ARTREPO_OK;
    }
    const char *missing = is_given(settings, first) ? second : first;
    return artrepo_error_set(
        error, ARTREPO_INVALID, "%s.%s is missing, and %s.%s is there; set both or none",
        settings->kind, missing, settings->kind, missing == first ? second : first);
}

static artrepo_code read_basic(const artrepo_driver_settings *settings, ar_web_config *config,
                               artrepo_error *error) {
    const char *user_name =
        config->artifactory ? "usernameSecret" : "auth.basicAuth.usernameSecret";
    const char *password_name =
        config->artifactory ? "passwordSecret" : "auth.basicAuth.passwordSecret";
    artrepo_secret user = {NULL, 0}, password = {NULL, 0};
    artrepo_code code = check_pair(settings, user_name, password_name, error);
    if (code != ARTREPO_OK || !is_given(settings, user_name)) {
        return code;
    }
    code = read_secret(settings, user_name, &user, error);
    if (code == ARTREPO_OK) {
        code = read_secret(settings, password_name, &password, error);
    }
    if (code == ARTREPO_OK && strchr(user.data, ':') != NULL) {
        code = artrepo_error_set(error, ARTREPO_INVALID,
                                 "the user name of %s.%s has a ':' in it, which basic "
                                 "authentication cannot send",
                                 settings->kind, user_name);
    }
    if (code == ARTREPO_OK) {
        ar_secret_wipe_text(&config->authorization); /* that of the URL */
        config->authorization = ar_web_basic_header(user.data, password.data);
        code = config->authorization == NULL ? no_memory(error) : ARTREPO_OK;
    }
    artrepo_secret_clear(&user);
    artrepo_secret_clear(&password);
    return code;
}

/* ---- the address ---- */

static artrepo_code read_url(const artrepo_driver_settings *settings, ar_web_config *config,
                             artrepo_error *error) {
    const char *url = artrepo_driver_settings_get(settings, "url");
    if (url == NULL || url[0] == '\0') {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 config->artifactory
                                     ? "artifactory has neither url nor repoURL; set one of them"
                                     : "%s.url is not set; set it to the address of the artifact",
                                 settings->kind);
    }
    char *user = NULL, *password = NULL;
    artrepo_code code =
        ar_web_address_take_user(url, &config->url, &user, &password, settings->kind, error);
    if (code == ARTREPO_OK) {
        config->path = ar_url_path(config->url);
        if (user != NULL || password != NULL) {
            config->authorization =
                ar_web_basic_header(user == NULL ? "" : user, password == NULL ? "" : password);
        }
        if (config->path == NULL ||
            ((user != NULL || password != NULL) && config->authorization == NULL)) {
            code = no_memory(error);
        }
    }
    ar_secret_wipe_text(&user);
    ar_secret_wipe_text(&password);
    return code;
}

/* ---- headers ---- */

static bool is_header_name(const char *name) {
    static const char token[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    return name != NULL && name[0] != '\0' && name[strspn(name, token)] == '\0';
}

/* What says where a message ends is the transport's. */
static bool is_of_transport(const char *name) {
    return strcasecmp(name, "Content-Length") == 0 || strcasecmp(name, "Transfer-Encoding") == 0 ||
           strcasecmp(name, "Trailer") == 0 || strcasecmp(name, "Expect") == 0;
}

static artrepo_code add_header(ar_web_config *config, const char *name, const char *value,
                               artrepo_error *error) {
    if (!is_header_name(name)) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "http.headers: '%s' is no name of a header",
                                 name == NULL ? "" : name);
    }
    for (const char *c = value; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' && *c != '\t') {
            return artrepo_error_set(error, ARTREPO_INVALID,
                                     "http.headers: the value of '%s' has a line's end or another "
                                     "control character in it",
                                     name);
        }
    }
    if (is_of_transport(name)) {
        return ARTREPO_OK;
    }
    ar_buffer line = AR_BUFFER_INIT;
    /* Curl's way to say that a header is there, and empty. */
    bool done = value[0] == '\0' ? ar_buffer_printf(&line, "%s;", name)
                                 : ar_buffer_printf(&line, "%s: %s", name, value);
    if (!done) {
        return no_memory(error);
    }
    config->headers[config->header_count++] = line.data;
    return ARTREPO_OK;
}

static artrepo_code read_headers(const artrepo_driver_settings *settings, ar_web_config *config,
                                 artrepo_error *error) {
    const ar_value *list = ar_value_get(settings->root, "headers");
    if (list == NULL || list->count == 0) {
        return ARTREPO_OK;
    }
    config->headers = calloc(list->count, sizeof *config->headers);
    if (config->headers == NULL) {
        return no_memory(error);
    }
    artrepo_code code = ARTREPO_OK;
    for (size_t i = 0; code == ARTREPO_OK && i < list->count; i++) {
        const ar_value *header = list->members[i].value;
        const char *value = ar_value_find_text(header, "value");
        code = add_header(config, ar_value_find_text(header, "name"), value == NULL ? "" : value,
                          error);
    }
    return code;
}

/* ---- OAuth 2.0 ---- */

static bool join_scopes(const ar_value *list, char **scopes) {
    ar_buffer joined = AR_BUFFER_INIT;
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const char *scope = list->members[i].value->text;
        if (scope != NULL && scope[0] != '\0' &&
            !ar_buffer_printf(&joined, "%s%s", joined.size == 0 ? "" : " ", scope)) {
            ar_buffer_free(&joined);
            return false;
        }
    }
    *scopes = joined.data;
    return true;
}

/* They may say another grant type, for servers that call it otherwise, but nothing else that is
 * said already. */
static artrepo_code read_parameters(const ar_value *list, ar_web_oauth *oauth,
                                    artrepo_error *error) {
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const char *key = ar_value_find_text(list->members[i].value, "key");
        const char *value = ar_value_find_text(list->members[i].value, "value");
        value = value == NULL ? "" : value;
        if (key == NULL || key[0] == '\0') {
            return artrepo_error_set(error, ARTREPO_INVALID,
                                     "http.auth.oauth2.endpointParams: one has no key");
        }
        if (strcmp(key, "scope") == 0 && oauth->scopes != NULL) {
            return artrepo_error_set(error, ARTREPO_INVALID,
                                     "http.auth.oauth2 has scopes, and scope as an endpointParam; "
                                     "keep one of them");
        }
        if (strcmp(key, "grant_type") == 0) {
            ar_secret_wipe_text(&oauth->grant_type);
            oauth->grant_type = strdup(value);
            if (oauth->grant_type == NULL) {
                return no_memory(error);
            }
            continue;
        }
        ar_buffer name = AR_BUFFER_INIT;
        bool done = ar_oauth_append_field(&name, "", key) && /* "=KEY", encoded */
                    ar_oauth_append_field(&oauth->parameters, name.data + 1, value);
        ar_buffer_free(&name);
        if (!done) {
            return no_memory(error);
        }
    }
    return ARTREPO_OK;
}

static artrepo_code read_oauth_secrets(const artrepo_driver_settings *settings, ar_web_oauth *oauth,
                                       artrepo_error *error) {
    const struct {
        const char *name;
        artrepo_secret *secret;
    } secrets[] = {{"auth.oauth2.clientIDSecret", &oauth->client_id},
                   {"auth.oauth2.clientSecretSecret", &oauth->client_secret},
                   {"auth.oauth2.tokenURLSecret", &oauth->token_url}};
    enum { COUNT = sizeof secrets / sizeof secrets[0] };
    size_t given = 0;
    for (size_t i = 0; i < COUNT; i++) {
        given += is_given(settings, secrets[i].name) ? 1 : 0;
    }
    for (size_t i = 0; given > 0 && i < COUNT; i++) {
        if (!is_given(settings, secrets[i].name)) {
            return artrepo_error_set(error, ARTREPO_INVALID,
                                     "%s.%s is missing; OAuth 2.0 needs clientIDSecret, "
                                     "clientSecretSecret and tokenURLSecret",
                                     settings->kind, secrets[i].name);
        }
        artrepo_code code = read_secret(settings, secrets[i].name, secrets[i].secret, error);
        if (code != ARTREPO_OK) {
            return code;
        }
    }
    oauth->given = given > 0;
    return ARTREPO_OK;
}

static artrepo_code read_oauth(const artrepo_driver_settings *settings, ar_web_oauth *oauth,
                               artrepo_error *error) {
    artrepo_code code = read_oauth_secrets(settings, oauth, error);
    if (code != ARTREPO_OK || !oauth->given) {
        return code;
    }
    ar_secret_trim(&oauth->token_url);
    const char *url = oauth->token_url.data;
    if ((strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0) ||
        strpbrk(url, " \t\r\n") != NULL) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "the secret of %s.auth.oauth2.tokenURLSecret is no address such "
                                 "as https://HOST/PATH",
                                 settings->kind);
    }
    if (!join_scopes(ar_value_find(settings->root, "auth.oauth2.scopes"), &oauth->scopes)) {
        return no_memory(error);
    }
    return read_parameters(ar_value_find(settings->root, "auth.oauth2.endpointParams"), oauth,
                           error);
}

/* ---- TLS ---- */

static artrepo_code read_identity(const artrepo_driver_settings *settings, ar_web_config *config,
                                  artrepo_error *error) {
    const char *certificate = "auth.clientCert.clientCertSecret";
    const char *key = "auth.clientCert.clientKeySecret";
    artrepo_code code = check_pair(settings, certificate, key, error);
    if (code != ARTREPO_OK || !is_given(settings, certificate)) {
        return code;
    }
    code = artrepo_driver_settings_secret(settings, certificate, &config->certificate, error);
    if (code == ARTREPO_OK) {
        code = artrepo_driver_settings_secret(settings, key, &config->key, error);
    }
    return code == ARTREPO_OK ? ar_web_check_identity(&config->certificate, &config->key, error)
                              : code;
}

/* ---- all of it ---- */

static artrepo_code read_spool_limit(const artrepo_driver_settings *settings, ar_web_config *config,
                                     artrepo_error *error) {
    const char *text = artrepo_driver_settings_get(settings, "spoolLimitMiB");
    char *end = NULL;
    long long mib = text == NULL ? DEFAULT_SPOOL_MIB : strtoll(text, &end, 10);
    if (text != NULL && (end == text || *end != '\0' || mib < 0 || mib > MAX_SPOOL_MIB)) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "%s.spoolLimitMiB '%s' is no number of MiB", settings->kind, text);
    }
    config->spool_limit = mib << 20;
    return ARTREPO_OK;
}

artrepo_code ar_web_config_read(const artrepo_driver_settings *settings, bool artifactory,
                                ar_web_config *config, artrepo_error *error) {
    config->artifactory = artifactory;
    artrepo_code code = read_url(settings, config, error);
    if (code == ARTREPO_OK) {
        code = read_basic(settings, config, error);
    }
    if (code == ARTREPO_OK) {
        code = artrepo_driver_settings_secret(settings, "caSecret", &config->ca, error);
    }
    if (code == ARTREPO_OK) {
        code = read_spool_limit(settings, config, error);
    }
    if (code == ARTREPO_OK && !artifactory) {
        code = read_headers(settings, config, error);
    }
    if (code == ARTREPO_OK && !artifactory) {
        code = read_oauth(settings, &config->oauth, error);
    }
    if (code == ARTREPO_OK && !artifactory) {
        code = read_identity(settings, config, error);
    }
    return code;
}

void ar_web_config_free(ar_web_config *config) {
    free(config->url);
    free(config->path);
    for (size_t i = 0; i < config->header_count; i++) {
        ar_secret_wipe_text(&config->headers[i]);
    }
    free(config->headers);
    ar_secret_wipe_text(&config->authorization);
    artrepo_secret_clear(&config->certificate);
    artrepo_secret_clear(&config->key);
    artrepo_secret_clear(&config->ca);
    artrepo_secret_clear(&config->oauth.client_id);
    artrepo_secret_clear(&config->oauth.client_secret);
    artrepo_secret_clear(&config->oauth.token_url);
    free(config->oauth.scopes);
    ar_secret_wipe_text(&config->oauth.grant_type);
    ar_secret_wipe_buffer(&config->oauth.parameters);
    *config = (ar_web_config){0};
}
