// The description of a machine's configuration, for saved states.
#pragma once

#include "machine/config.hpp"

#include <optional>
#include <string>

namespace calque {

template <typename Archive>
void describe(Archive& archive, MachineConfig::Drive& drive) {
    archive("path", drive.path);
    archive("cdrom", drive.cdrom);
}

template <typename Archive, typename T>
void describe_optional(Archive& archive, const char* name, std::optional<T>& value) {
    bool given = value.has_value();
    T content = value.value_or(T{});
    archive("given", given);
    archive(name, content);
    value = given ? std::optional(content) : std::nullopt;
}

/// All but what the guest cannot see of it: whether a reset ends the run.
template <typename Archive>
void describe(Archive& archive, MachineConfig& config) {
    archive("memory", config.memory);
    archive("cpu", config.cpu);
    archive("clock", config.clock);
    archive("nanoseconds_per_instruction", config.nanoseconds_per_instruction);
    archive("instructions_per_second", config.instructions_per_second);
    archive("rtc_start", config.rtc_start);
    archive("firmware", config.firmware);
    archive("vga_firmware", config.vga_firmware);
    archive("kernel", config.kernel);
    archive("initrd", config.initrd);
    archive("append", config.append);
    for (auto& floppy : config.floppies) describe_optional(archive, "floppy", floppy);
    archive("floppy_types", config.floppy_types);
    archive("drives", config.drives);
    archive("read_only", config.read_only);
    archive("discard_writes", config.discard_writes);
    archive("boot", config.boot);
    archive("nic", config.nic);
    archive("nic_firmware", config.nic_firmware);
    describe_optional(archive, "exit_port", config.exit_port);
}

}  // namespace calque
