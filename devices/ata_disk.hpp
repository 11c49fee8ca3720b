// An ATA hard disk.
#pragma once

#include "devices/ata_drive.hpp"
#include "devices/ata_identify.hpp"
#include "devices/disk_geometry.hpp"
#include "devices/disk_image.hpp"

#include <memory>

namespace calque {

/// READ and WRITE by PIO, in multiples and by DMA, with CHS, 28-bit and 48-bit addresses. What the host
/// refuses to read or write comes back to the guest as an error of the drive.
class AtaDisk final : public AtaDrive {
public:
    AtaDisk(Clock& clock, std::string name, AtaDriveState& state, AtaCable& cable,
            std::unique_ptr<DiskImage> image);

    const DiskGeometries& geometries() const { return geometries_; }

private:
    struct Command {
        std::uint8_t opcode;
        void (AtaDisk::*run)();
        bool extended = false;  ///< takes a 48-bit address
    };
    static const Command* find(std::uint8_t opcode);

    void execute() override;
    void run_step(AtaStep step) override;
    void block_moved() override;
    void set_signature() override;
    void reset_settings() override;
    std::uint8_t idle_status() const override { return ata_status::ready | ata_status::seek_complete; }
    Nanoseconds dma_time() const override;
    bool state_is_possible() const override;
    void state_taken() override { geometries_.drive = state().disk.geometry; }

    // Transfers, in ata_disk_transfer.cpp.
    void read_sectors();
    void read_multiple();
    void read_dma();
    void write_sectors();
    void write_multiple();
    void write_dma();
    void verify();
    bool begin_transfer();
    void begin_read(unsigned block_sectors);
    void begin_write(unsigned block_sectors);
    void load_block();
    void request_write_block(bool interrupt);
    void store_block();
    void run_dma();
    bool dma_part(std::uint32_t sectors);
    bool read_image(std::uint32_t sectors);
    bool write_image(std::uint32_t sectors);

    // Addresses.
    bool extended() const;
    bool uses_lba() const { return state().device & 0x40; }
    std::uint64_t addressed_sector() const;
    std::uint32_t addressed_count() const;
    void show_sector(std::uint64_t sector);
    void sector_not_found(std::uint64_t sector);

    // Everything else, in ata_disk_control.cpp.
    void identify();
    void set_features();
    void set_translation();
    void set_multiple();
    void succeed();
    void seek();
    void check_power();
    void flush();
    void native_size();
    void smart();
    void run_diagnostic();
    void return_block(std::span<const std::uint8_t, sector_size> bytes);

    std::unique_ptr<DiskImage> image_;
    DiskGeometries geometries_;
    std::string serial_;
};

}  // namespace calque
