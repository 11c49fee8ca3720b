// Hardware task switches (SDM vol. 3A, "Task Management").
#pragma once

#include "cpu/segmentation.hpp"

#include <cstdint>

namespace calque {

enum class TaskSwitchCause : std::uint8_t { jump, call, iret, interrupt };

/// Why and how to switch.
struct TaskSwitch {
    TaskSwitchCause cause = TaskSwitchCause::jump;
    std::uint32_t next_ip = 0;    ///< EIP to save in the old task
    std::uint32_t external = 0;   ///< EXT bit of error codes
    std::uint32_t resume = 0;     ///< flag::rf to be set in the saved EFLAGS, or 0
    bool has_error_code = false;  ///< to be pushed on the new task's stack
    std::uint32_t error_code = 0;
};

/// The TSS that a task gate names, checked to be available (#GP, #NP).
NamedDescriptor task_of_gate(Cpu& cpu, const Descriptor& gate, std::uint32_t external);

/// Switches to the task of `target`, whose descriptor's type, privilege and presence the caller has checked.
///
/// Faults that belong to the old task unwind by GuestFault with nothing changed. Faults that belong to the
/// new one are left in Cpu::exception, with the new task's state loaded.
void switch_task(Cpu& cpu, const NamedDescriptor& target, const TaskSwitch& how);

/// IRET with NT set: back to the task that the link field names.
void return_to_linked_task(Cpu& cpu, std::uint32_t next_ip);

}  // namespace calque
