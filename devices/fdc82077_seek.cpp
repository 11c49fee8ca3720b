// SEEK, RELATIVE SEEK and RECALIBRATE: a step pulse at a time.
#include "devices/fdc82077.hpp"
#include "devices/fdc82077_bits.hpp"

#include <algorithm>
#include <cstdlib>

namespace calque {

using namespace fdc;

namespace {

constexpr unsigned steps_of_recalibrate = 79;
constexpr Nanoseconds time_without_steps = 100'000;

}  // namespace

void Fdc82077::seek() {
    const int distance = state_.command[2] - state_.units[unit()].cylinder;
    begin_steps(unit(), static_cast<unsigned>(std::abs(distance)), distance > 0);
}

void Fdc82077::relative_seek() { begin_steps(unit(), state_.command[2], option(option::inward)); }

void Fdc82077::recalibrate() {
    const FloppyDrive* drive = selected();
    begin_steps(unit(), drive && drive->track0() ? 0 : steps_of_recalibrate, false);
    state_.units[unit()].recalibrating = true;
}

void Fdc82077::begin_steps(unsigned number, unsigned steps, bool inward) {
    FdcUnit& unit = state_.units[number];
    unit = {.cylinder = unit.cylinder,
            .steps_left = static_cast<std::uint8_t>(steps),
            .seeking = true,
            .inward = inward,
            .step_at = clock_.now() + (steps ? step_time() : time_without_steps)};
    arm_steps();
}

void Fdc82077::arm_steps() {
    Nanoseconds next = never;
    for (const FdcUnit& unit : state_.units) next = std::min(next, unit.step_at);
    step_timer_.arm(next);
}

/// SRT counts down from 16 half thousands of bit times.
Nanoseconds Fdc82077::step_time() const { return bit_times(500) * (16 - (state_.specify[0] >> 4)); }

void Fdc82077::step_drives() {
    const Nanoseconds now = clock_.now();
    for (unsigned number = 0; number < state_.units.size(); ++number) {
        if (state_.units[number].step_at <= now) step_drive(number);
    }
    arm_steps();
}

void Fdc82077::step_drive(unsigned number) {
    FdcUnit& unit = state_.units[number];
    FloppyDrive* drive = selected();
    if (unit.steps_left) {
        --unit.steps_left;
        unit.cylinder = static_cast<std::uint8_t>(unit.cylinder + (unit.inward ? 1 : -1));
        if (drive) drive->step(unit.inward);
    }
    const bool arrived = unit.recalibrating && drive && drive->track0();
    if (arrived || !unit.steps_left) return end_seek(number);
    unit.step_at += step_time();
}

void Fdc82077::end_seek(unsigned number) {
    FdcUnit& unit = state_.units[number];
    unit.seeking = false;
    unit.step_at = never;
    if (state_.execution.step == FdcStep::implied_seek && number == this->unit()) return load_head();
    unit.st0 = static_cast<std::uint8_t>(st0::seek_end | number);
    if (unit.recalibrating) {
        const FloppyDrive* drive = selected();
        unit.cylinder = 0;
        if (!drive || !drive->track0()) unit.st0 |= st0::abnormal | st0::equipment_check;
    }
    unit.ended = true;
    raise_interrupt();
}

}  // namespace calque
