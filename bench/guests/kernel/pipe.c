// A byte thrown to and fro between two processes: two switches of process a round.
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

static void echo(int from, int to) {
    char byte;
    while (read(from, &byte, 1) == 1) {
        if (write(to, &byte, 1) != 1) { break; }
    }
    _exit(0);
}

uint32_t work(uint32_t rounds) {
    int there[2];
    int back[2];
    uint32_t sum = 0;
    if (pipe(there) || pipe(back)) { exit(1); }
    const pid_t child = fork();
    if (child == 0) {
        close(there[1]);
        close(back[0]);
        echo(there[0], back[1]);
    }
    for (uint32_t i = 0; i < rounds; ++i) {
        char byte = (char)i;
        if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1) { exit(1); }
        sum = sum * 31 + (uint8_t)byte;
    }
    close(there[1]);
    waitpid(child, NULL, 0);
    return sum;
}

int main(int argc, char** argv) { return run_guest("pipe", 10000, argc, argv); }
