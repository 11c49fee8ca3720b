// `info`: the machine's state in words.
#include "frontend/cpu_mode.hpp"
#include "frontend/monitor/command.hpp"
#include "frontend/monitor/info.hpp"
#include "frontend/processor_stats.hpp"
#include "frontend/usage_error.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace calque {
namespace {

void info_status(const MonitorCall& call) {
    const Cpu& cpu = call.cpu();
    call.say(fmt::format("{}, {}, CPL {}, {:04x}:{:08x}{}, {} instructions, guest time {:.9f} s\n",
                         call.machine().debugger().stopped() ? "stopped" : "running",
                         name_of(cpu_mode(cpu.mode)), cpu.state.cpl, cpu.state.cs().selector,
                         static_cast<std::uint32_t>(cpu.state.rip), cpu.state.halted ? " (HLT)" : "",
                         cpu.state.instructions, static_cast<double>(call.board().clock().now()) * 1e-9));
}

void info_registers(const MonitorCall& call) { call.say(registers_text(call.cpu())); }
void info_fpu(const MonitorCall& call) { call.say(fpu_text(call.cpu().state.fpu)); }
void info_gdt(const MonitorCall& call) {
    const TableRegister& gdtr = call.cpu().state.gdtr;
    call.say(descriptors_text(call.board(), gdtr.base, gdtr.limit, 0));
}
void info_ldt(const MonitorCall& call) {
    const SegmentRegister& ldtr = call.cpu().state.ldtr;
    if (!(ldtr.attributes & segment_attribute::present)) throw std::runtime_error("there is no LDT");
    call.say(descriptors_text(call.board(), ldtr.base, ldtr.limit, 4));
}
void info_idt(const MonitorCall& call) { call.say(interrupts_text(call.board())); }
void info_tss(const MonitorCall& call) { call.say(task_text(call.board())); }
void info_tlb(const MonitorCall& call) { each_page_text(call.board(), call.say); }
void info_mem(const MonitorCall& call) { page_ranges_text(call.board(), call.say); }

void info_devices(const MonitorCall& call) {
    call.board().chips().for_each([&](std::string_view name, auto&) { call.say(fmt::format("{}\n", name)); });
}

void info_breakpoints(const MonitorCall& call) {
    for (const auto& [number, point] : call.monitor.points)
        call.say(fmt::format("{}: {}\n", number, point.text));
    if (call.monitor.points.empty()) call.say("none\n");
}

void info_statistics(const MonitorCall& call) {
    nlohmann::ordered_json stats;
    add_processor_statistics(stats, call.board().processor());
    add_mmu_statistics(stats, call.board().mmu());
    call.say(stats.dump(2) + "\n");
}

struct Topic {
    std::string_view name, help;
    void (*tell)(const MonitorCall&);
};
constexpr Topic topics[] = {
    {"status", "whether it runs, where it is", info_status},
    {"registers", "general, segment, control and debug registers", info_registers},
    {"fpu", "x87 and SSE registers", info_fpu},
    {"gdt", "the global descriptor table", info_gdt},
    {"ldt", "the local one", info_ldt},
    {"idt", "interrupt gates, or the real-mode vectors", info_idt},
    {"tss", "the task's state", info_tss},
    {"tlb", "every page that is mapped", info_tlb},
    {"mem", "ranges of pages with equal rights", info_mem},
    {"devices", "the chips; info device NAME tells the state of one", info_devices},
    {"breakpoints", "what break, watch and their kind have set", info_breakpoints},
    {"statistics", "counters, as --stats has them", info_statistics},
};

MonitorTask info(Words& words) {
    const std::string name = words.next("the topic (help info lists them)");
    if (name == "device") {
        const std::string device = words.next("the device");
        return at_once([=](const MonitorCall& call) {
            const auto text = device_text(call.board(), device);
            if (!text) throw std::runtime_error(fmt::format("there is no device \"{}\"", device));
            call.say(*text);
        });
    }
    const auto* found = std::ranges::find(topics, name, &Topic::name);
    if (found == std::end(topics))
        throw UsageError(fmt::format("\"{}\" is none of {}", name, fmt::join(info_topics(), ", ")));
    return at_once([found](const MonitorCall& call) { found->tell(call); });
}

MonitorTask registers(Words&) { return at_once(info_registers); }

constexpr MonitorCommand commands[] = {
    {"info", "i", "TOPIC",
     "status, registers, fpu, gdt, ldt, idt, tss, tlb, mem, devices, device NAME, breakpoints, statistics",
     info},
    {"registers", "r", "", "The same as info registers", registers},
};

}  // namespace

std::span<const MonitorCommand> info_commands() { return commands; }

std::vector<std::string> info_topics() {
    std::vector<std::string> names;
    for (const Topic& topic : topics) names.emplace_back(topic.name);
    names.emplace_back("device");
    return names;
}

}  // namespace calque
