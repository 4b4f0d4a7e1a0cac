//! Names and numbers of the app's packages that several tasks use.

/// The folder in `etc/apps`.
pub const NAME: &str = "SA-dnstxtscore";

/// The newest glibc that packages may need: RHEL 8 has it.
pub const GLIBC_FLOOR: (u32, u32) = (2, 28);

/// CPUs that there are packages for, as `std::env::consts::ARCH` names them.
pub const CPUS: [&str; 2] = ["x86_64", "aarch64"];

/// The time of every file in a package and in its bill of materials: 2025-01-01, because some unpackers warn about 1970.
pub const FILE_TIME: u64 = 1_735_689_600;

/// The compiler's name for a CPU.
pub fn target(cpu: &str) -> String {
    format!("{cpu}-unknown-linux-gnu")
}
