//! The command line `host-harness`.

fn main() -> std::process::ExitCode {
    host_harness::cli::main()
}
