// Reading and writing qcow2 images: from an offset on the disk to a cluster in the file.
#include "devices/disk_image_qcow2.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace calque {
namespace {

// Entries of L1 and L2 tables.
constexpr std::uint64_t entry_offset = 0x00FF'FFFF'FFFF'FE00;
constexpr std::uint64_t entry_owned = 1ULL << 63;  ///< exactly one reference
constexpr std::uint64_t entry_compressed = 1ULL << 62;
constexpr std::uint64_t entry_zeros = 1;

constexpr std::size_t cached_tables = 64;

[[noreturn]] void throw_corrupt() { throw std::system_error(make_error_code(std::errc::io_error)); }

/// Raw deflate data to exactly as many bytes as `out` has.
void inflate_into(std::span<const std::uint8_t> in, std::span<std::uint8_t> out) {
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
    stream.next_in = const_cast<Bytef*>(in.data());  // zlib does not write there
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    const int result = inflate(&stream, Z_FINISH);
    const bool whole = stream.avail_out == 0;
    inflateEnd(&stream);
    if (!whole || (result != Z_STREAM_END && result != Z_BUF_ERROR && result != Z_OK)) throw_corrupt();
}

}  // namespace

Qcow2Image::Qcow2Image(ImageFile file, Qcow2Header header, std::unique_ptr<DiskImage> backing, bool read_only)
    : file_(std::move(file)),
      header_(std::move(header)),
      backing_(std::move(backing)),
      l1_(read_qcow2_table(file_, header_.l1_offset, header_.l1_entries)) {
    if (read_only) return;
    if (header_.dirty)
        throw std::runtime_error("was not closed cleanly; repair it with qemu-img check -r all");
    if (header_.autoclear) write_number(qcow2_offset::autoclear, 0);
    clusters_.emplace(file_, header_);
}

/// Calls transfer(offset on the disk, part of the bytes) for each cluster touched.
template <typename Bytes, typename Transfer>
void Qcow2Image::for_each_cluster(std::uint64_t sector, Bytes bytes, Transfer transfer) {
    std::uint64_t offset = sector * sector_size;
    while (!bytes.empty()) {
        const std::uint64_t rest = header_.cluster_size() - within_cluster(offset);
        const std::size_t count = std::min<std::uint64_t>(rest, bytes.size());
        transfer(offset, bytes.first(count));
        bytes = bytes.subspan(count);
        offset += count;
    }
}

std::error_code Qcow2Image::read(std::uint64_t sector, std::span<std::uint8_t> bytes) {
    if (!contains(sector, bytes.size())) return make_error_code(std::errc::invalid_argument);
    return error_of([&] {
        for_each_cluster(sector, bytes, [this](std::uint64_t offset, auto part) { read_part(offset, part); });
    });
}

std::error_code Qcow2Image::write(std::uint64_t sector, std::span<const std::uint8_t> bytes) {
    if (read_only()) return make_error_code(std::errc::read_only_file_system);
    if (!contains(sector, bytes.size())) return make_error_code(std::errc::invalid_argument);
    return error_of([&] {
        for_each_cluster(sector, bytes,
                         [this](std::uint64_t offset, auto part) { write_part(offset, part); });
    });
}

std::error_code Qcow2Image::flush() {
    if (read_only()) return {};
    return error_of([&] { file_.sync(); });
}

std::uint64_t Qcow2Image::next_data(std::uint64_t sector) {
    std::uint64_t found = sector;  // of a damaged image: whoever reads there will see
    (void)error_of([&] { found = next_data_at(sector * sector_size) / sector_size; });
    return std::min(found, sector_count());
}

std::uint64_t Qcow2Image::next_data_at(std::uint64_t offset) {
    while (offset < header_.size) {
        const std::uint64_t value = entry(offset);
        const bool here = value & entry_offset && !(value & entry_zeros);
        if (here || value & entry_compressed) return offset;
        const bool no_table = !(l1_[l1_index(offset)] & entry_offset) && !backing_;
        const std::uint64_t end = (offset | (header_.cluster_size() - 1)) + 1;
        if (backing_ && !(value & entry_zeros)) {
            const std::uint64_t below = backing_->next_data(offset / sector_size);
            if (below < end / sector_size && below < backing_->sector_count()) return below * sector_size;
        }
        offset = no_table ? (l1_index(offset) + 1) << header_.cluster_bits << l2_bits() : end;
    }
    return header_.size + sector_size - 1;
}

void Qcow2Image::read_part(std::uint64_t offset, std::span<std::uint8_t> bytes) {
    const std::uint64_t value = entry(offset);
    if (value & entry_compressed) {
        const auto first = decompressed(value).begin() + static_cast<std::ptrdiff_t>(within_cluster(offset));
        std::copy_n(first, bytes.size(), bytes.begin());
    } else if (value & entry_zeros) {
        std::ranges::fill(bytes, std::uint8_t{0});
    } else if (value & entry_offset) {
        file_.read((value & entry_offset) + within_cluster(offset), bytes);
    } else {
        read_backing(offset, bytes);
    }
}

/// A backing image may be smaller; what it lacks is zeros.
void Qcow2Image::read_backing(std::uint64_t offset, std::span<std::uint8_t> bytes) {
    std::ranges::fill(bytes, std::uint8_t{0});
    const std::uint64_t sector = offset / sector_size;
    if (!backing_ || sector >= backing_->sector_count()) return;
    const std::uint64_t present = (backing_->sector_count() - sector) * sector_size;
    const std::error_code error =
        backing_->read(sector, bytes.first(std::min<std::size_t>(bytes.size(), present)));
    if (error) throw std::system_error(error);
}

void Qcow2Image::write_part(std::uint64_t offset, std::span<const std::uint8_t> bytes) {
    const std::uint64_t old = entry(offset);
    if ((old & entry_owned) && !(old & (entry_compressed | entry_zeros)) && (old & entry_offset)) {
        file_.write((old & entry_offset) + within_cluster(offset), bytes);
        return;
    }
    std::vector<std::uint8_t> cluster(header_.cluster_size());
    if (bytes.size() < cluster.size()) read_part(offset - within_cluster(offset), cluster);
    std::ranges::copy(bytes, cluster.begin() + static_cast<std::ptrdiff_t>(within_cluster(offset)));
    const std::uint64_t place = store(cluster);
    set_entry(offset, place | entry_owned);
    release(old);
}

/// Puts a cluster's content where nothing was; a host that is full leaves the image as large as it was.
std::uint64_t Qcow2Image::store(std::span<const std::uint8_t> cluster) {
    const std::uint64_t place = clusters_->allocate();
    try {
        file_.write(place, cluster);
    } catch (const std::system_error&) {
        clusters_->give_back(place);
        throw;
    }
    return place;
}

Qcow2Image::Table& Qcow2Image::l2_table(std::uint64_t table_offset) {
    const auto found = l2_cache_.find(table_offset);
    if (found != l2_cache_.end()) return found->second;
    if (l2_cache_.size() >= cached_tables) l2_cache_.clear();
    return l2_cache_[table_offset] = read_qcow2_table(file_, table_offset, header_.l2_entries());
}

std::uint64_t Qcow2Image::entry(std::uint64_t offset) {
    const std::uint64_t table = l1_[l1_index(offset)] & entry_offset;
    return table ? l2_table(table)[l2_index(offset)] : 0;
}

void Qcow2Image::set_entry(std::uint64_t offset, std::uint64_t value) {
    const std::uint64_t table = owned_l2_table(offset);
    write_number(table + l2_index(offset) * 8, value);
    l2_table(table)[l2_index(offset)] = value;
}

/// The L2 table for an offset, made or copied first if it is missing or shared with a snapshot.
std::uint64_t Qcow2Image::owned_l2_table(std::uint64_t offset) {
    std::uint64_t& l1_entry = l1_[l1_index(offset)];
    if (l1_entry & entry_owned) return l1_entry & entry_offset;
    const std::uint64_t old = l1_entry & entry_offset;
    std::vector<std::uint8_t> bytes(header_.cluster_size());
    if (old) file_.read(old, bytes);
    const std::uint64_t place = store(bytes);
    write_number(header_.l1_offset + l1_index(offset) * 8, place | entry_owned);
    l1_entry = place | entry_owned;
    if (old) clusters_->release(old, header_.cluster_size());
    return place;
}

void Qcow2Image::write_number(std::uint64_t file_offset, std::uint64_t value) {
    std::array<std::uint8_t, 8> bytes{};
    store_big_endian(bytes, value);
    file_.write(file_offset, bytes);
}

/// A compressed cluster's entry holds its offset and, in bits that depend on the cluster size, how many
/// further sectors it reaches into.
Qcow2Image::Compressed Qcow2Image::compressed_place(std::uint64_t entry) const {
    const unsigned offset_bits = 62 - (header_.cluster_bits - 8);
    const std::uint64_t offset = entry & ((1ULL << offset_bits) - 1);
    const std::uint64_t more = (entry & (entry_compressed - 1)) >> offset_bits;
    return {offset, (more + 1) * sector_size - offset % sector_size};
}

const std::vector<std::uint8_t>& Qcow2Image::decompressed(std::uint64_t entry) {
    if (entry == decompressed_entry_) return decompressed_;
    const Compressed place = compressed_place(entry);
    std::vector<std::uint8_t> in(place.size);
    file_.read(place.offset, in);
    decompressed_entry_ = 0;
    decompressed_.resize(header_.cluster_size());
    inflate_into(in, decompressed_);
    decompressed_entry_ = entry;
    return decompressed_;
}

void Qcow2Image::release(std::uint64_t entry) {
    if (entry & entry_compressed) {
        const Compressed place = compressed_place(entry);
        clusters_->release(place.offset, place.size);
    } else if (entry & entry_offset) {
        clusters_->release(entry & entry_offset, header_.cluster_size());
    }
}

namespace {

/// Behind the header: the extension that names the backing image's format, and its name.
std::vector<std::uint8_t> backing_fields(const Qcow2Backing& backing) {
    const std::size_t padded = (backing.format.size() + 7) / 8 * 8;
    std::vector<std::uint8_t> bytes(8 + padded + 8);
    store_big_endian(std::span(bytes).first<4>(), qcow2_backing_format_extension);
    store_big_endian(std::span(bytes).subspan<4, 4>(), backing.format.size());
    std::ranges::copy(backing.format, bytes.begin() + 8);
    bytes.insert(bytes.end(), backing.file.begin(), backing.file.end());
    return bytes;
}

}  // namespace

/// Clusters: the header, the table of references, a block of them, the L1 table.
void write_empty_qcow2(const ImageFile& file, std::uint64_t size, unsigned cluster_bits,
                       const Qcow2Backing& backing) {
    constexpr std::uint64_t header_size = 104;
    const std::uint64_t cluster = 1ULL << cluster_bits;
    const std::uint64_t l1_entries = size / (cluster * (cluster / 8)) + 1;
    const std::uint64_t l1_clusters = (l1_entries * 8 + cluster - 1) / cluster;
    if (3 + l1_clusters > cluster / 2 || l1_entries * 8 > qcow2_largest_l1)
        throw std::length_error("clusters are too small for the image");
    std::vector<std::uint8_t> bytes(cluster * (3 + l1_clusters));
    const auto put = [&bytes](std::uint64_t offset, std::size_t count, std::uint64_t value) {
        store_big_endian(std::span(bytes).subspan(offset, count), value);
    };
    std::ranges::copy(qcow2_magic, bytes.begin());
    put(4, 4, 3);
    put(20, 4, cluster_bits);
    put(24, 8, size);
    put(36, 4, l1_entries);
    put(40, 8, 3 * cluster);
    put(qcow2_offset::refcount_table, 8, cluster);
    put(qcow2_offset::refcount_table + 8, 4, 1);
    put(96, 4, 4);  // counts of 16 bits
    put(100, 4, header_size);
    if (!backing.file.empty()) {
        const auto fields = backing_fields(backing);
        if (header_size + fields.size() > cluster)
            throw std::length_error("the backing file's name is too long");
        std::ranges::copy(fields, bytes.begin() + header_size);
        put(8, 8, header_size + fields.size() - backing.file.size());
        put(16, 4, backing.file.size());
    }
    put(cluster, 8, 2 * cluster);
    for (std::uint64_t i = 0; i < 3 + l1_clusters; ++i) put(2 * cluster + 2 * i, 2, 1);
    file.write(0, bytes);
    file.sync();
}

}  // namespace calque
