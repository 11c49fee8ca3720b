// Disk images: what a drive's medium is made of, in sectors of 512 bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

namespace calque {

inline constexpr std::uint64_t sector_size = 512;

/// A medium. Nothing is lost silently: each transfer says how it went, and the drive tells the guest.
class DiskImage {
public:
    virtual ~DiskImage() = default;

    virtual std::uint64_t sector_count() const = 0;
    virtual bool read_only() const = 0;

    /// `bytes` is a whole number of sectors; a transfer past the end fails with `invalid_argument`.
    [[nodiscard]] virtual std::error_code read(std::uint64_t sector, std::span<std::uint8_t> bytes) = 0;
    /// Fails with `read_only_file_system` on a read-only medium.
    [[nodiscard]] virtual std::error_code write(std::uint64_t sector,
                                                std::span<const std::uint8_t> bytes) = 0;
    /// Returns once everything written is on the host's disk.
    [[nodiscard]] virtual std::error_code flush() = 0;
    /// Makes a smaller medium `sector_count` sectors large; the new ones read as zeros. Fails with
    /// `operation_not_supported` where the format does not grow.
    [[nodiscard]] virtual std::error_code grow(std::uint64_t sector_count);

    /// The first sector from here on that may hold anything but zeros; `sector_count()` if none does.
    virtual std::uint64_t next_data(std::uint64_t sector) { return sector; }

    /// Is a transfer of so many bytes whole sectors that are all there?
    bool contains(std::uint64_t sector, std::size_t bytes) const;
};

enum class DiskImageFormat : std::uint8_t { raw, qcow2 };

/// As users write it.
std::string_view name_of(DiskImageFormat format);
std::optional<DiskImageFormat> disk_image_format(std::string_view name);

struct DiskImageOptions {
    bool read_only = false;
    bool discard_writes = false;  ///< what the guest writes stays in memory and the file stays as it is
    std::optional<DiskImageFormat> format = {};  ///< by the file's content if not given
};

/// Opens an image. Throws std::runtime_error, one line that names the file, when it is
/// missing, a directory, unreadable, empty, or of a format that is not supported.
std::unique_ptr<DiskImage> open_disk_image(const std::string& path, const DiskImageOptions& options = {});

}  // namespace calque
