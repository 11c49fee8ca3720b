// Reads a qcow2 header and refuses what this program does not understand.
#include "devices/disk_image_qcow2_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

namespace calque {
namespace {

constexpr std::uint64_t feature_dirty = 1, feature_corrupt = 2;

constexpr std::uint32_t extension_end = 0;

constexpr std::uint32_t longest_name = 1023;

[[noreturn]] void refuse(const std::string& reason) { throw std::runtime_error(reason); }

/// The fixed part, field by field from `offset`.
class Fields {
public:
    explicit Fields(const ImageFile& file) { file.read(0, bytes_); }
    std::uint64_t at(std::size_t offset, std::size_t size) const {
        return load_big_endian(std::span(bytes_).subspan(offset, size));
    }
    std::uint32_t word(std::size_t offset) const { return static_cast<std::uint32_t>(at(offset, 4)); }

private:
    std::array<std::uint8_t, 104> bytes_{};
};

void check_features(const Fields& fields) {
    const std::uint64_t incompatible = fields.at(72, 8);
    if (incompatible & feature_corrupt) refuse("is marked corrupt; repair it with qemu-img check -r all");
    if (incompatible & ~(feature_dirty | feature_corrupt)) {
        refuse(fmt::format("needs qcow2 features that are not supported ({:#x})", incompatible));
    }
    if (fields.word(96) != 4) refuse("has reference counts that are not 16 bits wide");
}

void check_sizes(const Qcow2Header& header) {
    if (header.cluster_bits < 9 || header.cluster_bits > 21) refuse("has an invalid cluster size");
    if (header.size == 0) refuse("is empty");
    const std::uint64_t covered = header.l2_entries() * header.cluster_size();
    if (header.l1_entries < (header.size - 1) / covered + 1) refuse("has a table too small for its size");
    if (header.l1_entries * 8ULL > qcow2_largest_l1) refuse("has a table that is too large");
    if (header.refcount_table_clusters == 0) refuse("has no table of references");
    if (header.refcount_table_clusters * header.cluster_size() > qcow2_largest_refcount_table) {
        refuse("has a table of references that is too large");
    }
    const std::uint64_t unaligned = header.l1_offset | header.refcount_table_offset;
    if (unaligned & (header.cluster_size() - 1)) refuse("has misplaced tables");
}

std::string read_text(const ImageFile& file, std::uint64_t offset, std::uint32_t size) {
    if (size > longest_name) refuse("names a backing file whose name is too long");
    std::vector<std::uint8_t> bytes(size);
    file.read(offset, bytes);
    return {bytes.begin(), bytes.end()};
}

/// Extensions follow the header; each is a type, a length and padded data.
std::string read_backing_format(const ImageFile& file, std::uint64_t offset, std::uint64_t end) {
    while (offset + 8 <= end) {
        std::array<std::uint8_t, 8> head{};
        file.read(offset, head);
        const auto type = static_cast<std::uint32_t>(load_big_endian(std::span(head).first<4>()));
        const auto size = static_cast<std::uint32_t>(load_big_endian(std::span(head).last<4>()));
        if (type == extension_end) break;
        if (type == qcow2_backing_format_extension) return read_text(file, offset + 8, size);
        offset += 8 + (std::uint64_t{size} + 7) / 8 * 8;
    }
    return {};
}

}  // namespace

std::uint64_t load_big_endian(std::span<const std::uint8_t> bytes) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes) value = value << 8 | byte;
    return value;
}

void store_big_endian(std::span<std::uint8_t> bytes, std::uint64_t value) {
    for (std::size_t i = bytes.size(); i-- > 0; value >>= 8) bytes[i] = static_cast<std::uint8_t>(value);
}

Qcow2Header read_qcow2_header(const ImageFile& file) {
    const Fields fields(file);
    const std::uint32_t version = fields.word(4);
    if (version != 2 && version != 3) refuse(fmt::format("is a qcow image of unknown version {}", version));
    if (fields.word(32) != 0) refuse("is encrypted");
    Qcow2Header header;
    header.version = version;
    header.snapshots = fields.word(60);
    header.cluster_bits = fields.word(20);
    header.size = fields.at(24, 8);
    header.l1_entries = fields.word(36);
    header.l1_offset = fields.at(40, 8);
    header.refcount_table_offset = fields.at(48, 8);
    header.refcount_table_clusters = fields.word(56);
    check_sizes(header);
    std::uint64_t extensions = 72;
    if (version == 3) {
        check_features(fields);
        header.dirty = fields.at(72, 8) & feature_dirty;
        header.autoclear = fields.at(qcow2_offset::autoclear, 8) != 0;
        extensions = std::max<std::uint64_t>(fields.word(100), 104);
    }
    const std::uint64_t name = fields.at(8, 8);
    if (name == 0) return header;
    header.backing_file = read_text(file, name, fields.word(16));
    header.backing_format = read_backing_format(file, extensions, std::min(name, header.cluster_size()));
    return header;
}

}  // namespace calque
