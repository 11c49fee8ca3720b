// The one place in the program that knows whether there is a translator.
#include "frontend/engines.hpp"

namespace calque {

std::vector<std::string> engine_names() { return {"interpreter"}; }

std::unique_ptr<Engine> make_engine(const EngineChoice& /*choice*/, Processor& /*processor*/) { return nullptr; }

}  // namespace calque
