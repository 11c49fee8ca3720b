// A fuzzer's bytes as a file that can be opened by its path.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace calque::test {

class FuzzFile {
public:
    explicit FuzzFile(std::span<const std::uint8_t> bytes) : file_(memfd_create("fuzz", 0)) {
        if (write(file_, bytes.data(), bytes.size()) < 0) lseek(file_, 0, SEEK_SET);
    }
    ~FuzzFile() { close(file_); }
    FuzzFile(const FuzzFile&) = delete;
    FuzzFile& operator=(const FuzzFile&) = delete;
    std::string path() const { return "/proc/self/fd/" + std::to_string(file_); }

private:
    int file_;
};

}  // namespace calque::test
