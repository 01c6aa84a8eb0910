#include "repository/configuration.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/operation.h"
#include "base/path.h"
#include "repository/document.h"
#include "repository/registry.h"
#include "repository/settings_check.h"

/* The fields beside the kinds. */
static const ar_field repository_fields[] = {
    {"archiveLogs", AR_FIELD_BOOL, NULL, false},
    {NULL, AR_FIELD_ANY, NULL, false},
};
static const ar_field *const archive_logs_field = &repository_fields[0];

static artrepo_code no_memory(artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a configuration");
}

/* ---- which of the members is the repository ---- */

static bool is_object(const ar_value *value) {
    return value != NULL && value->kind == AR_VALUE_OBJECT;
}

static bool may_be_driver(const ar_member *member) {
    return is_object(member->value) && ar_kind_find(member->name) == NULL &&
           ar_kind_is_name(member->name);
}

/* The only object under a name that we do not know: the settings of a plug-in's driver. */
static const ar_member *find_driver(const ar_value *repository, bool *several) {
    const ar_member *found = NULL;
    for (size_t i = 0; i < repository->count; i++) {
        const ar_member *member = &repository->members[i];
        if (may_be_driver(member)) {
            *several = found != NULL;
            found = found == NULL || ar_registry_has(member->name) ? member : found;
        }
    }
    return found;
}

static const ar_member *find_member(const ar_value *repository, const char *name) {
    for (size_t i = 0; i < repository->count; i++) {
        if (strcmp(repository->members[i].name, name) == 0) {
            return &repository->members[i];
        }
    }
    return NULL;
}

static const ar_member *first_of(const ar_value *repository, const char *const *kinds) {
    for (; *kinds != NULL; kinds++) {
        const ar_member *member = find_member(repository, *kinds);
        if (member != NULL && member->value->kind != AR_VALUE_NULL) {
            return member;
        }
    }
    return NULL;
}

/* NULL, with the error filled, when there is none or it is not clear which. */
static const ar_member *choose(const ar_check *check, const ar_value *repository) {
    bool several = false;
    const ar_member *member = first_of(repository, ar_kinds_of_repositories);
    if (member == NULL) { /* locations that can do as a repository: http, raw, git */
        member = first_of(repository, ar_kinds_of_locations);
    }
    if (member == NULL) {
        member = find_driver(repository, &several);
        several = several && !ar_registry_has(member->name);
    }
    if (member == NULL || several) {
        ar_document_error(check->error, check->file_name, repository,
                          "no repository here; write one of s3, gcs, azure, oss, hdfs, "
                          "artifactory, plugin, fs, or the name of a driver, and its settings "
                          "below it");
        return NULL;
    }
    return member;
}

static void warn_about_others(const ar_check *check, const ar_value *repository,
                              const ar_member *chosen) {
    for (size_t i = 0; i < repository->count; i++) {
        const ar_member *member = &repository->members[i];
        if (member == chosen || strcmp(member->name, archive_logs_field->name) == 0 ||
            member->value->kind == AR_VALUE_NULL) {
            continue;
        }
        if (ar_kind_find(member->name) == NULL) {
            ar_schema_warn_unknown(check, member->value, "", member->name, repository_fields);
            continue;
        }
        ar_log(check->operation, ARTREPO_LOG_WARNING, "several repositories are set", "used",
               chosen->name, "ignored", member->name, "file", check->file_name, NULL);
    }
}

/* ---- the key scheme ---- */

/* The text of the field NAME when there is one that is not empty. */
static const char *get_text(const ar_value *settings, const char *name) {
    const ar_value *value = name == NULL ? NULL : ar_value_get(settings, name);
    return value == NULL || value->text == NULL || value->text[0] == '\0' ? NULL : value->text;
}

static char *make_default_format(const ar_kind *kind, const ar_value *settings) {
    const char *prefix = get_text(settings, kind->prefix_field);
    return prefix == NULL ? strdup(AR_DEFAULT_KEY_FORMAT)
                          : ar_path_join(prefix, AR_DEFAULT_KEY_FORMAT);
}

/* Behind the repository's URL comes one slash, then the format to the letter. */
static char *join_url(const char *url, char *format) {
    char *joined = format == NULL ? NULL : ar_path_concatenate(url == NULL ? "" : url, format);
    free(format);
    return joined;
}

static char *make_key_format(const ar_kind *kind, const ar_value *settings, bool *is_default) {
    const char *format = get_text(settings, kind->format_field);
    const char *key = get_text(settings, kind->key_field);
    *is_default = false;
    if (format == NULL && key != NULL) { /* a template's archiveLocation */
        return strdup(key);
    }
    *is_default = format == NULL;
    char *made = format == NULL ? make_default_format(kind, settings) : strdup(format);
    return kind->url_field == NULL ? made : join_url(get_text(settings, kind->url_field), made);
}

/* What drivers see: the settings without the key scheme, and the URL under its usual name. */
static bool strip_scheme(const ar_kind *kind, ar_value *settings) {
    const char *url = get_text(settings, kind->url_field);
    if (url != NULL && get_text(settings, kind->key_field) == NULL &&
        !ar_value_put_string(settings, kind->key_field, url)) {
        return false;
    }
    for (const ar_field *field = kind->scheme_fields; field != NULL && field->name != NULL;
         field++) {
        ar_value_remove(settings, field->name);
    }
    return true;
}

/* ---- making ---- */

static artrepo_code fill(artrepo_configuration *configuration, const ar_member *chosen,
                         artrepo_error *error) {
    const ar_kind *kind = ar_kind_get(chosen->name);
    configuration->repository = ar_value_copy(chosen->value);
    if (configuration->repository == NULL) {
        return no_memory(error);
    }
    if (kind->format_field != NULL) {
        configuration->key_format =
            make_key_format(kind, chosen->value, &configuration->key_format_is_default);
        if (configuration->key_format == NULL) {
            return no_memory(error);
        }
    }
    ar_value *settings = ar_value_copy(chosen->value);
    if (settings == NULL || !strip_scheme(kind, settings)) {
        ar_value_free(settings);
        return no_memory(error);
    }
    configuration->location = ar_location_new(chosen->name, settings);
    if (configuration->location == NULL) {
        return no_memory(error);
    }
    free(configuration->location->key);
    configuration->location->key = NULL;
    return ARTREPO_OK;
}

artrepo_code ar_configuration_from_repository(const ar_check *check, const ar_value *repository,
                                              artrepo_configuration **out) {
    const ar_member *chosen = choose(check, repository);
    if (chosen == NULL) {
        return ARTREPO_INVALID;
    }
    warn_about_others(check, repository, chosen);
    artrepo_code code =
        ar_settings_check(check, ar_kind_get(chosen->name), chosen->name, chosen->value, true);
    const ar_value *archive_logs = ar_value_get(repository, archive_logs_field->name);
    if (code == ARTREPO_OK && archive_logs != NULL) {
        code = ar_schema_check_field(check, archive_logs, archive_logs_field->name,
                                     archive_logs_field);
    }
    if (code != ARTREPO_OK) {
        return code;
    }
    artrepo_configuration *configuration = calloc(1, sizeof *configuration);
    if (configuration == NULL) {
        return no_memory(check->error);
    }
    if (archive_logs != NULL && archive_logs->kind == AR_VALUE_BOOL) {
        configuration->archive_logs = strcmp(archive_logs->text, "true") == 0;
        configuration->archive_logs_line = archive_logs->line;
    }
    code = fill(configuration, chosen, check->error);
    if (code != ARTREPO_OK) {
        artrepo_configuration_free(configuration);
        return code;
    }
    *out = configuration;
    return ARTREPO_OK;
}

artrepo_code artrepo_configuration_parse(const char *text, size_t size, const char *file_name,
                                         const char *ref, artrepo_operation *operation,
                                         artrepo_configuration **configuration,
                                         artrepo_error *error) {
    const ar_origin origin = {.file_name = file_name};
    const ar_check check = {file_name, operation, error};
    ar_value *root = NULL;
    artrepo_code code = ar_document_parse(text, size, &origin, &root, error);
    if (code == ARTREPO_OK) {
        code = ar_configuration_from_document(&check, text, size, root, ref, configuration);
    }
    ar_value_free(root);
    return code;
}

artrepo_code artrepo_configuration_read(const char *path, const char *ref,
                                        artrepo_operation *operation,
                                        artrepo_configuration **configuration,
                                        artrepo_error *error) {
    char *text = NULL;
    size_t size = 0;
    artrepo_code code = ar_file_read_whole(path, AR_DOCUMENT_MAX_SIZE, &text, &size, error);
    if (code != ARTREPO_OK) {
        artrepo_error_prefix(error, "repository file");
        return code;
    }
    code = artrepo_configuration_parse(text, size, path, ref, operation, configuration, error);
    free(text);
    return code;
}

void artrepo_configuration_free(artrepo_configuration *configuration) {
    if (configuration == NULL) {
        return;
    }
    ar_value_free(configuration->repository);
    artrepo_location_free(configuration->location);
    free(configuration->key_format);
    free(configuration);
}

const char *artrepo_configuration_kind(const artrepo_configuration *configuration) {
    return configuration->location->name;
}

bool artrepo_configuration_archive_logs(const artrepo_configuration *configuration) {
    return configuration->archive_logs;
}

const artrepo_location *artrepo_configuration_location(const artrepo_configuration *configuration) {
    return configuration->location;
}
