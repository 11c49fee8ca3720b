// The classification: what is not listed here is innocuous.
#include "cpu/sensitivity.hpp"

#include "cpu/instruction_table.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace calque {
namespace {

constexpr Sensitivity privileged{.control = true, .privilege = Privilege::always};
constexpr Sensitivity privileged_read{.behaviour = true, .privilege = Privilege::always};
constexpr Sensitivity by_iopl{.control = true, .behaviour = true, .privilege = Privilege::conditional};
constexpr Sensitivity by_cr4{.behaviour = true, .privilege = Privilege::conditional};
/// Two groups of Robin and Irvine's: sensitive register instructions and protection system references.
constexpr Sensitivity shows{.behaviour = true, .of_the_seventeen = true};
constexpr Sensitivity changes{.control = true, .behaviour = true, .of_the_seventeen = true};
/// Theirs are instructions of the Pentium by name; these are of the same kinds.
constexpr Sensitivity also_shows{.behaviour = true};
constexpr Sensitivity also_changes{.control = true, .behaviour = true};

struct Entry {
    std::string_view name;
    Sensitivity sensitivity;
    int opcode = -1;  ///< where forms of one name differ; -1: all of them
    int digit = -1;
};

constexpr std::array entries{
    Entry{"hlt", privileged},
    Entry{"lgdt", privileged},
    Entry{"lidt", privileged},
    Entry{"lldt", privileged},
    Entry{"ltr", privileged},
    Entry{"lmsw", privileged},
    Entry{"clts", privileged},
    Entry{"invd", privileged},
    Entry{"wbinvd", privileged},
    Entry{"invlpg", privileged},
    Entry{"wrmsr", privileged},
    Entry{"rdmsr", privileged_read},
    Entry{"sysexit", privileged},
    Entry{"mov", privileged_read, 0x20},  // from a control register
    Entry{"mov", privileged_read, 0x21},  // from a debug register
    Entry{"mov", privileged, 0x22},
    Entry{"mov", privileged, 0x23},

    Entry{"cli", by_iopl},
    Entry{"sti", by_iopl},
    Entry{"in", by_iopl},
    Entry{"out", by_iopl},
    Entry{"ins", by_iopl},
    Entry{"outs", by_iopl},
    Entry{"rdtsc", by_cr4},
    Entry{"rdpmc", by_cr4},

    Entry{"sgdt", shows},
    Entry{"sidt", shows},
    Entry{"sldt", shows},
    Entry{"smsw", shows},
    Entry{"pushf", shows},
    Entry{"popf", changes},
    Entry{"lar", shows},
    Entry{"lsl", shows},
    Entry{"verr", shows},
    Entry{"verw", shows},
    Entry{"str", shows},
    Entry{"int", changes},
    Entry{"call", changes, 0x9a},
    Entry{"call", changes, 0xff, 3},
    Entry{"jmp", changes, 0xea},
    Entry{"jmp", changes, 0xff, 5},
    Entry{"ret", changes, 0xca},
    Entry{"ret", changes, 0xcb},
    Entry{"mov", shows, 0x8c},    // from a segment register
    Entry{"mov", changes, 0x8e},  // to a segment register
    Entry{"push", shows, 0x06},
    Entry{"push", shows, 0x0e},
    Entry{"push", shows, 0x16},
    Entry{"push", shows, 0x1e},
    Entry{"push", shows, 0xa0},
    Entry{"push", shows, 0xa8},
    Entry{"pop", changes, 0x07},
    Entry{"pop", changes, 0x17},
    Entry{"pop", changes, 0x1f},
    Entry{"pop", changes, 0xa1},
    Entry{"pop", changes, 0xa9},

    Entry{"lds", also_changes},
    Entry{"les", also_changes},
    Entry{"lss", also_changes},
    Entry{"lfs", also_changes},
    Entry{"lgs", also_changes},
    Entry{"iret", also_changes},
    Entry{"int3", also_changes},
    Entry{"int1", also_changes},
    Entry{"into", also_changes},
    Entry{"sysenter", also_changes},
    Entry{"cpuid", also_shows},
};

bool is_of(const Entry& entry, const Row& row) {
    return entry.name == row.name && (entry.opcode < 0 || entry.opcode == row.opcode) &&
           (entry.digit < 0 || entry.digit == row.digit);
}

}  // namespace

Sensitivity sensitivity_of(const Row& row) {
    const auto found = std::ranges::find_if(entries, [&](const Entry& entry) { return is_of(entry, row); });
    return found == entries.end() ? Sensitivity{} : found->sensitivity;
}

const char* class_name(const Sensitivity& sensitivity) {
    if (!sensitivity.sensitive()) return "innocuous";
    switch (sensitivity.privilege) {
        case Privilege::always: return "privileged";
        case Privilege::conditional: return "privileged by mode";
        case Privilege::none: break;
    }
    return sensitivity.of_the_seventeen ? "unprivileged (of the 17)" : "unprivileged (other)";
}

}  // namespace calque
