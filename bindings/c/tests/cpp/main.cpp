// Everything in stopgap.hpp at least once.
#include "check.hpp"

#include <cstring>

int main() {
    CHECK(std::strcmp(stopgap::version(), STOPGAP_VERSION) == 0);
    CHECK(stopgap::abi_version() == STOPGAP_ABI_VERSION);
    words();
    codes();
    secrets();
    online();
    throttles();
    offline();
    agents();
    security_codes();
    callbacks();
    std::puts("all is well");
}
