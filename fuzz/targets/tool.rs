#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| dnstxtscore_fuzz::readers::tool(input));
