//! memoryview.rs - memory that addons hand to each other and to JavaScript, for addons in Rust.
//!
//! Copy this file beside your sources and say `mod memoryview;`. It needs `std` only (Rust 1.63 or later), links nothing, and
//! implements the specification of docs/protocol.md: a consumer's side (`View`), a producer's (`Exporter::from_vec`), and the way to
//! and from JavaScript over Node-API's own functions, which the process that loads the addon provides.
//!
//! Who holds what. A `View` pins the memory until it is dropped, on any thread: it is `Send` and `Sync`. An `Exporter` is one reference
//! of an exporter. Neither calls Node-API when it is dropped.
#![allow(dead_code)]

use std::ffi::{c_void, CStr};
use std::fmt;
use std::os::raw::c_char;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

pub const ABI_MAJOR: u16 = 1;
pub const ABI_MINOR: u16 = 0;
pub const MAGIC: u64 = 0x3176_6662_7562_7645;
const SYMBOL: &[u8] = b"memoryview.exporter.v1";
const TYPE_TAG: TypeTag = TypeTag { lower: 0x9d3f_2c1a_b04e_4c77, upper: 0x8e51_a7f6_d2c9_0b31 };

pub const READONLY: u64 = 1;
pub const C_CONTIG: u64 = 4;
pub const F_CONTIG: u64 = 8;

pub const REQUEST_WRITABLE: u64 = 1;
pub const REQUEST_C_CONTIG: u64 = 2;
pub const REQUEST_NO_COPY: u64 = 16;
pub const REQUEST_ALLOW_FAULT: u64 = 32;
pub const REQUEST_ALLOW_SHARED: u64 = 64;

const OK: i32 = 0;
const BAD_REQUEST: i32 = 5;

#[repr(C)]
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct DType {
    pub code: u8,
    pub bits: u8,
    pub lanes: u16,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct AbiVersion {
    pub major: u16,
    pub minor: u16,
    pub struct_size: u32,
}

#[repr(C)]
pub struct RawError {
    pub struct_size: u32,
    pub code: i32,
    pub message: [u8; 248],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct RawView {
    pub version: AbiVersion,
    pub manager: *mut c_void,
    pub release: Option<unsafe extern "C" fn(*mut RawView)>,
    pub flags: u64,
    pub data: *mut c_void,
    pub region_base: *mut c_void,
    pub region_size: u64,
    pub nbytes: u64,
    pub itemsize: i64,
    pub dtype: DType,
    pub ndim: i32,
    pub shape: *const i64,
    pub strides: *const i64,
    pub format: *const c_char,
    pub device_type: i32,
    pub device_id: i32,
    pub sync_event: *mut c_void,
    pub reserved: [u64; 3],
}

#[repr(C)]
pub struct RawRequest {
    pub version: AbiVersion,
    pub flags: u64,
    pub alignment: u64,
    pub dtype: DType,
    pub ndim: i32,
    pub shape: *const i64,
    pub consumer: *const c_char,
    pub reserved: [u64; 2],
}

#[repr(C)]
pub struct RawExporter {
    pub magic: u64,
    pub version: AbiVersion,
    pub prev_api: *const RawExporter,
    pub features: u64,
    pub retain: Option<unsafe extern "C" fn(*const RawExporter)>,
    pub drop: Option<unsafe extern "C" fn(*const RawExporter)>,
    pub acquire: Option<unsafe extern "C" fn(*const RawExporter, *const RawRequest, *mut RawView, *mut RawError) -> i32>,
    pub stats: Option<unsafe extern "C" fn(*const RawExporter, *mut u64) -> i32>,
    pub reserved: [u64; 4],
}

const _: () = assert!(std::mem::size_of::<RawView>() == 144);
const _: () = assert!(std::mem::size_of::<RawRequest>() == 64);
const _: () = assert!(std::mem::size_of::<RawExporter>() == 96);
const _: () = assert!(std::mem::size_of::<RawError>() == 256);

/// Why memory was not had: a sentence whose subject is the object.
#[derive(Debug)]
pub struct Error {
    pub code: i32,
    pub message: String,
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

fn failure<T>(code: i32, message: impl Into<String>) -> Result<T, Error> {
    Err(Error { code, message: message.into() })
}

/// A type whose values are elements.
///
/// # Safety
/// The dtype, the format and the size must be those of the type, and every pattern of bits a value.
pub unsafe trait Element: Copy + Send + Sync + 'static {
    const DTYPE: DType;
    /// PEP 3118, with a NUL at its end.
    const FORMAT: &'static [u8];
}

macro_rules! element {
    ($type:ty, $code:expr, $bits:expr, $format:expr) => {
        // SAFETY: a primitive of that many bits, all of whose patterns are values.
        unsafe impl Element for $type {
            const DTYPE: DType = DType { code: $code, bits: $bits, lanes: 1 };
            const FORMAT: &'static [u8] = $format;
        }
    };
}

element!(i8, 0, 8, b"b\0");
element!(u8, 1, 8, b"B\0");
element!(i16, 0, 16, b"h\0");
element!(u16, 1, 16, b"H\0");
element!(i32, 0, 32, b"i\0");
element!(u32, 1, 32, b"I\0");
element!(i64, 0, 64, b"q\0");
element!(u64, 1, 64, b"Q\0");
element!(f32, 2, 32, b"f\0");
element!(f64, 2, 64, b"d\0");

// --- the consumer's side ---------------------------------------------------------------------------------------------

/// What a consumer wants of memory. `Request::default()` takes anything that is private memory and can't fault.
#[derive(Clone, Copy, Default)]
pub struct Request<'a> {
    pub flags: u64,
    pub alignment: u64,
    /// All zero: any.
    pub dtype: DType,
    /// The number of dimensions; `None`: any.
    pub ndim: Option<i32>,
    /// Shown where a release is refused.
    pub consumer: Option<&'a CStr>,
}

impl<'a> Request<'a> {
    /// Elements of one type.
    pub fn of<T: Element>() -> Self {
        Request { dtype: T::DTYPE, ..Request::default() }
    }
}

/// Memory that is pinned until this is dropped.
pub struct View {
    raw: RawView,
}

// SAFETY: the protocol lets a view be used and released on any thread.
unsafe impl Send for View {}
// SAFETY: its methods that take `&self` read what does not change until the release; elements are read through `unsafe` or a slice
// whose writers are the caller's affair, as in every language of the protocol.
unsafe impl Sync for View {}

impl Drop for View {
    fn drop(&mut self) {
        if let Some(release) = self.raw.release {
            // SAFETY: acquired once, released once.
            unsafe { release(&mut self.raw) };
        }
    }
}

impl View {
    /// Acquires from an exporter.
    ///
    /// # Safety
    /// `exporter` must be a live exporter of the protocol.
    pub unsafe fn acquire(exporter: *const RawExporter, request: &Request<'_>) -> Result<View, Error> {
        let mut known = exporter;
        for _ in 0..16 {
            if known.is_null() || (*known).magic != MAGIC || (*known).version.major == ABI_MAJOR {
                break;
            }
            known = (*known).prev_api;
        }
        if known.is_null() || (*known).version.major != ABI_MAJOR {
            return failure(8, "carries an exporter of another version, expected 1");
        }
        if (*known).magic != MAGIC || ((*known).version.struct_size as usize) < std::mem::size_of::<RawExporter>() {
            return failure(7, "carries a value that is not an exporter");
        }
        let acquire = match (*known).acquire {
            Some(acquire) => acquire,
            None => return failure(7, "carries an exporter without acquire"),
        };
        let mut view = View { raw: empty_view() };
        let mut error = RawError { struct_size: 256, code: 0, message: [0; 248] };
        let raw = RawRequest {
            version: version_of::<RawRequest>(),
            flags: request.flags,
            alignment: request.alignment,
            dtype: request.dtype,
            ndim: request.ndim.unwrap_or(-1),
            shape: ptr::null(),
            consumer: request.consumer.map_or(ptr::null(), CStr::as_ptr),
            reserved: [0; 2],
        };
        let status = acquire(known, &raw, &mut view.raw, &mut error);
        if status != OK {
            view.raw.release = None;
            let end = error.message.iter().position(|byte| *byte == 0).unwrap_or(0);
            let message = String::from_utf8_lossy(&error.message[..end]).into_owned();
            return failure(status, if message.is_empty() { "is not available".to_string() } else { message });
        }
        view.check()?;
        Ok(view)
    }

    /// All that can be known without trusting the producer.
    fn check(&self) -> Result<(), Error> {
        let raw = &self.raw;
        if raw.version.major != ABI_MAJOR || (raw.version.struct_size as usize) < std::mem::size_of::<RawView>() {
            return failure(9, "hands out a view of another version");
        }
        let lists = raw.ndim == 0 || (!raw.shape.is_null() && !raw.strides.is_null());
        if raw.release.is_none() || raw.ndim < 0 || raw.ndim > 64 || raw.itemsize <= 0 || raw.format.is_null() || !lists {
            return failure(9, "hands out a view that contradicts itself");
        }
        let (mut count, mut low, mut high) = (1i128, 0i128, 0i128);
        for (length, stride) in self.shape().iter().zip(self.strides()) {
            if *length < 0 {
                return failure(9, "hands out a view of a negative length");
            }
            count = count.saturating_mul(i128::from(*length));
            let reach = i128::from(*length - 1) * i128::from(*stride);
            if reach < 0 {
                low += reach;
            } else {
                high += reach;
            }
        }
        if count.saturating_mul(i128::from(raw.itemsize)) != i128::from(raw.nbytes) {
            return failure(9, "hands out a view whose nbytes is not its size");
        }
        if count == 0 {
            return Ok(());
        }
        let start = raw.data as i128 - raw.region_base as i128;
        if start + low < 0 || start + high + i128::from(raw.itemsize) > i128::from(raw.region_size) {
            return failure(9, "hands out a view that reaches out of its region");
        }
        Ok(())
    }

    pub fn raw(&self) -> &RawView {
        &self.raw
    }

    pub fn shape(&self) -> &[i64] {
        self.list(self.raw.shape)
    }

    /// In bytes.
    pub fn strides(&self) -> &[i64] {
        self.list(self.raw.strides)
    }

    fn list(&self, from: *const i64) -> &[i64] {
        if self.raw.ndim == 0 {
            return &[];
        }
        // SAFETY: the producer keeps as many until the release.
        unsafe { std::slice::from_raw_parts(from, self.raw.ndim as usize) }
    }

    pub fn is_readonly(&self) -> bool {
        self.raw.flags & READONLY != 0
    }

    /// The elements, where they are of that type, lie in C order without gaps, and are aligned.
    ///
    /// Other threads, and JavaScript, may write to them: where they do, the values are any.
    pub fn as_slice<T: Element>(&self) -> Option<&[T]> {
        let size = std::mem::size_of::<T>() as i64;
        let lanes = self.raw.dtype.lanes.max(1);
        let same = DType { lanes, ..self.raw.dtype } == T::DTYPE && self.raw.itemsize == size;
        let mut expected = size;
        let mut contiguous = true;
        for (length, stride) in self.shape().iter().zip(self.strides()).rev() {
            contiguous &= *length <= 1 || *stride == expected;
            expected = expected.wrapping_mul(*length);
        }
        let empty = self.raw.nbytes == 0;
        if !same || !(contiguous || empty) || (!empty && self.raw.data as usize % std::mem::align_of::<T>() != 0) {
            return None;
        }
        if empty {
            return Some(&[]);
        }
        // SAFETY: `check` found all of it in the region, which stays until the release.
        Some(unsafe { std::slice::from_raw_parts(self.raw.data as *const T, (self.raw.nbytes / size as u64) as usize) })
    }

    /// One element by its indices, where the type is right and the indices are in bounds; it need not be aligned.
    pub fn get<T: Element>(&self, indices: &[i64]) -> Option<T> {
        let lanes = self.raw.dtype.lanes.max(1);
        if indices.len() != self.shape().len() || (DType { lanes, ..self.raw.dtype }) != T::DTYPE {
            return None;
        }
        let mut offset = 0isize;
        for ((index, length), stride) in indices.iter().zip(self.shape()).zip(self.strides()) {
            if *index < 0 || index >= length {
                return None;
            }
            offset += (*index * *stride) as isize;
        }
        // SAFETY: `check` found every element in the region.
        Some(unsafe { ((self.raw.data as *const u8).offset(offset) as *const T).read_unaligned() })
    }
}

fn version_of<T>() -> AbiVersion {
    AbiVersion { major: ABI_MAJOR, minor: ABI_MINOR, struct_size: std::mem::size_of::<T>() as u32 }
}

fn empty_view() -> RawView {
    RawView {
        version: version_of::<RawView>(),
        manager: ptr::null_mut(),
        release: None,
        flags: 0,
        data: ptr::null_mut(),
        region_base: ptr::null_mut(),
        region_size: 0,
        nbytes: 0,
        itemsize: 0,
        dtype: DType::default(),
        ndim: 0,
        shape: ptr::null(),
        strides: ptr::null(),
        format: ptr::null(),
        device_type: 1,
        device_id: 0,
        sync_event: ptr::null_mut(),
        reserved: [0; 3],
    }
}

// --- the producer's side ---------------------------------------------------------------------------------------------

/// A vector behind an exporter. `api` comes first: the protocol's pointer is this one's too.
#[repr(C)]
struct Owned<T: Element> {
    api: RawExporter,
    refs: AtomicU64,
    pins: AtomicU64,
    values: Vec<T>,
    shape: Vec<i64>,
    strides: Vec<i64>,
}

/// One reference of an exporter.
pub struct Exporter {
    raw: *const RawExporter,
}

// SAFETY: references are counted atomically, and the vector is not touched before the last has gone.
unsafe impl Send for Exporter {}
unsafe impl Sync for Exporter {}

impl Exporter {
    /// Hands a vector's memory out; it is dropped with the last reference or view, on any thread.
    pub fn from_vec<T: Element>(values: Vec<T>, shape: &[i64]) -> Result<Exporter, Error> {
        let mut count = Some(1i64);
        for length in shape {
            count = if *length < 0 { None } else { count.and_then(|c| c.checked_mul(*length)) };
        }
        if shape.len() > 64 || count != i64::try_from(values.len()).ok() {
            return failure(BAD_REQUEST, format!("has {} values, expected as many as the shape {:?}", values.len(), shape));
        }
        let mut strides = vec![0i64; shape.len()];
        let mut stride = std::mem::size_of::<T>() as i64;
        for d in (0..shape.len()).rev() {
            strides[d] = stride;
            stride *= shape[d].max(1);
        }
        let owned = Box::new(Owned {
            api: RawExporter {
                magic: MAGIC,
                version: version_of::<RawExporter>(),
                prev_api: ptr::null(),
                features: 0,
                retain: Some(retain::<T>),
                drop: Some(release_reference::<T>),
                acquire: Some(acquire::<T>),
                stats: Some(stats::<T>),
                reserved: [0; 4],
            },
            refs: AtomicU64::new(1),
            pins: AtomicU64::new(0),
            values,
            shape: shape.to_vec(),
            strides,
        });
        pin_module();
        Ok(Exporter { raw: Box::into_raw(owned) as *const RawExporter })
    }

    pub fn raw(&self) -> *const RawExporter {
        self.raw
    }
}

impl Clone for Exporter {
    fn clone(&self) -> Self {
        // SAFETY: this reference keeps it alive.
        unsafe { ((*self.raw).retain.unwrap())(self.raw) };
        Exporter { raw: self.raw }
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        // SAFETY: the one reference that this is.
        unsafe { ((*self.raw).drop.unwrap())(self.raw) };
    }
}

unsafe fn owned<'a, T: Element>(exporter: *const RawExporter) -> &'a Owned<T> {
    &*(exporter as *const Owned<T>)
}

unsafe extern "C" fn retain<T: Element>(exporter: *const RawExporter) {
    owned::<T>(exporter).refs.fetch_add(1, Ordering::Relaxed);
}

unsafe extern "C" fn release_reference<T: Element>(exporter: *const RawExporter) {
    if owned::<T>(exporter).refs.fetch_sub(1, Ordering::AcqRel) == 1 {
        // SAFETY: no other reference exists; it was boxed as this type.
        drop(Box::from_raw(exporter as *mut Owned<T>));
    }
}

unsafe extern "C" fn stats<T: Element>(exporter: *const RawExporter, out: *mut u64) -> i32 {
    let this = owned::<T>(exporter);
    let bytes = std::mem::size_of_val(this.values.as_slice()) as u64;
    for (i, value) in [this.pins.load(Ordering::Acquire), this.refs.load(Ordering::Acquire), bytes, 0].iter().enumerate() {
        *out.add(i) = *value;
    }
    OK
}

/// Says why, as far as the error's owner has room.
unsafe fn refuse(error: *mut RawError, out: *mut RawView, code: i32, why: &str) -> i32 {
    if (*out).version.struct_size >= 24 {
        (*out).release = None;
    }
    if !error.is_null() && (*error).struct_size > 8 {
        let room = ((*error).struct_size as usize - 8).min(248) - 1;
        let text = &why.as_bytes()[..why.len().min(room)];
        (*error).code = code;
        ptr::copy_nonoverlapping(text.as_ptr(), (*error).message.as_mut_ptr(), text.len());
        *(*error).message.as_mut_ptr().add(text.len()) = 0;
    }
    code
}

unsafe extern "C" fn acquire<T: Element>(
    exporter: *const RawExporter,
    request: *const RawRequest,
    out: *mut RawView,
    error: *mut RawError,
) -> i32 {
    let this = owned::<T>(exporter);
    let given = (*out).version;
    if (given.major != ABI_MAJOR && given.major != 0) || given.struct_size < 32 {
        return refuse(error, out, BAD_REQUEST, "got a view of another version, or too short, to fill");
    }
    if !request.is_null() {
        let wanted = &*request;
        if (wanted.version.major != ABI_MAJOR && wanted.version.major != 0) || wanted.version.struct_size < 64 {
            return refuse(error, out, BAD_REQUEST, "got a request of another version, or too short");
        }
        let any = wanted.dtype == DType::default();
        if !any && (DType { lanes: wanted.dtype.lanes.max(1), ..wanted.dtype }) != T::DTYPE {
            return refuse(error, out, 1, "has elements of another type than is wanted");
        }
        let ndim = this.shape.len() as i32;
        let free = wanted.ndim < 0 || (wanted.ndim == 0 && wanted.shape.is_null());
        if !free && wanted.ndim != ndim {
            return refuse(error, out, 1, "has another number of dimensions than is wanted");
        }
        if !free && !wanted.shape.is_null() {
            let lengths = std::slice::from_raw_parts(wanted.shape, ndim as usize);
            if lengths.iter().zip(&this.shape).any(|(want, have)| *want >= 0 && want != have) {
                return refuse(error, out, 1, "has another shape than is wanted");
            }
        }
        if wanted.alignment & wanted.alignment.wrapping_sub(1) != 0 {
            return refuse(error, out, BAD_REQUEST, "got a request for an alignment that is not a power of two");
        }
        if wanted.alignment > 1 && !this.values.is_empty() && this.values.as_ptr() as u64 & (wanted.alignment - 1) != 0 {
            return refuse(error, out, 1, "is not aligned as is wanted");
        }
        let wants_f = wanted.flags & 4 != 0;
        if wants_f && ndim > 1 && this.shape.iter().filter(|length| **length > 1).count() > 1 && !this.values.is_empty() {
            return refuse(error, out, 1, "is C-contiguous, expected F-contiguous memory");
        }
    }
    let bytes = std::mem::size_of_val(this.values.as_slice()) as u64;
    let one = this.values.is_empty() || this.shape.iter().filter(|length| **length > 1).count() <= 1;
    let full = RawView {
        manager: exporter as *mut c_void,
        release: Some(release_view::<T>),
        flags: C_CONTIG | if one { F_CONTIG } else { 0 },
        data: this.values.as_ptr() as *mut c_void,
        region_base: this.values.as_ptr() as *mut c_void,
        region_size: bytes,
        nbytes: bytes,
        itemsize: std::mem::size_of::<T>() as i64,
        dtype: T::DTYPE,
        ndim: this.shape.len() as i32,
        shape: this.shape.as_ptr(),
        strides: this.strides.as_ptr(),
        format: T::FORMAT.as_ptr() as *const c_char,
        ..empty_view()
    };
    let size = given.struct_size.min(144);
    this.pins.fetch_add(1, Ordering::Relaxed);
    this.refs.fetch_add(1, Ordering::Relaxed);
    ptr::copy_nonoverlapping(&full as *const RawView as *const u8, out as *mut u8, size as usize);
    (*out).version = AbiVersion { struct_size: size, ..version_of::<RawView>() };
    OK
}

unsafe extern "C" fn release_view<T: Element>(view: *mut RawView) {
    let exporter = (*view).manager as *const RawExporter;
    (*view).release = None;
    owned::<T>(exporter).pins.fetch_sub(1, Ordering::Release);
    release_reference::<T>(exporter);
}

/// Keeps this module's code loaded: an exporter may outlive the thread of JavaScript that loaded the addon.
#[cfg(unix)]
fn pin_module() {
    #[repr(C)]
    struct DlInfo {
        file: *const c_char,
        base: *mut c_void,
        name: *const c_char,
        address: *mut c_void,
    }
    extern "C" {
        fn dladdr(address: *const c_void, info: *mut DlInfo) -> i32;
        fn dlopen(file: *const c_char, mode: i32) -> *mut c_void;
    }
    #[cfg(target_os = "macos")]
    const MODE: i32 = 0x1 | 0x10 | 0x80;
    #[cfg(not(target_os = "macos"))]
    const MODE: i32 = 0x1 | 0x4 | 0x1000;
    // SAFETY: both take what they are given here; the module is loaded, so that nothing is loaded anew.
    unsafe {
        let mut info = DlInfo { file: ptr::null(), base: ptr::null_mut(), name: ptr::null(), address: ptr::null_mut() };
        if dladdr(pin_module as *const c_void, &mut info) != 0 && !info.file.is_null() {
            dlopen(info.file, MODE);
        }
    }
}

#[cfg(not(unix))]
fn pin_module() {}

// --- to and from JavaScript ------------------------------------------------------------------------------------------

pub type Env = *mut c_void;
pub type Value = *mut c_void;

#[repr(C)]
struct TypeTag {
    lower: u64,
    upper: u64,
}

/// Node-API's functions that this needs; the process that loads the addon has them.
mod napi {
    use super::{c_char, c_void, Env, TypeTag, Value};
    extern "C" {
        pub(super) fn node_api_symbol_for(env: Env, name: *const c_char, length: usize, out: *mut Value) -> i32;
        pub(super) fn napi_get_property(env: Env, object: Value, key: Value, out: *mut Value) -> i32;
        pub(super) fn napi_set_property(env: Env, object: Value, key: Value, value: Value) -> i32;
        pub(super) fn napi_typeof(env: Env, value: Value, out: *mut i32) -> i32;
        pub(super) fn napi_check_object_type_tag(env: Env, value: Value, tag: *const TypeTag, out: *mut bool) -> i32;
        pub(super) fn napi_type_tag_object(env: Env, value: Value, tag: *const TypeTag) -> i32;
        pub(super) fn napi_get_value_external(env: Env, value: Value, out: *mut *mut c_void) -> i32;
        pub(super) fn napi_create_object(env: Env, out: *mut Value) -> i32;
        pub(super) fn napi_create_external(
            env: Env,
            data: *mut c_void,
            finalize: Option<unsafe extern "C" fn(Env, *mut c_void, *mut c_void)>,
            hint: *mut c_void,
            out: *mut Value,
        ) -> i32;
    }
}

const EXTERNAL: i32 = 8;

/// Acquires the memory of a JavaScript object that carries an exporter.
///
/// # Safety
/// `env` and `value` must be those of the running native callback, on its thread.
pub unsafe fn from_js(env: Env, value: Value, request: &Request<'_>) -> Result<View, Error> {
    let (mut key, mut external, mut kind, mut tagged) = (ptr::null_mut(), ptr::null_mut(), 0, false);
    let mut data = ptr::null_mut();
    let named = napi::node_api_symbol_for(env, SYMBOL.as_ptr() as *const c_char, SYMBOL.len(), &mut key);
    if named != 0 || napi::napi_get_property(env, value, key, &mut external) != 0 {
        return failure(6, "offers no memory");
    }
    if napi::napi_typeof(env, external, &mut kind) != 0 || kind != EXTERNAL {
        return failure(6, "offers no memory");
    }
    if napi::napi_check_object_type_tag(env, external, &TYPE_TAG, &mut tagged) != 0 || !tagged {
        return failure(7, "carries an external without the tag of an exporter");
    }
    if napi::napi_get_value_external(env, external, &mut data) != 0 || data.is_null() {
        return failure(7, "carries no exporter");
    }
    View::acquire(data as *const RawExporter, request)
}

/// Makes a JavaScript object that carries the exporter, for `memoryview(object)` and other addons.
///
/// # Safety
/// `env` must be that of the running native callback, on its thread.
pub unsafe fn to_js(env: Env, exporter: &Exporter) -> Result<Value, Error> {
    unsafe extern "C" fn finalize(_: Env, data: *mut c_void, _: *mut c_void) {
        drop(Exporter { raw: data as *const RawExporter });
    }
    let (mut object, mut key, mut external) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
    let held = exporter.clone();
    let raw = held.raw as *mut c_void;
    if napi::napi_create_external(env, raw, Some(finalize), ptr::null_mut(), &mut external) != 0 {
        return failure(4, "the runtime refused an external");
    }
    // The external's finalizer drops this reference.
    std::mem::forget(held);
    let made = napi::napi_type_tag_object(env, external, &TYPE_TAG) == 0
        && napi::napi_create_object(env, &mut object) == 0
        && napi::node_api_symbol_for(env, SYMBOL.as_ptr() as *const c_char, SYMBOL.len(), &mut key) == 0
        && napi::napi_set_property(env, object, key, external) == 0;
    if made {
        Ok(object)
    } else {
        failure(10, "the runtime refused the object")
    }
}
