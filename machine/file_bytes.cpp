// Whole files as bytes.
#include "machine/file_bytes.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

namespace calque {

namespace {

class OpenFile {
public:
    explicit OpenFile(const std::string& path)
        : path_(path), descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
        if (descriptor_ < 0) fail(std::strerror(errno));
    }
    ~OpenFile() {
        if (descriptor_ >= 0) close(descriptor_);
    }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;

    [[noreturn]] void fail(const char* why) const {
        throw std::runtime_error(fmt::format("{}: {}", path_, why));
    }

    std::vector<std::uint8_t> read_all() {
        constexpr std::size_t step = 1 << 20, limit = 1 << 30;
        std::vector<std::uint8_t> bytes;
        for (;;) {
            const std::size_t size = bytes.size();
            if (size > limit) fail("larger than 1 GiB");
            bytes.resize(size + step);
            const ssize_t count = read(descriptor_, bytes.data() + size, step);
            if (count < 0) fail(std::strerror(errno));
            bytes.resize(size + static_cast<std::size_t>(count));
            if (count == 0) return bytes;
        }
    }

private:
    const std::string& path_;
    int descriptor_;
};

}  // namespace

std::vector<std::uint8_t> read_file(const std::string& path) { return OpenFile(path).read_all(); }

}  // namespace calque
