//! The releases of ONNX Runtime that this program is tested with. `cargo xtask build` installs from this table, and
//! `dnstxtscore doctor` compares with it.
//!
//! Version 1.23.2 of Microsoft's wheel was chosen by measurement (x86_64, EPYC 7003, 2026-11-24; start: median of 20 runs of
//! `dnstxtscore score` on one line; rate: `score` on 100,000 unique texts of 100 characters):
//!
//! | version | start | size | glibc | rows per CPU second |
//! | --- | --- | --- | --- | --- |
//! | 1.23.2 | 26.4 ms | 22.3 MB | 2.27 | 89,400 |
//! | 1.26.0 | 29.1 ms | 23.0 MB | 2.27 | 89,500 |
//! | 1.32.0 | 36.0 ms | 34.8 MB | 2.28 | 89,500 |
//!
//! All three have the int8 convolution kernels that the model uses, equally fast. So start and size decided.

/// A wheel on PyPI, and the library in it.
pub struct RuntimeRelease {
    /// `std::env::consts::{OS, ARCH}`.
    pub os: &'static str,
    pub arch: &'static str,
    /// Platform tags for pip; the wheel has one of them.
    pub platforms: &'static [&'static str],
    pub wheel_sha256: &'static str,
    /// The name of the library in the wheel, below `onnxruntime/capi/`.
    pub library: &'static str,
    pub library_sha256: &'static str,
}

/// The version of every release in the table.
pub const VERSION: &str = "1.23.2";

/// One release per supported platform.
pub const RELEASES: [RuntimeRelease; 2] = [
    RuntimeRelease {
        os: "linux",
        arch: "x86_64",
        platforms: &["manylinux_2_27_x86_64", "manylinux_2_28_x86_64"],
        wheel_sha256: "da44b99206e77734c5819aa2142c69e64f3b46edc3bd314f6a45a932defc0b3e",
        library: "libonnxruntime.so.1.23.2",
        library_sha256: "718c3fb0785d5ea06061b92c32ce4ad35be1bd4c71ae6192efe06f1ab21f0f8a",
    },
    RuntimeRelease {
        os: "linux",
        arch: "aarch64",
        platforms: &["manylinux_2_27_aarch64", "manylinux_2_28_aarch64"],
        wheel_sha256: "bbfd2fca76c855317568c1b36a885ddea2272c13cb0e395002c402f2360429a6",
        library: "libonnxruntime.so.1.23.2",
        library_sha256: "ab8c4363e06ac80b3d1279ea55ebea44e906c5b131ba783ff684a067540c0e94",
    },
];

/// The release for a platform, by the names of `std::env::consts`.
pub fn find(os: &str, arch: &str) -> Option<&'static RuntimeRelease> {
    RELEASES.iter().find(|release| release.os == os && release.arch == arch)
}
