// A file in memory written, read back and deleted: the paths through the virtual file system.
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"

uint32_t work(uint32_t rounds) {
    static uint8_t block[4096];
    uint32_t sum = 0;
    for (uint32_t i = 0; i < rounds; ++i) {
        const int file = open("/tmp/calque-bench-file", O_RDWR | O_CREAT | O_TRUNC, 0600);
        if (file < 0) { exit(1); }
        for (int k = 0; k < 8; ++k) {
            memset(block, (int)(i + (uint32_t)k), sizeof block);
            if (write(file, block, sizeof block) != sizeof block) { exit(1); }
        }
        lseek(file, 4096 * 3, SEEK_SET);
        if (read(file, block, sizeof block) != sizeof block) { exit(1); }
        sum = sum * 31 + block[100];
        close(file);
        unlink("/tmp/calque-bench-file");
    }
    return sum;
}

int main(int argc, char** argv) { return run_guest("file", 8000, argc, argv); }
