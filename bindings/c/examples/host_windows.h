/* The system services for Windows 7 and later; host_posix.h has the same by POSIX. Paths
 * and names are UTF-8 here, and UTF-16 for the system. */
#ifndef HOST_WINDOWS_H
#define HOST_WINDOWS_H

#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0601
#endif
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <sddl.h>
#include <shellapi.h>

#include <io.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifdef _MSC_VER
#pragma comment(lib, "advapi32.lib")
#pragma comment(lib, "shell32.lib")
typedef SSIZE_T ssize_t;
#define access _access
#endif
#ifndef F_OK
#define F_OK 0
#endif

/* Full access for the owner, the system and administrators, and no access for others, whatever
 * the folder above allows. */
#define OWNER_ALONE L"D:P(A;OICI;FA;;;OW)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"

/* Prints the reason of the last failure of the system. */
static inline void complain(const char *name)
{
    wchar_t wide[512];
    char text[3 * 512];
    DWORD number = GetLastError();
    int length = (int)FormatMessageW(
        FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS | FORMAT_MESSAGE_MAX_WIDTH_MASK,
        NULL, number, 0, wide, 512, NULL);
    length = WideCharToMultiByte(CP_UTF8, 0, wide, length, text, sizeof text, NULL, NULL);
    fprintf(stderr, "%s: %.*s(error %lu)\n", name, length, text, (unsigned long)number);
}

/* Returns the arguments of main in UTF-8. They live as long as the process. */
static inline char **in_utf8(char **argv)
{
    int count, i;
    wchar_t **wide = CommandLineToArgvW(GetCommandLineW(), &count);
    char **words = wide == NULL ? NULL : (char **)calloc((size_t)count + 1, sizeof *words);
    for (i = 0; words != NULL && i < count; i++) {
        int size = WideCharToMultiByte(CP_UTF8, 0, wide[i], -1, NULL, 0, NULL, NULL);
        words[i] = (char *)malloc((size_t)size);
        if (words[i] == NULL
            || WideCharToMultiByte(CP_UTF8, 0, wide[i], -1, words[i], size, NULL, NULL) == 0)
            words = NULL;
    }
    LocalFree(wide);
    return words == NULL ? argv : words;
}

static inline void print_utf8(void)
{
    SetConsoleOutputCP(CP_UTF8);
    SetConsoleCP(CP_UTF8);
}

/* Opens a file; one that is new belongs to its owner alone. Returns INVALID_HANDLE_VALUE on
 * failure. */
static inline HANDLE open_file(const char *name, DWORD rights, DWORD share, DWORD how)
{
    SECURITY_ATTRIBUTES alone = { sizeof alone, NULL, FALSE };
    wchar_t path[MAX_PATH];
    HANDLE file = INVALID_HANDLE_VALUE;
    if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, name, -1, path, MAX_PATH) != 0
        && ConvertStringSecurityDescriptorToSecurityDescriptorW(
            OWNER_ALONE, SDDL_REVISION_1, &alone.lpSecurityDescriptor, NULL)) {
        file = CreateFileW(path, rights, share, &alone, how, FILE_ATTRIBUTE_NORMAL, NULL);
        LocalFree(alone.lpSecurityDescriptor);
    }
    return file;
}

/* Makes a folder for its owner alone, unless it exists. */
static inline int make_folder(const wchar_t *path)
{
    SECURITY_ATTRIBUTES alone = { sizeof alone, NULL, FALSE };
    int made = 0;
    if (ConvertStringSecurityDescriptorToSecurityDescriptorW(
            OWNER_ALONE, SDDL_REVISION_1, &alone.lpSecurityDescriptor, NULL)) {
        made = CreateDirectoryW(path, &alone) || GetLastError() == ERROR_ALREADY_EXISTS;
        LocalFree(alone.lpSecurityDescriptor);
    }
    return made;
}

/* Enters the folder, which may be new, and locks it until this process ends: of two
 * processes that read and write a file at the same time, one would lose its changes. */
static inline int enter(const char *folder, int may_be_new)
{
    OVERLAPPED begin = { 0 };
    wchar_t path[MAX_PATH];
    HANDLE lock;
    if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, folder, -1, path, MAX_PATH) == 0
        || (may_be_new && !make_folder(path)) || !SetCurrentDirectoryW(path)) {
        complain(folder);
        return -1;
    }
    lock = open_file("lock", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
                     OPEN_ALWAYS);
    if (lock == INVALID_HANDLE_VALUE
        || !LockFileEx(lock, LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0, &begin)) {
        complain("lock");
        return -1;
    }
    return 0;
}

/* Writes a file that is either the old one or the new one, also after a power cut: it
 * writes a draft to the disk, and renames it on the disk. */
static inline int write_file(const char *name, const void *bytes, size_t size)
{
    wchar_t from[MAX_PATH], to[MAX_PATH];
    char draft[32];
    DWORD length = 0;
    HANDLE file;
    int written;
    snprintf(draft, sizeof draft, "%s.new", name);
    file = open_file(draft, GENERIC_WRITE, 0, CREATE_ALWAYS);
    written = file != INVALID_HANDLE_VALUE && WriteFile(file, bytes, (DWORD)size, &length, NULL)
        && length == size && FlushFileBuffers(file);
    if (!written)
        complain(name);
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
    if (!written)
        return -1;
    written = MultiByteToWideChar(CP_UTF8, 0, draft, -1, from, MAX_PATH) != 0
        && MultiByteToWideChar(CP_UTF8, 0, name, -1, to, MAX_PATH) != 0
        && MoveFileExW(from, to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH);
    if (!written)
        complain(name);
    return written ? 0 : -1;
}

/* Reads to the end of a file, or to the capacity; -1 on failure. */
static inline ssize_t read_file(const char *name, void *bytes, size_t capacity)
{
    HANDLE file = open_file(name, GENERIC_READ, FILE_SHARE_READ, OPEN_EXISTING);
    DWORD length = 0;
    int is_read = file != INVALID_HANDLE_VALUE
        && ReadFile(file, bytes, (DWORD)capacity, &length, NULL);
    if (!is_read)
        complain(name);
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
    return is_read ? (ssize_t)length : -1;
}

/* Reads a line of standard input, without its end. It may be a secret, so it is not read
 * by stdio, which would keep a copy: wipe it. */
static inline size_t read_line(char *line, size_t capacity)
{
    HANDLE input = GetStdHandle(STD_INPUT_HANDLE);
    size_t length = 0;
    DWORD read = 0;
    while (length < capacity && ReadFile(input, line + length, 1, &read, NULL) && read == 1
           && line[length] != '\n')
        length++;
    return length > 0 && line[length - 1] == '\r' ? length - 1 : length;
}

/* Splits a time into its parts, in UTC. Returns -1 for a time that is too far away. */
static inline int utc(int64_t seconds, struct tm *parts)
{
    time_t instant = (time_t)seconds;
    return gmtime_s(parts, &instant) == 0 ? 0 : -1;
}

#endif
