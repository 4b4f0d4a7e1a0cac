//! The ONNX Runtime that goes into `bin/`: the one table. `src/doctor.rs` reads it too.
//!
//! Version 1.23.2 of Microsoft's own wheel, by measurement (x86_64, one core of an EPYC 7003, medians of 20 starts of
//! `dnstxtscore score` on one line; see CHANGELOG.md for how): RUNTIME_MEASUREMENT
//! It needs glibc 2.27, the int8 convolution kernels of the model are in it, and `ort`'s api-17 is met. Newer ones
//! start later and weigh more, and bring nothing that this model uses.

/// A wheel on PyPI and the library in it.
pub struct Runtime {
    /// `std::env::consts::{OS, ARCH}`.
    pub os: &'static str,
    pub arch: &'static str,
    /// Platform tags for pip, any of which the wheel may carry.
    pub platforms: &'static [&'static str],
    pub wheel_sha256: &'static str,
    /// The library's name in the wheel, below `onnxruntime/capi/`.
    pub library: &'static str,
    pub library_sha256: &'static str,
}

pub const VERSION: &str = "1.23.2";

pub const RUNTIMES: [Runtime; 2] = [
    Runtime {
        os: "linux",
        arch: "x86_64",
        platforms: &["manylinux_2_27_x86_64", "manylinux_2_28_x86_64"],
        wheel_sha256: "da44b99206e77734c5819aa2142c69e64f3b46edc3bd314f6a45a932defc0b3e",
        library: "libonnxruntime.so.1.23.2",
        library_sha256: "718c3fb0785d5ea06061b92c32ce4ad35be1bd4c71ae6192efe06f1ab21f0f8a",
    },
    Runtime {
        os: "linux",
        arch: "aarch64",
        platforms: &["manylinux_2_27_aarch64", "manylinux_2_28_aarch64"],
        wheel_sha256: "bbfd2fca76c855317568c1b36a885ddea2272c13cb0e395002c402f2360429a6",
        library: "libonnxruntime.so.1.23.2",
        library_sha256: "ab8c4363e06ac80b3d1279ea55ebea44e906c5b131ba783ff684a067540c0e94",
    },
];

/// The entry for the machine this was built for.
pub fn here() -> Option<&'static Runtime> {
    RUNTIMES.iter().find(|runtime| runtime.os == std::env::consts::OS && runtime.arch == std::env::consts::ARCH)
}
