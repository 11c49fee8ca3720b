// Files that are disk images only in name: each is opened and read, or refused in one line.
#include "devices/disk_image.hpp"

#include <array>
#include <exception>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

using namespace calque;

namespace {

/// A file in memory, and the path that opens it.
class MemoryFile {
public:
    MemoryFile(const std::uint8_t* bytes, std::size_t size) : file_(memfd_create("image", 0)) {
        if (write(file_, bytes, size) < 0) lseek(file_, 0, SEEK_SET);
    }
    ~MemoryFile() { close(file_); }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    std::string path() const { return "/proc/self/fd/" + std::to_string(file_); }

private:
    int file_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const MemoryFile file(bytes, size);
    try {
        const auto image = open_disk_image(file.path(), {});
        std::array<std::uint8_t, sector_size> sector{};
        for (const std::uint64_t number :
             {std::uint64_t{0}, image->sector_count() / 2, image->sector_count() - 1})
            if (!image->read(number, sector) && image->write(number, sector)) return 0;
    } catch (const std::exception&) {
        return 0;  // refused
    }
    return 0;
}
