// Compares what happened with what was predicted, and tells the difference.
#include "frontend/trace/encoder.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace calque::trace {
namespace {

constexpr std::uint32_t other_flags = ~flag::status;

/// Rules that may give the value of something read.
constexpr std::uint8_t reading_rules[]{0, 1, 2, 6};

void put_signed(Bytes& to, std::uint32_t value) {
    put_difference(to, static_cast<std::uint64_t>(static_cast<std::int32_t>(value)), 0);
}

bool is_plain(const Step& step) { return step.kind == RecordKind::retired; }

template <typename T>
bool same_ends(const std::uint8_t* a, const std::uint8_t* b, std::size_t size) {
    const auto part = [](const std::uint8_t* from) {
        T value;
        std::memcpy(&value, from, sizeof(T));
        return value;
    };
    const std::size_t last = size - sizeof(T);
    return part(a) == part(b) && part(a + last) == part(b + last);
}

/// An instruction's, so at most 16.
bool same_bytes(const std::uint8_t* a, const std::uint8_t* b, std::size_t size) {
    if (size >= 8) return same_ends<std::uint64_t>(a, b, size);
    if (size >= 4) return same_ends<std::uint32_t>(a, b, size);
    if (size >= 2) return same_ends<std::uint16_t>(a, b, size);
    return size == 0 || *a == *b;
}

}  // namespace

void Encoder::begin(std::uint64_t instructions, const Registers& registers) {
    model_.reset(registers);
    for (Bytes& stream : streams_) stream.clear();
    header_ = {.first = instructions, .end = instructions, .records = 0};
    run_ = 0;
}

std::size_t Encoder::size() const {
    std::size_t sum = 0;
    for (const Bytes& stream : streams_) sum += stream.size();
    return sum;
}

Bytes Encoder::finish() {
    put_number(streams_[flow_stream], run_);
    run_ = 0;
    Bytes frame;
    frame.reserve(size() + 64);
    for (const Bytes& stream : streams_) put_fixed(frame, stream.size(), 4);
    for (const Bytes& stream : streams_) frame.insert(frame.end(), stream.begin(), stream.end());
    return frame;
}

Known* Encoder::match(std::uint64_t physical, bool code32, std::span<const std::uint8_t> bytes) {
    Known* known = model_.find(model_.linear());
    if (!known) return nullptr;
    if (known->next) known->next->prefetch();
    const Code& code = known->code;
    const bool same = code.physical == physical && code.code32 == code32 && code.length == bytes.size() &&
                      same_bytes(code.bytes.data(), bytes.data(), bytes.size());
    return same ? known : nullptr;
}

/// Which may define it; `told_` says so.
Known& Encoder::known_of(const Step& step) {
    if (step.kind == RecordKind::delivery) return model_.delivery(step.delivery.vector);
    if (step.known) return *step.known;
    told_ |= told::code;
    tell_code(*step.code);
    return *model_.define(*step.code);
}

void Encoder::add(const Step& step) {
    told_ = 0;
    tell_extra(step);
    if (step.kind == RecordKind::gap)
        tell_gap(step);
    else
        tell_step(step);
    ++header_.records;
    if (told_ == 0) {
        ++run_;
        return;
    }
    Bytes& flow = streams_[flow_stream];
    put_number(flow, run_);
    flow.push_back(told_);
    run_ = 0;
}

void Encoder::tell_gap(const Step& step) {
    model_.accesses = {};
    model_.follow_nothing();
    tell_registers(step);
    model_.registers = *step.all;
    header_.end += step.skipped;
}

void Encoder::tell_step(const Step& step) {
    Known& instruction = known_of(step);
    Known& known = step.kind == RecordKind::faulted ? model_.attempt(instruction.code) : instruction;
    tell_accesses(known, step.accesses);
    model_.after = step.gprs;
    tell_gprs(known, step.gprs);
    tell_flags(known, step.rflags & flag::status);
    tell_rip(known, step.rip);
    tell_registers(step);
    if (step.kind == RecordKind::delivery)
        model_.follow_nothing();
    else
        model_.follow(instruction);
    if (step.all)
        model_.registers = *step.all;
    else
        std::copy_n(step.gprs, 8, model_.registers.begin());
    model_.registers[rip] = step.rip;
    model_.registers[rflags] = step.rflags;
    header_.end += is_plain(step);
}

bool Encoder::page_is_known(const Access& access) {
    const PageEntry& entry = model_.page(access.address >> 12);
    return access.port || (entry.linear == access.address >> 12 && entry.io == access.io &&
                           entry.physical == access.physical >> 12);
}

void Encoder::tell_extra(const Step& step) {
    const bool pages =
        !std::ranges::all_of(step.accesses, [this](const Access& access) { return page_is_known(access); });
    if (is_plain(step) && !pages) [[likely]]
        return;
    told_ |= told::extra;
    Bytes& data = streams_[data_stream];
    data.push_back(static_cast<std::uint8_t>(static_cast<unsigned>(step.kind) | (pages ? extra_pages : 0)));
    if (step.kind == RecordKind::delivery) {
        const Delivery& delivery = step.delivery;
        data.push_back(delivery.vector);
        data.push_back(static_cast<std::uint8_t>(delivery.interrupt | delivery.has_error_code << 1 |
                                                 delivery.failed << 2 | delivery.shutdown << 3));
        put_number(data, delivery.error_code);
    }
    if (step.kind == RecordKind::gap) put_number(data, step.skipped);
    if (pages) tell_pages(step.accesses);
}

void Encoder::tell_pages(std::span<const Access> accesses) {
    Bytes& data = streams_[data_stream];
    Bytes told;
    unsigned count = 0;
    for (const Access& access : accesses) {
        if (page_is_known(access)) continue;
        const PageEntry entry{access.address >> 12, access.physical >> 12, access.io};
        put_number(told, entry.linear);
        put_difference(told, entry.physical << 1 | entry.io, entry.linear << 1);
        model_.page(entry.linear) = entry;
        ++count;
    }
    put_number(data, count);
    data.insert(data.end(), told.begin(), told.end());
}

// --- Accesses

bool Encoder::predicted(const Known& known, unsigned number, const Access& access,
                        bool& value_is_right) const {
    const Known::AccessNotes& notes = known.accesses[number];
    if (notes.form != form_of(access)) return false;
    if (model_.address(notes.address_rule, known, number, access.size) != access.address) return false;
    value_is_right =
        access.size <= 8 && model_.value(notes.value_rule, known, number, access) == access.value[0];
    return true;
}

void Encoder::tell_accesses(Known& known, std::span<const Access> accesses) {
    bool as_before = accesses.size() == known.access_count && accesses.size() <= remembered_accesses;
    unsigned wrong = 0;
    model_.accesses = accesses;
    for (unsigned i = 0; i < accesses.size() && as_before; ++i) {
        bool value_is_right = false;
        as_before = predicted(known, i, accesses[i], value_is_right);
        if (!value_is_right) wrong |= 1U << i;
    }
    Bytes& data = streams_[data_stream];
    if (as_before && wrong) {
        told_ |= told::values;
        data.push_back(static_cast<std::uint8_t>(wrong));
        for (unsigned i = 0; i < accesses.size(); ++i)
            if (wrong >> i & 1) tell_value(known, i, accesses[i]);
    } else if (!as_before) {
        tell_other_accesses(known, accesses);
    }
    for (unsigned i = 0; i < accesses.size(); ++i) model_.note_access(known, i, accesses[i]);
}

void Encoder::tell_other_accesses(Known& known, std::span<const Access> accesses) {
    told_ |= told::accesses;
    Bytes& data = streams_[data_stream];
    put_number(data, accesses.size());
    for (unsigned i = 0; i < accesses.size(); ++i) {
        data.push_back(form_of(accesses[i]));
        tell_address(known, i, accesses[i]);
        tell_value(known, i, accesses[i]);
    }
    known.access_count = static_cast<std::uint8_t>(std::min<std::size_t>(accesses.size(), 255));
}

void Encoder::tell_address(Known& known, unsigned number, const Access& access) {
    Bytes& data = streams_[data_stream];
    std::uint8_t rule = 0;
    while (rule < Model::address_rules && model_.address(rule, known, number, access.size) != access.address)
        ++rule;
    if (rule == Model::address_rules) {
        data.push_back(explicit_rule);
        put_number(data, access.address);
        rule = 0;
    } else {
        data.push_back(rule);
    }
    if (number >= remembered_accesses) return;
    known.accesses[number].form = form_of(access);
    known.accesses[number].address_rule = rule;
}

void Encoder::tell_value(Known& known, unsigned number, const Access& access) {
    Bytes& data = streams_[data_stream];
    const auto gives = [&](std::uint8_t rule) {
        return model_.value(rule, known, number, access) == access.value[0];
    };
    std::uint8_t rule = explicit_rule;
    if (access.size <= 8 && try_rules(known)) {
        if (access.write) {
            for (std::uint8_t i = 0; i < Model::value_rules && rule == explicit_rule; ++i)
                if (gives(i)) rule = i;
        } else {
            for (const std::uint8_t i : reading_rules)
                if (rule == explicit_rule && gives(i)) rule = i;
        }
    }
    data.push_back(rule);
    if (rule != explicit_rule) {
        if (number < remembered_accesses) known.accesses[number].value_rule = rule;
        return;
    }
    known.surprises = static_cast<std::uint8_t>(known.surprises + access.write);
    Bytes& values = streams_[value_stream];
    if (access.size <= 8) {
        put_difference(values, access.value[0],
                       number < remembered_accesses ? known.accesses[number].value.last : 0);
    } else {
        put_fixed(values, access.value[0], 8);
        put_fixed(values, access.value[1], access.size - 8U);
    }
}

/// Where nothing helped it is tried now and then only.
bool Encoder::try_rules(const Known& known) const {
    constexpr unsigned patience = 6, interval = 16;
    return known.surprises < patience || known.surprises % interval == 0;
}

// --- Registers

/// Which are not what they were, one bit each.
unsigned Encoder::other_gprs(const std::uint64_t* gprs) const {
    unsigned other = 0;
#pragma GCC unroll 8
    for (unsigned i = 0; i < 8; ++i) other |= unsigned{gprs[i] != model_.registers[i]} << i;
    return other;
}

void Encoder::tell_gprs(Known& known, const std::uint64_t* gprs) {
    unsigned wrong = other_gprs(gprs) & ~unsigned{known.written};
    for (unsigned left = known.written; left; left &= left - 1) {
        const auto i = static_cast<unsigned>(std::countr_zero(left));
        wrong |= unsigned{model_.gpr(known.rules[i], known, i) != gprs[i]} << i;
    }
    if (wrong) tell_wrong_gprs(known, gprs, wrong);
    for (unsigned left = known.written; left; left &= left - 1) {
        const auto i = static_cast<unsigned>(std::countr_zero(left));
        model_.note_gpr(known, i, gprs[i]);
    }
}

void Encoder::tell_wrong_gprs(Known& known, const std::uint64_t* gprs, unsigned wrong) {
    told_ |= told::gprs;
    streams_[data_stream].push_back(static_cast<std::uint8_t>(wrong));
    known.written = static_cast<std::uint8_t>(known.written | wrong);
    for (unsigned i = 0; i < 8; ++i)
        if (wrong >> i & 1) tell_gpr(known, i, gprs[i]);
}

void Encoder::tell_gpr(Known& known, unsigned number, std::uint64_t value) {
    Bytes& data = streams_[data_stream];
    if (try_rules(known)) {
        for (std::uint8_t rule = 0; rule < Model::gpr_rules; ++rule) {
            if (model_.gpr(rule, known, number) != value) continue;
            data.push_back(rule);
            known.rules[number] = rule;
            return;
        }
    }
    ++known.surprises;
    data.push_back(explicit_rule);
    put_difference(data, value, Model::course(known, number).last);
}

void Encoder::tell_flags(Known& known, std::uint32_t flags) {
    if (model_.flags(known.flags_rule, known) != flags) {
        told_ |= told::flags;
        std::uint8_t rule = 0;
        while (rule < Model::flags_rules && model_.flags(rule, known) != flags) ++rule;
        if (rule < Model::flags_rules)
            known.flags_rule = rule;
        else
            rule = static_cast<std::uint8_t>(explicit_flags | pack_flags(flags));
        streams_[data_stream].push_back(rule);
    }
    known.last_flags = static_cast<std::uint16_t>(flags);
}

void Encoder::tell_rip(Known& known, std::uint64_t rip) {
    if (model_.next_rip(known.rip_rule, known) != rip) {
        told_ |= told::rip;
        std::uint8_t rule = 0;
        while (rule < Model::rip_rules && model_.next_rip(rule, known) != rip) ++rule;
        Bytes& data = streams_[data_stream];
        if (rule < Model::rip_rules) {
            data.push_back(rule);
            known.rip_rule = rule;
        } else {
            data.push_back(explicit_rule);
            put_difference(data, rip, model_.registers[trace::rip]);
        }
    }
    known.last_rip = rip;
}

/// Those beyond what each instruction changes, and EFLAGS where more than the status flags did.
void Encoder::tell_registers(const Step& step) {
    const bool gap = step.kind == RecordKind::gap;
    const auto old_flags = static_cast<std::uint32_t>(model_.registers[rflags]);
    const bool flags_changed = !gap && ((old_flags ^ step.rflags) & other_flags) != 0;
    if (!step.all && !flags_changed) return;
    Bytes changes;
    unsigned count = 0;
    const auto change = [&](unsigned number, std::uint64_t value) {
        ++count;
        put_number(changes, number);
        if (number >= fpu_first)
            put_fixed(changes, value, 8);
        else
            put_difference(changes, value, model_.registers[number]);
    };
    if (flags_changed) change(rflags, step.rflags);
    for (unsigned i = gap ? 0 : 8; step.all && i < register_count; ++i) {
        if (!gap && (i == rip || i == rflags)) continue;
        if ((*step.all)[i] != model_.registers[i]) change(i, (*step.all)[i]);
    }
    if (count == 0) return;
    told_ |= told::registers;
    Bytes& data = streams_[data_stream];
    put_number(data, count);
    data.insert(data.end(), changes.begin(), changes.end());
}

void Encoder::tell_code(const Code& code) {
    Bytes& to = streams_[code_stream];
    put_difference(to, code.physical, model_.likely_physical());
    to.push_back(static_cast<std::uint8_t>(code.length | code.code32 << 4 | code.relative << 5 |
                                           code.wide_address << 6));
    to.insert(to.end(), code.bytes.begin(), code.bytes.begin() + code.length);
    to.push_back(code.base);
    to.push_back(code.index);
    to.push_back(static_cast<std::uint8_t>(code.scale | code.segment << 2 | code.width << 5));
    to.push_back(code.reg);
    to.push_back(code.rm);
    to.push_back(code.condition);
    put_signed(to, code.displacement);
    put_signed(to, code.immediate);
}

}  // namespace calque::trace
