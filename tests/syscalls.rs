//! The system calls of a whole search, from strace: no network, no other program, no write except the log.
#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::process::{Command, Stdio};

use common::{Installed, execute, getinfo, replies};

/// Calls that reach a network or another process, or change a file system.
const NEVER: &str = "socket,connect,bind,listen,accept,accept4,sendto,sendmsg,sendmmsg,recvfrom,recvmsg,socketpair,fork,vfork,\
                     rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,symlink,symlinkat,chmod,fchmod,fchmodat,\
                     openat2,io_uring_setup,memfd_create,sendfile,copy_file_range,setxattr,fsetxattr,utimensat,pwrite64,\
                     chown,fchown,fchownat,truncate,ftruncate,mknod,mknodat,mount,ptrace,kill,setuid,setgid";

mod needs_strace {
    use super::*;

    #[test]
    #[ignore = "needs strace"]
    fn a_search_opens_no_network_starts_nothing_and_writes_only_the_log() {
        let (installed, home) = (Installed::new(), tempfile::tempdir().unwrap());
        let log = home.path().join("var/log/splunk/dnstxtscore.log");
        fs::create_dir_all(log.parent().unwrap()).unwrap();
        let trace = home.path().join("trace");
        let program = installed.folder().join("dnstxtscore");
        let known = NEVER.replace(' ', "").split(',').map(|call| format!("?{call}")).collect::<Vec<_>>().join(",");
        let mut command = Command::new("strace");
        command.arg("-f").arg("-o").arg(&trace).arg("-e").arg(format!("trace=?open,openat,?creat,execve,?execveat,clone,?clone3,{known}"));
        command.arg(&program).env("SPLUNK_HOME", home.path()).env("LD_LIBRARY_PATH", "/nonexistent");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let body = [
            b"text,query\n".to_vec(),
            b"\"v=spf1 -all\",a.example.com\nJABjAD0ATgBlAHcALQBPAGIAagBlAGMAdAAgAE4A,x.example.net\n".repeat(500),
        ]
        .concat();
        let output = common::talk(&mut command, &[getinfo(&["domain=query", "loglevel=info"]), execute(true, &body)].concat());
        let calls = fs::read_to_string(&trace).unwrap();
        assert!(!calls.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(replies(&output.stdout)[1].1.iter().filter(|byte| **byte == b'\n').count(), 1001);
        assert!(fs::read_to_string(&log).unwrap().contains("rows=1000"));

        let (mut starts, mut writes) = (0, Vec::new());
        for line in calls.lines() {
            let call = line.split_once(' ').map_or(line, |(_, call)| call.trim_start());
            match call.split(['(', ' ']).next().unwrap() {
                // Started by splunkd, and restarted without LD_LIBRARY_PATH.
                "execve" => {
                    assert!(call.contains(program.to_str().unwrap()), "{line}");
                    starts += 1;
                }
                "open" | "openat" => {
                    if ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"].iter().any(|flag| call.contains(flag)) {
                        writes.push(call.to_owned());
                    }
                }
                "+++" | "---" | "<..." => {}
                _ => panic!("a forbidden call: {line}"),
            }
        }
        assert_eq!(starts, 2);
        assert!(writes.len() == 1 && writes[0].contains(log.to_str().unwrap()), "{writes:#?}");
    }
}
