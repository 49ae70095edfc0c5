//! An addon in Rust that makes memory, takes it from any exporter, and keeps it on a thread of its own. Built by
//!
//!     rustc --edition 2021 --crate-type cdylib -O addon.rs -o addon.node
use std::ffi::{c_void, CStr};
use std::os::raw::c_char;
use std::ptr;
use std::thread;

#[path = "../../native/include/memoryview.rs"]
mod memoryview;
use memoryview::{from_js, to_js, Env, Error, Exporter, Request, Value, View};

type Callback = unsafe extern "C" fn(Env, *mut c_void) -> Value;

extern "C" {
    fn napi_create_function(
        env: Env,
        name: *const c_char,
        length: usize,
        call: Callback,
        data: *mut c_void,
        out: *mut Value,
    ) -> i32;
    fn napi_set_named_property(env: Env, object: Value, name: *const c_char, value: Value) -> i32;
    fn napi_get_cb_info(
        env: Env,
        info: *mut c_void,
        count: *mut usize,
        arguments: *mut Value,
        this: *mut Value,
        data: *mut *mut c_void,
    ) -> i32;
    fn napi_create_double(env: Env, value: f64, out: *mut Value) -> i32;
    fn napi_throw_type_error(env: Env, code: *const c_char, message: *const c_char) -> i32;
}

unsafe fn first_argument(env: Env, info: *mut c_void) -> Value {
    let mut count = 1;
    let mut argument = ptr::null_mut();
    napi_get_cb_info(env, info, &mut count, &mut argument, ptr::null_mut(), ptr::null_mut());
    argument
}

unsafe fn number(env: Env, value: f64) -> Value {
    let mut made = ptr::null_mut();
    napi_create_double(env, value, &mut made);
    made
}

unsafe fn thrown(env: Env, subject: &str, error: &Error) -> Value {
    let text = format!("{} {}\0", subject, error);
    napi_throw_type_error(env, ptr::null(), text.as_ptr() as *const c_char);
    ptr::null_mut()
}

fn consumer() -> &'static CStr {
    CStr::from_bytes_with_nul(b"addon-rust\0").unwrap()
}

/// samples(): 2 rows of 3 floats, in a vector of Rust's.
unsafe extern "C" fn samples(env: Env, _: *mut c_void) -> Value {
    let values: Vec<f32> = (0..6).map(|i| i as f32).collect();
    match Exporter::from_vec(values, &[2, 3]).and_then(|exporter| to_js(env, &exporter)) {
        Ok(object) => object,
        Err(error) => thrown(env, "samples:", &error),
    }
}

fn sum_of(view: &View) -> f64 {
    match view.as_slice::<f32>() {
        Some(values) => values.iter().map(|value| f64::from(*value)).sum(),
        // In any strides: rows and columns by their indices.
        None => {
            let (rows, columns) = (view.shape()[0], view.shape()[1]);
            let cells = (0..rows).flat_map(|i| (0..columns).map(move |j| [i, j]));
            cells.map(|at| f64::from(view.get::<f32>(&at).unwrap_or(0.0))).sum()
        }
    }
}

/// sum(any 2-D floats): their sum, worked out on a thread of its own.
unsafe extern "C" fn sum(env: Env, info: *mut c_void) -> Value {
    let request = Request { ndim: Some(2), consumer: Some(consumer()), ..Request::of::<f32>() };
    match from_js(env, first_argument(env, info), &request) {
        Ok(view) => match thread::spawn(move || sum_of(&view)).join() {
            Ok(sum) => number(env, sum),
            Err(_) => number(env, f64::NAN),
        },
        Err(error) => thrown(env, "sum: the grid", &error),
    }
}

/// # Safety
/// Called by Node when it loads the addon.
#[no_mangle]
pub unsafe extern "C" fn napi_register_module_v1(env: Env, exports: Value) -> Value {
    let functions: [(&[u8], Callback); 2] = [(b"samples\0", samples), (b"sum\0", sum)];
    for (name, call) in functions.iter() {
        let mut function = ptr::null_mut();
        let name = name.as_ptr() as *const c_char;
        napi_create_function(env, name, usize::MAX, *call, ptr::null_mut(), &mut function);
        napi_set_named_property(env, exports, name, function);
    }
    exports
}
