/* Starts a command that reads without echo, presses Ctrl-C, and checks that the console has
 * the mode of before. Prints "restored". */
#include <stdio.h>
#include <windows.h>

static DWORD mode_of(HANDLE console)
{
    DWORD mode = 0;
    return GetConsoleMode(console, &mode) ? mode : 0;
}

int main(int argc, char **argv)
{
    STARTUPINFOA startup = { .cb = sizeof startup };
    PROCESS_INFORMATION child;
    DWORD before, status = 0;
    int tries;
    HANDLE console = CreateFileA("CONIN$", GENERIC_READ | GENERIC_WRITE,
                                 FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    before = mode_of(console);
    if (argc != 2 || !(before & ENABLE_ECHO_INPUT)) {
        printf("no console with echo: %lx\n", (unsigned long)before);
        return 1;
    }
    if (!CreateProcessA(NULL, argv[1], NULL, NULL, TRUE, 0, NULL, NULL, &startup, &child)) {
        printf("not started: %lu\n", (unsigned long)GetLastError());
        return 1;
    }
    for (tries = 0; tries < 600 && mode_of(console) & ENABLE_ECHO_INPUT; tries++)
        Sleep(100);
    if (mode_of(console) & ENABLE_ECHO_INPUT) {
        puts("the echo stays on");
        TerminateProcess(child.hProcess, 1);
        return 1;
    }
    SetConsoleCtrlHandler(NULL, TRUE); /* for this process alone */
    GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0);
    if (WaitForSingleObject(child.hProcess, 60000) != WAIT_OBJECT_0) {
        puts("the command does not end");
        TerminateProcess(child.hProcess, 1);
        return 1;
    }
    GetExitCodeProcess(child.hProcess, &status);
    if (status != 0xC000013A || mode_of(console) != before) {
        printf("status %lx, mode %lx in place of %lx\n", (unsigned long)status,
               (unsigned long)mode_of(console), (unsigned long)before);
        return 1;
    }
    puts("restored");
    return 0;
}
