// Instructions, blocks, translations.
#include "frontend/processor_stats.hpp"

#include "frontend/engines.hpp"
#include "frontend/usage_error.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace calque {

namespace {

using Json = nlohmann::ordered_json;

Json instruction_counters(Processor& processor) {
    const Engine::Counters counted = processor.engine().counters();
    const std::uint64_t total = processor.cpu().state.instructions;
    return {{"total", total},
            {"translated", counted.translated},
            {"called_out", counted.called_out},
            {"interpreted", total - counted.translated - counted.called_out}};
}

}  // namespace

void add_processor_statistics(Json& stats, Processor& processor) {
    stats["engine"] = processor.engine().name();
    stats["instructions"] = instruction_counters(processor);
    const BlockCache::Counters& blocks = processor.blocks().counters();
    stats["blocks"] = {{"decoded", blocks.decoded},           {"invalidated", blocks.invalidated},
                       {"forgotten", blocks.forgotten},       {"lookups", blocks.lookups},
                       {"instructions", blocks.instructions}, {"decoding_seconds", blocks.seconds}};
    add_engine_statistics(stats, processor.engine());
}

void add_mmu_statistics(Json& stats, const Mmu& mmu) {
    const Mmu::Counters& counted = mmu.counters();
    stats["mmu"] = {{"walks", counted.walks},
                    {"fills", counted.fills},
                    {"flushes", counted.flushes},
                    {"invalidations", counted.invalidations},
                    {"tracked_writes", counted.tracked_writes},
                    {"table_writes", counted.table_writes},
                    {"cr3_changes", counted.cr3_changes},
                    {"kept_regions", counted.kept_regions},
                    {"dropped_regions", counted.dropped_regions},
                    {"mmio", counted.mmio}};
}

void write_json(const std::string& name, const Json& json) {
    std::ofstream file(name);
    file << json.dump(1) << '\n';
    if (!file.flush()) throw UsageError(fmt::format("{}: cannot be written", name));
}

}  // namespace calque
