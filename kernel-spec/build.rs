//! Exports the functions of `kernel/waits.rs` and `kernel/rescue.rs`, so that the libraries that cells load find them.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        for name in ["read", "nanosleep", "clock_nanosleep", "pthread_join", "exit"] {
            println!("cargo:rustc-link-arg-bins=-Wl,--export-dynamic-symbol={name}");
        }
    }
}
