#include "archive/tar_header.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* POSIX.1 ustar */
struct ustar {
    char name[100];
    char mode[8];
    char uid[8];
    char gid[8];
    char size[12];
    char modified[12];
    char checksum[8];
    char type;
    char link[100];
    char magic[6];
    char version[2];
    char user[32];
    char group[32];
    char device_major[8];
    char device_minor[8];
    char prefix[155];
    char padding[12];
};
_Static_assert(sizeof(struct ustar) == AR_TAR_BLOCK, "a header is one block");

enum { MAX_ID = 07777777 };
#define MAX_SIZE INT64_C(077777777777)

static void put_octal(char *field, size_t size, uint64_t value) {
    field[size - 1] = '\0';
    for (size_t i = size - 1; i-- > 0; value >>= 3) {
        field[i] = (char)('0' + (value & 7));
    }
}

static unsigned checksum_of(const struct ustar *header) {
    const unsigned char *bytes = (const unsigned char *)header;
    unsigned sum = 0;
    for (size_t i = 0; i < sizeof *header; i++) {
        bool own = i >= offsetof(struct ustar, checksum) && i < offsetof(struct ustar, type);
        sum += own ? ' ' : bytes[i];
    }
    return sum;
}

static bool is_ascii(const char *text) {
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text >= 0x80) {
            return false;
        }
    }
    return true;
}

/* Puts NAME into name, or parted at a slash into prefix and name; false when it does not fit. */
static bool put_name(struct ustar *header, const char *name) {
    size_t length = strlen(name);
    if (!is_ascii(name)) {
        return false;
    }
    if (length <= sizeof header->name) {
        memcpy(header->name, name, length);
        return true;
    }
    if (length > sizeof header->prefix + 1 + sizeof header->name) {
        return false;
    }
    size_t slash = length - sizeof header->name - 1;
    while (slash < length && slash <= sizeof header->prefix && name[slash] != '/') {
        slash++;
    }
    if (slash == 0 || slash > sizeof header->prefix || slash + 1 >= length) {
        return false;
    }
    memcpy(header->prefix, name, slash);
    memcpy(header->name, name + slash + 1, length - slash - 1);
    return true;
}

static bool put_link(struct ustar *header, const char *link) {
    size_t length = strlen(link);
    if (length > sizeof header->link || !is_ascii(link)) {
        return false;
    }
    memcpy(header->link, link, length);
    return true;
}

/* A pax record is "LENGTH name=value\n", where LENGTH counts its own digits too. */
static bool append_record(ar_buffer *records, const char *name, const char *value) {
    size_t rest = strlen(name) + strlen(value) + 3;
    size_t length = rest + 1;
    while ((size_t)snprintf(NULL, 0, "%zu", length) + rest != length) {
        length = (size_t)snprintf(NULL, 0, "%zu", length) + rest;
    }
    return ar_buffer_printf(records, "%zu %s=%s\n", length, name, value);
}

static bool append_number(ar_buffer *records, const char *name, int64_t value) {
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)value);
    return append_record(records, name, text);
}

static bool append_block(ar_buffer *out, struct ustar *header) {
    memcpy(header->magic, "ustar", 6);
    memcpy(header->version, "00", 2);
    put_octal(header->device_major, sizeof header->device_major, 0);
    put_octal(header->device_minor, sizeof header->device_minor, 0);
    /* Six digits, NUL, space: as all tar programs write it. */
    put_octal(header->checksum, sizeof header->checksum - 1, checksum_of(header));
    header->checksum[7] = ' ';
    return ar_buffer_append(out, header, sizeof *header);
}

static bool append_pax_header(ar_buffer *out, const ar_buffer *records, const char *name) {
    struct ustar header = {.type = 'x'};
    /* Readers that do not know pax would make a file of this name. */
    const char *slash = strrchr(name, '/');
    snprintf(header.name, sizeof header.name, "PaxHeaders.0/%.80s",
             slash == NULL ? name : slash + 1);
    put_octal(header.mode, sizeof header.mode, 0644);
    put_octal(header.uid, sizeof header.uid, 0);
    put_octal(header.gid, sizeof header.gid, 0);
    put_octal(header.size, sizeof header.size, records->size);
    put_octal(header.modified, sizeof header.modified, 0);
    static const char zeros[AR_TAR_BLOCK];
    return append_block(out, &header) && ar_buffer_append(out, records->data, records->size) &&
           ar_buffer_append(out, zeros, AR_TAR_PADDING(records->size));
}

/* Fills HEADER, and RECORDS with what does not fit into it. */
static bool fill(struct ustar *header, ar_buffer *records, const ar_tar_entry *entry) {
    bool good = true;
    if (!put_name(header, entry->name)) {
        good = append_record(records, "path", entry->name);
        snprintf(header->name, sizeof header->name, "%s", entry->name);
    }
    if (entry->link != NULL && !put_link(header, entry->link)) {
        good = good && append_record(records, "linkpath", entry->link);
        snprintf(header->link, sizeof header->link, "%s", entry->link);
    }
    if (entry->size > MAX_SIZE) {
        good = good && append_number(records, "size", entry->size);
    }
    if (entry->uid > MAX_ID) {
        good = good && append_number(records, "uid", entry->uid);
    }
    if (entry->gid > MAX_ID) {
        good = good && append_number(records, "gid", entry->gid);
    }
    if (entry->modified < 0 || entry->modified > MAX_SIZE) {
        good = good && append_number(records, "mtime", entry->modified);
    }
    put_octal(header->mode, sizeof header->mode, entry->mode & 07777);
    put_octal(header->uid, sizeof header->uid, entry->uid > MAX_ID ? 0 : entry->uid);
    put_octal(header->gid, sizeof header->gid, entry->gid > MAX_ID ? 0 : entry->gid);
    put_octal(header->size, sizeof header->size,
              entry->size > MAX_SIZE ? 0 : (uint64_t)entry->size);
    put_octal(header->modified, sizeof header->modified,
              entry->modified < 0 || entry->modified > MAX_SIZE ? 0 : (uint64_t)entry->modified);
    header->type = entry->type;
    return good;
}

bool ar_tar_header_append(ar_buffer *out, const ar_tar_entry *entry) {
    struct ustar header = {.type = 0};
    ar_buffer records = AR_BUFFER_INIT;
    bool good = fill(&header, &records, entry);
    if (good && records.size > 0) {
        good = append_pax_header(out, &records, entry->name);
    }
    good = good && append_block(out, &header);
    ar_buffer_free(&records);
    return good;
}

bool ar_tar_is_header(const unsigned char *block) {
    struct ustar header;
    memcpy(&header, block, sizeof header);
    char text[sizeof header.checksum + 1] = {0};
    memcpy(text, header.checksum, sizeof header.checksum);
    const char *digits = text + strspn(text, " ");
    char *rest;
    unsigned long stated = strtoul(digits, &rest, 8);
    bool is_number = *digits >= '0' && *digits <= '7' && (*rest == '\0' || *rest == ' ');
    return is_number && stated == checksum_of(&header) && header.name[0] != '\0';
}
