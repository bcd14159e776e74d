#pragma once

#include <stdexcept>
#include <string>

namespace tiller {

/// Every failure that core reports on purpose. what() names the thing (file, tensor, field) and the
/// cause in one sentence; remedy() says what the user can do, or is empty.
/// Thrown on any thread; caught once, at the thread boundary or in main().
class Error : public std::runtime_error {
public:
    explicit Error(const std::string& cause, std::string remedy = {});
    const std::string& remedy() const { return m_remedy; }

private:
    std::string m_remedy;
};

/// Thrown by CancelToken::check(). Not an Error: a cancelled job did not fail.
class Cancelled : public std::exception {
public:
    const char* what() const noexcept override { return "cancelled"; }
};

}
