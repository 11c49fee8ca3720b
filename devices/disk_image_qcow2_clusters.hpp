// Which clusters of a qcow2 file are in use: the counts of references, and where to put new data.
#pragma once

#include "devices/disk_image_qcow2_header.hpp"

#include <cstdint>
#include <vector>

namespace calque {

/// New clusters are taken at the end of the file. Counts go to the file before anything refers to a
/// cluster, so that a crash can only leak. Functions throw std::system_error.
class Qcow2Clusters {
public:
    Qcow2Clusters(const ImageFile& file, const Qcow2Header& header);

    /// The offset of a cluster with one reference, its content undefined.
    std::uint64_t allocate();
    /// Undoes the last `allocate`, of the cluster at `offset`.
    void give_back(std::uint64_t offset);
    /// Takes a reference from each cluster that overlaps these bytes.
    void release(std::uint64_t offset, std::uint64_t size);

private:
    std::uint64_t counts_in_block() const { return cluster_size_ / 2; }
    std::uint64_t append(std::uint64_t clusters);
    std::uint64_t block_for(std::uint64_t cluster);
    std::uint64_t count_offset(std::uint64_t cluster);
    /// Is there a count for it? A damaged image refers to clusters that are nowhere.
    bool counted(std::uint64_t cluster) const;
    void set_count(std::uint64_t cluster, std::uint16_t count);
    void grow_table(std::uint64_t index);
    void write_table_entry(std::uint64_t index, std::uint64_t block);
    template <typename Work>
    void or_take_back(std::uint64_t cluster, Work work);

    const ImageFile& file_;
    std::uint64_t cluster_size_;
    std::uint64_t table_offset_;
    std::vector<std::uint64_t> table_;  ///< offsets of blocks of counts
    std::uint64_t end_;                 ///< of the file, in clusters
};

/// Reads a table of 64-bit entries.
std::vector<std::uint64_t> read_qcow2_table(const ImageFile& file, std::uint64_t offset, std::size_t entries);

}  // namespace calque
