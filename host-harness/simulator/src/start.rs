//! Starts the simulator.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::control::Control;
use crate::facts::Facts;
use crate::options::Options;
use crate::world::World;
use crate::{server, tls};

/// Why the simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another program listens there.
    #[error("{0} is in use by another program: choose another address with --listen, or port 0 for any free port")]
    InUse(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, #[source] io::Error),
    /// No certificate could be made.
    #[error("cannot make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The certificate cannot be used.
    #[error("cannot use the certificate: {0}")]
    Tls(#[from] rustls::Error),
}

/// A running simulator. It stops when dropped.
pub struct Simulator {
    address: SocketAddr,
    ca_pem: String,
    public_key_hash: String,
    world: Arc<World>,
    server: JoinHandle<()>,
}

impl Simulator {
    /// Makes the tenant and starts to listen.
    ///
    /// # Errors
    /// When the address cannot be listened on or no certificate can be made.
    pub async fn start(options: Options) -> Result<Simulator, StartError> {
        let wanted = options.listen;
        let listener = TcpListener::bind(wanted).await.map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => StartError::InUse(wanted),
            _ => StartError::Listen(wanted, error),
        })?;
        let address = listener.local_addr().map_err(|error| StartError::Listen(wanted, error))?;
        let world = Arc::new(World::new(options));
        let certificates = tls::certificates(world.clock.now())?;
        let server = tokio::spawn(server::serve(listener, certificates.acceptor.clone(), Arc::clone(&world)));
        let tls::Certificates { ca_pem, public_key_hash, .. } = certificates;
        Ok(Simulator { address, ca_pem, public_key_hash, world, server })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate that a client must trust, in PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// SHA-256 of the server's public key in base64, by which a browser can be told to take its certificate.
    pub fn public_key_hash(&self) -> &str {
        &self.public_key_hash
    }

    /// What a client must know to connect.
    pub fn facts(&self) -> Facts {
        Facts::new(&self.world)
    }

    /// Moves the clock, breaks things and tells what happened.
    pub fn control(&self) -> Control {
        Control::new(Arc::clone(&self.world))
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.server.abort();
    }
}
