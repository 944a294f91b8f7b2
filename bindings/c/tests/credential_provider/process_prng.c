/* The one function of bcryptprimitives.dll that Rust needs. Windows has it since 7, and Wine
 * since 9. */
#include <windows.h>

#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(BYTE *bytes, SIZE_T length)
{
    return RtlGenRandom(bytes, (ULONG)length);
}
