// What a machine is made of, in plain values.
#pragma once

#include "devices/clock.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace calque {

enum class NicModel : std::uint8_t { none, rtl8139, ne2k_pci, ne2k_isa };

enum class ClockKind : std::uint8_t { real, instructions };

struct MachineConfig {
    static constexpr std::uint64_t fastest = 9'000'000'000;  ///< instructions_per_second
    static constexpr std::uint64_t smallest_memory = 1ULL << 20, largest_memory = 3ULL << 30;

    std::uint64_t memory = 256ULL << 20;  ///< bytes, a multiple of 64 KiB
    std::string cpu = "max";              ///< a name that find_cpu_model knows

    ClockKind clock = ClockKind::real;
    Nanoseconds nanoseconds_per_instruction = 1;  ///< of the instruction clock
    std::uint64_t instructions_per_second = 0;    ///< of the real-time clock, at most; 0: as fast as it goes
    std::int64_t rtc_start = 0;  ///< what the guest's clock shows at first, in seconds since 1970-01-01

    std::string firmware = "/usr/share/seabios/bios-256k.bin";
    std::string vga_firmware = "/usr/share/seabios/vgabios-stdvga.bin";
    std::string kernel, initrd, append;  ///< empty: not given
    /// A saved state will be put back before the machine runs: what the firmware would boot comes from there.
    bool resumes = false;

    struct Drive {
        std::string path;  ///< empty: no drive, or no medium in a CD-ROM drive
        bool cdrom = false;
    };
    std::array<std::optional<std::string>, 2> floppies;  ///< nullopt: no drive; empty: no disk in the drive
    std::array<std::uint8_t, 2> floppy_types{};          ///< as CMOS RAM calls them; 0: what suits the disk
    std::array<Drive, 4> drives;  ///< primary master, primary slave, secondary master, secondary slave
    bool read_only = false;
    bool discard_writes = false;
    std::string boot = "cda";  ///< order of floppy (a), disk (c), CD-ROM (d), network (n); at most three

    NicModel nic = NicModel::rtl8139;
    std::string nic_firmware;  ///< empty: the distribution's iPXE, if it is installed

    std::optional<std::uint16_t> exit_port;
    bool no_reboot = false;
};

}  // namespace calque
