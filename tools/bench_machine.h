/* Facts about the machine that results depend on. */
#ifndef ARTCTL_BENCH_MACHINE_H
#define ARTCTL_BENCH_MACHINE_H

typedef struct bench_machine {
    char system[200];    /* "Linux 6.1.0 x86_64" */
    char processor[200]; /* "2 of MODEL" */
    char memory[40];
    char file_system[40]; /* of the scratch directory; "" without one */
    char date[40];
    char command[1000]; /* the command line */
} bench_machine;

/* SCRATCH may be NULL. What the system does not say is "unknown". */
void bench_machine_look(bench_machine *machine, const char *scratch);

#endif
