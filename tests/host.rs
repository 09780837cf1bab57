//! `host-harness`, under another name.

fn main() -> std::process::ExitCode {
    host_harness::cli::main()
}
