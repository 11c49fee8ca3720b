// Scripts: words, quotes, commands.
#include "frontend/script.hpp"

#include "frontend/parse.hpp"
#include "frontend/usage_error.hpp"
#include "machine/file_bytes.hpp"

#include <fmt/format.h>

#include <optional>

namespace calque {

namespace {

constexpr Nanoseconds default_limit = 60 * nanoseconds_per_second;

char unescape(char letter) {
    switch (letter) {
        case 'n': return '\n';
        case 't': return '\t';
        case '"':
        case '\\': return letter;
        default: throw UsageError(fmt::format("\"\\{}\" means nothing", letter));
    }
}

/// Takes the words of a line one by one.
class Words {
public:
    explicit Words(std::string_view line) : rest_(line) { skip_blanks(); }

    bool done() const { return rest_.empty(); }
    std::string next(std::string_view what) {
        if (done()) throw UsageError(fmt::format("{} is missing", what));
        std::string word = rest_.front() == '"' ? quoted() : bare();
        skip_blanks();
        return word;
    }
    std::optional<std::string> optional() { return done() ? std::nullopt : std::optional(next("")); }
    void finish() const {
        if (!done()) throw UsageError(fmt::format("\"{}\" is too much", rest_));
    }

private:
    void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r"), rest_.size())); }
    std::string bare() {
        const std::size_t size = std::min(rest_.find_first_of(" \t\r"), rest_.size());
        const std::string word(rest_.substr(0, size));
        rest_.remove_prefix(size);
        return word;
    }
    std::string quoted() {
        std::string word;
        for (std::size_t i = 1; i < rest_.size(); ++i) {
            if (rest_[i] == '"') {
                rest_.remove_prefix(i + 1);
                return word;
            }
            const bool escape = rest_[i] == '\\' && i + 1 < rest_.size();
            word += escape ? unescape(rest_[++i]) : rest_[i];
        }
        throw UsageError("a quote is not closed");
    }

    std::string_view rest_;
};

Nanoseconds limit_in(Words& words) {
    const auto word = words.optional();
    return word ? parse_seconds(*word) : default_limit;
}

script::Action wait_text(Words& words) {
    std::string text = words.next("the text to wait for");
    if (text.empty()) throw UsageError("the text to wait for is empty");
    return script::WaitText{std::move(text), limit_in(words)};
}

script::Action type(Words& words) {
    std::string text = words.next("the text to type");
    for (const char character : text) {
        if (!keys_for_character(character))
            throw UsageError(
                fmt::format("character {:#04x} cannot be typed", static_cast<unsigned char>(character)));
    }
    return script::Type{std::move(text)};
}

script::Action press(Words& words) {
    const std::string chord = words.next("the key");
    std::vector<Key> keys;
    for (std::size_t start = 0; start <= chord.size();) {
        const std::size_t end = std::min(chord.find('-', start), chord.size());
        const std::string name = chord.substr(start, end - start);
        const auto key = key_by_name(name);
        if (!key) throw UsageError(fmt::format("\"{}\" is not a key", name));
        keys.push_back(*key);
        start = end + 1;
    }
    const auto held = words.optional();
    return script::Press{std::move(keys), held ? parse_seconds(*held) : 0};
}

int parse_distance(std::string_view text) {
    const bool negative = text.starts_with('-');
    const auto distance = static_cast<int>(parse_number(text.substr(negative ? 1 : 0), 10'000));
    return negative ? -distance : distance;
}

script::Action move_mouse(Words& words) {
    constexpr std::uint64_t all_buttons = 0x1F;
    const int dx = parse_distance(words.next("the distance to the right"));
    const int dy = parse_distance(words.next("the distance down"));
    const auto buttons = words.optional();
    return script::MoveMouse{dx, dy,
                             static_cast<std::uint8_t>(buttons ? parse_number(*buttons, all_buttons) : 0)};
}

/// `-f` in front of the drive's name.
bool takes_force(std::string& word, Words& words) {
    if (word != "-f") return false;
    word = words.next("the drive");
    return true;
}

script::Action change(Words& words) {
    std::string drive = words.next("the drive");
    const bool force = takes_force(drive, words);
    std::string path = words.next("the image");
    return script::Change{std::move(drive), std::move(path), force};
}

script::Action eject(Words& words) {
    std::string drive = words.next("the drive");
    const bool force = takes_force(drive, words);
    return script::Eject{std::move(drive), force};
}

script::Action trace(Words& words) {
    const std::string word = words.next("on or off");
    if (word == "off") return script::Trace{};
    if (word == "on") return script::Trace{words.next("the file")};
    throw UsageError(fmt::format("\"{}\" is not on or off", word));
}

script::Action action_of(const std::string& command, Words& words) {
    if (command == "wait-text") return wait_text(words);
    if (command == "wait-graphics") return script::WaitGraphics{limit_in(words)};
    if (command == "wait") return script::Wait{parse_seconds(words.next("the number of seconds"))};
    if (command == "type") return type(words);
    if (command == "key") return press(words);
    if (command == "mouse") return move_mouse(words);
    if (command == "change") return change(words);
    if (command == "eject") return eject(words);
    if (command == "screenshot") return script::Screenshot{words.next("the file")};
    if (command == "trace") return trace(words);
    if (command == "save") return script::Save{words.next("the file")};
    if (command == "load") return script::Load{words.next("the file")};
    if (command == "quit") return script::Quit{};
    throw UsageError(fmt::format("there is no command \"{}\"", command));
}

}  // namespace

script::Action parse_script_line(std::string_view line) {
    Words words(line);
    script::Action action = action_of(words.next("a command"), words);
    words.finish();
    return action;
}

std::vector<script::Line> read_script(const std::string& path) {
    const auto bytes = read_file(path);
    std::string_view rest(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    std::vector<script::Line> lines;
    for (unsigned number = 1; !rest.empty(); ++number) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        const std::size_t start = line.find_first_not_of(" \t\r");
        if (start == std::string_view::npos || line[start] == '#') continue;
        try {
            lines.push_back({number, parse_script_line(line)});
        } catch (const UsageError& error) {
            throw UsageError(fmt::format("{}:{}: {}", path, number, error.what()));
        }
    }
    return lines;
}

}  // namespace calque
