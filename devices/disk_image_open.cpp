// Opens disk images: finds out what a file is and says in one line why it cannot be used.
#include "devices/disk_image_info.hpp"
#include "devices/disk_image_overlay.hpp"
#include "devices/disk_image_qcow2.hpp"
#include "devices/disk_image_raw.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <stdexcept>
#include <string_view>
#include <sys/stat.h>

namespace calque {
namespace {

constexpr unsigned longest_backing_chain = 16;

[[noreturn]] void refuse(std::string_view reason) { throw std::runtime_error(std::string(reason)); }

ImageFile open_file(const std::string& path, bool read_only) {
    const int mode = read_only ? O_RDONLY : O_RDWR;
    const int descriptor = ::open(path.c_str(), mode | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0 && errno == EISDIR) refuse("is a directory");
    if (descriptor < 0) refuse(std::strerror(errno));
    ImageFile file(descriptor);
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) refuse(std::strerror(errno));
    if (S_ISDIR(status.st_mode)) refuse("is a directory");
    if (!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode)) refuse("is neither a file nor a disk");
    if (file.size() == 0) refuse("is empty");
    return file;
}

void claim(const ImageFile& file, bool read_only) {
    if (!file.claim(!read_only)) refuse(disk_image_in_use);
}

struct Signature {
    std::string_view magic;
    std::string_view name;
};

constexpr std::array foreign_formats{
    Signature{"KDMV", "VMDK"},
    Signature{"vhdxfile", "VHDX"},
    Signature{"<<< Oracle VM VirtualBox Disk Image >>>", "VDI"},
};

/// Recognizes qcow2 and refuses what is known and not supported. Whatever else is a raw image.
bool is_qcow2(const ImageFile& file) {
    std::array<std::uint8_t, 64> head{};
    file.read(0, head);
    const std::string text(head.begin(), head.end());
    for (const Signature& format : foreign_formats) {
        if (text.starts_with(format.magic)) {
            refuse(fmt::format("is a {} image; only raw and qcow2 images are supported", format.name));
        }
    }
    return text.starts_with(qcow2_magic);
}

using Format = std::optional<DiskImageFormat>;

DiskImageFormat checked_format(const ImageFile& file, Format wanted) {
    if (wanted == DiskImageFormat::raw) return *wanted;
    if (is_qcow2(file)) return DiskImageFormat::qcow2;
    if (wanted) refuse("is not a qcow2 image");
    return DiskImageFormat::raw;
}

std::filesystem::path backing_path(const std::string& path, const std::string& backing_file) {
    return std::filesystem::path(path).parent_path() / backing_file;
}

std::unique_ptr<DiskImage> open_image(const std::string& path, bool read_only, Format format, unsigned depth);

/// A relative name counts from the folder of the image that names it.
std::unique_ptr<DiskImage> open_backing(const std::string& path, const Qcow2Header& header, unsigned depth) {
    if (header.backing_file.empty()) return nullptr;
    if (depth == longest_backing_chain) refuse("has too long a chain of backing files");
    const auto backing = backing_path(path, header.backing_file);
    std::error_code none;
    if (std::filesystem::equivalent(path, backing, none)) refuse("is its own backing file");
    try {
        return open_image(backing.string(), true, disk_image_format(header.backing_format), depth + 1);
    } catch (const std::exception& error) {
        refuse(fmt::format("backing file '{}': {}", backing.string(), error.what()));
    }
}

std::unique_ptr<DiskImage> open_image(const std::string& path, bool read_only, Format format,
                                      unsigned depth) {
    ImageFile file = open_file(path, read_only);
    claim(file, read_only);
    if (checked_format(file, format) == DiskImageFormat::raw) {
        const std::uint64_t size = file.size();
        return std::make_unique<RawImage>(std::move(file), size, read_only);
    }
    Qcow2Header header = read_qcow2_header(file);
    auto backing = open_backing(path, header, depth);
    return std::make_unique<Qcow2Image>(std::move(file), std::move(header), std::move(backing), read_only);
}

DiskImageInfo inspect(const std::string& path) {
    const ImageFile file = open_file(path, true);
    DiskImageInfo info{.format = checked_format(file, {}), .virtual_size = file.size()};
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0)
        info.actual_size = static_cast<std::uint64_t>(status.st_blocks) * 512;
    if (info.format == DiskImageFormat::raw) return info;
    const Qcow2Header header = read_qcow2_header(file);
    info.virtual_size = header.size;
    info.version = header.version;
    info.cluster_size = header.cluster_size();
    info.snapshots = header.snapshots;
    info.dirty = header.dirty;
    info.backing_file = header.backing_file;
    info.backing_format = header.backing_format;
    if (!header.backing_file.empty()) info.backing_path = backing_path(path, header.backing_file).string();
    return info;
}

[[noreturn]] void rethrow_naming(const std::string& path, const std::exception& error) {
    throw std::runtime_error(fmt::format("disk image '{}': {}", path, error.what()));
}

}  // namespace

DiskImageInfo inspect_disk_image(const std::string& path) {
    try {
        return inspect(path);
    } catch (const std::exception& error) {
        rethrow_naming(path, error);
    }
}

std::unique_ptr<DiskImage> open_disk_image(const std::string& path, const DiskImageOptions& options) {
    const bool read_only = options.read_only || options.discard_writes;
    try {
        auto image = open_image(path, read_only, options.format, 0);
        if (!options.discard_writes || options.read_only) return image;
        return std::make_unique<OverlayImage>(std::move(image));
    } catch (const std::exception& error) {
        rethrow_naming(path, error);
    }
}

}  // namespace calque
