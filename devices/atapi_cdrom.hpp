// An ATAPI CD-ROM drive.
#pragma once

#include "devices/ata_drive.hpp"
#include "devices/cd_image.hpp"

#include <memory>
#include <vector>

namespace calque {

/// Packet commands by PIO and DMA, with a medium that can be changed while the machine runs.
class AtapiCdrom final : public AtaDrive {
public:
    /// `image` is what lies in the drive at power-on; null for nothing.
    AtapiCdrom(Clock& clock, std::string name, AtaDriveState& state, AtaCable& cable,
               std::unique_ptr<DiskImage> image);

    /// Puts a medium in, in place of what was there; the guest is told. Null takes the medium out.
    void insert(std::unique_ptr<DiskImage> image);
    /// Tells a guest that has locked the tray that the button was pressed.
    void request_eject();
    /// The guest has forbidden the tray to open.
    bool locked() const { return state().packet.locked; }

private:
    using Reply = std::vector<std::uint8_t>;
    struct AtaCommand {
        std::uint8_t opcode;
        void (AtapiCdrom::*run)();
    };
    struct PacketCommand {
        std::uint8_t opcode;
        void (AtapiCdrom::*run)();
        bool needs_medium = false;
        bool ignores_attention = false;
    };
    static const PacketCommand* find(std::uint8_t opcode);

    void execute() override;
    void run_step(AtaStep step) override;
    void block_moved() override;
    void set_signature() override;
    void reset_settings() override;
    std::uint8_t idle_status() const override { return 0; }
    Nanoseconds dma_time() const override;
    bool state_is_possible() const override;

    // ATA commands.
    void packet();
    void identify_packet();
    void refuse_with_signature();
    void device_reset();
    void set_features();
    void check_power();
    void succeed();
    void run_diagnostic();

    // The packet protocol, in atapi_transfer.cpp.
    void run_packet();
    void reply(Reply bytes, std::size_t allocated);
    void reply_from_medium(std::uint32_t block, std::uint32_t count);
    bool refused(const PacketCommand& command);
    void begin_data(std::uint64_t size);
    void offer_block();
    bool fill_buffer(std::size_t size);
    bool append_block();
    void run_dma();
    void finish_packet();
    void check_condition(AtapiSense sense);

    // Packet commands, in atapi_commands.cpp, atapi_modes.cpp and atapi_toc.cpp.
    void nothing_to_do();
    void request_sense();
    void inquiry();
    void start_stop();
    void prevent_removal();
    void read_capacity();
    void read_10();
    void read_12();
    void read_cd();
    void read_cd_msf();
    void read_blocks(std::uint32_t first, std::uint64_t count);
    bool select_raw_data(std::uint8_t flags);
    void mode_sense();
    void get_configuration();
    void get_event_status();
    void mechanism_status();
    void read_toc();
    void read_disc_information();
    void read_track_information();
    void read_subchannel();

    std::uint8_t packet_byte(unsigned i) const { return state().packet.packet[i]; }
    std::uint32_t packet_number(unsigned first, unsigned count) const;
    CdImage* medium() const { return state().packet.tray_open ? nullptr : medium_.get(); }
    std::uint32_t block_count() const { return medium() ? medium()->block_count() : 0; }
    bool uses_dma() const { return state().features & 1; }
    std::uint32_t block_bytes() const;

    std::unique_ptr<CdImage> medium_;
    std::string serial_;
};

}  // namespace calque
