// Looks on while a processor executes and writes a trace of it.
#pragma once

#include "cpu/cpu.hpp"
#include "frontend/trace/background_encoder.hpp"
#include "frontend/trace/frame.hpp"
#include "frontend/trace/trace_options.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace calque::trace {

/// What the next instruction can be chosen by.
struct Place {
    std::uint64_t linear = 0, number = 0;
    unsigned cpl = 0;
    std::uint32_t mode = 0;  ///< namespace mode
};

struct RecorderSettings {
    std::string path{};
    std::uint64_t ring = 0;  ///< keep so many last instructions; 0: all
    std::optional<Trigger> start{}, stop{};
    std::function<bool(const Place&)> filter{};  ///< which instructions; empty: all
    std::function<void()> on_stop{};             ///< the stop trigger was met: observing may end
};

class Recorder final : public Observer {
public:
    /// Throws UsageError if the file cannot be made.
    explicit Recorder(const RecorderSettings& settings);
    /// Not to a file.
    Recorder(RecorderSettings settings, std::unique_ptr<FrameReceiver> receiver);
    ~Recorder() override;

    void begins(Cpu& cpu) override;
    void accessed(Cpu& cpu, const ObservedAccess& access) override;
    void executed(Cpu& cpu, const Block& block, bool retired) override;
    void delivering(Cpu& cpu, const ObservedDelivery& delivery) override;
    void delivered(Cpu& cpu) override;

    /// Writes what is left. Throws UsageError if the host did not take it all.
    void finish();
    std::uint64_t recorded() const { return recorded_; }

private:
    /// The parts of CpuState that few instructions change, as they were when last looked at.
    struct Seen {
        std::array<std::uint8_t, offsetof(CpuState, fpu) - offsetof(CpuState, segments)> system{};
        std::array<std::uint8_t, offsetof(FpuArea, rest)> fpu{};
        std::uint8_t cpl = 0;
    };
    struct PageNote {
        std::uint64_t page = ~0ULL, addend = 0, physical = 0;
        bool io = false;
    };

    bool continues(const Cpu& cpu) const;
    void locate(Cpu& cpu, Access& access);
    const Registers* changed(Cpu& cpu, bool system, bool fpu);
    void choose(Cpu& cpu);
    bool triggered(const std::optional<Trigger>& trigger, const Cpu& cpu) const;
    void tell_delivery(Cpu& cpu, bool failed);
    void complete(RawRecord& raw, const Cpu& cpu, const Registers* all);
    void tell_gap(Cpu& cpu);

    RecorderSettings settings_;
    BackgroundEncoder encoder_;

    Registers registers_{};  ///< after what was recorded last
    Registers all_{};
    Seen seen_;
    std::array<PageNote, 1024> pages_;
    std::vector<Access> accesses_;
    std::optional<ObservedDelivery> delivery_;

    std::uint64_t position_ = 0;  ///< instructions retired, recorded or not
    std::uint64_t recorded_ = 0;
    bool begun_ = false;
    bool started_ = false, stopped_ = false;  ///< by the triggers
    bool wanted_ = false;                     ///< what happens next
    std::optional<Trigger> event_;            ///< met by the delivery at hand
};

}  // namespace calque::trace
