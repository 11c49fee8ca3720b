// A program started and ended, again and again: itself, with a word that makes it end at once.
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

static pid_t start_another(void) {
    const pid_t child = vfork();
    if (child == 0) {
        execl("/proc/self/exe", "exec", "end", (char*)NULL);
        _exit(99);
    }
    return child;
}

uint32_t work(uint32_t rounds) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < rounds; ++i) {
        int status = 1;
        waitpid(start_another(), &status, 0);
        sum = sum * 31 + (uint32_t)WEXITSTATUS(status);
    }
    return sum;
}

int main(int argc, char** argv) {
    if (argc > 1 && strcmp(argv[1], "end") == 0) { return 7; }
    return run_guest("exec", 1500, argc, argv);
}
