// Counts of references: a table of blocks of 16-bit counts.
#include "devices/disk_image_qcow2_clusters.hpp"

#include <array>

namespace calque {

std::vector<std::uint64_t> read_qcow2_table(const ImageFile& file, std::uint64_t offset,
                                            std::size_t entries) {
    std::vector<std::uint8_t> bytes(entries * 8);
    file.read(offset, bytes);
    std::vector<std::uint64_t> table(entries);
    for (std::size_t i = 0; i < entries; ++i) table[i] = load_big_endian(std::span(bytes).subspan(i * 8, 8));
    return table;
}

Qcow2Clusters::Qcow2Clusters(const ImageFile& file, const Qcow2Header& header)
    : file_(file),
      cluster_size_(header.cluster_size()),
      table_offset_(header.refcount_table_offset),
      table_(read_qcow2_table(file, table_offset_, header.refcount_table_clusters * header.l2_entries())),
      end_((file.size() + cluster_size_ - 1) / cluster_size_) {}

std::uint64_t Qcow2Clusters::append(std::uint64_t clusters) {
    const std::uint64_t first = end_;
    end_ += clusters;
    return first;
}

/// A host that is full must not make the image ever longer: the last cluster appended is free again.
template <typename Work>
void Qcow2Clusters::or_take_back(std::uint64_t cluster, Work work) {
    try {
        work();
    } catch (const std::system_error&) {
        if (end_ == cluster + 1) --end_;
        throw;
    }
}

std::uint64_t Qcow2Clusters::allocate() {
    const std::uint64_t cluster = append(1);
    or_take_back(cluster, [&] { set_count(cluster, 1); });
    return cluster * cluster_size_;
}

void Qcow2Clusters::give_back(std::uint64_t offset) {
    const std::uint64_t cluster = offset / cluster_size_;
    (void)error_of([&] { set_count(cluster, 0); });
    if (end_ == cluster + 1) --end_;
}

void Qcow2Clusters::release(std::uint64_t offset, std::uint64_t size) {
    const std::uint64_t last = (offset + size - 1) / cluster_size_;
    for (std::uint64_t cluster = offset / cluster_size_; cluster <= last; ++cluster) {
        if (!counted(cluster)) continue;
        std::array<std::uint8_t, 2> bytes{};
        file_.read(count_offset(cluster), bytes);
        const auto count = static_cast<std::uint16_t>(load_big_endian(bytes));
        if (count) set_count(cluster, static_cast<std::uint16_t>(count - 1));
    }
}

void Qcow2Clusters::write_table_entry(std::uint64_t index, std::uint64_t block) {
    std::array<std::uint8_t, 8> bytes{};
    store_big_endian(bytes, block);
    file_.write(table_offset_ + index * 8, bytes);
}

/// The block that holds a cluster's count; a new one counts itself in turn.
std::uint64_t Qcow2Clusters::block_for(std::uint64_t cluster) {
    const std::uint64_t index = cluster / counts_in_block();
    if (index >= table_.size()) grow_table(index);
    if (table_[index] == 0) {
        const std::uint64_t block = append(1);
        or_take_back(block, [&] {
            file_.write(block * cluster_size_, std::vector<std::uint8_t>(cluster_size_));
            write_table_entry(index, block * cluster_size_);
        });
        table_[index] = block * cluster_size_;
        set_count(block, 1);
    }
    return table_[index];
}

bool Qcow2Clusters::counted(std::uint64_t cluster) const {
    const std::uint64_t index = cluster / counts_in_block();
    return index < table_.size() && table_[index] != 0;
}

std::uint64_t Qcow2Clusters::count_offset(std::uint64_t cluster) {
    return block_for(cluster) + cluster % counts_in_block() * 2;
}

void Qcow2Clusters::set_count(std::uint64_t cluster, std::uint16_t count) {
    std::array<std::uint8_t, 2> bytes{};
    store_big_endian(bytes, count);
    file_.write(count_offset(cluster), bytes);
}

/// Moves the table to the end of the file, twice as long as it has to be.
void Qcow2Clusters::grow_table(std::uint64_t index) {
    const std::uint64_t old_offset = table_offset_;
    const std::uint64_t old_size = table_.size() * 8;
    const std::uint64_t clusters = (index + 1) * 2 * 8 / cluster_size_ + 1;
    if (clusters > qcow2_largest_refcount_table / cluster_size_)
        throw std::system_error(make_error_code(std::errc::file_too_large));
    const std::uint64_t first = append(clusters);
    table_.resize(clusters * cluster_size_ / 8);

    std::vector<std::uint8_t> bytes(table_.size() * 8);
    for (std::size_t i = 0; i < table_.size(); ++i) {
        store_big_endian(std::span(bytes).subspan(i * 8, 8), table_[i]);
    }
    file_.write(first * cluster_size_, bytes);
    table_offset_ = first * cluster_size_;
    std::array<std::uint8_t, 12> place{};
    store_big_endian(std::span(place).first<8>(), table_offset_);
    store_big_endian(std::span(place).last<4>(), clusters);
    file_.write(qcow2_offset::refcount_table, place);

    for (std::uint64_t i = 0; i < clusters; ++i) set_count(first + i, 1);
    release(old_offset, old_size);
}

}  // namespace calque
