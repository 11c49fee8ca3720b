// What reader and writer of a trace both know, and therefore need not be said.
//
// Both sides keep the same model of the recent past and predict from it the next instruction, what it
// accesses and what it does to the registers. Only what was predicted wrongly is in the file. The rules know
// no instruction: they are small functions of registers, operand fields and loaded values, tried in turn
// when an instruction surprises, and kept with it as long as they are right. A rule's number is part of the
// file format.
#pragma once

#include "frontend/trace/record.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace calque::trace {

/// Instructions and deliveries beyond this many accesses are told apart by none.
inline constexpr unsigned remembered_accesses = 2;

inline constexpr std::uint8_t explicit_rule = 0xff;

/// A value that an instruction met last, and by how much it had moved.
struct Course {
    std::uint64_t last = 0, stride = 0;

    void note(std::uint64_t value) {
        stride = value - last;
        last = value;
    }
};

/// An instruction, and what it did when it was met last. In an order in which most need two or three lines of
/// the host's caches.
struct alignas(64) Known {
    Code code;
    Known* next = nullptr;

    std::uint8_t written = 0;    ///< general registers, one bit each
    std::uint8_t surprises = 0;  ///< values that no rule gave; the writer's own
    std::uint8_t flags_rule = 0;
    std::uint8_t rip_rule = 0;
    std::uint8_t access_count = 0;
    std::array<std::uint8_t, 8> rules{};
    std::uint16_t last_flags = 0;
    std::uint64_t last_rip = 0;
    std::array<Course, 2> courses{};  ///< of the lowest register written, and of all others

    struct AccessNotes {
        std::uint8_t form = 0, address_rule = 0, value_rule = 0;
        Course address, value;
    };
    std::array<AccessNotes, remembered_accesses> accesses{};

    /// It is about to be needed.
    void prefetch() const {
        const auto* const bytes = reinterpret_cast<const char*>(this);
        for (unsigned line = 0; line < 3; ++line) __builtin_prefetch(bytes + 64 * line);
    }
};

/// Of an access, in a byte.
std::uint8_t form_of(const Access& access);
/// False: no access has this form.
bool set_form(Access& access, std::uint8_t form);

/// Where a linear page is.
struct PageEntry {
    std::uint64_t linear = ~0ULL, physical = 0;  ///< page numbers
    bool io = false;
};

class Model {
public:
    static constexpr unsigned rip_rules = 8, flags_rules = 26, gpr_rules = 128, address_rules = 11,
                              value_rules = 21;
    static constexpr unsigned most_instructions = 1U << 17;

    Model();
    /// Forgets everything: a frame begins.
    void reset(const Registers& registers);

    Registers registers{};
    /// The eight general registers after the record at hand, once they are known.
    const std::uint64_t* after = nullptr;
    /// Its accesses, so far.
    std::span<const Access> accesses;

    // --- Instructions

    std::uint64_t linear() const { return linear_ip(registers); }
    /// The instruction last met here, or nullptr.
    Known* find(std::uint64_t linear) {
        return last_ && last_->next && last_->next->code.linear == linear ? last_->next : look_up(linear);
    }
    /// Takes the place of what was there. nullptr: there are too many.
    Known* define(const Code& code);
    bool full() const { return count_ >= most_instructions / 2; }
    /// Where deliveries of a vector are remembered.
    Known& delivery(std::uint8_t vector) { return deliveries_[vector]; }
    /// Where attempts that fault are remembered: they do nothing that the instruction does.
    Known& attempt(const Code& code) {
        attempt_.code = code;
        return attempt_;
    }
    void follow(Known& known) {
        if (last_) last_->next = &known;
        last_ = &known;
    }
    void follow_nothing() { last_ = nullptr; }
    /// The first instruction in a page is likely to be in the page of the one before.
    std::uint64_t likely_physical() const;

    // --- Predictions; `registers` are those before the instruction

    std::uint64_t address(std::uint8_t rule, const Known& known, unsigned number, unsigned size) const;
    std::uint64_t value(std::uint8_t rule, const Known& known, unsigned number, const Access& access) const;
    std::uint64_t gpr(std::uint8_t rule, const Known& known, unsigned number) const;
    /// The six status flags; `after` has the general registers.
    std::uint32_t flags(std::uint8_t rule, const Known& known) const {
        return rule == 0 ? status_flags() : flags_by(rule, known);
    }
    std::uint64_t next_rip(std::uint8_t rule, const Known& known) const {
        return rule == 0 ? behind(known.code) : next_rip_by(rule, known);
    }

    // --- What is learned

    void note_access(Known& known, unsigned number, const Access& access);
    void note_gpr(Known& known, unsigned number, std::uint64_t value) { course(known, number).note(value); }
    static Course& course(Known& known, unsigned number) {
        return known.courses[(known.written & ((1U << number) - 1)) != 0];
    }
    static const Course& course(const Known& known, unsigned number) {
        return known.courses[(known.written & ((1U << number) - 1)) != 0];
    }

    PageEntry& page(std::uint64_t linear_page) { return pages_[linear_page % remembered_pages]; }
    /// Fills in `physical` and `io`.
    void locate(Access& access);

private:
    static constexpr std::size_t cached_values = 1U << 13, remembered_pages = 1U << 12;

    struct CachedValue {
        std::uint64_t key = ~0ULL, value = 0;
    };
    static std::size_t place_of_value(std::uint64_t address) {
        return (address * 0x9e37'79b9 >> 7) % cached_values;
    }
    Known* look_up(std::uint64_t linear);
    std::uint32_t status_flags() const {
        return static_cast<std::uint32_t>(registers[trace::rflags] & flag::status);
    }
    std::uint64_t behind(const Code& code) const {
        return (registers[trace::rip] + code.length) & 0xffff'ffff;
    }
    std::uint32_t flags_by(std::uint8_t rule, const Known& known) const;
    std::uint64_t next_rip_by(std::uint8_t rule, const Known& known) const;
    static std::uint64_t key(const Access& access) {
        return access.address << 8 | access.size | std::uint64_t{access.port} << 7;
    }
    std::uint64_t register_part(std::uint8_t offset, unsigned width) const;
    std::uint64_t effective_offset(const Known& known) const;
    const Access* loaded() const;
    std::uint64_t operand(const Known& known, unsigned number) const;

    std::vector<CachedValue> values_;
    std::vector<PageEntry> pages_;
    std::vector<std::uint32_t> table_;  ///< places in known_ plus one, by linear address
    std::unique_ptr<Known[]> known_;
    unsigned count_ = 0;
    std::array<Known, 256> deliveries_{};
    Known attempt_;
    Known* last_ = nullptr;
};

}  // namespace calque::trace
