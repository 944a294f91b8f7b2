// Exceptions, or results.
#ifndef STOPGAP_MODE_HPP
#define STOPGAP_MODE_HPP

// If exceptions are switched off, or STOPGAP_NO_EXCEPTIONS is defined, every call that can
// fail returns a stopgap::result<T>; otherwise it returns a T, or throws. Nothing else
// differs.
#if !defined(STOPGAP_NO_EXCEPTIONS) && !defined(__cpp_exceptions) && !defined(_CPPUNWIND)
#define STOPGAP_NO_EXCEPTIONS
#endif

// The two modes have different names for the linker, so one program may have files of both.
#ifdef STOPGAP_NO_EXCEPTIONS
#define STOPGAP_NAMESPACE_BEGIN namespace stopgap { inline namespace returning {
#else
#define STOPGAP_NAMESPACE_BEGIN namespace stopgap { inline namespace throwing {
#endif
#define STOPGAP_NAMESPACE_END }}

#endif
