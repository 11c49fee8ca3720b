// Makes frames of what happens, in as few bytes as the model's predictions allow.
#pragma once

#include "frontend/trace/frame.hpp"
#include "frontend/trace/model.hpp"

#include <cstdint>
#include <span>

namespace calque::trace {

/// One record on its way into a frame.
struct Step {
    RecordKind kind = RecordKind::retired;
    Known* known = nullptr;  ///< of an instruction: from match(); nullptr: `code` is to be told
    const Code* code = nullptr;
    Delivery delivery{};
    std::uint64_t skipped = 0;  ///< of a gap: instructions
    std::span<const Access> accesses{};
    const std::uint64_t* gprs = nullptr;  ///< eight
    std::uint64_t rip = 0;
    std::uint32_t rflags = 0;
    const Registers* all = nullptr;  ///< if more than those may have changed
};

class Encoder {
public:
    /// Forgets the frame before.
    void begin(std::uint64_t instructions, const Registers& registers);
    void add(const Step& step);
    /// The frame's bytes; begin() comes next.
    Bytes finish();

    /// The instruction at CS:RIP if it is known to be this one.
    Known* match(std::uint64_t physical, bool code32, std::span<const std::uint8_t> bytes);

    /// Of the next instruction.
    std::uint64_t linear() const { return model_.linear(); }
    const FrameHeader& header() const { return header_; }
    const Registers& registers() const { return model_.registers; }
    /// Of the streams, before compression.
    std::size_t size() const;
    /// Whether another frame should begin before the next record.
    bool full() const {
        constexpr std::uint64_t interval = 1024;
        return model_.full() || (header_.records % interval == 0 && size() > largest_frame);
    }

private:
    static constexpr std::size_t largest_frame = 24U << 20;

    Known& known_of(const Step& step);
    void tell_gap(const Step& step);
    void tell_step(const Step& step);
    void tell_extra(const Step& step);
    void tell_pages(std::span<const Access> accesses);
    void tell_accesses(Known& known, std::span<const Access> accesses);
    void tell_other_accesses(Known& known, std::span<const Access> accesses);
    void tell_address(Known& known, unsigned number, const Access& access);
    void tell_value(Known& known, unsigned number, const Access& access);
    unsigned other_gprs(const std::uint64_t* gprs) const;
    void tell_gprs(Known& known, const std::uint64_t* gprs);
    void tell_wrong_gprs(Known& known, const std::uint64_t* gprs, unsigned wrong);
    void tell_gpr(Known& known, unsigned number, std::uint64_t value);
    void tell_flags(Known& known, std::uint32_t flags);
    void tell_rip(Known& known, std::uint64_t rip);
    void tell_registers(const Step& step);
    void tell_code(const Code& code);
    bool try_rules(const Known& known) const;
    bool page_is_known(const Access& access);
    bool predicted(const Known& known, unsigned number, const Access& access, bool& value_is_right) const;

    Model model_;
    Streams streams_;
    FrameHeader header_;
    std::uint64_t run_ = 0;  ///< records as predicted
    std::uint8_t told_ = 0;
};

}  // namespace calque::trace
