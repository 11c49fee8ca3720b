// Opens disk images: finds out what a file is and says in one line why it cannot be used.
#include "devices/disk_image_overlay.hpp"
#include "devices/disk_image_raw.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace calque {
namespace {

[[noreturn]] void refuse(const std::string& path, std::string_view reason) {
    throw std::runtime_error(fmt::format("disk image '{}': {}", path, reason));
}

/// A descriptor that is closed unless it is handed on.
class OpenFile {
public:
    OpenFile(const std::string& path, bool read_only)
        : descriptor_(::open(path.c_str(), (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK)) {
        if (descriptor_ < 0 && errno == EISDIR) refuse(path, "is a directory");
        if (descriptor_ < 0) refuse(path, std::strerror(errno));
    }
    ~OpenFile() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;

    int descriptor() const { return descriptor_; }
    int release() { return std::exchange(descriptor_, -1); }

private:
    int descriptor_;
};

std::uint64_t checked_size(const std::string& path, int descriptor) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) refuse(path, std::strerror(errno));
    if (S_ISDIR(status.st_mode)) refuse(path, "is a directory");
    if (!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode)) refuse(path, "is neither a file nor a disk");
    const off_t size = ::lseek(descriptor, 0, SEEK_END);
    if (size < 0) refuse(path, std::strerror(errno));
    if (size == 0) refuse(path, "is empty");
    return static_cast<std::uint64_t>(size);
}

struct Signature {
    std::string_view magic;
    std::string_view name;
};

constexpr std::array foreign_formats{
    Signature{"QFI\xfb", "qcow2"},
    Signature{"KDMV", "VMDK"},
    Signature{"vhdxfile", "VHDX"},
    Signature{"<<< Oracle VM VirtualBox Disk Image >>>", "VDI"},
};

void refuse_foreign_formats(const std::string& path, int descriptor) {
    std::array<char, 64> head{};
    if (::pread(descriptor, head.data(), head.size(), 0) < 0) refuse(path, std::strerror(errno));
    for (const Signature& format : foreign_formats) {
        if (std::string_view(head.data(), head.size()).starts_with(format.magic)) {
            refuse(path, fmt::format("is a {} image; only raw images are supported", format.name));
        }
    }
}

}  // namespace

std::unique_ptr<DiskImage> open_disk_image(const std::string& path, const DiskImageOptions& options) {
    const bool read_only = options.read_only || options.discard_writes;
    OpenFile file(path, read_only);
    const std::uint64_t size = checked_size(path, file.descriptor());
    refuse_foreign_formats(path, file.descriptor());
    auto image = std::make_unique<RawImage>(file.release(), size, read_only);
    if (!options.discard_writes || options.read_only) return image;
    return std::make_unique<OverlayImage>(std::move(image));
}

}  // namespace calque
