// Popek and Goldberg's classes: which instructions a virtual machine cannot simply let run.
#pragma once

#include <cstdint>

namespace calque {

struct Row;

/// Whether a processor stops the form outside of ring 0, so that a monitor could step in.
enum class Privilege : std::uint8_t {
    none,
    conditional,  ///< by IOPL, CR4.TSD or CR4.PCE
    always,
};

/// "Formal Requirements for Virtualizable Third Generation Architectures" (1974): a sensitive instruction
/// changes the processor's resources or mode (control), or does something else depending on them (behaviour).
/// All others are innocuous.
struct Sensitivity {
    bool control = false, behaviour = false;
    Privilege privilege = Privilege::none;
    /// Robin and Irvine's "Analysis of the Intel Pentium's Ability to Support a Secure Virtual Machine
    /// Monitor" (2000) lists it among the seventeen that are sensitive and not privileged.
    bool of_the_seventeen = false;

    bool sensitive() const { return control || behaviour; }
    bool operator==(const Sensitivity&) const = default;
};

/// The form's place in the classification, which is one table.
Sensitivity sensitivity_of(const Row& row);

/// `innocuous`, `privileged`, `privileged by mode`, `unprivileged (of the 17)` or `unprivileged (other)`.
const char* class_name(const Sensitivity& sensitivity);

}  // namespace calque
