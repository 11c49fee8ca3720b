// `calque vectors`: runs hardware test vectors.
#include "frontend/command_line.hpp"
#include "frontend/engines.hpp"
#include "frontend/usage_error.hpp"
#include "frontend/vectors/vector_runner.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace calque {

namespace {

struct Options {
    EngineChoice engine;
    VectorOptions vectors;
};

void check_cpu(const std::string& text) {
    if (text != "286")
        throw UsageError(fmt::format("\"{}\" is not a processor whose vectors are known (286)", text));
}

}  // namespace

std::function<int()> declare_vectors(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    add_parsed_option(app, "--cpu", check_cpu, "The processor that the vectors come from: 286", "MODEL");
    declare_engine_options(app, options->engine);
    app.add_flag("--verbose", options->vectors.verbose, "Describe each difference that nothing excuses");
    app.add_option("files", options->vectors.files, "MOO files, gzipped or not")
        ->type_name("FILE")
        ->required();
    return [options] {
        return run_vectors(options->vectors, [options](Cpu& cpu, BlockCache& blocks) {
            return make_engine(options->engine, cpu, blocks);
        });
    };
}

}  // namespace calque
