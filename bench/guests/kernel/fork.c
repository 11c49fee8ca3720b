// A child that ends at once, again and again: page tables copied and dropped.
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

static uint32_t touched[65536];

uint32_t work(uint32_t rounds) {
    uint32_t sum = 0;
    for (int i = 0; i < 65536; i += 1024) { touched[i] = 1; }
    for (uint32_t i = 0; i < rounds; ++i) {
        int status = 0;
        const pid_t child = fork();
        if (child == 0) {
            touched[(i & 63) * 1024] = 2;
            _exit((int)(i & 63));
        }
        waitpid(child, &status, 0);
        sum = sum * 31 + (uint32_t)WEXITSTATUS(status);
    }
    return sum;
}

int main(int argc, char** argv) { return run_guest("fork", 3000, argc, argv); }
