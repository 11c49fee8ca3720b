// A qcow2 image, versions 2 and 3: clusters on demand, compressed ones, a backing image, snapshots kept.
#pragma once

#include "devices/disk_image.hpp"
#include "devices/disk_image_qcow2_clusters.hpp"

#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace calque {

/// Tables are written through, and nothing in the file refers to a cluster before it is there.
class Qcow2Image final : public DiskImage {
public:
    /// `backing` may be null. Throws std::runtime_error, without the file's name, if the image cannot be
    /// used.
    Qcow2Image(ImageFile file, Qcow2Header header, std::unique_ptr<DiskImage> backing, bool read_only);

    std::uint64_t sector_count() const override { return (header_.size + sector_size - 1) / sector_size; }
    bool read_only() const override { return !clusters_; }
    std::error_code read(std::uint64_t sector, std::span<std::uint8_t> bytes) override;
    std::error_code write(std::uint64_t sector, std::span<const std::uint8_t> bytes) override;
    std::error_code flush() override;
    std::uint64_t next_data(std::uint64_t sector) override;

private:
    using Table = std::vector<std::uint64_t>;

    template <typename Bytes, typename Transfer>
    void for_each_cluster(std::uint64_t sector, Bytes bytes, Transfer transfer);
    void read_part(std::uint64_t offset, std::span<std::uint8_t> bytes);
    void write_part(std::uint64_t offset, std::span<const std::uint8_t> bytes);
    void read_backing(std::uint64_t offset, std::span<std::uint8_t> bytes);

    std::uint64_t l1_index(std::uint64_t offset) const { return offset >> header_.cluster_bits >> l2_bits(); }
    std::uint64_t l2_index(std::uint64_t offset) const {
        return offset >> header_.cluster_bits & (header_.l2_entries() - 1);
    }
    unsigned l2_bits() const { return header_.cluster_bits - 3; }
    std::uint64_t within_cluster(std::uint64_t offset) const { return offset & (header_.cluster_size() - 1); }

    std::uint64_t entry(std::uint64_t offset);
    std::uint64_t next_data_at(std::uint64_t offset);
    void set_entry(std::uint64_t offset, std::uint64_t value);
    std::uint64_t store(std::span<const std::uint8_t> cluster);
    Table& l2_table(std::uint64_t table_offset);
    std::uint64_t owned_l2_table(std::uint64_t offset);
    void write_number(std::uint64_t file_offset, std::uint64_t value);

    struct Compressed {
        std::uint64_t offset;
        std::uint64_t size;
    };
    Compressed compressed_place(std::uint64_t entry) const;
    const std::vector<std::uint8_t>& decompressed(std::uint64_t entry);
    void release(std::uint64_t entry);

    ImageFile file_;
    Qcow2Header header_;
    std::unique_ptr<DiskImage> backing_;
    std::optional<Qcow2Clusters> clusters_;  ///< absent in read-only images
    Table l1_;
    std::map<std::uint64_t, Table> l2_cache_;  ///< by the table's offset
    std::uint64_t decompressed_entry_ = 0;
    std::vector<std::uint8_t> decompressed_;
};

/// What an image refers to for what it does not hold itself; without a file, nothing.
struct Qcow2Backing {
    std::string file;
    std::string format;
};

/// Makes an image of `size` bytes that reads as zeros, or as its backing image. Throws std::system_error, or
/// std::length_error if the clusters are too small for the size or the name.
void write_empty_qcow2(const ImageFile& file, std::uint64_t size, unsigned cluster_bits = 16,
                       const Qcow2Backing& backing = {});

}  // namespace calque
