// New images are made beside their place and moved there whole: what fails leaves everything as it was.
#include "devices/disk_image_create.hpp"

#include "devices/disk_image_info.hpp"
#include "devices/disk_image_qcow2.hpp"
#include "devices/disk_image_raw.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <unistd.h>

namespace calque {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t default_cluster_size = 64 << 10, raw_granule = 4 << 10;
constexpr std::uint64_t smallest_cluster = 512, largest_cluster = 2 << 20;

[[noreturn]] void refuse(const std::string& reason) { throw std::runtime_error(reason); }
[[noreturn]] void refuse_errno() { throw std::system_error(errno, std::generic_category()); }

/// A file beside `path` that takes its place when it is kept, and goes away otherwise.
class PartFile {
public:
    explicit PartFile(const std::string& path)
        : target_(fs::weakly_canonical(path).string()), part_(target_ + ".part") {
        const fs::file_status status = fs::status(target_);
        if (fs::is_directory(status)) refuse("is a directory");
        if (fs::exists(status) && !fs::is_regular_file(status)) refuse("is not a file");
        if (!fs::exists(status)) return;
        const int descriptor = ::open(target_.c_str(), O_RDWR | O_CLOEXEC);
        if (descriptor < 0) refuse_errno();
        if (!replaced_.emplace(descriptor).claim(false)) refuse(std::string(disk_image_in_use));
    }
    PartFile(const PartFile&) = delete;
    PartFile& operator=(const PartFile&) = delete;
    ~PartFile() {
        if (made_) ::unlink(part_.c_str());
    }

    ImageFile open() {
        const int first_time = made_ ? 0 : O_CREAT | O_TRUNC;
        const int descriptor = ::open(part_.c_str(), O_RDWR | O_CLOEXEC | first_time, 0666);
        if (descriptor < 0) refuse_errno();
        made_ = true;
        return ImageFile(descriptor);
    }
    void keep() {
        if (std::rename(part_.c_str(), target_.c_str()) != 0) refuse_errno();
        made_ = false;
    }

private:
    std::string target_, part_;
    std::optional<ImageFile> replaced_;  ///< what is there: nobody must be writing it
    bool made_ = false;
};

/// Names the image in whatever goes wrong.
template <typename Work>
void naming(const std::string& path, Work work) {
    const auto named = [&path](const std::string& reason) {
        return std::runtime_error(fmt::format("disk image '{}': {}", path, reason));
    };
    try {
        work();
    } catch (const std::system_error& error) {
        throw named(error.code().message());
    } catch (const std::exception& error) {
        throw named(error.what());
    }
}

/// Looks at the backing file: it has to be there, and says what the user left out.
void complete_from_backing(NewDiskImage& image) {
    if (image.backing_file.empty()) return;
    if (image.format != DiskImageFormat::qcow2) refuse("only qcow2 images have a backing file");
    const fs::path backing = fs::path(image.path).parent_path() / image.backing_file;
    std::error_code none;
    if (fs::equivalent(backing, image.path, none)) refuse("cannot be its own backing file");
    const DiskImageInfo info = inspect_disk_image(backing.string());
    if (image.size == 0) image.size = info.virtual_size;
    if (image.backing_format.empty()) image.backing_format = name_of(info.format);
}

void complete(NewDiskImage& image) {
    complete_from_backing(image);
    image.size = (image.size + sector_size - 1) / sector_size * sector_size;
    if (image.size == 0) refuse("needs a size");
    if (image.cluster_size && image.format != DiskImageFormat::qcow2)
        refuse("only qcow2 images have clusters");
    if (image.cluster_size == 0) image.cluster_size = default_cluster_size;
    const bool possible = std::has_single_bit(image.cluster_size) && image.cluster_size >= smallest_cluster &&
                          image.cluster_size <= largest_cluster;
    if (!possible) refuse("clusters have 512 bytes to 2 MiB, a power of two");
}

void make_empty(const ImageFile& file, const NewDiskImage& image) {
    if (image.format == DiskImageFormat::raw) return file.resize(image.size);
    const auto cluster_bits = static_cast<unsigned>(std::countr_zero(image.cluster_size));
    write_empty_qcow2(file, image.size, cluster_bits, {image.backing_file, image.backing_format});
}

std::unique_ptr<DiskImage> open_empty(ImageFile file, const NewDiskImage& image) {
    if (image.format == DiskImageFormat::raw)
        return std::make_unique<RawImage>(std::move(file), image.size, false);
    Qcow2Header header = read_qcow2_header(file);
    return std::make_unique<Qcow2Image>(std::move(file), std::move(header), nullptr, false);
}

bool all_zero(std::span<const std::uint8_t> bytes) {
    return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

/// Writes what is not zeros, in runs of whole granules.
void write_data(DiskImage& to, std::uint64_t sector, std::span<const std::uint8_t> bytes,
                std::size_t granule) {
    const auto part = [&](std::size_t offset) {
        return bytes.subspan(offset, std::min(granule, bytes.size() - offset));
    };
    for (std::size_t begin = 0, end = 0; begin < bytes.size(); begin = end) {
        const bool zero = all_zero(part(begin));
        for (end = begin; end < bytes.size() && all_zero(part(end)) == zero;) end += part(end).size();
        if (zero) continue;
        if (const auto error = to.write(sector + begin / sector_size, bytes.subspan(begin, end - begin)))
            throw std::system_error(error);
    }
}

void copy(DiskImage& from, DiskImage& to, std::size_t granule, const CopyProgress& progress) {
    const std::uint64_t end = from.sector_count(), granule_sectors = granule / sector_size;
    std::vector<std::uint8_t> buffer(std::max<std::size_t>(granule, 1 << 20));
    for (std::uint64_t next = from.next_data(0); next < end;) {
        const std::uint64_t begin = next / granule_sectors * granule_sectors;
        const std::size_t size = std::min<std::uint64_t>(buffer.size(), (end - begin) * sector_size);
        const std::span bytes = std::span(buffer).first(size);
        if (const auto error = from.read(begin, bytes))
            refuse(fmt::format("what is to be copied cannot be read: {}", error.message()));
        write_data(to, begin, bytes, granule);
        next = from.next_data(begin + size / sector_size);
        progress(static_cast<double>(next) / static_cast<double>(end));
    }
    if (const auto error = to.flush()) throw std::system_error(error);
}

}  // namespace

void create_disk_image(NewDiskImage image) {
    naming(image.path, [&image] {
        complete(image);
        PartFile part(image.path);
        const ImageFile file = part.open();
        make_empty(file, image);
        part.keep();
    });
}

void convert_disk_image(DiskImage& from, NewDiskImage image, const CopyProgress& progress) {
    naming(image.path, [&] {
        image.size = from.sector_count() * sector_size;
        complete(image);
        PartFile part(image.path);
        const bool raw = image.format == DiskImageFormat::raw;
        make_empty(part.open(), image);
        copy(from, *open_empty(part.open(), image), raw ? raw_granule : image.cluster_size, progress);
        part.keep();
    });
}

}  // namespace calque
