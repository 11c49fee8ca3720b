// The speaker of a PC: counter 2 of the timer and one bit of port 61h, through an AND gate.
#pragma once

#include "devices/clock.hpp"
#include "devices/pit8254.hpp"
#include "devices/sound_line.hpp"
#include "devices/system_control.hpp"

namespace calque {

/// A function of what those chips hold, so it has no state of its own.
class PcSpeaker final : public SoundSource {
public:
    PcSpeaker(Clock& clock, Pit8254& pit, SystemControlPortB& port_b);

    void listen(SoundListener* listener) override;
    bool play_until(Nanoseconds now) override;

private:
    void before_change();
    float level(Ticks tick) const;
    bool sounds(Ticks now) const;

    Clock& clock_;
    Pit8254& pit_;
    SystemControlPortB& port_b_;
    SoundListener* listener_ = nullptr;
    Ticks played_until_ = 0;  ///< of the timer's oscillator
};

}  // namespace calque
