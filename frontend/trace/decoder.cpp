// Repeats the encoder's predictions and corrects them by what the frame tells.
#include "frontend/trace/decoder.hpp"

#include <algorithm>
#include <bit>

namespace calque::trace {

void Decoder::begin(std::span<const std::uint8_t> frame, const FrameHeader& header,
                    const Registers& registers) {
    model_.reset(registers);
    ByteReader reader(frame);
    std::array<std::uint64_t, stream_count> sizes{};
    for (std::uint64_t& size : sizes) size = reader.fixed(4);
    for (unsigned i = 0; i < stream_count; ++i) streams_[i] = ByteReader(reader.take(sizes[i]));
    left_ = header.records;
    number_ = header.first;
    run_is_known_ = false;
}

bool Decoder::next(Record& record) {
    if (left_ == 0) return false;
    --left_;
    hear_told();
    record.kind = RecordKind::retired;
    record.number = number_;
    record.skipped = 0;
    hear_extra(record);
    if (keeps_registers_) record.before = model_.registers;
    if (record.kind == RecordKind::gap)
        hear_gap(record);
    else
        hear_step(record);
    record.accesses = accesses_;
    if (keeps_registers_) record.after = model_.registers;
    return true;
}

/// What is told of the next record: of most of them, nothing.
void Decoder::hear_told() {
    ByteReader& flow = streams_[flow_stream];
    if (!run_is_known_) {
        run_ = flow.number();
        run_is_known_ = true;
    }
    told_ = 0;
    if (run_ > 0) {
        --run_;
    } else {
        told_ = flow.byte();
        run_is_known_ = false;
    }
}

void Decoder::hear_gap(const Record& gap) {
    accesses_.clear();
    model_.accesses = {};
    model_.follow_nothing();
    after_ = model_.registers;
    if (is_told(told::registers)) hear_registers(after_);
    model_.registers = after_;
    number_ += gap.skipped;
}

void Decoder::hear_step(Record& record) {
    Registers& after = after_;
    model_.after = after.data();
    Known& instruction = known_of(record);
    Known& known = record.kind == RecordKind::faulted ? model_.attempt(instruction.code) : instruction;
    hear_accesses(known);
    hear_gprs(known, after);
    hear_flags(known, after);
    hear_rip(known, after);
    if (is_told(told::registers)) {
        std::copy(model_.registers.begin() + 8, model_.registers.begin() + rip, after.begin() + 8);
        std::copy(model_.registers.begin() + rflags + 1, model_.registers.end(), after.begin() + rflags + 1);
        hear_registers(after);
        model_.registers = after;
    } else {
        std::copy_n(after.begin(), 8, model_.registers.begin());
        model_.registers[rip] = after[rip];
        model_.registers[rflags] = after[rflags];
    }
    if (record.kind == RecordKind::delivery)
        model_.follow_nothing();
    else
        model_.follow(instruction);
    number_ += record.kind == RecordKind::retired;
}

void Decoder::hear_extra(Record& record) {
    record.delivery = {};
    if (!is_told(told::extra)) return;
    ByteReader& data = streams_[data_stream];
    const std::uint8_t extra = data.byte();
    if ((extra & extra_kind) > static_cast<unsigned>(RecordKind::gap))
        throw TraceError("a frame holds a record of an unknown kind");
    record.kind = static_cast<RecordKind>(extra & extra_kind);
    if (record.kind == RecordKind::delivery) {
        record.delivery.vector = data.byte();
        const std::uint8_t bits = data.byte();
        record.delivery.interrupt = bits & 1;
        record.delivery.has_error_code = bits >> 1 & 1;
        record.delivery.failed = bits >> 2 & 1;
        record.delivery.shutdown = bits >> 3 & 1;
        record.delivery.error_code = static_cast<std::uint32_t>(data.number());
    }
    if (record.kind == RecordKind::gap) record.skipped = data.number();
    if (extra & extra_pages) hear_pages();
}

void Decoder::hear_pages() {
    ByteReader& data = streams_[data_stream];
    for (std::uint64_t left = data.number(); left; --left) {
        PageEntry entry;
        entry.linear = data.number();
        const std::uint64_t physical = data.difference(entry.linear << 1);
        entry.physical = physical >> 1;
        entry.io = physical & 1;
        model_.page(entry.linear) = entry;
    }
}

Known& Decoder::known_of(Record& record) {
    if (record.kind == RecordKind::delivery) return model_.delivery(record.delivery.vector);
    Known* known = is_told(told::code) ? model_.define(hear_code()) : model_.find(model_.linear());
    if (!known) throw TraceError("a frame names an instruction that it has not told");
    record.code = known->code;
    return *known;
}

Code Decoder::hear_code() {
    ByteReader& from = streams_[code_stream];
    Code code;
    code.linear = model_.linear();
    code.physical = from.difference(model_.likely_physical());
    const std::uint8_t bits = from.byte();
    code.length = bits & 0xf;
    code.code32 = bits >> 4 & 1;
    code.relative = bits >> 5 & 1;
    code.wide_address = bits >> 6 & 1;
    for (unsigned i = 0; i < code.length; ++i) code.bytes[i] = from.byte();
    code.base = from.byte();
    code.index = from.byte();
    const std::uint8_t packed = from.byte();
    code.scale = packed & 3;
    code.segment = packed >> 2 & 7;
    code.width = packed >> 5 & 7;
    code.reg = from.byte();
    code.rm = from.byte();
    code.condition = from.byte();
    code.displacement = static_cast<std::uint32_t>(from.difference(0));
    code.immediate = static_cast<std::uint32_t>(from.difference(0));
    return code;
}

// --- Accesses

void Decoder::add(const Access& access) {
    accesses_.push_back(access);
    model_.accesses = accesses_;
}

void Decoder::hear_accesses(Known& known) {
    accesses_.clear();
    model_.accesses = {};
    if (is_told(told::accesses))
        hear_other_accesses(known);
    else
        hear_accesses_as_before(known);
    for (unsigned i = 0; i < accesses_.size(); ++i) {
        Access& access = accesses_[i];
        if (!access.port) model_.locate(access);
        model_.note_access(known, i, access);
    }
}

void Decoder::hear_accesses_as_before(Known& known) {
    const unsigned wrong = is_told(told::values) ? streams_[data_stream].byte() : 0;
    const unsigned count = std::min<unsigned>(known.access_count, remembered_accesses);
    for (unsigned i = 0; i < count; ++i) {
        const Known::AccessNotes& notes = known.accesses[i];
        Access access;
        set_form(access, notes.form);
        access.address = model_.address(notes.address_rule, known, i, access.size);
        if (wrong >> i & 1)
            hear_value(known, i, access);
        else
            access.value[0] = model_.value(notes.value_rule, known, i, access);
        add(access);
    }
}

void Decoder::hear_other_accesses(Known& known) {
    ByteReader& data = streams_[data_stream];
    const std::uint64_t count = data.number();
    if (count > most_accesses) throw TraceError("a frame holds an instruction with too many accesses");
    for (unsigned i = 0; i < count; ++i) {
        Access access;
        if (!set_form(access, data.byte())) throw TraceError("a frame holds an access of an unknown form");
        hear_address(known, i, access);
        hear_value(known, i, access);
        add(access);
    }
    known.access_count = static_cast<std::uint8_t>(std::min<std::uint64_t>(count, 255));
}

void Decoder::hear_address(Known& known, unsigned number, Access& access) {
    ByteReader& data = streams_[data_stream];
    std::uint8_t rule = data.byte();
    if (rule == explicit_rule) {
        access.address = data.number();
        rule = 0;
    } else if (rule < Model::address_rules) {
        access.address = model_.address(rule, known, number, access.size);
    } else {
        throw TraceError("a frame names a rule that there is not");
    }
    if (number >= remembered_accesses) return;
    known.accesses[number].form = form_of(access);
    known.accesses[number].address_rule = rule;
}

void Decoder::hear_value(Known& known, unsigned number, Access& access) {
    const std::uint8_t rule = streams_[data_stream].byte();
    if (rule != explicit_rule) {
        if (rule >= Model::value_rules) throw TraceError("a frame names a rule that there is not");
        access.value[0] = model_.value(rule, known, number, access);
        if (number < remembered_accesses) known.accesses[number].value_rule = rule;
        return;
    }
    ByteReader& values = streams_[value_stream];
    if (access.size <= 8) {
        access.value[0] =
            values.difference(number < remembered_accesses ? known.accesses[number].value.last : 0);
    } else {
        access.value[0] = values.fixed(8);
        access.value[1] = values.fixed(access.size - 8U);
    }
}

// --- Registers

void Decoder::hear_gprs(Known& known, Registers& after) {
    ByteReader& data = streams_[data_stream];
    const unsigned wrong = is_told(told::gprs) ? data.byte() : 0;
    for (unsigned i = 0; i < 8; ++i) {
        const bool writes = known.written >> i & 1;
        after[i] = writes && !(wrong >> i & 1) ? model_.gpr(known.rules[i], known, i) : model_.registers[i];
    }
    known.written = static_cast<std::uint8_t>(known.written | wrong);
    for (unsigned i = 0; i < 8; ++i) {
        if (!(wrong >> i & 1)) continue;
        const std::uint8_t rule = data.byte();
        if (rule == explicit_rule) {
            after[i] = data.difference(Model::course(known, i).last);
        } else if (rule < Model::gpr_rules) {
            after[i] = model_.gpr(rule, known, i);
            known.rules[i] = rule;
        } else {
            throw TraceError("a frame names a rule that there is not");
        }
    }
    for (unsigned left = known.written; left; left &= left - 1) {
        const auto i = static_cast<unsigned>(std::countr_zero(left));
        model_.note_gpr(known, i, after[i]);
    }
}

void Decoder::hear_flags(Known& known, Registers& after) {
    std::uint32_t flags = 0;
    if (is_told(told::flags)) {
        const std::uint8_t rule = streams_[data_stream].byte();
        if (rule & explicit_flags) {
            flags = unpack_flags(rule & 0x3f);
        } else if (rule < Model::flags_rules) {
            flags = model_.flags(rule, known);
            known.flags_rule = rule;
        } else {
            throw TraceError("a frame names a rule that there is not");
        }
    } else {
        flags = model_.flags(known.flags_rule, known);
    }
    known.last_flags = static_cast<std::uint16_t>(flags);
    after[rflags] = (model_.registers[rflags] & ~std::uint64_t{flag::status}) | flags;
}

void Decoder::hear_rip(Known& known, Registers& after) {
    if (is_told(told::rip)) {
        ByteReader& data = streams_[data_stream];
        const std::uint8_t rule = data.byte();
        if (rule == explicit_rule) {
            after[rip] = data.difference(model_.registers[rip]);
        } else if (rule < Model::rip_rules) {
            after[rip] = model_.next_rip(rule, known);
            known.rip_rule = rule;
        } else {
            throw TraceError("a frame names a rule that there is not");
        }
    } else {
        after[rip] = model_.next_rip(known.rip_rule, known);
    }
    known.last_rip = after[rip];
}

void Decoder::hear_registers(Registers& after) {
    ByteReader& data = streams_[data_stream];
    for (std::uint64_t left = data.number(); left; --left) {
        const std::uint64_t number = data.number();
        if (number >= register_count) throw TraceError("a frame names a register that there is not");
        after[number] = number >= fpu_first ? data.fixed(8) : data.difference(model_.registers[number]);
    }
}

}  // namespace calque::trace
