//! What the journeys run: the real host and the real components, the latter built once for all of them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Where the programs are.
pub struct Built {
    /// The host's command line.
    pub host: PathBuf,
    /// The connector as a component.
    pub connector: PathBuf,
    /// The tiny connector of the documentation as a component.
    pub tiny: PathBuf,
    /// The careless connector of the tests as a component.
    pub careless: PathBuf,
}

/// Builds the components that are not up to date.
pub fn built() -> &'static Built {
    static BUILT: OnceLock<Built> = OnceLock::new();
    BUILT.get_or_init(|| {
        components();
        let components = target_dir().join("wasm32-wasip2").join("component");
        Built {
            host: PathBuf::from(env!("CARGO_BIN_EXE_journeys-host")),
            connector: components.join("office365_connector.wasm"),
            tiny: components.join("tiny_connector.wasm"),
            careless: components.join("careless_connector.wasm"),
        }
    })
}

/// The root of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests stand below the root")
}

/// Where cargo puts what it builds.
pub fn target_dir() -> PathBuf {
    // A test runs from `target/debug/deps`.
    let test = std::env::current_exe().expect("a test has a file");
    test.ancestors().nth(3).expect("a test stands in target/debug/deps").to_path_buf()
}

/// Builds the components as they are shipped.
fn components() {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(program)
        .args(["xtask", "component"])
        .current_dir(root())
        .env("CARGO_TARGET_DIR", target_dir())
        // Under `cargo verify` the linter stands in for the compiler.
        .env_remove("RUSTC_WORKSPACE_WRAPPER")
        .stdout(Stdio::null())
        .status()
        .expect("cargo starts");
    assert!(status.success(), "cargo xtask component ended with {status}");
}
