// CMOS bytes and firmware configuration items as SeaBIOS reads them.
#include "machine/firmware_data.hpp"

#include "devices/disk_image.hpp"
#include "machine/boot_items.hpp"
#include "machine/file_bytes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace calque {

namespace {

constexpr std::uint64_t kibibyte = 1024, mebibyte = 1024 * kibibyte;

enum Cmos : std::uint8_t {
    floppy_types = 0x10,
    disk_types = 0x12,
    equipment = 0x14,
    base_memory = 0x15,
    extended_memory = 0x17,
    first_disk_type = 0x19,
    first_disk_geometry = 0x1B,
    extended_memory_copy = 0x30,
    memory_above_16_mib = 0x34,
    boot_third = 0x38,
    disk_translations = 0x39,
    boot_first_two = 0x3D,
};

void set_cmos_word(Rtc146818& rtc, std::uint8_t index, std::uint64_t value) {
    const auto word = static_cast<std::uint16_t>(std::min<std::uint64_t>(value, 0xFFFF));
    rtc.set_cmos(index, static_cast<std::uint8_t>(word));
    rtc.set_cmos(static_cast<std::uint8_t>(index + 1), static_cast<std::uint8_t>(word >> 8));
}

void describe_memory(Rtc146818& rtc, std::uint64_t memory) {
    set_cmos_word(rtc, base_memory, 640);
    const std::uint64_t above_1_mib = memory - std::min(memory, mebibyte);
    const std::uint64_t above_16_mib = memory - std::min(memory, 16 * mebibyte);
    set_cmos_word(rtc, extended_memory, above_1_mib / kibibyte);
    set_cmos_word(rtc, extended_memory_copy, above_1_mib / kibibyte);
    set_cmos_word(rtc, memory_above_16_mib, above_16_mib / (64 * kibibyte));
}

std::uint8_t floppy_type(const Fdc82077& fdc, unsigned number) {
    const FloppyDriveType* type = fdc.drive_type(number);
    return type ? type->cmos_code : 0;
}

/// A coprocessor, a PS/2 mouse and floppy drives.
void describe_equipment(Rtc146818& rtc, const Fdc82077& fdc) {
    constexpr std::uint8_t floppies = 0x01, coprocessor = 0x02, mouse = 0x04, two_floppies = 0x40;
    const std::uint8_t a = floppy_type(fdc, 0), b = floppy_type(fdc, 1);
    rtc.set_cmos(floppy_types, static_cast<std::uint8_t>(a << 4 | b));
    const unsigned drives = (a || b ? floppies : 0) | (a && b ? two_floppies : 0);
    rtc.set_cmos(equipment, static_cast<std::uint8_t>(coprocessor | mouse | drives));
}

/// The parameters of a disk of type 47, the user's own, as AT setups lay them out.
void describe_disk(Rtc146818& rtc, unsigned number, const DiskGeometry& geometry) {
    constexpr std::uint8_t user_type = 47, size = 9, no_precompensation = 0xFF, many_heads = 0x08;
    const auto at = static_cast<std::uint8_t>(first_disk_geometry + number * size);
    const auto put = [&](unsigned offset, unsigned value) {
        rtc.set_cmos(static_cast<std::uint8_t>(at + offset), static_cast<std::uint8_t>(value));
    };
    rtc.set_cmos(static_cast<std::uint8_t>(first_disk_type + number), user_type);
    set_cmos_word(rtc, at, geometry.cylinders);
    put(2, geometry.heads);
    put(3, no_precompensation);
    put(4, no_precompensation);
    put(5, 0xC0 | (geometry.heads > 8 ? many_heads : 0));
    set_cmos_word(rtc, static_cast<std::uint8_t>(at + 6), geometry.cylinders);
    put(8, geometry.sectors);
}

/// Types and parameters of the first two disks, and for each disk whether INT 13h translates its addresses.
void describe_disks(Rtc146818& rtc, const Drives& drives) {
    constexpr unsigned has_own_byte = 0xF, assisted_by_lba = 1;
    unsigned types = 0, translations = 0;
    for (unsigned number = 0; number < drives.disks().size(); ++number) {
        const AtaDisk* disk = drives.disks()[number];
        if (!disk) continue;
        if (disk->geometries().translated()) translations |= assisted_by_lba << 2 * number;
        if (number >= 2) continue;
        types |= has_own_byte << (number == 0 ? 4 : 0);
        describe_disk(rtc, number, disk->geometries().drive);
    }
    rtc.set_cmos(disk_types, static_cast<std::uint8_t>(types));
    rtc.set_cmos(disk_translations, static_cast<std::uint8_t>(translations));
}

/// A line a disk: its Open Firmware path and the cylinders, heads and sectors of INT 13h.
FwCfg::Bytes bios_geometries(const Drives& drives) {
    std::string lines;
    for (unsigned number = 0; number < drives.disks().size(); ++number) {
        const AtaDisk* disk = drives.disks()[number];
        if (!disk) continue;
        const DiskGeometry& bios = disk->geometries().bios;
        lines += fmt::format("/pci@i0cf8/ide@1,1/drive@{}/disk@{} {} {} {}\n", number / 2, number % 2,
                             bios.cylinders, bios.heads, bios.sectors);
    }
    FwCfg::Bytes bytes(lines.begin(), lines.end());
    if (!bytes.empty()) bytes.push_back(0);
    return bytes;
}

std::uint8_t boot_code(const std::string& order, std::size_t position) {
    if (position >= order.size()) return 0;
    return static_cast<std::uint8_t>(std::string("acdn").find(order[position]) + 1);
}

void set_boot_order(Rtc146818& rtc, const std::string& order) {
    constexpr std::uint8_t any_floppy_boots = 0x01;
    rtc.set_cmos(boot_first_two, static_cast<std::uint8_t>(boot_code(order, 0) | boot_code(order, 1) << 4));
    rtc.set_cmos(boot_third, static_cast<std::uint8_t>(boot_code(order, 2) << 4 | any_floppy_boots));
}

/// The list of RAM: base, length and type 1 of each stretch.
FwCfg::Bytes memory_map(std::uint64_t memory) {
    FwCfg::Bytes bytes(20);
    for (unsigned i = 0; i < 8; ++i) bytes[8 + i] = static_cast<std::uint8_t>(memory >> 8 * i);
    bytes[16] = 1;
    return bytes;
}

/// By sleep state: S3 and S4 are not there, S5 is reached by sleep type 0.
FwCfg::Bytes system_states() { return {128, 0, 0, 1, 2, 128}; }

void provide_kernel(const MachineConfig& config, FwCfg& fw_cfg) {
    const auto kernel = read_file(config.kernel);
    const auto initrd = config.initrd.empty() ? std::vector<std::uint8_t>{} : read_file(config.initrd);
    BootItems boot = prepare_boot({.kernel = {config.kernel, kernel},
                                   .initrd = {config.initrd, initrd},
                                   .command_line = config.append,
                                   .ram_bytes = config.memory});
    fw_cfg.add_file(boot.rom_file, FwCfg::Bytes(boot.rom.begin(), boot.rom.end()));
    const std::string order = "/rom@" + boot.rom_file + "\n";
    FwCfg::Bytes order_bytes(order.begin(), order.end());
    order_bytes.push_back(0);
    fw_cfg.add_file("bootorder", std::move(order_bytes));
    for (BootItem& item : boot.items) fw_cfg.add_item(item.selector, std::move(item.bytes));
}

}  // namespace

void provide_firmware_data(const MachineConfig& config, Chips& chips, const Drives& drives) {
    describe_memory(chips.rtc, config.memory);
    describe_equipment(chips.rtc, chips.fdc);
    describe_disks(chips.rtc, drives);
    set_boot_order(chips.rtc, config.boot);

    FwCfg& fw_cfg = chips.fw_cfg;
    fw_cfg.add_number(fw_cfg_item::ram_size, config.memory, 8);
    fw_cfg.add_number(fw_cfg_item::cpu_count, 1, 2);
    fw_cfg.add_number(fw_cfg_item::max_cpus, 1, 2);
    fw_cfg.add_number(fw_cfg_item::boot_menu, 0, 2);
    fw_cfg.add_number(fw_cfg_item::irq0_override, 1, 1);  // the 8254 is at the I/O APIC's pin 2
    fw_cfg.add_file("etc/e820", memory_map(config.memory));
    fw_cfg.add_file("etc/system-states", system_states());
    if (auto geometries = bios_geometries(drives); !geometries.empty())
        fw_cfg.add_file("bios-geometry", std::move(geometries));
    if (!config.kernel.empty() && !config.resumes) provide_kernel(config, fw_cfg);
}

}  // namespace calque
