//! The functions of Windows for the owner and the access control list of a file.
#![expect(unsafe_code, reason = "functions of Windows")]

use std::{
    ffi::c_void,
    fs::File,
    io,
    os::windows::{
        ffi::OsStrExt as _,
        io::{AsRawHandle as _, FromRawHandle as _, OwnedHandle},
    },
    path::{self, Path},
    ptr, slice,
};

use windows_sys::{
    Win32::{
        Foundation::{
            ERROR_INSUFFICIENT_BUFFER, GENERIC_READ, GENERIC_WRITE, GetLastError, HANDLE,
            INVALID_HANDLE_VALUE, LocalFree,
        },
        Security::{
            Authorization::{
                ConvertSecurityDescriptorToStringSecurityDescriptorW, ConvertSidToStringSidW,
                ConvertStringSecurityDescriptorToSecurityDescriptorW, GetNamedSecurityInfoW,
                GetSecurityInfo, SDDL_REVISION_1, SE_FILE_OBJECT,
            },
            DACL_SECURITY_INFORMATION, GetTokenInformation, OWNER_SECURITY_INFORMATION,
            SECURITY_ATTRIBUTES, SetFileSecurityW, TOKEN_QUERY, TOKEN_USER, TokenUser,
        },
        Storage::FileSystem::{
            CREATE_NEW, CreateFileW, FILE_ATTRIBUTE_NORMAL, FILE_SHARE_DELETE, FILE_SHARE_READ,
            FILE_SHARE_WRITE, OPEN_ALWAYS,
        },
        System::Threading::{GetCurrentProcess, OpenProcessToken},
    },
    core::{PWSTR, w},
};

use super::{access_list::AccessList, opening::Opening};

/// Full access for the owner, the system and administrators; nothing is inherited.
const OWNER_ALONE: windows_sys::core::PCWSTR = w!("D:P(A;;FA;;;OW)(A;;FA;;;SY)(A;;FA;;;BA)");

/// The longest path that needs no `\\?\` before it.
const SHORT: usize = 247;

/// Memory that Windows has allocated.
struct Local(*mut c_void);

impl Drop for Local {
    fn drop(&mut self) {
        // SAFETY: the pointer is null, or that of memory for LocalFree, and is used no more.
        unsafe { LocalFree(self.0) };
    }
}

/// Opens a file to read and write it. A new one is for its owner alone from the start.
pub(super) fn open(path: &Path, opening: Opening) -> io::Result<File> {
    let path = wide(path)?;
    let mut descriptor = Local(ptr::null_mut());
    // SAFETY: the text ends in NUL, and the pointer to write to is valid.
    let made = unsafe {
        ConvertStringSecurityDescriptorToSecurityDescriptorW(
            OWNER_ALONE,
            SDDL_REVISION_1,
            &raw mut descriptor.0,
            ptr::null_mut(),
        )
    };
    if made == 0 {
        return Err(io::Error::last_os_error());
    }
    let attributes = SECURITY_ATTRIBUTES {
        nLength: u32::try_from(size_of::<SECURITY_ATTRIBUTES>()).unwrap_or_default(),
        lpSecurityDescriptor: descriptor.0,
        bInheritHandle: 0,
    };
    let disposition = match opening {
        Opening::New => CREATE_NEW,
        Opening::Any => OPEN_ALWAYS,
    };
    // SAFETY: the path ends in NUL, and the attributes live longer than the call.
    let handle = unsafe {
        CreateFileW(
            path.as_ptr(),
            GENERIC_READ | GENERIC_WRITE,
            FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
            &raw const attributes,
            disposition,
            FILE_ATTRIBUTE_NORMAL,
            ptr::null_mut(),
        )
    };
    if handle == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the handle is open, and belongs to the file alone.
    Ok(unsafe { File::from_raw_handle(handle) })
}

/// Returns `true` if others than the owner, this user, the system and administrators have any
/// access to a file.
///
/// # Errors
///
/// Those of the operating system.
pub fn is_exposed(file: &File) -> io::Result<bool> {
    about(file, |list, user| list.is_exposed(user))
}

/// Returns `true` if others than the owner, this user, the system and administrators can change
/// a file.
///
/// # Errors
///
/// Those of the operating system.
pub fn is_writable_by_others(file: &File) -> io::Result<bool> {
    about(file, |list, user| list.is_writable_by_others(user))
}

/// Returns `true` if a file belongs to this user, the system or administrators.
///
/// # Errors
///
/// Those of the operating system.
pub fn has_trusted_owner(file: &File) -> io::Result<bool> {
    about(file, |list, user| list.has_trusted_owner(user))
}

/// Gives a file the access control list of another one. Nothing else is inherited.
///
/// # Errors
///
/// Those of the operating system.
pub fn copy_access(from: &Path, to: &Path) -> io::Result<()> {
    let (from, to) = (wide(from)?, wide(to)?);
    let mut descriptor = Local(ptr::null_mut());
    // SAFETY: the path ends in NUL, and the pointer to write to is valid.
    let status = unsafe {
        GetNamedSecurityInfoW(
            from.as_ptr(),
            SE_FILE_OBJECT,
            DACL_SECURITY_INFORMATION,
            ptr::null_mut(),
            ptr::null_mut(),
            ptr::null_mut(),
            ptr::null_mut(),
            &raw mut descriptor.0,
        )
    };
    succeeded(status)?;
    // SAFETY: the path ends in NUL, and the descriptor is one of Windows.
    let set = unsafe { SetFileSecurityW(to.as_ptr(), DACL_SECURITY_INFORMATION, descriptor.0) };
    if set == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Asks about the list of a file, and the user of this process.
fn about(file: &File, ask: impl FnOnce(&AccessList<'_>, &str) -> bool) -> io::Result<bool> {
    let what = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
    let mut descriptor = Local(ptr::null_mut());
    // SAFETY: the handle is open, and the pointer to write to is valid.
    let status = unsafe {
        GetSecurityInfo(
            file.as_raw_handle(),
            SE_FILE_OBJECT,
            what,
            ptr::null_mut(),
            ptr::null_mut(),
            ptr::null_mut(),
            ptr::null_mut(),
            &raw mut descriptor.0,
        )
    };
    succeeded(status)?;
    let mut written: PWSTR = ptr::null_mut();
    // SAFETY: the descriptor is one of Windows, and the pointer to write to is valid.
    let made = unsafe {
        ConvertSecurityDescriptorToStringSecurityDescriptorW(
            descriptor.0,
            SDDL_REVISION_1,
            what,
            &raw mut written,
            ptr::null_mut(),
        )
    };
    let text = text(made, written)?;
    let list = AccessList::read(&text);
    let list = list.ok_or_else(|| io::Error::other("its access control list is unknown"))?;
    Ok(ask(&list, &current_user()?))
}

/// Returns the number of the user of this process, as text.
fn current_user() -> io::Result<String> {
    let mut token: HANDLE = ptr::null_mut();
    // SAFETY: the pointer to write to is valid.
    if unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token) } == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the handle is open, and belongs to this value alone.
    let token = unsafe { OwnedHandle::from_raw_handle(token) };
    let mut length = 0;
    // SAFETY: without a buffer the call only writes the length.
    let asked = unsafe {
        GetTokenInformation(
            token.as_raw_handle(),
            TokenUser,
            ptr::null_mut(),
            0,
            &raw mut length,
        )
    };
    // SAFETY: the call has no conditions.
    if asked == 0 && unsafe { GetLastError() } != ERROR_INSUFFICIENT_BUFFER {
        return Err(io::Error::last_os_error());
    }
    // In units that are aligned as the struct is.
    let units = usize::try_from(length).unwrap_or_default().div_ceil(8);
    let mut buffer = vec![0_u64; units.max(size_of::<TOKEN_USER>().div_ceil(8))];
    // SAFETY: the buffer has the length that the call asked for.
    let read = unsafe {
        GetTokenInformation(
            token.as_raw_handle(),
            TokenUser,
            buffer.as_mut_ptr().cast(),
            length,
            &raw mut length,
        )
    };
    if read == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the buffer is aligned, long enough, and has been written.
    let user = unsafe { &*buffer.as_ptr().cast::<TOKEN_USER>() };
    let mut written: PWSTR = ptr::null_mut();
    // SAFETY: the number is in the buffer, and the pointer to write to is valid.
    let made = unsafe { ConvertSidToStringSidW(user.User.Sid, &raw mut written) };
    text(made, written)
}

/// Takes a text of Windows, unless the call that made it failed.
fn text(made: i32, written: PWSTR) -> io::Result<String> {
    if made == 0 {
        return Err(io::Error::last_os_error());
    }
    let written = Local(written.cast());
    let start: *const u16 = written.0.cast();
    let mut length = 0_usize;
    // SAFETY: the text ends in NUL, which the loop does not pass.
    while unsafe { *start.add(length) } != 0 {
        length = length.saturating_add(1);
    }
    // SAFETY: the text has this length.
    Ok(String::from_utf16_lossy(unsafe {
        slice::from_raw_parts(start, length)
    }))
}

fn succeeded(status: u32) -> io::Result<()> {
    if status == 0 {
        return Ok(());
    }
    Err(io::Error::from_raw_os_error(status.cast_signed()))
}

/// Returns a path for Windows, which ends in NUL.
fn wide(path: &Path) -> io::Result<Vec<u16>> {
    let mut wide: Vec<u16> = path.as_os_str().encode_wide().collect();
    if wide.contains(&0) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    if wide.len() > SHORT && !wide.starts_with(&[92, 92]) {
        let prefix = r"\\?\".encode_utf16();
        wide = prefix
            .chain(path::absolute(path)?.as_os_str().encode_wide())
            .collect();
    }
    wide.push(0);
    Ok(wide)
}
