// The header of a qcow2 image ("QCOW2 image format", QEMU's docs/interop/qcow2).
#pragma once

#include "devices/disk_image_file.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace calque {

inline constexpr std::string_view qcow2_magic = "QFI\xfb";
inline constexpr std::uint32_t qcow2_backing_format_extension = 0xE279'2ACA;

inline constexpr std::uint64_t qcow2_largest_l1 = 32ULL << 20;             ///< bytes
inline constexpr std::uint64_t qcow2_largest_refcount_table = 8ULL << 20;  ///< bytes

struct Qcow2Header {
    unsigned version = 0;    ///< 2 or 3
    std::uint64_t size = 0;  ///< of the disk, in bytes
    unsigned cluster_bits = 0;
    std::uint64_t l1_offset = 0;
    std::uint32_t l1_entries = 0;
    std::uint64_t refcount_table_offset = 0;
    std::uint32_t refcount_table_clusters = 0;
    std::uint32_t snapshots = 0;
    bool dirty = false;          ///< the counts of references are not up to date
    bool autoclear = false;      ///< holds extras that a writer who ignores them must strike out
    std::string backing_file;    ///< as written in the image; empty for none
    std::string backing_format;  ///< empty: unknown

    std::uint64_t cluster_size() const { return 1ULL << cluster_bits; }
    std::uint64_t l2_entries() const { return cluster_size() / 8; }
};

// Where in the file the fields are that writers change.
namespace qcow2_offset {
inline constexpr std::uint64_t refcount_table = 48, autoclear = 88;
}

/// Throws std::runtime_error with what is wrong, without the file's name.
Qcow2Header read_qcow2_header(const ImageFile& file);

/// Numbers are big-endian.
std::uint64_t load_big_endian(std::span<const std::uint8_t> bytes);
void store_big_endian(std::span<std::uint8_t> bytes, std::uint64_t value);

}  // namespace calque
