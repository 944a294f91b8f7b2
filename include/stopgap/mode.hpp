// Exceptions, or results.
#ifndef STOPGAP_MODE_HPP
#define STOPGAP_MODE_HPP

// Where exceptions are switched off, or STOPGAP_NO_EXCEPTIONS is defined, every call
// that can fail returns a stopgap::result<T> where it otherwise returns a T and
// throws. Nothing else differs.
#if !defined(STOPGAP_NO_EXCEPTIONS) && !defined(__cpp_exceptions) && !defined(_CPPUNWIND)
#define STOPGAP_NO_EXCEPTIONS
#endif

// To the linker the two are strangers, so files of both kinds may be one program.
#ifdef STOPGAP_NO_EXCEPTIONS
#define STOPGAP_NAMESPACE_BEGIN namespace stopgap { inline namespace returning {
#else
#define STOPGAP_NAMESPACE_BEGIN namespace stopgap { inline namespace throwing {
#endif
#define STOPGAP_NAMESPACE_END }}

#endif
