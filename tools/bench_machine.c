#include "bench_machine.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "format.h"

static void look_at_system(bench_machine *machine) {
    struct utsname name;
    if (uname(&name) == 0) {
        snprintf(machine->system, sizeof machine->system, "%s %s %s", name.sysname, name.release,
                 name.machine);
    }
}

static void look_at_processor(bench_machine *machine) {
    char line[256], model[160] = "";
    FILE *file = fopen("/proc/cpuinfo", "re");
    while (file != NULL && model[0] == '\0' && fgets(line, sizeof line, file) != NULL) {
        const char *value = strchr(line, ':');
        if (strncmp(line, "model name", 10) == 0 && value != NULL) {
            value += 1 + strspn(value + 1, " \t");
            snprintf(model, sizeof model, "%.*s", (int)strcspn(value, "\n"), value);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    snprintf(machine->processor, sizeof machine->processor, "%ld of %s",
             sysconf(_SC_NPROCESSORS_ONLN), model[0] != '\0' ? model : "unknown model");
}

static void look_at_memory(bench_machine *machine) {
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    if (pages > 0 && page > 0) {
        format_text bytes = format_bytes((int64_t)pages * page);
        snprintf(machine->memory, sizeof machine->memory, "%s", bytes.text);
    }
}

static void look_at_file_system(bench_machine *machine, const char *scratch) {
    static const struct {
        unsigned long magic; /* statfs(2) */
        const char *name;
    } known[] = {{0x01021994, "tmpfs"}, {0xef53, "ext4"},          {0x58465342, "xfs"},
                 {0x9123683e, "btrfs"}, {0x794c7630, "overlayfs"}, {0x2fc12fc1, "zfs"},
                 {0xf2f52010, "f2fs"},  {0x6969, "nfs"},           {0x01021997, "9p"},
                 {0x65735546, "fuse"}};
    struct statfs status;
    if (scratch == NULL) {
        machine->file_system[0] = '\0';
        return;
    }
    if (statfs(scratch, &status) != 0) {
        return;
    }
    unsigned long magic = (unsigned long)status.f_type & 0xffffffffUL;
    snprintf(machine->file_system, sizeof machine->file_system, "type 0x%lx", magic);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].magic == magic) {
            snprintf(machine->file_system, sizeof machine->file_system, "%s", known[i].name);
        }
    }
}

static void look_at_command(bench_machine *machine) {
    FILE *file = fopen("/proc/self/cmdline", "re");
    if (file == NULL) {
        return;
    }
    size_t size = fread(machine->command, 1, sizeof machine->command - 1, file);
    fclose(file);
    for (size_t i = 0; i + 1 < size; i++) {
        if (machine->command[i] == '\0') {
            machine->command[i] = ' ';
        }
    }
    machine->command[size] = '\0';
}

void bench_machine_look(bench_machine *machine, const char *scratch) {
    static const char unknown[] = "unknown";
    memset(machine, 0, sizeof *machine);
    memcpy(machine->system, unknown, sizeof unknown);
    memcpy(machine->memory, unknown, sizeof unknown);
    memcpy(machine->file_system, unknown, sizeof unknown);
    memcpy(machine->command, unknown, sizeof unknown);
    look_at_system(machine);
    look_at_processor(machine);
    look_at_memory(machine);
    look_at_file_system(machine, scratch);
    look_at_command(machine);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    format_text date = format_time((int64_t)now.tv_sec * 1000);
    memcpy(machine->date, date.text, sizeof date.text);
}
