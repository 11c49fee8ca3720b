// Which host code came of which guest instruction: for people, and only once they ask.
#include "translator/block_translator.hpp"
#include "translator/translator.hpp"

#include <memory_resource>
#include <new>

namespace calque {

/// Nothing notes it while code is made. The emitters are asked again instead, for nobody: from the same block
/// under the same assumptions they make code of the same form.
HostCode Translator::host_code_of(const Translation& translation) const {
    const auto scratch = cache_.scratch();
    std::pmr::monotonic_buffer_resource memory(scratch.data(), scratch.size(),
                                               std::pmr::null_memory_resource());
    auto* again = new (memory.allocate(sizeof(Translation), alignof(Translation))) Translation(translation);
    const View view = view_of(translation.mode);
    const EmissionSettings settings{options_in(translation.mode), runtime_, layout_, tables_[view], view};
    HostAssembler assembler(assembler_.plan(), context_);
    assembler.begin(cache_.next());
    Emission emission(assembler, settings, *again, memory);
    std::vector<std::size_t> starts;
    emit_block(emission, &starts);
    const std::size_t entry = emission.entry_offset();
    HostCode code{translation.rip, {translation.entry.get(), translation.code_size - entry}, {}};
    if (assembler.size().hot != translation.code_size) return code;
    for (const std::size_t start : starts) code.starts.push_back(static_cast<std::uint32_t>(start - entry));
    return code;
}

std::vector<HostCode> Translator::host_code(const Block& block) const {
    std::vector<HostCode> all;
    for (const auto* at = static_cast<const Translation*>(block.translation); at; at = at->next)
        if (!at->retired) all.push_back(host_code_of(*at));
    return all;
}

}  // namespace calque
