// Enrols this machine, as an administrator: reads the key, 64 hexadecimal digits, from the
// standard input.
//
//     enrol [SID]       SID of the user below whose name LogonUI shows the tile
#include "second_factor.hpp"

#include <iostream>

namespace {

// Reads a line, without its end. It is not read by a stream, which would keep a copy.
stopgap::secret_text read_line() {
    stopgap::secret_text line;
    char* place = line.data();
    char* const end = place + stopgap::secret_text::capacity();
    DWORD length = 0;
    while (place != end &&
           ReadFile(GetStdHandle(STD_INPUT_HANDLE), place, 1, &length, nullptr) && length == 1 &&
           *place != '\n') {
        ++place;
    }
    *place = '\0';
    return line;
}

} // namespace

int main(int argc, char** argv) {
    try {
        const auto digits = read_line();
        enrol(digits.reveal(), argc > 1 ? argv[1] : "");
        std::cout << "Enrolled this machine.\n";
        return 0;
    } catch (const std::exception& why) {
        std::cerr << "enrol: " << why.what() << '\n';
        return 1;
    }
}
