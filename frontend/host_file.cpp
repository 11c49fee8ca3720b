// Files of the host, and output to them.
#include "frontend/host_file.hpp"

#include "frontend/usage_error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace calque {

HostFile::~HostFile() {
    if (is_open()) close(descriptor_);
}

HostFile HostFile::create(const std::string& path) {
    const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0) throw UsageError(fmt::format("{}: {}", path, std::strerror(errno)));
    return HostFile(descriptor);
}

int HostFile::write(std::span<const std::uint8_t> bytes) const {
    while (!bytes.empty()) {
        const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return count < 0 ? errno : EIO;
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return 0;
}

void check_can_create(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    const bool exists = access(path.c_str(), F_OK) == 0;
    struct stat status {};
    if (exists && stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode))
        errno = EISDIR;
    else if (access(exists ? path.c_str() : folder.c_str(), W_OK) == 0)
        return;
    throw UsageError(fmt::format("{}: {}", path, std::strerror(errno)));
}

void OutputBuffer::put(std::uint8_t byte) {
    constexpr std::size_t limit = 4096;
    bytes_.push_back(byte);
    if (bytes_.size() >= limit) flush();
}

void OutputBuffer::flush() {
    std::span<const std::uint8_t> rest(bytes_);
    while (!rest.empty()) {
        const ssize_t count = write(descriptor_, rest.data(), rest.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        rest = rest.subspan(static_cast<std::size_t>(count));
    }
    bytes_.clear();
}

}  // namespace calque
